"""What every test shares: Hypothesis without a deadline (shared machines stall) and with repeatable examples."""

import os

from hypothesis import settings

settings.register_profile("default", deadline=None, derandomize=True, max_examples=100)
settings.register_profile("quick", deadline=None, derandomize=True, max_examples=25)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collectstart(collector):
    """Let nbval compare everything of a notebook but its drawings, which the references leave out."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("image/svg+xml",)
