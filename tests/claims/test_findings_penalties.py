"""What the chapter on penalties says of libraries, small weights and choices, over all splits and measured again."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lrlib.findings import stored
from tests.claims.measured import penalties as measured


@pytest.mark.claim("obs-penalties-libraries")
def test_scikit_learn_keeps_silent_and_one_class_of_statsmodels_names_the_separation():
    """Catches a library that is said to warn and does not, or to be silent and is not; lrlib refuses each split."""
    runs = stored("separable-libraries")
    assert len(runs) >= 20
    assert all(run["lrlib"]["said"] == ["SeparableError"] for run in runs)
    assert all(run["default"]["said"] == [] and run["default"]["length"] < 6 for run in runs)
    assert sum(run["lbfgs"]["said"] == [] for run in runs) >= len(runs) - 2
    assert all(run["lbfgs"]["length"] > 10 * run["default"]["length"] for run in runs)
    assert all(run["logit"]["said"] and "PerfectSeparationWarning" not in run["logit"]["said"] for run in runs)
    assert sum("PerfectSeparationWarning" in run["glm"]["said"] for run in runs) >= len(runs) - 2


@pytest.mark.claim("obs-penalties-libraries")
def test_the_libraries_still_do_what_they_did():
    """Catches a release that behaves otherwise; where a runaway search stops depends on rounding, so only roughly."""
    again, before = measured.separable_libraries(2), stored("separable-libraries")[2]
    for name in ("default", "lbfgs", "cholesky", "glm", "lrlib"):
        assert bool(again[name]["said"]) == bool(before[name]["said"])
    assert_allclose(again["default"]["length"], before["default"]["length"], rtol=1e-3)
    assert again["lbfgs"]["length"] > 10 * again["default"]["length"]
    assert "PerfectSeparationWarning" in again["glm"]["said"]


@pytest.mark.claim("obs-penalties-small-weight")
def test_the_ten_smallest_weights_alone_decide_most_rows_rightly():
    """Catches the belief that a small weight may be dropped because it is small, and its opposite."""
    runs = stored("small-weights")
    assert len(runs) >= 20
    assert all(run["smallest-right"] > 0.75 for run in runs)
    assert np.median([run["smallest-right"] for run in runs]) > 0.9
    assert abs(np.median([run["rank-correlation"] for run in runs])) < 0.25
    assert min(run["rank-correlation"] for run in runs) < 0 < max(run["rank-correlation"] for run in runs)


@pytest.mark.claim("obs-penalties-lasso-choice")
def test_few_features_are_kept_in_every_split():
    """Catches a lasso that is sold as finding the features that matter."""
    sets = [set(columns) for columns in stored("lasso-choice")]
    assert len(sets) >= 20
    always, ever = set.intersection(*sets), set.union(*sets)
    assert 2 * len(always) < min(len(columns) for columns in sets)
    assert len(ever) > max(len(columns) for columns in sets)
    assert measured.lasso_choice(3) == stored("lasso-choice")[3]


@pytest.mark.claim("obs-penalties-test-rows")
def test_the_report_of_the_test_rows_choice_is_too_good_and_that_of_cross_validation_is_not():
    """Catches an optimism that is only chance: three standard errors of the mean against two."""
    runs = stored("choosing-a-penalty")
    assert len(runs) >= 100
    flattered, honest = (
        np.array([run[f"{name}-on-fresh"] - run[f"{name}-on-test"] for run in runs]) for name in ("test", "lowest")
    )
    assert flattered.mean() > 3 * flattered.std() / np.sqrt(len(runs))
    assert abs(honest.mean()) < 2 * honest.std() / np.sqrt(len(runs))
    worse = np.array([run["test-on-fresh"] - run["lowest-on-fresh"] for run in runs])
    assert worse.mean() > 2 * worse.std() / np.sqrt(len(runs))


@pytest.mark.claim("obs-penalties-one-se")
def test_the_rule_takes_a_stronger_penalty_and_has_the_higher_loss_in_most_splits():
    """Catches a rule that is recommended for better forecasts."""
    runs = stored("choosing-a-penalty")
    assert all(run["one-penalty"] >= run["lowest-penalty"] for run in runs)
    assert sum(run["one-on-fresh"] > run["lowest-on-fresh"] for run in runs) > 0.7 * len(runs)


@pytest.mark.claim("obs-penalties-folds")
def test_other_folds_choose_another_penalty_in_most_splits():
    """Catches a choice that is reported to three digits."""
    runs = stored("repeated-folds")
    assert len(runs) >= 20
    for key in ("lowest-ratio", "one-ratio"):
        assert sum(run[key] > 1.5 for run in runs) > 0.7 * len(runs)


@pytest.mark.claim("obs-penalties-firth")
def test_firths_fit_is_near_the_truth_in_the_mean_and_likelihood_is_not():
    """Catches a correction that overshoots, a bias that is only chance, and draws without a plane."""
    runs = stored("small-samples")
    assert len(runs) >= 400
    firth = np.array([run["firth"] for run in runs])
    likelihood = np.array([run["likelihood"] for run in runs if run["likelihood"] is not None])
    assert 5 < len(runs) - len(likelihood) < len(runs) / 4
    assert abs(firth.mean() - 2) < 3 * firth.std() / np.sqrt(len(runs))
    assert likelihood.mean() - 2 > 3 * likelihood.std() / np.sqrt(len(likelihood))
    assert np.median(likelihood) > 2.2


@pytest.mark.claim("obs-penalties-small-weight")
@pytest.mark.claim("obs-penalties-test-rows")
@pytest.mark.claim("obs-penalties-one-se")
@pytest.mark.claim("obs-penalties-firth")
@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("small-weights", measured.small_weights),
        ("choosing-a-penalty", measured.choosing_a_penalty),
        ("small-samples", measured.small_samples),
    ],
)
def test_what_was_measured_is_what_it_was(name, measure):
    """Catches stored numbers that the code no longer gives; six digits are stored."""
    again, before = measure(6), stored(name)[6]
    assert_allclose([again[key] for key in before], list(before.values()), rtol=1e-4)


@pytest.mark.claim("obs-penalties-folds")
@pytest.mark.slow
def test_the_folds_give_what_they_gave():
    """Catches stored ratios that the code no longer gives."""
    again, before = measured.repeated_folds(4), stored("repeated-folds")[4]
    assert_allclose([again[key] for key in before], list(before.values()), rtol=1e-4)
