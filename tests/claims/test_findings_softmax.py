"""What the chapter on softmax says that a mistake costs, over all splits and measured again on one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lrlib.findings import stored
from tests.claims.measured import softmax as measured


@pytest.mark.claim("obs-softmax-modesty")
def test_a_tenth_of_the_penalty_leaves_less_than_half_of_the_modesty():
    """Catches a modesty that has another cause than the penalty."""
    runs = stored("penalty-and-modesty")
    assert len(runs) >= 20
    right, mean_p, entropy = np.moveaxis([[run["chapter"], run["tenth"]] for run in runs], 2, 0)
    gap = right - mean_p
    assert np.all(gap[:, 1] < gap[:, 0] / 2)
    assert np.all(entropy[:, 1] < entropy[:, 0])


@pytest.mark.claim("obs-softmax-modesty")
def test_the_penalties_are_what_they_were():
    """Catches stored fits that the code no longer gives; a fit stops at 1e-6 of its objective's slope."""
    again, before = measured.penalty_and_modesty(1), stored("penalty-and-modesty")[1]
    assert_allclose([again[key] for key in before], list(before.values()), rtol=1e-4)


@pytest.mark.claim("obs-softmax-doubled")
def test_the_doubled_softmax_reads_nearly_as_well_and_stays_above_its_floor():
    """Catches a damage that was only the step size, and a loss below the floor."""
    runs = stored("doubled-softmax")
    assert len(runs) >= 20
    assert all(
        1 / 3 <= run["once-step"] <= 10 and 3 <= run["twice-step"] <= 30 for run in runs
    )  # each inside its range
    lost = np.array([run["once-right"] - run["twice-right"] for run in runs])
    assert abs(np.median(lost)) < 0.01  # within a percentage point
    assert abs(lost).max() < 0.03
    assert all(run["once-loss"] < 0.3 < np.log(1 + 9 / np.e) < run["twice-loss"] for run in runs)


@pytest.mark.slow
@pytest.mark.claim("obs-softmax-doubled")
def test_the_doubled_softmax_is_what_it_was():
    """Catches stored runs that the code no longer gives; only the step sizes that won are run again."""
    before = stored("doubled-softmax")[0]
    again = measured.doubled_softmax(0, [before["once-step"]], [before["twice-step"]])
    assert_allclose([again[key] for key in before], list(before.values()), rtol=1e-3)


@pytest.mark.claim("obs-softmax-relu")
def test_the_relu_reads_fewer_digits_in_every_split():
    """Catches a damage that longer training at a better step size would undo."""
    relus, plain = stored("relu-on-logits"), stored("doubled-softmax")
    assert len(relus) == len(plain) >= 20
    assert all(relu["right"] < run["once-right"] for relu, run in zip(relus, plain, strict=True))
    assert np.median([relu["own"] for relu in relus]) > 100
    assert sum(relu["dead"] > 0 for relu in relus) > len(relus) / 2


@pytest.mark.claim("obs-softmax-relu")
@pytest.mark.slow
def test_the_relu_reads_what_it_read():
    """Catches stored runs that the code no longer gives; only the best step size is run again."""
    before = stored("relu-on-logits")[1]
    again = measured.relu_on_logits(1, [before["step"]])
    assert_allclose([again[key] for key in before], list(before.values()), rtol=2e-2)
