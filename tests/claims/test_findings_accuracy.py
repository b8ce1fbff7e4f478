"""What the chapter on accuracy says of two searches, over all contests and splits and measured again."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lrlib.findings import stored
from tests.claims.measured import accuracy as measured


@pytest.mark.claim("obs-accuracy-contests")
def test_the_line_of_least_cross_entropy_wins_most_contests_at_its_minimum():
    """Catches a win that short training or a few lucky seeds made: SciPy's minimum, the page's twenty contests."""
    runs = [measured.contest(seed) for seed in range(20)]
    gaps = np.array([run["smooth"] - run["exact"] for run in runs])
    assert np.sum(gaps > 0) >= 15
    assert gaps.mean() > 2.5 * gaps.std(ddof=1) / np.sqrt(len(gaps))


@pytest.mark.claim("obs-accuracy-search")
def test_the_search_is_behind_after_ten_looks_in_every_split_and_near_in_the_end():
    """Catches a race that the descent wins by its step size, and a sureness that the length of the moves explains."""
    runs = stored("search-and-descent")
    assert len(runs) >= 20
    assert all(run["search-10"] < run["descent-10"] for run in runs)
    for what, close in (("test", 0.02), ("entropy", 0.05)):
        gaps = [run[f"search-{what}"] - run[f"descent-{what}"] for run in runs]
        assert abs(np.median(gaps)) < close


@pytest.mark.claim("obs-accuracy-search")
def test_the_race_is_what_it_was():
    """Catches stored scores that the code no longer gives; the best length is searched for to a few digits."""
    again, before = measured.search_and_descent(3), stored("search-and-descent")[3]
    assert_allclose([again[key] for key in before], list(before.values()), rtol=1e-3)
