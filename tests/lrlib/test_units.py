"""Fits of X * s + m against fits of the same numbers, standardised: the same probabilities, or a clear error."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit, softmax

from lrlib.fit import SingularHessianError, fit_binary, fit_multiclass

from . import libraries
from .problems import Problem

PROBLEMS = {2: Problem("binary", n=60), 4: Problem("multiclass", n=60)}
REFUSED = (FloatingPointError, SingularHessianError)
METHODS = ["newton", "lbfgs", "gradient-descent"]


def probabilities(X, w, b):
    """Return the probabilities of the fitted model, added up in more digits than it was fitted in."""
    z = np.asarray(X, np.longdouble) @ np.asarray(w, np.longdouble) + np.asarray(b, np.longdouble)
    return expit(z.astype(float)) if z.ndim == 1 else softmax(z.astype(float), axis=1)


def standardised(X):
    """Return the numbers as they are stored, with mean 0 and standard deviation 1."""
    X = np.asarray(X, np.longdouble)
    X = X / 2.0 ** np.round(np.log2(abs(X).max(axis=0).astype(float)))
    return ((X - X.mean(axis=0)) / X.std(axis=0)).astype(float)


def compare(K, dtype, name, method, scale, shift, rtol):
    """Fit both, and compare; return whether the fit was refused."""
    problem, library = PROBLEMS[K], libraries.load(name)
    X = (standardised(problem.X) * scale + shift * scale).astype(dtype)
    fit = fit_binary if K == 2 else fit_multiclass
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            ours = fit(library.make(X), library.make(problem.y), method=method, progress=False)
        except REFUSED:
            return True
        reference = fit(standardised(X), problem.y, progress=False)
    theirs = probabilities(standardised(X), reference.w, reference.b)
    assert ours.converged
    assert_allclose(probabilities(X, np.asarray(ours.w), np.asarray(ours.b)), theirs, rtol=rtol)
    return False


@pytest.mark.parametrize("K", PROBLEMS)
@pytest.mark.parametrize(
    "method", [pytest.param(m, marks=pytest.mark.slow) if m == "gradient-descent" else m for m in METHODS]
)
def test_no_unit_and_no_origin_changes_a_probability(K, method):
    """Scales from 1e-150 to 1e150, each column's origin up to 1e12 spreads away. Catches a tolerance in units of X."""
    rng, refused = np.random.default_rng(0), 0
    for exponent in (-150, 150, *rng.uniform(-150, 150, size=6)):
        for shift in (0.0, *(rng.choice([-1, 1]) * 10 ** rng.uniform(0, 8, size=2))):
            refused += compare(K, "float64", "numpy", method, 10.0**exponent, shift, 1e-6)
    assert refused == 0


@pytest.mark.parametrize("K", PROBLEMS)
@pytest.mark.parametrize("name", ["numpy", "torch", "dask"])
@pytest.mark.parametrize(("dtype", "exponents"), [("float64", (-150, 150)), ("float32", (-30, 30))])
def test_it_holds_in_every_library_and_precision(K, name, dtype, exponents):
    """float32 weights have 24 bits: 64 of their last units is what the logits keep. Catches a search in float32."""
    for exponent in exponents:
        for shift in (0.0, 3.0):
            rtol = 1e-6 if dtype == "float64" else 64 * 2.0**-24
            assert not compare(K, dtype, name, "newton", 10.0**exponent, shift, rtol)


@pytest.mark.parametrize(("dtype", "shift"), [("float64", 1e12), ("float64", 1e15), ("float32", 1e6)])
def test_an_origin_that_leaves_too_few_digits_is_refused(dtype, shift):
    """Catches weights that no longer give the probabilities that were fitted."""
    assert compare(2, dtype, "numpy", "newton", 1.0, shift, 1e-6)


def test_columns_may_have_units_of_their_own():
    """Catches one scale for all columns."""
    problem = PROBLEMS[4]
    units = np.array([1e-120, 1.0, 1e140])
    expected = fit_multiclass(problem.X, problem.y)
    assert_allclose(fit_multiclass(problem.X * units, problem.y).w * units[:, None], expected.w, rtol=1e-6)


def test_weights_that_would_overflow_are_refused_in_words():
    """Catches an infinite weight."""
    problem = PROBLEMS[2]
    with pytest.raises(FloatingPointError, match=r"too small\. Multiply them by a constant"):
        fit_binary(standardised(problem.X) * 1e-315, problem.y)


YEARS = np.arange(2005, 2025.0)[:, None]
HITS = np.array([0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1])


class TestFarFromZero:
    """Slopes as statsmodels finds them on centred columns."""

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_years_are_no_constant(self, dtype):
        """Catches a threshold on moments that are not centred."""
        assert_allclose(fit_binary(YEARS.astype(dtype), HITS).w, 0.197206, rtol=1e-5)

    def test_nor_are_minutes_of_unix_time(self):
        """Catches the same for a mean five million times the spread."""
        assert_allclose(fit_binary(1.7e9 + 60 * (YEARS - 2005), HITS).w * 60, 0.197206, rtol=1e-5)

    @pytest.mark.parametrize("unit", [5e-7, 1e-12, 1e-170, 1e160])
    def test_a_table_in_any_unit_has_its_closed_form(self, unit):
        """Odds of 1:3, 1:1 and 3:1 at 0, 1 and 2. Catches a gradient that is short because its unit is long."""
        X, y = np.repeat([0.0, 1.0, 2.0], 4)[:, None], [1, 0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 0]
        assert_allclose(fit_binary(X * unit, y).w * unit, np.log(3), rtol=1e-9)


@pytest.mark.parametrize("method", METHODS[:2])
def test_rare_events_are_found_to_all_digits(method):
    """Ten cases in 20,000 with a two-valued feature: closed form. Catches a decrement that ends too early."""
    X = np.repeat([0.0, 1.0], 10_000)[:, None]
    y = np.zeros(20_000, dtype=int)
    y[[0, 1, *range(10_000, 10_008)]] = 1
    fit = fit_binary(X, y, method=method)
    expected = [np.log(8 / 9992) - np.log(2 / 9998), np.log(2 / 9998)]
    assert_allclose([fit.w[0], fit.b], expected, rtol=1e-6)
