"""What the chapter on calibration says that costs a model its word, over all splits and measured again on a few."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lrlib.findings import stored
from tests.claims.measured import calibration as measured


def column(name, key):
    """Return one number of a finding over all runs."""
    return np.array([run[key] for run in stored(name)])


@pytest.mark.claim("obs-calibration-ece")
def test_the_ece_of_perfect_probabilities_is_never_0_and_halves_with_four_times_the_rows():
    """Catches an ECE that is taken for an error of the model; the ratio of the means is 1/2 to within a tenth."""
    values = np.array([column("perfect-ece", f"days-{days}") for days in (100, 400, 1600, 6400)])
    assert len(stored("perfect-ece")) >= 20
    assert values.min() > 0
    means = values.mean(axis=1)
    assert_allclose(means[1:] / means[:-1], 0.5, rtol=0.1)


@pytest.mark.claim("obs-calibration-ece")
def test_more_bins_make_the_ece_of_perfect_probabilities_greater():
    """Catches bins that would not matter: in nearly every draw fifty say more than five, on average over twice."""
    five, twenty, fifty = (column("perfect-ece", f"bins-{bins}") for bins in (5, 20, 50))
    assert five.mean() < twenty.mean() < fifty.mean()
    assert np.mean(fifty > five) > 0.95
    assert fifty.mean() > 2 * five.mean()


@pytest.mark.claim("obs-calibration-ece")
def test_the_bins_decide_which_of_two_models_wins_and_the_log_loss_hardly_ever_errs():
    """Catches splits in which all bins agree, which would make the choice harmless."""
    wins = column("ece-and-bins", "plain-wins")
    assert len(wins) >= 20
    assert np.sum((wins > 0) & (wins < 8)) > 5
    assert np.mean(column("ece-and-bins", "plain-loss") < column("ece-and-bins", "bent-loss")) > 0.9
    assert (column("ece-and-bins", "most") > 1.2 * column("ece-and-bins", "least")).all()


@pytest.mark.claim("obs-calibration-lost")
def test_penalty_and_early_stop_make_modest_in_every_split():
    """Catches a slope on the wrong side of 1, and a penalty that moves the mean of the training rows."""
    assert len(stored("calibration-lost")) >= 20
    assert (column("calibration-lost", "penalty-slope") > 1).all()
    assert (column("calibration-lost", "penalty-training-slope") > 1).all()
    assert_allclose(column("calibration-lost", "penalty-training-gap"), 0, atol=1e-6)
    assert (column("calibration-lost", "stopped-slope") > 1).all()


@pytest.mark.claim("obs-calibration-lost")
def test_few_rows_and_full_grown_trees_make_too_sure_and_the_leak_makes_it_worse_in_every_split():
    """Catches a leak that repairs anyway, and a plain fit that would be as far from 1."""
    slope = {way: column("calibration-lost", f"{way}-slope") for way in ("plain", "few", "forest", "leak", "honest")}
    assert np.mean(slope["few"] < 1) > 0.9
    assert (slope["forest"] < 1).all()
    assert (slope["leak"] < slope["forest"]).all()
    assert (abs(np.log(slope["honest"])) < abs(np.log(slope["forest"]))).mean() > 0.9
    assert 0.9 < np.median(slope["plain"]) < 1.1
    assert 0.9 < np.median(slope["honest"]) < 1.2


@pytest.mark.claim("obs-calibration-lost")
@pytest.mark.claim("obs-calibration-season")
def test_a_winters_model_promises_too_much_rain_in_every_summer_and_the_shares_repair_most_of_it():
    """Catches a move to the wrong side: the gap would double. The slope is not touched by a shift."""
    gap, moved = column("calibration-lost", "season-gap"), column("calibration-lost", "moved-gap")
    assert (gap > 0).all()
    assert np.median(abs(moved)) < np.median(gap) / 2
    better = column("calibration-lost", "moved-loss") < column("calibration-lost", "season-loss")
    assert len(better) > better.sum() > 0.8 * len(better)
    assert_allclose(column("calibration-lost", "season-slope"), column("calibration-lost", "moved-slope"), rtol=1e-5)


@pytest.mark.claim("obs-calibration-models")
def test_naive_bayes_is_as_accurate_as_logistic_regression_and_far_too_sure():
    """Catches a difference in accuracy that would explain it, and one lucky split."""
    right = [np.median(column("probabilities-of-models", f"{name}-right")) for name in ("logistic", "bayes")]
    assert abs(right[0] - right[1]) < 0.01
    slope, brier = (column("probabilities-of-models", f"bayes-{key}") for key in ("slope", "brier"))
    assert len(slope) >= 20
    assert (slope < 1 / 2).all()
    assert (brier > column("probabilities-of-models", "logistic-brier")).all()
    sure, rained = (column("probabilities-of-models", f"bayes-{key}").sum() for key in ("sure", "rained"))
    assert rained / sure < 0.85


@pytest.mark.claim("obs-calibration-models")
def test_naive_bayes_pays_for_a_second_witness_and_for_a_bell_curve_that_is_none():
    """Catches a reason that is told and not measured: one temperature alone does little harm, the second one does."""
    one, both, wet = (column("probabilities-of-models", f"bayes-{name}-slope") for name in ("one", "both", "wet"))
    assert 0.8 < np.median(one) < 1.1
    assert (both < one).all()
    assert np.median(both) < 0.7 * np.median(one)
    assert (wet < 0.8).all()
    assert np.median(wet) < 0.5


@pytest.mark.claim("obs-calibration-models")
def test_full_grown_trees_make_too_sure_leaves_of_twenty_do_not_and_c_decides_for_a_support_vector_machine():
    """Catches a forest that is called honest or not whatever its leaves, and a slope that is a property of SVMs."""
    slope = {k: column("probabilities-of-models", f"{k}-slope") for k in ("forest", "leaves", "svm", "svm-strong")}
    assert (slope["forest"] < 0.8).all()
    assert 0.9 < np.median(slope["leaves"]) < 1.1
    assert (slope["svm-strong"] < slope["svm"]).all()


@pytest.mark.claim("obs-calibration-rows")
def test_one_number_needs_the_fewest_rows_and_a_staircase_the_most():
    """Catches an order of the three that one number of rows would reverse."""
    raw = column("rows-for-recalibration", "bayes-raw")
    assert len(raw) >= 20
    for rows in measured.ROWS:
        score = {k: column("rows-for-recalibration", f"bayes-{k}-{rows}") for k in ("temperature", "platt", "isotonic")}
        assert score["temperature"].mean() < score["platt"].mean() < score["isotonic"].mean()
        if rows == 200:
            assert all((s < raw).all() for s in score.values())
        if rows == 25:
            better = [np.mean(score[k] < raw) for k in ("temperature", "platt", "isotonic")]
            assert better == sorted(better, reverse=True)
            assert better[0] > 0.8 > 0.6 > better[2]


@pytest.mark.claim("obs-calibration-rows")
def test_few_rows_make_a_calibrated_model_worse_and_a_staircase_calls_possible_things_impossible():
    """Catches a repair that is free: on fifty rows each of the three does harm in most splits."""
    raw = column("rows-for-recalibration", "logistic-raw")
    for key in ("temperature", "platt", "isotonic"):
        assert np.mean(column("rows-for-recalibration", f"logistic-{key}-50") > raw) > 0.6
    assert np.median(column("rows-for-recalibration", "bayes-impossible-50")) > 0


@pytest.mark.claim("obs-calibration-ece")
@pytest.mark.claim("obs-calibration-lost")
@pytest.mark.claim("obs-calibration-season")
@pytest.mark.claim("obs-calibration-models")
@pytest.mark.claim("obs-calibration-rows")
@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("perfect-ece", measured.perfect_ece),
        ("ece-and-bins", measured.ece_and_bins),
        ("calibration-lost", measured.calibration_lost),
        ("probabilities-of-models", measured.probabilities_of_models),
        ("rows-for-recalibration", measured.rows_for_recalibration),
    ],
)
def test_what_was_measured_is_what_it_was(name, measure):
    """Catches stored numbers that the code no longer gives; six digits are stored."""
    again, before = measure(6), stored(name)[6]
    assert_allclose([again[key] for key in before], list(before.values()), rtol=1e-5, atol=1e-9)
