"""What `import lrlib` costs and offers."""

import importlib
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import lrlib

ROOT = Path(lrlib.__file__).parents[1]
HEAVY = ["torch", "sklearn", "scipy", "matplotlib", "dask", "pandas", "IPython", "tqdm"]


def fresh(code):
    """Run code in a new interpreter that finds lrlib and return what it prints, read as JSON."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, timeout=60
    )
    return json.loads(done.stdout)


def test_import_takes_less_than_three_tenths_of_a_second():
    """Catches a heavy import at the top of a module: torch takes 1 s and more, scikit-learn 0.5 s.

    The median of five fresh processes, read on the clock that counts only this process's own work: the wall clock
    says the same on an idle machine, and on a shared one it counts the neighbours.
    """
    code = "import time; t = time.process_time(); import lrlib; lrlib.sigmoid; print(time.process_time() - t)"
    assert statistics.median(fresh(code) for _ in range(5)) < 0.3


def test_import_and_the_numpy_functions_bring_no_heavy_library():
    """Catches an import of PyTorch and its like, also at the first use of a function on a NumPy array."""
    code = (
        "import json, sys, lrlib; lrlib.sigmoid(0.0); lrlib.softmax([1.0, 2.0]); lrlib.binary_cross_entropy(0.0, 1);"
        "lrlib.accuracy([1], [1]); lrlib.binary_hessian([[1.0]], [1], [1.0], 0.0); lrlib.entropy([0.5, 0.5]);"
        "lrlib.hinge_loss(0.0); lrlib.gradient_descent(lambda t: t, [1.0], step_size=0.1, steps=1);"
        "lrlib.train;"
        f"print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    )
    assert fresh(code) == []


@pytest.mark.parametrize("name", lrlib.__all__)
def test_every_public_name_is_there_and_documented(name):
    """Catches a name in the list that no module defines, and one without a word about it."""
    if name in {"show_source", "show_table"}:
        pytest.importorskip("IPython")
    if name == "plotting":
        pytest.importorskip("matplotlib")
    assert getattr(lrlib, name).__doc__


def test_a_name_that_is_not_there_is_an_attribute_error():
    """Catches a lazy package that answers to every name."""
    with pytest.raises(AttributeError):
        _ = lrlib.sigmoidd


ROOMS = ["divergences", "functions", "linear", "losses", "metrics", "optimize", "pointwise", "surrogates", "training"]
ROOMS += ["calibration", "effects", "firth", "inference", "prediction", "ranking", "scaling"]


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_function_of_a_module_is_offered_by_the_package(room):
    """Catches a function that was added to a module and forgotten in the package's list."""
    module = importlib.import_module(f"lrlib.{room}")
    own = {
        name
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    }
    assert own <= set(lrlib.__all__)
