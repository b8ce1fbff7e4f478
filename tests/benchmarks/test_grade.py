"""A few submissions of the grader's benchmark, so that it does not break unseen between two releases."""

import subprocess
import sys

import pytest

from tests.paths import ROOT

pytestmark = pytest.mark.slow


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=240)


def test_submissions_are_graded_and_counted():
    """Catches a benchmark of a grader whose commands have changed."""
    done = run("benchmarks.grade", "--submissions", "8", "--others", "0")
    assert done.returncode == 0, done.stderr
    assert "lrgrade" in done.stdout
