"""What the chapter on inference says of intervals and samples, over all runs and again on one; and published tables."""

from importlib.resources import files

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from scipy.special import expit

from lrlib import data
from lrlib.effects import average_marginal_effects, compare_risks
from lrlib.findings import stored
from lrlib.fit import SeparableError, fit_binary
from lrlib.inference import likelihood_ratio_test, wald
from tests.claims.measured import inference as measured

# One half and the other


@pytest.mark.claim("obs-inference-one-split")
def test_a_feature_is_significant_in_one_half_only_most_of_the_time_and_its_weight_keeps_its_sign():
    """Catches an example that one lucky halving made."""
    runs = stored("one-split")
    assert len(runs) >= 20
    below = np.array([[p < 0.05 for _, p in run["symmetry"]] for run in runs])
    assert np.sum(below[:, 0] != below[:, 1]) > len(runs) / 2
    signs = np.sign([[w for w, _ in run["symmetry"]] for run in runs])
    assert np.all(signs == signs[0, 0])
    assert max(p for run in runs for _, p in run["radius"]) < 1e-7


@pytest.mark.claim("obs-inference-one-split")
def test_the_halves_are_what_they_were():
    """Catches stored weights that the code no longer gives."""
    found, expected = measured.one_split(3), stored("one-split")[3]
    for name in ("symmetry", "radius"):
        assert_allclose(found[name], expected[name], rtol=1e-4)


# Coverage


def rates(kind, among="separable"):
    """Return the rate for each size, of the samples that are not separable, and its standard error."""
    runs = stored("interval-coverage")
    of = np.array([sum(measured.SAMPLES - run[str(n)][among] for run in runs) for n in measured.ROWS])
    rate = np.array([sum(run[str(n)][kind] for run in runs) for n in measured.ROWS]) / of
    return rate, np.sqrt(rate * (1 - rate) / of)


@pytest.mark.claim("obs-inference-coverage")
def test_walds_and_the_profiles_intervals_keep_their_promise_and_the_percentiles_do_not():
    """Catches a coverage read off too few samples: each statement holds by three standard errors."""
    assert len(stored("interval-coverage")) >= 20
    for kind in ("wald", "profile"):
        rate, error = rates(kind)
        assert np.all(rate > 0.93)
        assert abs(rate[-1] - 0.95) < 0.01 + 3 * error[-1]
    rate, error = rates("bootstrap")
    assert np.all(np.diff(rate) > 0)
    assert np.all(rate[:3] + 3 * error[:3] < 0.9)
    assert np.all(rate + 3 * error < 0.95)


@pytest.mark.claim("obs-inference-coverage")
def test_with_sixteen_rows_wald_overlooks_the_weight_and_the_ratio_finds_it_without_more_false_alarms():
    """Catches a test that finds more because it cries wolf: each holds by three standard errors."""
    finds = [rates(f"{name}-finds") for name in ("wald", "profile")]
    assert finds[1][0][0] - finds[0][0][0] > 0.2 + 3 * np.hypot(finds[0][1][0], finds[1][1][0])
    for name in ("wald", "profile"):
        false, error = rates(f"{name}-false", "null-separable")
        assert np.all(false - 3 * error < 0.05)
    modest, error = rates("wald-false", "null-separable")
    assert modest[0] + 3 * error[0] < 0.05


@pytest.mark.claim("obs-inference-coverage")
def test_the_fits_of_many_samples_are_the_librarys():
    """Catches Newton's steps that ended early, and a separable sample taken for a finite one."""
    generator = np.random.default_rng(5)
    n = np.full((40, 8), 3)
    k = generator.binomial(n, expit(0.6 * (measured.HOURS - 4.5)))
    for fitted, positive in zip(np.transpose(measured.fit_counts(n, k)), k, strict=True):
        X, y = np.repeat(measured.HOURS, 3)[:, None], np.concatenate([[1] * v + [0] * (3 - v) for v in positive])
        try:
            fit = fit_binary(X, y)
        except SeparableError:
            assert np.isnan(fitted).all()
            continue
        error = wald(X, y, fit).standard_error[0]
        assert_allclose(fitted, [fit.w[0], fit.b, error], rtol=1e-5)


@pytest.mark.claim("obs-inference-coverage")
def test_the_coverage_is_what_it_was(monkeypatch):
    """Catches stored counts that the code no longer gives; the smallest size draws first, so it can stand alone."""
    monkeypatch.setattr(measured, "ROWS", (16,))
    assert measured.interval_coverage(2)["16"] == stored("interval-coverage")[2]["16"]


# Events per variable


def exaggerations(setting):
    """Return by how much the weights are too large on average, of the samples that have a fit, for each size."""
    runs = stored("events-per-variable")
    found = []
    for events in measured.EVENTS:
        fitted = sum(50 - run[setting][str(events)][0] for run in runs)
        found.append(sum(run[setting][str(events)][1] for run in runs) / fitted - 1)
    return np.array(found)


@pytest.mark.claim("obs-inference-events")
def test_the_same_events_per_variable_exaggerate_differently():
    """Catches a rule of ten that means the same in all three settings."""
    assert len(stored("events-per-variable")) >= 20
    weak, strong, rare = (exaggerations(name) for name in ("weak", "strong", "rare"))
    ten = measured.EVENTS.index(10)
    assert strong[ten] > weak[ten] + 0.03 > rare[ten] + 0.06
    for found in (weak, strong):
        assert np.all(np.diff(found) < 0)
        assert found[-1] < 0.03
    assert abs(rare[-1]) < 0.03


@pytest.mark.claim("obs-inference-events")
def test_the_settings_are_as_the_page_says():
    """Catches an intercept that gives another share of ones, and a fit of many samples that is not the library's."""
    generator = np.random.default_rng(1)
    for weight, share in measured.SETTINGS.values():
        z = generator.normal(size=(200_000, 4)).sum(axis=1) * weight + measured.intercept_for(weight, share)
        assert abs(expit(z).mean() - share) < 0.005
    X = generator.normal(size=(3, 60, 4))
    y = (generator.random((3, 60)) < expit(0.5 * X.sum(axis=2))).astype(float)
    w, error = measured.fit_many(X, y)
    for j in range(3):
        result = wald(X[j], y[j], fit_binary(X[j], y[j], progress=False))
        assert_allclose(w[j], result.estimate[:4], rtol=1e-6)
        assert_allclose(error[j], result.standard_error[:4], rtol=1e-6)


@pytest.mark.claim("obs-inference-events")
def test_the_exaggeration_is_what_it_was(monkeypatch):
    """Catches stored sums that the code no longer gives; the first setting and size draw first."""
    monkeypatch.setattr(measured, "SETTINGS", {"weak": measured.SETTINGS["weak"]})
    monkeypatch.setattr(measured, "EVENTS", (3,))
    found = measured.events_per_variable(4)["weak"]["3"]
    assert_allclose(found, stored("events-per-variable")[4]["weak"]["3"], rtol=1e-4)


# Published tables: what was computed, rounded as it was printed, is what was printed


def printed(value, digits):
    """Round as a table does."""
    return f"{float(value):.{digits}f}"


@pytest.mark.claim("obs-inference-published")
def test_smoking_has_the_printed_odds_ratio_and_interval():
    """Catches counts of Doll and Hill's table IV exchanged: 14.04 (3.33 to 59.30), and chi-squared 22.04."""
    men = data.smoking()
    found = wald(men.X, men.y, fit_binary(men.X, men.y))
    values = np.exp([found.estimate[0], found.lower[0], found.upper[0]])
    assert [printed(v, 2) for v in values] == ["14.04", "3.33", "59.30"]
    counts = [[int(np.sum((men.X[:, 0] == x) & (men.y == y))) for y in (1, 0)] for x in (1, 0)]
    assert printed(stats.chi2_contingency(counts, correction=False).statistic, 2) == "22.04"


@pytest.mark.claim("obs-inference-published")
def test_the_flights_have_the_printed_weights():
    """Catches a flight left out: 15.043 (7.379) and -0.232 (0.108), as textbooks print the fit of these 23."""
    flights = data.o_rings()
    found = wald(flights.X, flights.y, fit_binary(flights.X, flights.y))
    assert [printed(v, 3) for v in found.estimate] == ["-0.232", "15.043"]
    assert [printed(v, 3) for v in found.standard_error] == ["0.108", "7.379"]


@pytest.mark.claim("obs-inference-published")
def test_the_rings_have_the_weights_that_dalal_and_others_print():
    """Catches a count of distressed rings mistyped: 5.085 (3.052), -0.1156 (.047), and G-squared 18.086 on 21."""
    lines = files("lrlib").joinpath("tables/o-rings.csv").read_text(encoding="utf-8").splitlines()[1:]
    temperature, distressed = np.array([[float(v) for v in line.split(",")] for line in lines]).T
    X = np.repeat(temperature, 6)[:, None]
    y = np.concatenate([[1.0] * int(k) + [0.0] * (6 - int(k)) for k in distressed])
    fit = fit_binary(X, y)
    found = wald(X, y, fit)
    assert [printed(found.estimate[1], 3), printed(found.standard_error[1], 3)] == ["5.085", "3.052"]
    assert [printed(found.estimate[0], 4), printed(found.standard_error[0], 3)] == ["-0.1156", "0.047"]
    p = expit(temperature * fit.w[0] + fit.b)
    lacking = stats.binom.logpmf(distressed, 6, distressed / 6) - stats.binom.logpmf(distressed, 6, p)
    assert printed(2 * lacking.sum(), 3) == "18.086"
    assert len(temperature) - 2 == 21


@pytest.mark.claim("obs-inference-published")
def test_the_beetles_have_the_printed_weights_deviance_and_expected_counts():
    """Catches a dose or a count mistyped: -60.717 (5.181), 34.270 (2.912), D = 11.23."""
    bugs = data.beetles()
    fit = fit_binary(bugs.X, bugs.y)
    found = wald(bugs.X, bugs.y, fit)
    assert [printed(v, 3) for v in found.estimate] == ["34.270", "-60.717"]
    assert [printed(v, 3) for v in found.standard_error] == ["2.912", "5.181"]
    dose = np.unique(bugs.X)
    n = np.array([np.sum(bugs.X[:, 0] == d) for d in dose])
    k = np.array([bugs.y[bugs.X[:, 0] == d].sum() for d in dose])
    p = expit(dose * fit.w[0] + fit.b)
    lacking = stats.binom.logpmf(k, n, k / n) - stats.binom.logpmf(k, n, p)
    assert printed(2 * lacking.sum(), 2) == "11.23"


@pytest.mark.claim("obs-inference-published")
def test_berkeleys_rates_are_the_printed_ones_before_and_after_standardising():
    """Catches men and women exchanged: 45 % and 30 %; over all departments as all applied 39 % and 43 %."""
    applied = data.admissions()
    women = applied.X[:, 0] == 1
    assert [printed(100 * applied.y[rows].mean(), 0) for rows in (~women, women)] == ["45", "30"]
    department = applied.X[:, 1:] @ np.arange(1, 6)
    weights = np.bincount(department.astype(int)) / len(department)
    for rows, expected in ((~women, "39"), (women, "43")):
        rates = [applied.y[rows & (department == d)].mean() for d in range(6)]
        assert printed(100 * (weights @ rates), 0) == expected


def apart(X):
    """A weight for women in each department."""
    return np.column_stack([X, X[:, :1] * X[:, 1:]])


@pytest.mark.claim("obs-inference-published")
def test_a_saturated_model_gives_the_standardised_rates():
    """Catches risks averaged over women only, or over men only, in the library."""
    applied = data.admissions()
    X = apart(applied.X)
    men, women = applied.X.copy(), applied.X.copy()
    men[:, 0], women[:, 0] = 0, 1
    fit = fit_binary(X, applied.y, progress=False)
    risks = compare_risks(X, applied.y, fit, apart(men), apart(women))
    assert [printed(100 * risk.estimate, 0) for risk in (risks.before, risks.after)] == ["39", "43"]


@pytest.mark.claim("obs-inference-published")
def test_spector_and_mazzeos_table_is_greenes_and_its_effects_are_those_of_statsmodels():
    """Catches what four tables of one or two features leave open; the data are those that statsmodels carries."""
    models = pytest.importorskip("statsmodels.api")
    table = models.datasets.spector.load()
    X, y = np.asarray(table.exog), np.asarray(table.endog)
    fit = fit_binary(X, y)
    found = wald(X, y, fit)
    assert [printed(v, 3) for v in found.estimate] == ["2.826", "0.095", "2.379", "-13.021"]
    assert [printed(v, 3) for v in found.standard_error] == ["1.263", "0.142", "1.065", "4.931"]
    assert printed(likelihood_ratio_test(X, y, fit).statistic, 3) == "15.404"
    effects = average_marginal_effects(X, y, fit)
    assert [printed(v, 3) for v in effects.estimate] == ["0.363", "0.012", "0.305"]
