"""What the chapter on cross entropy says of squared error's efficiency, over all samples and again on one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lrlib.findings import stored
from tests.claims.measured import cross_entropy as measured


@pytest.mark.claim("obs-ce-efficiency")
def test_squared_error_scatters_more_in_every_parameter():
    """Catches "just another error": more than a tenth is beyond what 400 paired samples give by chance."""
    estimates = np.array(stored("squared-error-variance"))
    assert len(estimates) >= 400
    ratio = estimates[:, 1].var(axis=0) / estimates[:, 0].var(axis=0)
    assert np.all(ratio > 1.1)


@pytest.mark.claim("obs-ce-efficiency")
def test_the_ratio_agrees_with_large_sample_theory():
    """Catches fits that had not arrived: the sandwich formula gives the ratio for ever more rows.

    At 200 rows both variances are larger than in the limit, squared error's the more so: a fifth is allowed.
    """
    X = np.column_stack([np.random.default_rng(0).normal(size=(200_000, 2)), np.ones(200_000)])
    p = 1 / (1 + np.exp(-X @ measured.TRUE))
    v = p * (1 - p)
    likelihood = np.linalg.inv((X * v[:, None]).T @ X)
    bread = np.linalg.inv((X * (v**2)[:, None]).T @ X)
    sandwich = bread @ ((X * (v**3)[:, None]).T @ X) @ bread
    estimates = np.array(stored("squared-error-variance"))
    ratio = estimates[:, 1].var(axis=0) / estimates[:, 0].var(axis=0)
    assert_allclose(ratio, np.diag(sandwich) / np.diag(likelihood), rtol=0.2)


@pytest.mark.claim("obs-ce-efficiency")
def test_the_samples_are_what_they_were():
    """Catches stored estimates that the code no longer gives; the search ends at a slope of 1e-9."""
    assert_allclose(measured.squared_error_variance(7), stored("squared-error-variance")[7], rtol=1e-4)


@pytest.mark.claim("obs-ce-bad-start")
def test_a_wrong_start_costs_squared_error_more_in_every_split_at_each_best_step():
    """Catches a race from a bad start that a larger step would have turned, and a best size at an end of the range."""
    runs = stored("bad-start")
    assert len(runs) >= 20
    assert all(run["bad-mse"] - run["zero-mse"] > run["bad-ce"] - run["zero-ce"] for run in runs)
    assert all(run["bad-mse"] / run["bad-ce"] > run["zero-mse"] / run["zero-ce"] for run in runs)
    used = {value for run in runs for key, value in run.items() if key.endswith("-step")}
    assert min(measured.SIZES) < min(used) <= max(used) < max(measured.SIZES)


@pytest.mark.claim("obs-ce-bad-start")
def test_the_wrong_start_costs_what_it_cost():
    """Catches stored steps that the code no longer gives."""
    assert measured.bad_start(2) == stored("bad-start")[2]
