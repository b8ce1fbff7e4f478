"""The functions against fifty-digit values, at their limits, on every library, and their gradients."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal

from lrlib.functions import log_sigmoid, log_softmax, logit, logsumexp, sigmoid, softmax, softplus

from . import high_precision as exact
from . import libraries

ELEMENTWISE = {"sigmoid": sigmoid, "log_sigmoid": log_sigmoid, "softplus": softplus}
OVER_CLASSES = {"softmax": softmax, "log_softmax": log_softmax, "logsumexp": logsumexp}
EVERY = {**ELEMENTWISE, **OVER_CLASSES, "logit": logit}

elementwise = pytest.mark.parametrize("name", ELEMENTWISE)
over_classes = pytest.mark.parametrize("name", OVER_CLASSES)
every = pytest.mark.parametrize("name", EVERY)
both_precisions = pytest.mark.parametrize("dtype", ["float64", "float32"])
anything_finite = st.floats(allow_nan=False, allow_infinity=False)


def rows_of_logits(bound):
    shape = array_shapes(min_dims=2, max_dims=2, max_side=5)
    return arrays(np.float64, shape, elements=st.floats(-bound, bound))


@cache
def fifty_digits(formula, dtype):
    """Return points of every size and the exact values of a formula there, computed once for all libraries."""
    points = exact.awkward_numbers(np.dtype(dtype).type, count=700)
    return points, [getattr(exact, formula)(float(z)) for z in points]


def some_rows():
    """Return rows of logits: many sizes, ties, sure and unsure predictions among them."""
    rng = np.random.default_rng(5)
    rows = [rng.normal(0, scale, size=5) for scale in (0.1, 1, 10, 100, 200) for _ in range(20)]
    rows += [[40, 0, 0, 0, 0], [0, 0, 0, 0, 0], [7, 7, -3, 7, 0], [300, 300, 0, 0, -300], [1e6, 1e6 - 30, 0, 0, 0]]
    return np.array([*rows, [-(2.0**26), -(2.0**26) - 40, -(2.0**26) - 48, -(2.0**27), -3e8]])


class TestPrecision:
    @elementwise
    @both_precisions
    def test_values_are_within_four_units_in_the_last_place(self, name, dtype, eager_library):
        """Catches a naive sigmoid, log(sigmoid(z)), log(1 + e^z), and every cancellation between them."""
        points, values = fifty_digits(name, dtype)
        got = ELEMENTWISE[name](eager_library.make(points))
        off = exact.ulps_off(eager_library.numpy(got), values, dtype)
        assert off.max() <= 4, f"{off.max():.3g} units off at z = {points[off.argmax()]!r}"

    @elementwise
    def test_every_float16_number_is_within_four_units_in_the_last_place(self, name, eager_library):
        """Catches a float16 that passes through a formula which needs more than its three digits or its range."""
        points = np.arange(2**16, dtype=np.uint16).view(np.float16)
        points = points[np.isfinite(points)]
        got = ELEMENTWISE[name](eager_library.make(points, "float16"))
        assert eager_library.dtype_name(got) == "float16"
        # The float64 values are exact at this precision: the test above says so.
        want = ELEMENTWISE[name](points.astype(np.float64))
        _, exponent = np.frexp(want)
        unit = np.where(np.isfinite(want), 2.0 ** (np.maximum(exponent - 1, -14) - 10), 0)
        assert np.max(np.abs(eager_library.numpy(got).astype(np.float64) - want) / unit) <= 4

    @both_precisions
    def test_logit_is_within_four_units_in_the_last_place(self, dtype, eager_library):
        """Catches log(p / (1 - p)), which loses every digit of logits near 0, that is near p = 1/2."""
        rng = np.random.default_rng(3)
        near_a_half = 0.5 + rng.choice([-1, 1], 300) * 2.0 ** rng.uniform(-30, -1.01, 300)
        points = np.concatenate([rng.uniform(0, 1, 300), 2.0 ** rng.uniform(-100, -1, 300), near_a_half])
        points = np.concatenate([points, [0.25, np.nextafter(0.25, 0), 0.75, 1 - 2.0**-20]]).astype(dtype)
        points = points[(points > 0) & (points < 1) & (points != 0.5)]
        got = eager_library.numpy(logit(eager_library.make(points)))
        off = exact.ulps_off(got, [exact.logit(float(p)) for p in points], dtype)
        assert off.max() <= 4, f"{off.max():.3g} units off at p = {points[off.argmax()]!r}"

    def test_the_surest_prediction_keeps_its_digits(self, library):
        """Catches log_softmax as a - logsumexp(a): SciPy and PyTorch return 0 here."""
        got = library.numpy(log_softmax(library.make([[40.0, 0.0]], "float64")))
        assert exact.relative_error(got, exact.log_softmax([40.0, 0.0])).max() < 1e-13

    @pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-13), ("float32", 5e-6)])
    @pytest.mark.parametrize("name", ["softmax", "log_softmax"])
    def test_every_entry_has_a_small_relative_error(self, name, dtype, tolerance, eager_library):
        """Catches a missing shift and a logarithm of a rounded sum. exp(-700) costs 700 roundings: hence the 1e-13."""
        rows = some_rows().astype(dtype)
        got = eager_library.numpy(OVER_CLASSES[name](eager_library.make(rows)))
        values = [entry for row in rows for entry in getattr(exact, name)(row.tolist())]
        normal = np.array([abs(x) > np.finfo(dtype).tiny for x in values])
        off = exact.relative_error(got.ravel()[normal], np.array(values)[normal])
        assert off.max() < tolerance
        assert np.all(np.abs(got.ravel()[~normal]) <= np.finfo(dtype).tiny)

    @both_precisions
    def test_logsumexp_is_as_exact_as_its_largest_logit(self, dtype, eager_library):
        """Catches a log-sum-exp without its shift, or with the largest logit counted twice or not at all."""
        rows = some_rows().astype(dtype)
        got = eager_library.numpy(logsumexp(eager_library.make(rows)))
        values = np.array([float(exact.logsumexp(row.tolist())) for row in rows])
        # Between log K + max and max: an answer near 0 may cancel, hence the absolute part.
        assert_allclose(got, values, rtol=4 * np.finfo(dtype).eps, atol=8 * np.finfo(dtype).eps)

    def test_logsumexp_of_one_sure_class_keeps_its_digits(self):
        """Catches log(1 + rest) in place of log1p(rest): 0 instead of 4.2e-18."""
        assert_allclose(logsumexp([0.0, -40.0]), math.exp(-40), rtol=1e-13)


class TestLimits:
    """Every test here runs with warnings as errors: a limit is a value, not a complaint."""

    @pytest.mark.parametrize(
        ("name", "inputs", "limits"),
        [
            ("sigmoid", [-math.inf, math.inf], [0, 1]),
            ("log_sigmoid", [-math.inf, math.inf], [-math.inf, 0]),
            ("softplus", [-math.inf, math.inf], [0, math.inf]),
            ("logit", [0, 1], [-math.inf, math.inf]),
        ],
    )
    def test_each_function_takes_its_limit(self, name, inputs, limits, library):
        """Catches inf - inf and 0 * inf, which give nan."""
        got = EVERY[name](library.make(inputs, "float64"))
        assert_array_equal(library.numpy(got), limits)

    @pytest.mark.parametrize(
        ("row", "softmax_limit", "logsumexp_limit"),
        [
            ([math.inf, 0.0, -5.0], [1, 0, 0], math.inf),
            ([0.0, math.inf, -math.inf], [0, 1, 0], math.inf),
            ([-math.inf, 0.0, 0.0], [0, 0.5, 0.5], math.log(2)),
            ([-math.inf, -math.inf, 1.0], [0, 0, 1], 1.0),
            ([-math.inf] * 3, [math.nan] * 3, -math.inf),
            ([math.inf, math.inf, 0.0], [math.nan] * 3, math.inf),
        ],
    )
    def test_infinite_logits_have_their_limits(self, row, softmax_limit, logsumexp_limit, library):
        """Catches inf - inf; and a number made up where the limit depends on the way: softmax of two inf is nan."""
        rows = library.make([row, [0.0, 0.0, 0.0]], "float64")
        p, log_p = library.numpy(softmax(rows))[0], library.numpy(log_softmax(rows))[0]
        if not math.isnan(softmax_limit[0]):
            assert_allclose(p, softmax_limit, rtol=1e-15)
            with np.errstate(divide="ignore"):
                assert_allclose(log_p, np.log(softmax_limit), rtol=1e-15)
        else:
            assert np.isnan(p).any()
            assert np.isnan(log_p).any()
        assert_allclose(library.numpy(logsumexp(rows)), [logsumexp_limit, math.log(3)], rtol=1e-15)

    @every
    def test_nan_gives_nan(self, name, library):
        """Catches where(z > 0, ...) and maximum() forms that turn a nan into a number."""
        got = EVERY[name](library.make([[math.nan, 0.5], [0.25, 0.5]], "float64"))
        got = library.numpy(got)
        assert np.isnan(got[0]).any()
        assert not np.isnan(got[1]).any()

    @over_classes
    def test_one_nan_spoils_its_whole_row(self, name, library):
        """Catches an arg max that passes a nan by: no probability of that row is known."""
        got = OVER_CLASSES[name](library.make([[0.5, math.nan, 9.0], [0.25, 0.5, 1.0]], "float64"))
        got = library.numpy(got)
        assert np.isnan(got[0]).all()
        assert np.isfinite(got[1]).all()


class TestInputs:
    @every
    def test_an_integer_is_read_as_the_default_float(self, name, library):
        """Catches a result cut to integers, and float64 where the library's own default is float32."""
        whole = library.make([[0, 1], [1, 0]])
        got = EVERY[name](whole)
        assert library.dtype_name(got) == library.default_float
        assert_array_equal(
            library.numpy(got),
            library.numpy(EVERY[name](library.make([[0.0, 1.0], [1.0, 0.0]], library.default_float))),
        )

    @every
    def test_booleans_are_read_as_zero_and_one(self, name, library):
        """Catches -z of a boolean, which NumPy refuses."""
        got = EVERY[name](library.make([[False, True]]))
        assert_array_equal(library.numpy(got), library.numpy(EVERY[name](library.make([[0, 1]]))))

    @every
    @both_precisions
    def test_the_result_keeps_library_and_precision(self, name, dtype, library):
        """Catches a constant that widens float32, and a result that came back as another library's array."""
        values = np.array([[0.1, 0.7, 0.2], [0.5, 0.25, 1.0]])
        got = EVERY[name](library.make(values, dtype))
        assert isinstance(got, library.array_type)
        assert library.dtype_name(got) == dtype
        want = EVERY[name](values.astype(dtype))
        # Two libraries' exp and log may differ in their last digit.
        assert_allclose(library.numpy(got), want, rtol=1e-6 if dtype == "float32" else 1e-14)

    @every
    def test_float16_comes_back_as_float16(self, name, eager_library):
        """Catches a half-precision input that is silently widened."""
        got = EVERY[name](eager_library.make([[0.25, 0.5]], "float16"))
        assert eager_library.dtype_name(got) == "float16"

    @every
    def test_bfloat16_comes_back_as_bfloat16(self, name):
        """Catches a type that PyTorch has and the standard does not."""
        torch = pytest.importorskip("torch")
        assert EVERY[name](torch.tensor([[0.25, 0.5]], dtype=torch.bfloat16)).dtype == torch.bfloat16

    @over_classes
    def test_a_float16_row_of_a_thousand_classes_keeps_three_digits(self, name, eager_library):
        """Catches a sum kept in float16, where 1 + 1 + ... sticks at 2048 and loses its digits long before."""
        row = np.random.default_rng(8).normal(0, 1, size=(1, 1000)).astype(np.float16)
        got = eager_library.numpy(OVER_CLASSES[name](eager_library.make(row, "float16")))
        # A gap between logits of up to 8 is rounded at 4e-3 in float16, and exp hands that on.
        assert_allclose(got.astype(float), OVER_CLASSES[name](row.astype(float)), rtol=4e-3, atol=6e-8)

    @elementwise
    def test_a_single_number_gives_an_array_without_axes(self, name, library):
        """Catches code that indexes its input."""
        got = ELEMENTWISE[name](library.make(0.5, "float64"))
        assert tuple(got.shape) == ()
        assert_allclose(float(library.numpy(got)), float(ELEMENTWISE[name](0.5)), rtol=1e-15)

    @every
    def test_no_examples_give_no_results(self, name, library):
        """Catches a maximum or a check that needs at least one entry."""
        got = EVERY[name](library.make(np.empty((0, 3)), "float64"))
        assert tuple(got.shape) == ((0,) if name == "logsumexp" else (0, 3))

    @every
    def test_lists_are_read_as_numpy(self, name):
        """Catches a function that asks its argument for a dtype or a shape before reading it."""
        assert_array_equal(EVERY[name]([[0.25, 0.5]]), EVERY[name](np.array([[0.25, 0.5]])))

    @every
    def test_the_input_is_left_as_it_was(self, name):
        """Catches an in-place shift of the caller's logits."""
        values = np.array([[0.25, 0.75, 0.5]])
        EVERY[name](values)
        assert_array_equal(values, [[0.25, 0.75, 0.5]])

    @every
    @pytest.mark.parametrize("bad", [np.array([[1j, 2]]), np.array([["yes", "no"]]), [[None, 1.0]]])
    def test_what_is_no_real_number_is_refused(self, name, bad):
        """Catches a complex sigmoid, and NumPy's own UFuncTypeError in place of words."""
        with pytest.raises(ValueError, match=r"must hold real numbers; got dtype"):
            EVERY[name](bad)

    @pytest.mark.parametrize("bad", [[0.5, 1.5], [-0.1, 0.5], [math.inf, 0.5]])
    def test_logit_refuses_what_is_no_probability(self, bad, eager_library):
        """Catches logit(logit(p)), and nan in place of an error."""
        with pytest.raises(ValueError, match=r"p must lie in \[0, 1\].*; got .* at position"):
            logit(eager_library.make(bad, "float64"))

    @over_classes
    @pytest.mark.parametrize("shape", [(), (3, 0), (0, 0)])
    def test_at_least_one_class_is_needed(self, name, shape, library):
        """Catches an arg max of nothing, whose error speaks of a sequence."""
        with pytest.raises(ValueError, match="at least one class"):
            OVER_CLASSES[name](library.make(np.zeros(shape), "float64"))

    @over_classes
    @pytest.mark.parametrize("axis", [2, -3])
    def test_an_axis_that_is_not_there_is_refused(self, name, axis, library):
        """Catches an IndexError about a tuple."""
        with pytest.raises(ValueError, match=rf"axis {axis}.*\(2, 3\)"):
            OVER_CLASSES[name](library.make(np.zeros((2, 3)), "float64"), axis=axis)

    @pytest.mark.parametrize("name", OVER_CLASSES)
    @pytest.mark.parametrize("axis", [0, 1, -2])
    def test_the_classes_may_lie_along_any_axis(self, name, axis, library):
        """Catches a sum or a maximum that always takes the last axis."""
        a = np.random.default_rng(1).normal(size=(3, 4, 2))
        got = library.numpy(OVER_CLASSES[name](library.make(a), axis=axis))
        want = OVER_CLASSES[name](np.moveaxis(a, axis, -1))
        assert_allclose(got, want if name == "logsumexp" else np.moveaxis(want, -1, axis), rtol=1e-14)

    @every
    def test_a_dask_array_is_not_computed(self, name):
        """Catches a check of values, which would read a large array twice."""
        dask = pytest.importorskip("dask")
        dask_array = pytest.importorskip("dask.array")

        def load():
            raise AssertionError("computed")

        lazy = dask_array.from_delayed(dask.delayed(load)(), shape=(4, 3), dtype=np.float64)
        assert EVERY[name](lazy).dtype == np.float64


class TestProperties:
    @given(z=anything_finite)
    def test_the_sigmoid_of_minus_z_is_the_other_probability(self, z):
        """Catches a lost minus and a branch taken on the wrong side."""
        assert_allclose(sigmoid(-z), 1 - sigmoid(z), rtol=0, atol=2**-52)

    @given(z=anything_finite)
    def test_softplus_and_log_sigmoid_differ_by_z(self, z):
        """log sigmoid(z) = z - softplus(z). Catches a sign lost in either."""
        assert_allclose(log_sigmoid(z), z - softplus(z), rtol=1e-15, atol=1e-15)

    @given(z=st.floats(-36, 36))
    def test_logit_undoes_the_sigmoid(self, z):
        """Catches 1 - p lost from the odds. p near 1 has few digits left, and keeps |z| to within e^z roundings."""
        assert abs(float(logit(sigmoid(z))) - z) <= 2**-52 * (4 + abs(z) + 2 * math.exp(max(z, 0)))

    @given(a=rows_of_logits(1e4))
    def test_probabilities_lie_between_zero_and_one_and_sum_to_one(self, a):
        """Catches a sum over the wrong axis, and a missing shift, which overflows at 1e4."""
        p = softmax(a)
        assert np.all((p >= 0) & (p <= 1))
        assert_allclose(p.sum(axis=-1), 1, rtol=1e-15 * a.shape[-1])

    @given(a=rows_of_logits(1e3), shift=st.integers(-1000, 1000))
    def test_a_shift_of_all_logits_only_moves_logsumexp(self, a, shift):
        """Catches a logsumexp that forgets to add the largest logit again, and a softmax that is not shift-free."""
        a = np.round(a * 1024) / 1024  # so that a + shift is exact
        assert_allclose(softmax(a + shift), softmax(a), rtol=1e-14)
        assert_allclose(logsumexp(a + shift), logsumexp(a) + shift, rtol=1e-14, atol=1e-12)

    @given(a=rows_of_logits(700))
    def test_the_log_of_softmax_is_log_softmax(self, a):
        """Catches two functions that disagree on the same row."""
        p, log_p = softmax(a), log_softmax(a)
        # rtol: exp multiplies an error of log_p by nothing, but log_p itself is rounded at up to 1400.
        assert_allclose(np.exp(log_p), p, rtol=1e-12, atol=1e-300)

    def test_equal_logits_share_equally(self, library):
        """Catches an arg max that treats the first of a tie as special."""
        p = library.numpy(softmax(library.make([[3.0, 3.0, 3.0], [9.0, -1e5, 9.0]], "float64")))
        assert_allclose(p, [[1 / 3, 1 / 3, 1 / 3], [0.5, 0, 0.5]], rtol=1e-15)


class TestAgainstScipy:
    """On moderate numbers, where SciPy is exact to its last digits."""

    def test_the_elementwise_functions_agree(self, rng):
        """Catches a formula that is precise, of something else."""
        special = pytest.importorskip("scipy.special")
        z = rng.normal(0, 10, size=1000)
        assert_allclose(sigmoid(z), special.expit(z), rtol=1e-14)
        assert_allclose(log_sigmoid(z), special.log_expit(z), rtol=1e-14)
        assert_allclose(logit(special.expit(z)), special.logit(special.expit(z)), rtol=1e-14, atol=1e-15)

    def test_the_functions_over_classes_agree(self, rng):
        """Catches a formula that is precise, of something else."""
        special = pytest.importorskip("scipy.special")
        a = rng.normal(0, 3, size=(50, 7))
        assert_allclose(softmax(a), special.softmax(a, axis=-1), rtol=1e-13)
        assert_allclose(log_softmax(a), special.log_softmax(a, axis=-1), rtol=1e-12)
        assert_allclose(logsumexp(a), special.logsumexp(a, axis=-1), rtol=1e-14)


class TestGradients:
    @pytest.fixture(autouse=True)
    def torch(self):
        return pytest.importorskip("torch")

    @elementwise
    @both_precisions
    def test_autograd_gives_the_analytic_slope_at_every_finite_point(self, torch, name, dtype):
        """Catches abs() in the sigmoid (slope 0 at 0), clipping (slope 0 far out) and nan from an unused branch."""
        points, slopes = fifty_digits(f"{name}_slope", dtype)
        z = torch.tensor(points, requires_grad=True)
        (got,) = torch.autograd.grad(ELEMENTWISE[name](z).sum(), z)
        off = exact.ulps_off(got.numpy(), slopes, dtype)
        # A few more operations than the function itself, each rounded once.
        assert off.max() <= 8, f"{off.max():.3g} units off at z = {points[off.argmax()]!r}"

    @pytest.mark.parametrize("zero", [0.0, -0.0])
    @pytest.mark.parametrize(("name", "slope"), [("sigmoid", 0.25), ("log_sigmoid", 0.5), ("softplus", 0.5)])
    def test_the_slope_at_exactly_zero(self, torch, name, slope, zero):
        """Catches abs(), relu() and minimum(), whose slope at 0 is a convention: a model starts there."""
        z = torch.tensor(zero, dtype=torch.float64, requires_grad=True)
        (got,) = torch.autograd.grad(ELEMENTWISE[name](z), z)
        assert got.item() == slope

    @pytest.mark.parametrize("zero", [0.0, -0.0])
    @pytest.mark.parametrize(("name", "bend"), [("sigmoid", 0.0), ("log_sigmoid", -0.25), ("softplus", 0.25)])
    def test_the_second_derivative_at_exactly_zero(self, torch, name, bend, zero):
        """Catches a slope that is right at 0 by a special case, whose own slope is then lost from the Hessian."""
        z = torch.tensor(zero, dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad(ELEMENTWISE[name](z), z, create_graph=True)
        (got,) = torch.autograd.grad(slope, z)
        assert got.item() == bend

    @elementwise
    def test_the_slope_at_infinity_is_its_limit(self, torch, name):
        """Catches inf * 0 in the chain rule."""
        z = torch.tensor([-math.inf, math.inf], dtype=torch.float64, requires_grad=True)
        (got,) = torch.autograd.grad(ELEMENTWISE[name](z).sum(), z)
        assert got.tolist() == {"sigmoid": [0, 0], "log_sigmoid": [1, 0], "softplus": [0, 1]}[name]

    def test_the_slope_of_logit_is_one_over_p_times_one_minus_p(self, torch):
        """Catches a branch of logit whose value is right and whose gradient is cut."""
        p = torch.tensor([1e-20, 1e-9, 0.1, 0.25, 0.5, 0.75, 0.999], dtype=torch.float64, requires_grad=True)
        (got,) = torch.autograd.grad(logit(p).sum(), p)
        assert_allclose(got.numpy(), (1 / (p * (1 - p))).detach().numpy(), rtol=1e-14)

    @pytest.mark.parametrize(
        "row", [[0.0, 0, 0], [2, 2, -1], [5, 5, 5], [0.3, -1, 2], [800, 0, 800], [40, 0, 0], [-1e4, 1e4, 0]]
    )
    def test_derivatives_over_classes_are_the_analytic_ones_in_ties_too(self, torch, row):
        """Catches a maximum that splits its gradient among ties, counts it twice, or lets inf times 0 through."""
        a = torch.tensor(row, dtype=torch.float64)
        p = torch.tensor([float(share) for share in exact.softmax(row)], dtype=torch.float64)
        close = {"rtol": 1e-13, "atol": 1e-16}
        jacobian = torch.autograd.functional.jacobian
        assert_allclose(jacobian(softmax, a), torch.diag(p) - torch.outer(p, p), **close)
        assert_allclose(jacobian(log_softmax, a), torch.eye(3, dtype=torch.float64) - p, **close)
        assert_allclose(jacobian(logsumexp, a), p, **close)

    @every
    def test_gradcheck_and_its_second_order_agree_with_finite_differences(self, torch, name):
        """Catches a gradient, or a Hessian, that is no derivative of the value; zeros and ties among the points."""
        rows = [[0.3, 0.7, 0.5], [0.25, 0.25, 0.9]] if name == "logit" else [[0.3, -1.2, 2.0], [0.0, 0.0, 0.0]]
        a = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(EVERY[name], (a,))
        assert torch.autograd.gradgradcheck(EVERY[name], (a,))

    @every
    def test_a_gradient_flows_on_the_gpu(self, torch, name):
        """Catches a constant that was made on the CPU."""
        if not torch.cuda.is_available():
            pytest.skip("no GPU here")
        a = torch.tensor([[0.25, 0.75]], dtype=torch.float64)
        on_gpu = a.cuda().requires_grad_()
        got = EVERY[name](on_gpu)
        got.sum().backward()
        assert_allclose(got.detach().cpu(), EVERY[name](a), rtol=1e-14)
        assert on_gpu.grad.is_cuda

    def test_logit_refuses_a_bad_probability_that_carries_a_gradient(self, torch):
        """Catches PyTorch's warning about reading such a number, which would hide the error's words."""
        with pytest.raises(ValueError, match=r"got 1\.5 at position 0"):
            logit(torch.tensor([1.5], requires_grad=True))


@pytest.mark.parametrize("name", ["numpy", "torch"])
def test_float16_is_added_up_in_float32(name):
    """65,536 equal logits: log 65,536, and a probability of 2^-16 each. Catches a sum that overflows at 65,504."""
    a = libraries.load(name).make(np.zeros(65536), "float16")
    assert abs(float(logsumexp(a)) - 16 * np.log(2)) < 0.01  # half a unit in the last place of float16 at 11
    assert float(softmax(a)[0]) == 2.0**-16
    assert str(softmax(a).dtype).endswith("float16")
