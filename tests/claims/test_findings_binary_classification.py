"""What the chapter on binary classification says that a mistake costs, over all splits and measured again on a few."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from lrlib.calibration import wilson_interval
from lrlib.findings import stored
from lrlib.fit import fit_binary
from tests.claims.measured import binary_classification as measured
from tests.claims.measured.splits import cancer_split


@pytest.mark.claim("obs-binary-best-step")
def test_cross_entropy_needs_fewer_steps_in_every_split():
    """Catches a race that one loss wins by a step size that suits it alone, or by one lucky split."""
    runs = stored("steps-to-target")
    assert len(runs) >= 20
    assert all(run["ce"] < run["mse"] for run in runs)
    assert all(0.5 < run[f"{key}-step"] < 12 for run in runs for key in ("ce", "mse"))


@pytest.mark.claim("obs-binary-best-step")
def test_the_race_is_what_it_was():
    """Catches stored steps that the code no longer gives."""
    assert measured.steps_to_target(2) == stored("steps-to-target")[2]


@pytest.mark.claim("obs-binary-held-out-curve")
def test_most_rows_get_better_in_every_split_and_the_mean_rises_in_some():
    """Catches the tale that more training makes new rows worse."""
    runs = stored("held-out-curve")
    assert len(runs) >= 20
    assert all(run["better"] > 0.9 * run["rows"] for run in runs)
    rises = sum(run["after"] > run["before"] for run in runs)
    assert sum(run["rest"] > 0 for run in runs) < rises < len(runs)


@pytest.mark.claim("obs-binary-held-out-curve")
def test_nearly_all_logits_grow_and_those_that_lose_most_are_mostly_wrong():
    """Catches another cause of the rise: weights that shrink, losers that are right, or a plane that separates."""
    runs = stored("held-out-curve")
    assert all(run["surer"] > 0.9 * run["rows"] for run in runs)
    assert sum(run["wrong-of-five"] for run in runs) > 2.5 * len(runs)
    assert all(run["training-mistakes"] > 0 for run in runs)


@pytest.mark.claim("obs-binary-held-out-curve")
def test_the_curve_is_what_it_was():
    """Catches stored losses that the code no longer gives; six digits are stored."""
    again, before = measured.held_out_curve(3), stored("held-out-curve")[3]
    assert_allclose([again[key] for key in before], list(before.values()), rtol=1e-5)


@pytest.mark.claim("obs-binary-hidden-threshold")
def test_the_doubled_sigmoid_finds_fewer_cancers_in_every_split():
    """Catches a difference that short training made and long training unmakes: both are at their minimum."""
    runs = stored("hidden-threshold")
    assert len(runs) >= 20
    assert all(run["twice"] < run["once"] and run["groups"] >= 1 for run in runs)


@pytest.mark.claim("obs-binary-hidden-threshold")
@pytest.mark.parametrize("seed", [0, 7])
def test_the_groups_are_what_they_were(seed):
    """Catches stored counts that the code no longer gives."""
    assert measured.hidden_threshold(seed) == stored("hidden-threshold")[seed]


@pytest.mark.claim("obs-binary-hidden-threshold")
@pytest.mark.parametrize("share", [0.3, 0.55, 0.61, 0.64, 0.7])
def test_a_group_trained_for_long_decides_as_the_closed_form_says(share):
    """Catches a minimum in closed form that training would not reach: plain descent, 20,000 steps of size 2."""
    z = 0.0
    for _ in range(20_000):
        p = 1 / (1 + np.exp(-z))
        z -= 2 * (1 / (1 + np.exp(-p)) - share) * p * (1 - p)
    assert (z > 0) == (share > measured.HIDDEN_THRESHOLD)


@pytest.mark.claim("obs-binary-shuffled")
def test_a_plane_separates_the_labels_in_every_split_and_never_after_a_shuffle():
    """Catches the explanation that many features are enough for a plane."""
    runs = stored("shuffled-labels")
    assert len(runs) >= 20
    assert all(run["true"] and not run["shuffled"] for run in runs)
    assert measured.shuffled_labels(5) == runs[5]


@pytest.mark.claim("obs-binary-scaling-leak")
def test_the_scaling_of_all_rows_moves_the_mean_accuracy_by_less_than_a_thousandth():
    """Catches a leak that is called harmless after one lucky split."""
    runs = stored("leaks")
    assert len(runs) >= 20
    assert abs(np.mean([run["scaled-leak"] - run["scaled-honest"] for run in runs])) < 1 / 1000


@pytest.mark.claim("obs-binary-noise-leak")
def test_the_leak_reports_more_on_every_table_of_noise_and_the_honest_way_a_coin_toss():
    """Catches a leak that pays on some tables only, and a way of validating that finds something in noise."""
    runs = stored("leaks")
    assert all(run["noise-leak"] > run["noise-honest"] for run in runs)
    assert abs(np.mean([run["noise-honest"] for run in runs]) - 1 / 2) < 0.05


@pytest.mark.claim("obs-binary-noise-leak")
def test_the_leaks_are_what_they_were():
    """Catches stored accuracies that the code no longer gives."""
    again, before = measured.leaks(4), stored("leaks")[4]
    assert_allclose([again[key] for key in before], list(before.values()), rtol=1e-5)


@pytest.mark.claim("obs-binary-recall-spread")
def test_the_interval_of_nearly_every_split_holds_the_mean_recall():
    """Catches an interval that is too narrow for what another split gives, and splits that all agree."""
    runs = stored("scores-over-splits")
    assert len(runs) >= 20
    recalls = np.array([run["found"] / run["cancers"] for run in runs])
    interval = wilson_interval(recalls, np.array([float(run["cancers"]) for run in runs]))
    covered = np.mean((interval.lower <= recalls.mean()) & (recalls.mean() <= interval.upper))
    assert covered >= 0.9
    assert np.ptp(recalls) > 0.05


@pytest.mark.claim("obs-binary-pos-weight")
def test_neither_the_weight_nor_the_threshold_wins_every_time_and_the_weight_raises_the_probabilities():
    """Catches a weight that is sold as better than a threshold, and one that is said to keep the probabilities."""
    runs = stored("positive-weight")
    assert len(runs) >= 20
    assert 5 < sum(run["weight"] < run["threshold"] for run in runs) < len(runs) - 5
    assert np.median([run["weight"] for run in runs]) < np.median([run["half"] for run in runs])
    assert all(run["believed-weighted"] > max(run["believed"], run["share"]) for run in runs)


@pytest.mark.claim("obs-binary-pos-weight")
def test_the_weighted_fit_is_the_minimum_of_pytorchs_weighted_loss():
    """Catches a penalty scaled the wrong way: the gradient of PyTorch's pos_weight loss and the penalty 1/N."""
    X, y, _, _ = cancer_split(0)
    weights = np.where(y == 1, 9.0, 1.0)
    fit = fit_binary(X, y, l2=1 / len(y) / weights.mean(), sample_weight=weights)
    theta = torch.tensor(np.append(fit.w, fit.b), requires_grad=True)
    criterion = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor(9.0))
    z = torch.tensor(X) @ theta[:-1] + theta[-1]
    (criterion(z, torch.tensor(y)) + theta[:-1].square().sum() / (2 * len(y))).backward()
    assert abs(theta.grad).max() < 1e-7


@pytest.mark.claim("obs-binary-least-squares-cut")
def test_a_fitted_cut_misses_fewer_cancers_in_every_split():
    """Catches the belief that least squares finds a bad direction: only its cut is changed."""
    runs = stored("least-squares-cut")
    assert len(runs) >= 20
    assert all(run["cut-missed"] < run["half-missed"] for run in runs)
    assert sum(run["cut-wrong"] < run["half-wrong"] for run in runs) > len(runs) / 2
    assert np.median([run["logistic-wrong"] for run in runs]) < np.median([run["cut-wrong"] for run in runs])


@pytest.mark.claim("obs-binary-optimisers")
def test_descent_at_its_best_step_beats_momentum_and_adam_and_curvature_beats_them_all():
    """Catches a race that is run at a step size which suits one side, or is won in one lucky split."""
    runs = stored("optimisers")
    assert len(runs) >= 20
    assert all(run["newton-there"] < run["lbfgs-there"] < run["descent-there"] for run in runs)
    first = sum(run["descent-there"] < min(run["momentum-there"], run["adam-there"]) for run in runs)
    assert first > 0.9 * len(runs)


@pytest.mark.claim("obs-binary-optimisers")
def test_adams_best_step_size_varies_less_than_that_of_descent():
    """Catches the reason that the text gives for Adam, if it were none."""
    runs = stored("optimisers")
    best = {key: [run[f"{key}-there-step"] for run in runs] for key in ("adam", "descent")}
    assert max(best["adam"]) / min(best["adam"]) < max(best["descent"]) / min(best["descent"])


@pytest.mark.claim("obs-binary-other-features")
def test_in_every_split_some_weights_change_sign_among_the_others_and_the_radius_shrinks():
    """Catches a weight that is read as if the other features did not matter."""
    runs = stored("other-features")
    assert len(runs) >= 20
    assert all(run["flipped"] > 0 and run["together"] < run["alone"] / 5 for run in runs)
    assert all(run["correlation"] > 0.99 for run in runs)


@pytest.mark.claim("obs-binary-weight-decay")
def test_a_weak_penalty_lengthens_the_weights_and_raises_the_held_out_loss_in_every_split():
    """Catches a repair that repairs nothing: fewer rows are right without it in nearly all splits, more in none."""
    runs = stored("weight-decay")
    assert len(runs) >= 20
    assert all(run["weak-length"] > 10 * run["strong-length"] for run in runs)
    assert all(run["weak-loss"] > run["strong-loss"] and run["weak-training"] < run["strong-training"] for run in runs)
    assert all(run["weak-right"] <= run["strong-right"] for run in runs)


@pytest.mark.claim("obs-binary-recall-spread")
@pytest.mark.claim("obs-binary-pos-weight")
@pytest.mark.claim("obs-binary-least-squares-cut")
@pytest.mark.claim("obs-binary-optimisers")
@pytest.mark.claim("obs-binary-other-features")
@pytest.mark.claim("obs-binary-weight-decay")
@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("scores-over-splits", measured.scores_over_splits),
        ("positive-weight", measured.positive_weight),
        ("least-squares-cut", measured.least_squares_cut),
        ("optimisers", measured.optimisers),
        ("other-features", measured.other_features),
        ("weight-decay", measured.weight_decay),
    ],
)
def test_what_was_measured_is_what_it_was(name, measure):
    """Catches stored numbers that the code no longer gives; six digits are stored."""
    again, before = measure(6), stored(name)[6]
    assert_allclose([again[key] for key in before], list(before.values()), rtol=1e-5)
