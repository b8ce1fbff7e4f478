"""Whether data have a best fit: what lrlib says, held against exact oracles on seeded problems.

The oracles are a linear program for separation and a pivoted QR of the standardised columns for rank. Two hundred
problems run always; LRLIB_ORACLE_PROBLEMS=2500 runs as many (a few minutes).
"""

import os
import pickle
import warnings
from collections import Counter

import numpy as np
import pytest
import scipy.linalg
from numpy.testing import assert_array_equal
from scipy.optimize import linprog

from lrlib.diagnosis import SeparableError, SingularHessianError
from lrlib.fit import ConvergenceWarning, fit_binary, fit_multiclass

PROBLEMS = int(os.environ.get("LRLIB_ORACLE_PROBLEMS", "200"))
KINDS = ["small whole numbers", "few values", "normal", "sparse, of unlike units", "one far point", "an empty cell"]
KINDS += ["far from zero", "perhaps dependent"]


def problem(seed):
    """Return X, y and K of one seeded problem; its kind is KINDS[seed % 8]."""
    rng = np.random.default_rng(seed)
    kind, K, N, D = KINDS[seed % 8], int(rng.choice([2, 2, 3, 4])), int(rng.integers(8, 40)), int(rng.integers(1, 5))
    X = rng.normal(size=(N, D))
    if kind in ("small whole numbers", "few values", "one far point"):
        X = rng.integers(0, 3, (N, D)).astype(float)
    if kind == "one far point":
        X[-1] = 10 ** rng.uniform(2, 8)
    if kind == "sparse, of unlike units":
        X = X * (rng.random((N, D)) < 0.3) * 10 ** rng.uniform(-6, 6, D)
    if kind == "an empty cell":
        cell = rng.integers(0, 4, N)
        X = np.column_stack([cell[:, None] == np.arange(1, 4), rng.integers(0, 2, N)]).astype(float)
    if kind == "far from zero":
        X = X + 10 ** rng.uniform(0, 6)
    if kind == "perhaps dependent":
        X = np.column_stack([X, X @ rng.integers(-2, 3, D) if rng.random() < 0.5 else rng.normal(size=N)])
    spread = np.where(X.std(0) > 0, X.std(0), 1)
    logits = (X - X.mean(0)) / spread @ rng.normal(size=(X.shape[1], K)) * rng.choice([0, 0.5, 2, 5])
    y = (logits + rng.gumbel(size=(N, K))).argmax(1)
    if kind == "an empty cell":
        y = np.where((cell == 2) & (y == K - 1), 0, y)
    y[:K] = np.arange(K)
    return X, y, K


def depends(X):
    """Does a pivoted QR of the standardised columns find that one is made of the others and the intercept?"""
    if len(X) <= X.shape[1] or (X[0] == X).all(axis=0).any():
        return True
    Z = (X - X.mean(0)) / X.std(0) / np.sqrt(len(X))
    return abs(np.diag(scipy.linalg.qr(Z, pivoting=True, mode="r")[0]))[-1] < 1e-11


def separable(X, y, K):
    """Does a linear program find a direction that is wrong for no example and right for some?"""
    gaps = np.abs(X - np.median(X, axis=0))
    unit = np.array([np.median(column[column > 0]) for column in gaps.T])  # of most examples, not of a far one
    rows = np.column_stack([(X - np.median(X, axis=0)) / unit, np.ones(len(X))])
    rows /= np.abs(rows).max(axis=1, keepdims=True)  # the length of a row changes no sign
    margins = []
    for row, label in zip(rows, y, strict=True):
        for other in set(range(K)) - {label}:
            margin = np.zeros((len(row), K))
            margin[:, label], margin[:, other] = row, -row
            margins.append(margin.ravel())
    margins = np.array(margins)
    found = linprog(-margins.sum(axis=0), A_ub=-margins, b_ub=np.zeros(len(margins)), bounds=(-1, 1))
    return -found.fun > 1e-7


def outcome(X, y, K, method):
    """Return what lrlib says of the data."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            (fit_binary if K == 2 else fit_multiclass)(X, y, method=method, progress=False)
        except SingularHessianError:
            return "dependent"
        except SeparableError:
            return "separable"
        except ConvergenceWarning:
            return "not converged"
    return "a fit"


# Overlapping, but so little that some probabilities are 1e-100: in float64 the logits cannot be told, and lrlib warns.
UNDETERMINED = {923}


@pytest.mark.slow
@pytest.mark.parametrize("method", ["newton", "lbfgs"])
def test_every_diagnosis_is_that_of_the_oracles(method):
    """Catches a false alarm, a false all-clear, and a warning in place of either."""
    wrong, seen = [], Counter()
    for seed in range(PROBLEMS):
        X, y, K = problem(seed)
        expected = "dependent" if depends(X) else "separable" if separable(X, y, K) else "a fit"
        said = outcome(X, y, K, method)
        seen[expected] += 1
        expected = "not converged" if seed in UNDETERMINED else expected
        if said != expected:
            wrong.append((seed, KINDS[seed % 8], expected, said))
    print(f"{method}: {PROBLEMS - len(wrong)} of {PROBLEMS} agree; {dict(seen)}")
    assert min(seen[kind] for kind in ("dependent", "separable", "a fit")) >= PROBLEMS // 40
    assert not wrong


X8 = np.array([[0.0], [0], [0], [0], [1], [1], [1], [1]])
Y8 = np.array([1, 0, 0, 0, 1, 1, 1, 0])


class TestOneFarPoint:
    @pytest.mark.parametrize("far", [1e3, 1e6, 1e8, 1e12])
    @pytest.mark.parametrize("method", ["newton", "lbfgs"])
    def test_it_changes_nothing(self, far, method):
        """Odds of 1:3 and 3:1 give w = 2 ln 3 and b = -ln 3. Catches a spread that one point has made."""
        fit = fit_binary(np.vstack([X8, [[far]]]), np.append(Y8, 1), method=method)
        assert fit.converged
        np.testing.assert_allclose([fit.w[0], fit.b], [2 * np.log(3), -np.log(3)], rtol=1e-6)


class TestErrors:
    def test_a_column_that_one_example_alone_has_is_separable(self):
        """Catches a linear program that takes the rows it was shown first for all of them."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(6001, 2))
        y = (X[:, 0] + rng.logistic(size=6001) > 0).astype(int)
        X[:, 1] = np.arange(6001) == 7
        with pytest.raises(SeparableError, match="some lie on it"):
            fit_binary(X, y)

    def test_an_empty_cell_of_a_dummy_is_separable(self):
        """Catches a class that never occurs where the dummy is 1, and only a warning of it."""
        cell = np.repeat([0, 1, 2], 8)
        X = (cell[:, None] == [1, 2]).astype(float)
        y = np.tile([0, 1, 2, 0, 1, 2, 0, 1], 3)
        y[cell == 2] = np.tile([0, 1], 4)
        with pytest.raises(SeparableError, match="some lie on it"):
            fit_multiclass(X, y)

    @pytest.mark.parametrize(
        "error", [SeparableError("no plane", np.ones(2), np.zeros(())), SingularHessianError("no")]
    )
    def test_each_survives_pickling(self, error):
        """Catches an error that a process pool waits for in vain."""
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert str(again) == str(error)
        for name in ("w", "b") if isinstance(error, SeparableError) else ():
            assert_array_equal(getattr(again, name), getattr(error, name))

    @pytest.mark.parametrize("scale", [1e-160, 1.0, 1e150])
    def test_the_plane_is_in_the_units_of_the_caller(self, scale):
        """Catches a direction in the coordinates of the search."""
        X = np.array([[-2.0], [-1.0], [0.0], [0.0], [1.0], [2.0]]) * scale
        y = np.array([0, 0, 0, 1, 1, 1])
        with pytest.raises(SeparableError) as caught:
            fit_binary(X, y)
        margins = (2 * y - 1) * (X @ caught.value.w + caught.value.b)
        assert margins.max() > 0
        assert margins.min() >= -1e-12 * margins.max()
