"""The claims of chapters/sigmoid-on-a-computer.md, each right-hand side as printed, against another way to compute it.

SciPy's expit, logit and log_expit, NumPy's logaddexp, mpmath with many digits, exact fractions, central differences and
PyTorch's autograd are the other ways. What the page says about lrlib's own functions is checked on them as well.
"""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given
from numpy.testing import assert_allclose
from scipy.special import expit

from lrlib.functions import sigmoid
from tests.claims.formulas import assert_printed, drawn, printed_value

TYPES = [np.float64, np.float32, np.float16]


def central_difference(f, x, h=1e-5):
    """The error is of the order h^2 = 1e-10, and rounding adds 1e-16/h = 1e-11."""
    return (f(x + h) - f(x - h)) / (2 * h)


def rounded_to_float64(x):
    """The float64 nearest to an mpmath number; float(x) would cut digits off, not round."""
    mantissa, exponent = x.man_exp
    return float(Fraction(int(mantissa)) * Fraction(2) ** int(exponent))


def rounded_sigmoid(z, dtype):
    """The number of the type that is nearest to sigma(z), from an independent computation."""
    if dtype is np.float64:
        with mpmath.workdps(60):
            return rounded_to_float64(1 / (1 + mpmath.exp(-mpmath.mpf(z))))
    return dtype(expit(float(z)))


@pytest.mark.claim("prop-overflow")
@pytest.mark.parametrize("dtype", TYPES)
def test_the_exponential_overflows_just_beyond_the_logarithm_of_the_largest_number(dtype):
    """Catches log2 or log10 of the largest number; the gap of 0.01 is wider than float16's spacing at 11."""
    limit = float(mpmath.log(mpmath.mpf(float(np.finfo(dtype).max))))
    below, above = np.array([limit - 0.01, limit + 0.01], dtype=dtype)
    with np.errstate(over="raise"):
        assert np.isfinite(1 / (1 + np.exp(below)))  # z = -below
        with pytest.raises(FloatingPointError, match="overflow"):
            1 / (1 + np.exp(above))
        with pytest.raises(FloatingPointError, match="overflow"):
            np.exp(above) / (1 + np.exp(above))


@pytest.mark.claim("prop-overflow")
@pytest.mark.parametrize(("dtype", "printed"), [(np.float64, 709.78), (np.float32, 88.72), (np.float16, 11.09)])
def test_the_limits_are_the_ones_everybody_quotes(dtype, printed):
    """Catches a NumPy whose finfo differs from the table in the chapter."""
    assert_allclose(np.log(float(np.finfo(dtype).max)), printed, atol=0.005)


@pytest.mark.claim("eq-cancellation")
@given(values=drawn("eq-cancellation"))
def test_one_gap_below_one_over_the_true_rest_is_the_printed_error(values):
    """Catches eps for eps/2 and e^-z for e^z: the gap below 1 is taken from the type itself."""
    assert_printed("eq-cancellation", values)


@pytest.mark.claim("eq-cancellation")
@pytest.mark.parametrize("dtype", TYPES)
def test_subtracting_the_rounded_sigmoid_from_one_errs_by_up_to_that_much(dtype):
    """Catches an estimate of the wrong order: the largest error lies between a tenth of it and all of it."""
    eps = float(np.finfo(dtype).eps)
    z = np.linspace(1, np.log(1 / eps), 500)
    rest = np.array([float(1 - dtype(rounded_sigmoid(score, dtype))) for score in z])
    largest = [printed_value("eq-cancellation", {r"\varepsilon": eps, "z": score}) for score in z]
    share = np.abs(rest / expit(-z) - 1) / largest
    assert 0.1 < share.max() <= 1


@pytest.mark.claim("eq-sigmoid-stable")
@given(values=drawn("eq-sigmoid-stable"))
def test_the_two_branches_give_the_sigmoid_and_never_overflow(values):
    """Catches swapped branches: each would overflow. Against mpmath, as SciPy's expit is 0 at -710 already.

    Just above 0, where numbers are 5e-324 apart, an error of two of them is allowed.
    """
    assert_printed("eq-sigmoid-stable", values)


@pytest.mark.claim("eq-sigmoid-stable")
@pytest.mark.parametrize("z", [-745.0, -710.0, -40.0, 0.0, 40.0, 710.0])
def test_the_branch_that_holds_never_overflows(z):
    """Catches swapped branches: each would overflow. Near 0 an error of two of the smallest numbers is allowed."""
    printed = printed_value("eq-sigmoid-stable", {"z": z})
    assert_allclose(printed, rounded_sigmoid(z, np.float64), rtol=1e-14, atol=1e-323)
    assert_allclose(sigmoid(z), rounded_sigmoid(z, np.float64), rtol=1e-15, atol=1e-323)


@pytest.mark.claim("eq-softplus")
@given(values=drawn("eq-softplus"))
def test_softplus_is_the_positive_part_and_a_small_remainder(values):
    """Catches e^|z| for e^-|z| and min for max, against NumPy's logaddexp of 0 and z."""
    assert_printed("eq-softplus", values)


@pytest.mark.claim("eq-log-sigmoid")
@given(values=drawn("eq-log-sigmoid"))
def test_the_log_of_the_sigmoid_is_finite_and_right_for_every_score(values):
    """Catches log(sigmoid(z)), -inf at -800 and 0 at 40, and max for min; against SciPy's log_expit."""
    assert_printed("eq-log-sigmoid", values)


@pytest.mark.claim("prop-sigmoid-range")
@pytest.mark.parametrize("dtype", TYPES)
def test_below_the_logit_of_half_the_smallest_number_the_sigmoid_rounds_to_zero(dtype):
    """Catches the smallest normal number in the place of the smallest number, which is off by 37 in float64."""
    smallest = mpmath.mpf(float(np.finfo(dtype).smallest_subnormal))
    edge = float(mpmath.log(smallest / 2 / (1 - smallest / 2)))
    assert rounded_sigmoid(edge - 1e-3, dtype) == 0
    assert rounded_sigmoid(edge + 1e-3, dtype) > 0
    assert sigmoid(dtype(edge - 0.1)) == 0


@pytest.mark.claim("prop-sigmoid-range")
@pytest.mark.parametrize("dtype", TYPES)
def test_above_the_logit_of_one_minus_a_quarter_epsilon_it_rounds_to_one(dtype):
    """Catches eps or eps/2 for eps/4: numbers below 1 are only eps/2 apart, and rounding halves that again."""
    rest = mpmath.mpf(float(np.finfo(dtype).eps)) / 4
    edge = float(mpmath.log((1 - rest) / rest))
    assert rounded_sigmoid(edge + 1e-3, dtype) == 1
    assert rounded_sigmoid(edge - 1e-3, dtype) < 1
    assert sigmoid(dtype(edge + 0.1)) == 1


@pytest.mark.claim("prop-sigmoid-range")
@pytest.mark.parametrize("dtype", TYPES)
def test_from_the_logit_of_the_smallest_normal_number_the_precision_is_full(dtype):
    """Catches an edge that is too low: there a rounding costs more than half an epsilon."""
    kind = np.finfo(dtype)
    edge = float(mpmath.log(mpmath.mpf(float(kind.tiny))))
    full = np.linspace(edge + 1e-3, edge + 5, 400)  # the edge itself is a rounded number: start just above it
    lost = np.linspace(edge - 5, edge - 2, 400)
    with mpmath.workdps(60):
        error_full, error_lost = (
            max(abs(mpmath.mpf(float(rounded_sigmoid(z, dtype))) * (1 + mpmath.exp(-z)) - 1) for z in scores)
            for scores in ([mpmath.mpf(float(z)) for z in full], [mpmath.mpf(float(z)) for z in lost])
        )
    # expit, rounded once to float64 on the way to the smaller types, adds a few 1e-16.
    assert error_full <= float(kind.eps) / 2 + 1e-15 * (dtype is not np.float64)
    assert error_lost > float(kind.eps)


@pytest.mark.claim("prop-abs-trap")
def test_a_sigmoid_written_with_abs_has_the_gradient_zero_at_zero():
    """Catches a PyTorch whose abs has another slope at its corner: then the page's warning is out of date."""
    z = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64, requires_grad=True)
    e = torch.exp(-torch.abs(z))
    p = torch.where(z >= 0, 1.0, e) / (1 + e)
    p.sum().backward()
    assert_allclose(p.detach().numpy(), expit([-1.0, 0.0, 1.0]), rtol=1e-15)  # its values are right
    assert z.grad[1].item() == 0
    assert_allclose(z.grad[::2].numpy(), central_difference(expit, np.array([-1.0, 1.0])), atol=1e-10)


@pytest.mark.claim("prop-abs-trap")
def test_the_true_derivative_at_zero_is_a_quarter_and_the_library_has_it():
    """Catches abs() coming back into lrlib."""
    assert_allclose(central_difference(expit, 0.0), 1 / 4, atol=1e-10)
    z = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    sigmoid(z).backward()
    assert z.grad.item() == 1 / 4


@pytest.mark.claim("eq-sigmoid-condition")
@given(values=drawn("eq-sigmoid-condition"))
def test_an_error_of_the_score_arrives_multiplied_by_the_score_and_the_other_probability(values):
    """Catches sigma(z) for sigma(-z), and a factor without the score."""
    assert_printed("eq-sigmoid-condition", values)


@pytest.mark.claim("prop-float32-clamp")
@pytest.mark.parametrize("beyond", [0.1, 1.0, 10.0, 60.0])
def test_in_float32_a_sure_mistake_costs_a_hundred_and_has_no_slope(beyond):
    """Catches a PyTorch that no longer cuts the logarithm off, or cuts it off elsewhere."""
    edge = np.log(4 / float(np.finfo(np.float32).eps) - 1)
    z = torch.tensor([edge + beyond], dtype=torch.float32, requires_grad=True)
    label = torch.zeros(1)
    of_p, of_z = torch.nn.BCELoss()(torch.sigmoid(z), label), torch.nn.BCEWithLogitsLoss()(z, label)
    (slope_of_p,), (slope_of_z,) = torch.autograd.grad(of_p, z), torch.autograd.grad(of_z, z)
    assert (of_p.item(), slope_of_p.item()) == (100, 0)
    assert_allclose([of_z.item(), slope_of_z.item()], [z.item(), 1], rtol=1e-6)


@pytest.mark.claim("prop-float32-clamp")
def test_just_before_it_the_slope_is_still_there():
    """Catches an edge that is far too high: PyTorch rounds 1 + e^-z as well, so it reaches 1 earlier by log 2 = 0.7."""
    edge = np.log(4 / float(np.finfo(np.float32).eps) - 1)
    z = torch.tensor([edge - 1], dtype=torch.float32, requires_grad=True)
    loss = torch.nn.BCELoss()(torch.sigmoid(z), torch.zeros(1))
    loss.backward()
    assert 15 < loss.item() < 17
    assert z.grad.item() > 0.5
