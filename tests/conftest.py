"""What every test shares: Hypothesis without a deadline (shared machines stall) and with repeatable examples."""

import os

import pytest
from hypothesis import settings

settings.register_profile("default", deadline=None, derandomize=True, max_examples=100)
settings.register_profile("quick", deadline=None, derandomize=True, max_examples=25)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collectstart(collector):
    """Let nbval compare everything of a notebook but its drawings, which the references leave out."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("image/svg+xml",)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Keep the tests of an xdist_group in one process: pytest 9.2 does not read where pytest-xdist 3.8 writes it.

    To be deleted with https://github.com/pytest-dev/pytest-xdist/issues/1386; tests/tools/test_groups.py tells.
    """
    for item in items:
        written = getattr(item, "_nodeid", item.nodeid)
        if written != item.nodeid:
            item._id = type(item._id).parse(written)
