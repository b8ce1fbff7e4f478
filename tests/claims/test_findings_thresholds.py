"""What weights, resampling and a choice gain, in the chapter on thresholds: over all splits, and again on a few."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit

from lrlib.findings import stored
from lrlib.fit import fit_binary
from tests.claims.measured import thresholds as measured


def runs_of(name):
    """The stored runs, at least twenty."""
    runs = stored(name)
    assert len(runs) >= 20
    return runs


@pytest.mark.claim("obs-thresholds-never")
def test_accuracy_prefers_the_model_to_never_in_some_splits_and_never_in_others():
    """Catches a model that accuracy could tell from "never", and one that finds nobody or everybody at one half."""
    runs = runs_of("resampling")
    better = sum(run["right"] > run["rows"] - run["deaths"] for run in runs)
    assert len(runs) / 4 < better < 3 * len(runs) / 4
    assert all(0 < run["found-half"] < run["deaths"] / 5 for run in runs)
    # It is no bad model: far more are found at the threshold of the costs, which less than halves the cost.
    assert all(run["found"] > run["deaths"] / 2 and run["plain-cost"] < 0.65 * run["never"] for run in runs)


@pytest.mark.claim("obs-thresholds-believed")
def test_each_way_of_balancing_promises_several_times_the_deaths_and_the_plain_fit_does_not():
    """Catches a remedy that keeps the probabilities, and a correction that does not restore their size."""
    for run in runs_of("resampling"):
        assert abs(run["plain-believed"] / run["share"] - 1) < 0.2
        for name in ("weights", "fewer", "more"):
            assert run[f"{name}-believed"] > 8 * run["share"]
            assert run[f"{name}-corrected"] < 2 * run["share"]


@pytest.mark.claim("obs-thresholds-resampling")
def test_no_way_of_balancing_is_cheaper_than_the_plain_fit_on_average():
    """Catches a gain that one lucky split made, and a loss that is the threshold's and not the fit's."""
    runs = runs_of("resampling")
    plain = np.array([run["plain-cost"] for run in runs])
    for name in ("weights", "fewer", "more"):
        more = np.array([run[f"{name}-cost"] for run in runs]) - plain
        assert np.mean(more) > 0
        assert 0 < np.sum(more < 0) < len(runs) / 2
        assert np.median(abs(more)) < 0.1 * np.median(plain)  # once corrected it does not matter much
    uncorrected = np.array([run["weights-half"] for run in runs]) - plain
    assert np.mean(uncorrected) > 4 * np.mean([run["weights-cost"] - run["plain-cost"] for run in runs])
    assert np.sum(uncorrected < 0) < len(runs) / 5


@pytest.mark.claim("obs-thresholds-resampling")
def test_the_ranking_is_no_better_either():
    """Catches an AUC that balancing raises."""
    runs = runs_of("resampling")
    for name in ("weights", "fewer", "more"):
        assert abs(np.mean([run[f"{name}-auc"] - run["plain-auc"] for run in runs])) < 0.005


@pytest.mark.claim("obs-thresholds-resampling")
@pytest.mark.claim("obs-thresholds-believed")
@pytest.mark.claim("obs-thresholds-never")
@pytest.mark.parametrize("seed", [0, 17])
def test_the_fits_are_what_they_were(seed):
    """Catches stored costs that the code no longer gives; six digits are stored."""
    again, before = measured.resampling(seed), stored("resampling")[seed]
    assert_allclose([again[key] for key in before], list(before.values()), rtol=1e-5)


@pytest.mark.claim("obs-thresholds-resampling")
def test_the_weighted_fit_is_at_its_minimum():
    """Catches a fit that stopped early: SciPy's search on the weighted loss finds nothing lower."""
    X, y, train, _, _ = measured.crash_split(3)
    X, y = X[train], y[train]
    weight = np.where(y == 1, np.sum(y == 0) / np.sum(y == 1), 1.0)
    signs = 2 * y - 1

    def loss(theta):
        return -np.average(log_expit(signs * (X @ theta[:-1] + theta[-1])), weights=weight)

    fit = fit_binary(X, y, sample_weight=weight)
    found = minimize(loss, np.zeros(X.shape[1] + 1), method="BFGS", options={"gtol": 1e-6})
    assert loss(np.append(fit.w, fit.b)) <= found.fun + 1e-12


@pytest.mark.claim("obs-thresholds-chosen")
def test_a_chosen_threshold_is_as_often_dearer_as_cheaper_and_promises_too_much():
    """Catches a choice that pays, a spread that is no spread, and a promise that new rows keep."""
    runs = runs_of("chosen-threshold")
    cost, by_costs = (np.array([run[key] for run in runs]) for key in ("cost", "by-costs"))
    assert abs(np.mean(cost - by_costs)) < 2 * np.std(cost - by_costs) / np.sqrt(len(runs))
    assert 0.4 < np.mean(cost < by_costs) < 0.6
    chosen = np.array([run["threshold"] for run in runs])
    assert chosen.max() > 2 * chosen.min()
    promised = np.array([run["promised"] for run in runs])
    assert np.mean(cost - promised) > 3 * np.std(cost - promised) / np.sqrt(len(runs))


@pytest.mark.claim("obs-thresholds-chosen")
def test_with_a_tenth_of_the_rows_the_choice_is_dearer():
    """Catches a spread and a loss that do not grow as the deaths get fewer."""
    runs = runs_of("chosen-threshold")
    more = np.array([run["few-cost"] - run["by-costs"] for run in runs])
    assert np.mean(more) > 3 * np.std(more) / np.sqrt(len(runs))
    spread, of_few = (np.std([logit(run[key]) for run in runs]) for key in ("threshold", "few-threshold"))
    assert of_few > 2 * spread
    assert all(8 <= run["few-deaths"] <= 10 for run in runs)


@pytest.mark.claim("obs-thresholds-chosen")
@pytest.mark.parametrize("seed", [0, 41])
def test_the_choices_are_what_they_were(seed):
    """Catches stored thresholds that the code no longer gives."""
    again, before = measured.chosen_threshold(seed), stored("chosen-threshold")[seed]
    assert_allclose([again[key] for key in before], list(before.values()), rtol=1e-5)


@pytest.mark.claim("obs-thresholds-chosen")
@pytest.mark.parametrize("seed", range(20))
def test_the_cheapest_threshold_is_found_among_all(seed):
    """Catches sums that are off by one row, and ties that are cut in two: each possible threshold is tried."""
    generator = np.random.default_rng(seed)
    y = generator.integers(0, 2, 30).astype(float)
    z = generator.integers(-4, 5, 30).astype(float)
    least, edge = measured.cheapest(y, z)
    tried = [measured.cost(y, z > cut) for cut in np.arange(-5, 5.5, 0.5)]
    assert_allclose([least, measured.cost(y, z > edge)], min(tried))


@pytest.mark.claim("obs-thresholds-chosen")
def test_the_threshold_of_the_costs_is_the_best_where_the_probabilities_are_right():
    """Catches a rival that has been given a worse threshold than it deserves: true probabilities, many rows."""
    generator = np.random.default_rng(0)
    z = generator.normal(-4, 2, 400_000)
    y = (generator.random(len(z)) < expit(z)).astype(float)
    best, _ = measured.cheapest(y, z)
    assert measured.cost(y, z > logit(1 / 21)) < 1.01 * best
