"""The benchmark of fits still runs, finds the fastest of all, and leaves out what does not get there."""

import subprocess
import sys

import numpy as np
import pytest

from benchmarks import fit
from tests.paths import ROOT


def test_the_ratio_is_to_the_fastest_of_all():
    """Catches a ratio to scikit-learn's fastest where another package is faster, and a mean in place of a median."""
    times = {
        "lrlib": [0.3, 0.2, 9.0],
        "scikit-learn lbfgs": [0.5] * 3,
        "scikit-learn newton-cholesky": [0.4] * 3,
        "scikit-learn-intelex lbfgs": [0.1] * 3,
        "torch LBFGS": [0.6] * 3,
    }
    result = {"times": times, "best": "scikit-learn newton-cholesky", "memory": {"lrlib": 0.1}}
    result["memory"]["scikit-learn newton-cholesky"] = 1.0
    row = fit.row_of(fit.PROBLEMS[0], result)
    assert row.split(" | ")[2:] == [
        "300.0 ms",
        "400.0 ms (newton-cholesky)",
        "100.0 ms (lbfgs)",
        "-",
        "600.0 ms (LBFGS)",
        "3.00",
        "10% (100%) |",
    ]


def test_a_contender_that_does_not_get_there_is_left_out(capsys):
    """Catches a time quoted for an answer that is none."""
    X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0.0, 1.0, 0.0, 1.0])
    assert fit.trial(lambda X, y, tolerance: (np.zeros(1), np.zeros(())), X, y, "glum lbfgs") is None
    assert "glum lbfgs is left out: its gradient norm is 2.5e-01" in capsys.readouterr().err
    with pytest.raises(RuntimeError, match="lrlib does not reach"):
        fit.trial(lambda X, y, tolerance: (np.zeros(1), np.zeros(())), X, y, "lrlib")


@pytest.mark.slow
def test_the_quick_mode_prints_a_row():
    """Catches a contender whose interface has changed, long before somebody measures again."""
    pytest.importorskip("torch")
    command = [sys.executable, "-m", "benchmarks.fit", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("| Data | N × D × K | lrlib | scikit-learn | scikit-learn-intelex | glum | torch |")
    assert "| breast cancer | 569 × 30 × 2 | " in done.stdout
