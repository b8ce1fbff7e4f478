"""Effects in probabilities against statsmodels, differences of the likelihood's own fit, and closed forms."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from scipy.special import expit, logit

from lrlib.effects import average_marginal_effects, compare_risks
from lrlib.fit import fit_binary, fit_multiclass

from . import libraries
from .problems import BINARY, MULTICLASS

FIT = fit_binary(BINARY.X, BINARY.y, progress=False)
RTOL = 1e-5  # what both fits' tolerances leave


@pytest.fixture(scope="module")
def models():
    return pytest.importorskip("statsmodels.api")


def their_fit(models, X, y):
    return models.Logit(y, models.add_constant(X)).fit(disp=0, method="newton", maxiter=200, tol=1e-12)


def with_column(j, value):
    """Return the rows with one feature the same in all of them."""
    X = BINARY.X.copy()
    X[:, j] = value
    return X


class TestMarginalEffects:
    def test_they_are_those_of_statsmodels(self, models):
        """Catches the effect at the mean row, a standard error without the bend of the curve, and another level."""
        want = their_fit(models, BINARY.X, BINARY.y).get_margeff(at="overall")
        got = average_marginal_effects(BINARY.X, BINARY.y, FIT, level=0.9)
        assert_allclose(got.estimate, want.margeff, rtol=RTOL)
        assert_allclose(got.standard_error, want.margeff_se, rtol=RTOL)
        assert_allclose(np.stack([got.lower, got.upper], axis=1), want.conf_int(alpha=0.1), rtol=RTOL)

    def test_they_are_what_a_small_step_does(self):
        """Catches what statsmodels and we might share: every row is moved a little, and the mean p is taken again."""
        got = average_marginal_effects(BINARY.X, BINARY.y, FIT)
        for j, step in enumerate(1e-4 * BINARY.X.std(axis=0)):
            ahead, behind = (expit((BINARY.X + s * step * np.eye(3)[j]) @ FIT.w + FIT.b).mean() for s in (1, -1))
            assert_allclose(got.estimate[j], (ahead - behind) / (2 * step), rtol=1e-6)

    def test_many_classes_have_none(self):
        """Catches weights of several classes read as those of one."""
        fit = fit_multiclass(MULTICLASS.X, MULTICLASS.y, progress=False)
        with pytest.raises(ValueError, match="two classes"):
            average_marginal_effects(MULTICLASS.X, MULTICLASS.y, fit)

    def test_a_penalised_fit_has_none(self):
        """Catches standard errors beside weights that a penalty has made small."""
        with pytest.raises(ValueError, match="l2=0"):
            average_marginal_effects(BINARY.X, BINARY.y, fit_binary(BINARY.X, BINARY.y, l2=1.0, progress=False))


class TestRisks:
    def test_a_step_from_0_to_1_is_statsmodels_discrete_change(self, models):
        """Catches a difference of the wrong sign, and gradients that are added and not subtracted."""
        X = np.column_stack([BINARY.X[:, 0] > 0.5, BINARY.X[:, 1:]]).astype(float)
        fit, (zeros, ones) = fit_binary(X, BINARY.y, progress=False), (X.copy(), X.copy())
        zeros[:, 0], ones[:, 0] = 0, 1
        want = their_fit(models, X, BINARY.y).get_margeff(at="overall", dummy=True)
        got = compare_risks(X, BINARY.y, fit, zeros, ones).difference
        assert_allclose(got.estimate, want.margeff[0], rtol=RTOL)
        assert_allclose(got.standard_error, want.margeff_se[0], rtol=RTOL)
        assert_allclose([got.lower, got.upper], want.conf_int()[0], rtol=RTOL)

    def test_a_two_by_two_table_has_a_closed_form(self):
        """Catches a variance on the wrong scale: of shares of 3 in 10 and 9 in 13, their difference and ratio."""
        x, y = np.repeat([0.0, 0, 1, 1], [7, 3, 4, 9])[:, None], np.repeat([0, 1, 0, 1], [7, 3, 4, 9])
        got = compare_risks(x, y, fit_binary(x, y), np.zeros((1, 1)), np.ones((1, 1)))
        p, n = np.array([3 / 10, 9 / 13]), np.array([10, 13])
        errors = np.sqrt(p * (1 - p) / n)
        reach = stats.norm.ppf(0.975)
        for risk, share, error in zip((got.before, got.after), p, errors, strict=True):
            assert_allclose([risk.estimate, risk.standard_error], [share, error], rtol=RTOL)
            half = reach * error / (share * (1 - share))
            assert_allclose([risk.lower, risk.upper], expit(logit(share) + np.array([-half, half])), rtol=RTOL)
        assert_allclose(got.difference[:2], [p[1] - p[0], np.hypot(*errors)], rtol=RTOL)
        in_log = np.hypot(*(errors / p))
        assert_allclose(got.ratio[:2], [p[1] / p[0], p[1] / p[0] * in_log], rtol=RTOL)
        assert_allclose(got.ratio[2:], p[1] / p[0] * np.exp(reach * in_log * np.array([-1, 1])), rtol=RTOL)

    def test_the_rows_of_both_versions_count_alike(self):
        """Catches a mean over the fitted rows in place of the rows that were asked about."""
        few = BINARY.X[:7]
        got = compare_risks(BINARY.X, BINARY.y, FIT, few, few + 0.3)
        assert_allclose(got.before.estimate, expit(few @ FIT.w + FIT.b).mean(), rtol=1e-12)
        assert_allclose(got.after.estimate, expit((few + 0.3) @ FIT.w + FIT.b).mean(), rtol=1e-12)

    @pytest.mark.parametrize("name", ["torch", "dask", "strict"])
    def test_every_library_gives_the_same(self, name):
        """Catches what only NumPy can do."""
        library = libraries.load(name)
        fit = FIT if name == "dask" else [library.make(part, "float64") for part in FIT[:2]]
        X, y = library.make(BINARY.X, "float64"), library.make(BINARY.y)
        got = average_marginal_effects(X, y, fit)
        assert_allclose(np.asarray(got.upper), average_marginal_effects(BINARY.X, BINARY.y, FIT).upper, rtol=1e-9)
        rows = [with_column(1, value) for value in (-2.5, -1.5)]
        risks = compare_risks(X, y, fit, *(library.make(part, "float64") for part in rows))
        assert_allclose(float(risks.ratio.upper), compare_risks(BINARY.X, BINARY.y, FIT, *rows).ratio.upper, rtol=1e-9)

    def test_rows_of_other_columns_are_refused(self):
        """Catches a version that lost a feature, which would be broadcast or end in a matmul's message."""
        with pytest.raises(ValueError, match=r"after must have shape \(120, 3\)"):
            compare_risks(BINARY.X, BINARY.y, FIT, BINARY.X, BINARY.X[:, :2])

    def test_a_level_is_a_share(self):
        """Catches 95 for 0.95."""
        with pytest.raises(ValueError, match="level must lie between 0 and 1"):
            compare_risks(BINARY.X, BINARY.y, FIT, BINARY.X, BINARY.X, level=95)
