"""Entropy, cross entropy and KL divergence against SciPy, values worked by hand, and bad input."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lrlib.divergences import cross_entropy, entropy, kl_divergence
from lrlib.functions import softmax
from lrlib.losses import binary_cross_entropy, multiclass_cross_entropy

ALL = {
    "entropy": lambda p: entropy(p),
    "cross_entropy": lambda p: cross_entropy(p, p),
    "kl": lambda p: kl_divergence(p, p),
}
OF_TWO = {"cross_entropy": cross_entropy, "kl_divergence": kl_divergence}
every = pytest.mark.parametrize("name", ALL)
of_two = pytest.mark.parametrize("name", OF_TWO)


@st.composite
def distributions(draw, count):
    """Draw `count` distributions over the same two to six classes; zeros among them."""
    classes = draw(st.integers(2, 6))
    weights = st.lists(st.sampled_from([0, 0, 1, 2, 5, 1000]), min_size=classes, max_size=classes).filter(any)
    return [np.array(w) / sum(w) for w in (draw(weights) for _ in range(count))]


class TestValues:
    def test_entropy_of_known_distributions(self, library):
        """Catches bits in place of nats, a lost minus, and 0 log 0 = nan."""
        p = library.make([[0.5, 0.5, 0, 0], [0.25] * 4, [1, 0, 0, 0], [0.5, 0.25, 0.125, 0.125]], "float64")
        got = entropy(p)
        assert isinstance(got, library.array_type)
        assert_allclose(library.numpy(got), np.array([1, 2, 0, 1.75]) * math.log(2), rtol=1e-15)

    def test_the_entropy_of_a_certainty_is_not_minus_zero(self):
        """Catches -0.0, which a page would print."""
        assert math.copysign(1, float(entropy([1.0, 0.0]))) == 1

    def test_cross_entropy_reads_its_weights_from_p_and_its_logarithm_from_q(self, library):
        """Catches exchanged arguments and a lost minus."""
        p, q = library.make([0.5, 0.5, 0.0], "float64"), library.make([0.25, 0.5, 0.25], "float64")
        assert_allclose(library.numpy(cross_entropy(p, q)), 1.5 * math.log(2), rtol=1e-15)

    def test_kl_divergence_is_not_symmetric(self, library):
        """Catches exchanged arguments, which every p = q and every symmetric pair forgives."""
        p, q = library.make([0.75, 0.25], "float64"), library.make([0.5, 0.5], "float64")
        forward = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
        backward = 0.5 * math.log(0.5 / 0.75) + 0.5 * math.log(2)
        assert_allclose(library.numpy(kl_divergence(p, q)), forward, rtol=1e-14)
        assert_allclose(library.numpy(kl_divergence(q, p)), backward, rtol=1e-14)

    @of_two
    def test_ruling_out_what_happens_costs_everything(self, name, library):
        """Catches a clipped logarithm, and nan: q = 0 where p > 0 is inf, and no warning."""
        p, q = library.make([[0.5, 0.5], [1, 0]], "float64"), library.make([[0, 1], [0, 1]], "float64")
        assert_array_equal(library.numpy(OF_TWO[name](p, q)), [math.inf, math.inf])

    @of_two
    def test_what_never_happens_costs_nothing(self, name, library):
        """Catches 0 * inf, where p and q are 0 together."""
        p, q = library.make([[1, 0, 0]], "float64"), library.make([[0.5, 0.5, 0]], "float64")
        assert_allclose(library.numpy(OF_TWO[name](p, q)), [math.log(2)], rtol=1e-15)

    @given(pair=distributions(2))
    def test_cross_entropy_is_entropy_plus_kl(self, pair):
        """Catches a sign or an argument exchanged in one of the three."""
        p, q = pair
        assert_allclose(cross_entropy(p, q), entropy(p) + kl_divergence(p, q), rtol=1e-13, atol=1e-15)

    @given(pair=distributions(2))
    def test_kl_is_never_negative_and_zero_only_for_equals(self, pair):
        """Catches exchanged arguments in half of the formula; 1e-15 is what adding six terms may lose."""
        p, q = pair
        assert kl_divergence(p, q) >= -1e-15
        assert kl_divergence(p, p) == 0
        assert (kl_divergence(p, q) > 1e-9) == (abs(p - q).max() > 1e-4)

    @given(pair=distributions(2))
    def test_they_agree_with_scipy(self, pair):
        """Catches a formula that is right only on the distributions above."""
        special = pytest.importorskip("scipy.special")
        p, q = pair
        assert_allclose(entropy(p), special.entr(p).sum(), rtol=1e-13)
        assert_allclose(kl_divergence(p, q), special.rel_entr(p, q).sum(), rtol=1e-13, atol=1e-15)

    def test_a_one_hot_p_leaves_the_losses_of_the_logits(self, rng):
        """Catches bits in one of the two modules, and classes in another order."""
        a, y = rng.normal(0, 2, size=(20, 4)), rng.integers(0, 4, size=20)
        assert_allclose(cross_entropy(np.eye(4)[y], softmax(a)), multiclass_cross_entropy(a, y), rtol=1e-12)
        z, t = rng.normal(0, 2, size=20), rng.uniform(0, 1, size=20)
        p, q = 1 / (1 + np.exp(-z)), np.stack([1 - t, t], axis=-1)
        assert_allclose(cross_entropy(q, np.stack([1 - p, p], axis=-1)), binary_cross_entropy(z, t), rtol=1e-12)


class TestInputs:
    @every
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_the_last_axis_goes_and_the_precision_stays(self, name, dtype, library):
        """Catches a sum over all examples, and a constant that widens float32."""
        got = ALL[name](library.make(np.full((2, 3, 4), 0.25), dtype))
        assert (tuple(got.shape), library.dtype_name(got)) == ((2, 3), dtype)

    @every
    def test_a_float16_softmax_is_a_distribution(self, name, eager_library):
        """Catches a tolerance of the sum that float16, with its three digits, cannot meet."""
        p = softmax(eager_library.make(np.random.default_rng(2).normal(0, 2, size=(50, 10)), "float16"))
        assert eager_library.dtype_name(ALL[name](p)) == "float16"

    @every
    def test_whole_numbers_and_lists_are_read(self, name):
        """Catches the logarithm of an integer list."""
        assert_array_equal(ALL[name]([[1, 0], [0, 1]]), [0, 0])

    @every
    def test_no_distributions_give_no_values(self, name, library):
        """Catches a check that needs at least one row."""
        assert tuple(ALL[name](library.make(np.empty((0, 3)), "float64")).shape) == (0,)

    @every
    @pytest.mark.parametrize(
        ("bad", "words"),
        [
            ([0.5, 0.4], "sum of p must be 1 along the last axis; got 0.9"),
            ([1.5, -0.5], "p must hold probabilities, none negative or nan; got -0.5 at position 1"),
            ([math.nan, 1.0], "none negative or nan; got nan"),
            ([math.inf, 0.0], "sum of p must be 1 .*; got inf"),
            (0.3, "last axis that lists the classes; got a single number"),
        ],
    )
    def test_what_is_no_distribution_is_refused(self, name, bad, words, eager_library):
        """Catches logits given where probabilities are due, a lone probability, and a missing value."""
        with pytest.raises(ValueError, match=words):
            ALL[name](eager_library.make(bad, "float64"))

    @of_two
    def test_the_error_names_q_when_q_is_wrong(self, name):
        """Catches words that blame the other argument."""
        with pytest.raises(ValueError, match="the sum of q must be 1"):
            OF_TWO[name]([0.5, 0.5], [0.5, 0.4])

    @of_two
    def test_one_distribution_against_many_is_refused(self, name, library):
        """Catches a silent broadcast."""
        with pytest.raises(ValueError, match=r"q must have shape \(2, 2\) to match p"):
            OF_TWO[name](library.make([[0.5, 0.5]] * 2, "float64"), library.make([0.5, 0.5], "float64"))


class TestGradients:
    @pytest.fixture(autouse=True)
    def torch(self):
        return pytest.importorskip("torch")

    def test_the_slope_of_cross_entropy_in_the_logits_is_q_minus_p(self, torch):
        """Catches a gradient cut by where(), and nan where p is 0."""
        a = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64, requires_grad=True)
        p = torch.tensor([0.0, 0.25, 0.75], dtype=torch.float64)
        for divergence in OF_TWO.values():
            (got,) = torch.autograd.grad(divergence(p, softmax(a)), a)
            assert_allclose(got.numpy(), (softmax(a) - p).detach().numpy(), rtol=1e-12)

    def test_a_q_of_zero_where_p_is_zero_leaves_the_gradient_finite(self, torch):
        """Catches log 0 in the branch not taken: its slope inf times 0 is nan."""
        q = torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True)
        p = torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True)
        for value in (cross_entropy(p, q), kl_divergence(p, q), entropy(p)):
            gradients = torch.autograd.grad(value, [p, q], allow_unused=True)
            assert all(torch.isfinite(g).all() for g in gradients if g is not None)


class TestCloseDistributions:
    @pytest.mark.parametrize("gap", [1e-2, 1e-4, 1e-9, 1e-12])
    def test_the_divergence_keeps_its_digits(self, gap):
        """It is 2 gap^2 + (4/3) gap^4 + ... for a fair coin. Catches terms that cancel, and a divergence below 0."""
        p = np.array([0.5 + gap, 0.5 - gap])
        exact = 2 * float(p[0] - 0.5) ** 2 * (1 + 2 / 3 * gap**2)
        np.testing.assert_allclose(kl_divergence(p, [0.5, 0.5]), exact, rtol=1e-6)

    def test_in_float32_too(self):
        """Catches a divergence five times too large."""
        p, q = np.array([0.5001, 0.4999], dtype="f4"), np.array([0.5, 0.5], dtype="f4")
        np.testing.assert_allclose(kl_divergence(p, q), 2 * (float(p[0]) - 0.5) ** 2, rtol=1e-3)
