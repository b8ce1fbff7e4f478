"""What the chapter on binary classification says that a mistake costs, over all splits and measured again on a few."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lrlib.findings import stored
from tests.claims.measured import binary_classification as measured


@pytest.mark.claim("obs-binary-best-step")
def test_cross_entropy_needs_fewer_steps_in_every_split():
    """Catches a race that one loss wins by a step size that suits it alone, or by one lucky split."""
    runs = stored("steps-to-target")
    assert len(runs) >= 20
    assert all(run["ce"] < run["mse"] for run in runs)
    assert all(0.5 < run[f"{key}-step"] < 12 for run in runs for key in ("ce", "mse"))
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
