"""Fixtures of lrlib's tests: each array library in turn, and a seeded generator."""

from importlib.util import find_spec

import numpy as np
import pytest

from . import libraries

LATER = pytest.mark.slow  # `make fast` runs each test on the two libraries that the chapters use


@pytest.fixture(params=["numpy", "torch", pytest.param("dask", marks=LATER), pytest.param("strict", marks=LATER)])
def library(request):
    """One of the libraries that lrlib must work on; skipped where it is not installed."""
    return libraries.load(request.param)


@pytest.fixture(params=["numpy", "torch"])
def eager_library(request):
    """A library that students compute with at once."""
    return libraries.load(request.param)


@pytest.fixture
def rng():
    """Return a generator that gives the same numbers in every run."""
    return np.random.default_rng(20240229)


def pytest_collection_modifyitems(items):
    """Skip the example of lrlib.training where PyTorch is missing, as the tests of it are."""
    if find_spec("torch") is None:
        for item in items:
            if item.name == "lrlib.training.train":
                item.add_marker(pytest.mark.skip(reason="needs PyTorch"))
