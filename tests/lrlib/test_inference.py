"""Standard errors, tests and intervals against statsmodels, closed forms, and fits that have none."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special
from scipy.special import expit

from lrlib.fit import fit_binary
from lrlib.inference import covariance, likelihood_ratio_test, profile_likelihood, wald
from lrlib.scaling import column_scales, in_original_units, standardise

from . import libraries
from .problems import BINARY, MULTICLASS

RTOL = 1e-6  # what both fits' tolerances leave


@pytest.fixture(scope="module")
def models():
    return pytest.importorskip("statsmodels.api")


def fitted(problem):
    """Fit on standardised columns, which is well conditioned, and return w and b in the units of the data."""
    scales = column_scales(problem.X)
    return in_original_units(problem.fit(standardise(problem.X, scales), problem.y, progress=False), scales)


BINARY_FIT, MULTICLASS_FIT = fitted(BINARY), fitted(MULTICLASS)
both = pytest.mark.parametrize(
    ("problem", "fit"), [(BINARY, BINARY_FIT), (MULTICLASS, MULTICLASS_FIT)], ids=["binary", "multiclass"]
)
LAST = [1, 2, 3, 0]  # statsmodels puts the constant first


def theirs(models, problem, name, X=None):
    X = models.add_constant(problem.X if X is None else X)
    return getattr(models, name)(problem.y, X).fit(disp=0, method="newton", maxiter=200, tol=1e-12)


class TestAgainstStatsmodels:
    def test_two_classes_agree(self, models):
        """Catches the Hessian of the mean, a p value of one side, and an interval of one standard error."""
        want, got = theirs(models, BINARY, "Logit"), wald(BINARY.X, BINARY.y, BINARY_FIT, level=0.9)
        for mine, other in [
            (got.estimate, want.params),
            (got.standard_error, want.bse),
            (got.z, want.tvalues),
            (got.p_value, want.pvalues),
            (np.stack([got.lower, got.upper], axis=1), want.conf_int(0.1)),
        ]:
            assert_allclose(mine, np.asarray(other)[LAST], rtol=RTOL)
        got_square = covariance(BINARY.X, BINARY.y, BINARY_FIT)
        assert_allclose(got_square, np.asarray(want.cov_params())[np.ix_(LAST, LAST)], rtol=RTOL)

    def test_many_classes_agree(self, models):
        """Catches the wrong reference, and parameters with the class slowest."""
        want, got = theirs(models, MULTICLASS, "MNLogit"), wald(MULTICLASS.X, MULTICLASS.y, MULTICLASS_FIT)
        for mine, other in [
            (got.estimate, want.params),
            (got.standard_error, want.bse),
            (got.z, want.tvalues),
            (got.p_value, want.pvalues),
        ]:
            assert_allclose(mine, np.asarray(other)[LAST], rtol=RTOL)
        square = np.asarray(want.cov_params()).reshape(3, 4, 3, 4)[:, LAST][:, :, :, LAST]
        got_square = covariance(MULTICLASS.X, MULTICLASS.y, MULTICLASS_FIT)
        assert_allclose(got_square, square.transpose(1, 0, 3, 2).reshape(12, 12), rtol=RTOL)

    @pytest.mark.parametrize(
        ("problem", "fit", "name"), [(BINARY, BINARY_FIT, "Logit"), (MULTICLASS, MULTICLASS_FIT, "MNLogit")]
    )
    def test_the_likelihood_ratio_of_all_columns_agrees(self, models, problem, fit, name):
        """Catches a statistic without its factor 2, and degrees of freedom that count columns."""
        want, got = theirs(models, problem, name), likelihood_ratio_test(problem.X, problem.y, fit)
        assert_allclose([got.statistic, got.p_value], [want.llr, want.llr_pvalue], rtol=RTOL)
        assert got.degrees_of_freedom == want.df_model

    def test_the_likelihood_ratio_of_some_columns_agrees(self, models):
        """Catches the other columns left out."""
        got = likelihood_ratio_test(BINARY.X, BINARY.y, BINARY_FIT, without=[0, 2])
        smaller = theirs(models, BINARY, "Logit", BINARY.X[:, [1]])
        assert_allclose(got.statistic, 2 * (theirs(models, BINARY, "Logit").llf - smaller.llf), rtol=RTOL)
        assert got.degrees_of_freedom == 2


class TestValues:
    def test_a_two_by_two_table_has_a_closed_form(self):
        """Catches what statsmodels and we might share: the variance of log odds is the sum of 1/count."""
        x, y = np.repeat([0.0, 0, 1, 1], [7, 3, 4, 9])[:, None], np.repeat([0, 1, 0, 1], [7, 3, 4, 9])
        got = wald(x, y, fit_binary(x, y))
        intercept = 1 / 7 + 1 / 3
        assert_allclose(got.standard_error**2, [intercept + 1 / 4 + 1 / 9, intercept], rtol=RTOL)

    @both
    def test_every_library_gives_the_same(self, problem, fit, library):
        """Catches what only NumPy can do; the parameters of a fit of Dask arrays are NumPy's."""
        parameters = fit if library.name == "dask" else [library.make(part, "float64") for part in fit]
        made = library.make(problem.X, "float64"), library.make(problem.y)
        expected = wald(problem.X, problem.y, fit)
        assert_allclose(np.asarray(wald(*made, parameters).p_value), expected.p_value, rtol=1e-9)
        got = likelihood_ratio_test(*made, parameters, without=[1])
        assert_allclose(got, likelihood_ratio_test(problem.X, problem.y, fit, without=[1]), rtol=1e-6)

    @both
    @pytest.mark.parametrize("scale", [1e-140, 1e-3, 1e140])
    def test_errors_are_in_the_units_of_their_column(self, problem, fit, scale):
        """Catches a Hessian that is called singular, or overflows, because of a unit."""
        got = wald(problem.X * scale, problem.y, (fit[0] / scale, fit[1]))
        expected = wald(problem.X, problem.y, fit)
        assert_allclose(got.standard_error[:-1] * scale, expected.standard_error[:-1], rtol=1e-9)
        assert_allclose(got.p_value, expected.p_value, rtol=1e-9)

    def test_another_reference_changes_signs_only(self):
        """Catches a reference that is left in, or taken for another class: 2 against 1 is minus 1 against 2."""
        one, two = (wald(MULTICLASS.X, MULTICLASS.y, MULTICLASS_FIT, reference=r) for r in (1, 2))
        assert_allclose(one.estimate[:, 1], -two.estimate[:, 1])
        assert_allclose(one.standard_error[:, 1], two.standard_error[:, 1])

    def test_two_columns_of_weights_are_two_classes(self):
        """Catches K = 2 taken for the binary form: fit_multiclass of two classes has the same errors."""
        pair = tuple(np.stack([-part / 2, part / 2], axis=-1) for part in BINARY_FIT)
        got, expected = wald(BINARY.X, BINARY.y, pair), wald(BINARY.X, BINARY.y, BINARY_FIT)
        assert_allclose(got.standard_error[:, 0], expected.standard_error, rtol=1e-9)

    def test_single_precision_is_enough(self):
        """Catches a Hessian in float32, and a limit that only float64 can meet."""
        torch = libraries.load("torch")
        X = torch.make(BINARY.X, "float32")
        scales = column_scales(X)
        fit = fit_binary(standardise(X, scales), torch.make(BINARY.y))
        got = wald(standardise(X, scales), torch.make(BINARY.y), fit)
        expected = wald(BINARY.X, BINARY.y, BINARY_FIT)
        assert_allclose(got.z[:-1], expected.z[:-1], rtol=1e-3)


class TestProfiles:
    @pytest.mark.parametrize("level", [0.5, 0.95])
    def test_at_both_ends_the_others_fitted_again_reach_the_quantile(self, models, level):
        """Catches the others held at their best values, a statistic without its 2, and an end on the wrong side."""
        X = models.add_constant(BINARY.X)[:, LAST]
        best = theirs(models, BINARY, "Logit").llf
        got = profile_likelihood(BINARY.X, BINARY.y, BINARY_FIT, level=level)
        quantile = 2 * special.gammaincinv(0.5, level)  # of a chi-squared distribution of one degree of freedom
        for j in range(4):
            for end in (got.lower[j], got.upper[j]):
                model = models.GLM(BINARY.y, np.delete(X, j, 1), models.families.Binomial(), offset=end * X[:, j])
                assert_allclose(2 * (best - model.fit(tol=1e-12).llf), quantile, rtol=1e-6)
        assert np.all(got.lower < got.estimate)
        assert np.all(got.estimate < got.upper)
        assert_allclose(got.estimate, np.append(BINARY_FIT[0], BINARY_FIT[1]))

    def test_a_constant_model_has_a_closed_form(self):
        """Catches what statsmodels and we might share: with a balanced column, the intercept is that of 12 in 16."""
        x, y = np.tile([-1.0, 1.0], 8)[:, None], np.repeat([0, 1, 1, 1], 4)
        got = profile_likelihood(x, y, fit_binary(x, y))

        for b in (got.lower[1], got.upper[1]):
            p = expit(b)
            assert_allclose(2 * (12 * np.log(0.75 / p) + 4 * np.log(0.25 / (1 - p))), 3.841459, rtol=1e-6)

    @pytest.mark.parametrize("scale", [1e-140, 1e-3, 1e140])
    def test_ends_are_in_the_units_of_their_column(self, scale):
        """Catches a search that starts, or stops, at a distance which only suits columns of size 1."""
        got = profile_likelihood(BINARY.X * scale, BINARY.y, (BINARY_FIT[0] / scale, BINARY_FIT[1]))
        expected = profile_likelihood(BINARY.X, BINARY.y, BINARY_FIT)
        for mine, other in zip(got, expected, strict=True):
            assert_allclose(mine[:-1] * scale, other[:-1], rtol=1e-7)
            assert_allclose(mine[-1], other[-1], rtol=1e-7)

    def test_a_distant_origin_moves_the_intercept_only(self):
        """Catches an intercept that is profiled in standardised columns: at an origin far from the rows it is wide."""
        moved = profile_likelihood(BINARY.X + 100, BINARY.y, (BINARY_FIT[0], BINARY_FIT[1] - 100 * BINARY_FIT[0].sum()))
        here = profile_likelihood(BINARY.X, BINARY.y, BINARY_FIT)
        assert_allclose(moved.upper[:-1], here.upper[:-1], rtol=1e-6)
        assert moved.upper[-1] - moved.lower[-1] > 3 * (here.upper[-1] - here.lower[-1])

    def test_every_library_gives_the_same_profile(self, library):
        """Catches what only NumPy can do."""
        parameters = BINARY_FIT if library.name == "dask" else [library.make(part, "float64") for part in BINARY_FIT]
        got = profile_likelihood(library.make(BINARY.X, "float64"), library.make(BINARY.y), parameters)
        expected = profile_likelihood(BINARY.X, BINARY.y, BINARY_FIT)
        assert_allclose(np.asarray(got.lower), expected.lower, rtol=1e-7)
        assert_allclose(np.asarray(got.upper), expected.upper, rtol=1e-7)

    def test_many_classes_have_none(self):
        """Catches an interval for one class's weights, which have no meaning alone."""
        with pytest.raises(ValueError, match=r"two classes.*Use wald"):
            profile_likelihood(MULTICLASS.X, MULTICLASS.y, MULTICLASS_FIT)

    def test_a_level_is_a_share(self):
        """Catches 95 for 0.95."""
        with pytest.raises(ValueError, match="level must lie between 0 and 1"):
            profile_likelihood(BINARY.X, BINARY.y, BINARY_FIT, level=95)


class TestRefusals:
    @both
    def test_a_penalised_fit_has_none(self, problem, fit):
        """Catches standard errors beside weights that a penalty has made small."""
        scales = column_scales(problem.X)
        shrunk = problem.fit(standardise(problem.X, scales), problem.y, l2=0.01)
        for function in (wald, covariance, likelihood_ratio_test):
            with pytest.raises(ValueError, match=r"greatest likelihood.*l2=0"):
                function(problem.X, problem.y, in_original_units(shrunk, scales))

    def test_other_rows_have_none(self):
        """Catches a fit of the training rows judged on the test rows."""
        with pytest.raises(ValueError, match="these very rows"):
            wald(BINARY.X[:90], BINARY.y[:90], BINARY_FIT)

    @pytest.mark.parametrize("size", [5.0, 50.0, 5000.0])
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize(("x", "centre"), [([0, 1, 2, 3], 1.5), ([0, 1, 1, 2], 1.0), ([0, 0, 1, 1, 0, 1], 0.5)])
    def test_separable_classes_have_none(self, x, centre, size, dtype):
        """Catches errors of a search that was stopped on its way to infinity, also with examples on the plane."""
        y = [0, 0, 1, 1, *([1, 1] if len(x) == 6 else [])]
        w = np.array([size], dtype)
        b = np.asarray(-centre * size if len(x) < 6 else 0.0, dtype)  # with x = 1 always followed by 1
        with pytest.raises(ValueError, match=r"(?i)no standard errors"):
            wald(np.array(x, dtype)[:, None], y, (w, b))

    def test_dependent_and_constant_columns_have_none(self):
        """Catches a pseudo-inverse: errors of one of many equally good answers."""
        w, b = BINARY_FIT
        twice = np.c_[BINARY.X, BINARY.X[:, 0]]
        with pytest.raises(ValueError, match="linearly dependent"):
            wald(twice, BINARY.y, (np.r_[w, 0.0], b))
        constant = np.c_[BINARY.X[:, :1], np.ones(len(BINARY.y)), BINARY.X[:, 1:]]
        with pytest.raises(ValueError, match=r"columns \[1\] of X.*constant"):
            wald(constant, BINARY.y, (np.r_[w[:1], 0.0, w[1:]], b))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"level": 95}, "level must lie between 0 and 1"),
            ({"reference": 1}, "reference must be 0 for two classes"),
            ({"y": BINARY.y + 1}, "whole numbers from 0 to 1; got 2"),
            ({"y": BINARY.y[:5]}, r"y must have shape \(120,\)"),
            ({"model": (BINARY_FIT[0][:2], 0.0)}, r"w must have shape \(3,\)"),
            ({"model": (BINARY_FIT[0] * math.inf, 0.0)}, "w must hold finite numbers"),
            ({"X": BINARY.X * math.nan}, "X must hold finite numbers"),
        ],
    )
    def test_bad_input_is_refused(self, change, message):
        """Catches nan for an answer."""
        given = {"X": BINARY.X, "y": BINARY.y, "model": BINARY_FIT, **change}
        with pytest.raises(ValueError, match=message):
            wald(**given)

    @pytest.mark.parametrize("without", [[], [3], [-1], [0, 0]])
    def test_columns_that_are_none_cannot_be_left_out(self, without):
        """Catches a test of nothing against itself, and the last column for -1."""
        with pytest.raises(ValueError, match="without must name different columns of X, from 0 to 2"):
            likelihood_ratio_test(BINARY.X, BINARY.y, BINARY_FIT, without=without)
