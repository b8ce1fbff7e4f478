"""lrlib as others install it: from a wheel, in an environment that knows nothing of this folder."""

import re
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

import lrlib
from lrgrader import assignment as assignments
from tests.assignments.leaks import FOLDERS, told_by_files
from tests.binder.conftest import run, virtual_environment
from tests.paths import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("package")]

TRY = """
import sys, numpy as np, lrlib
from importlib.metadata import version
from lrlib import data, fit_binary, sigmoid
print(lrlib.__file__)
assert version("lrlib") == lrlib.__version__, "two versions"
cancer = data.breast_cancer()
fit = fit_binary((cancer.X - cancer.X.mean(axis=0)) / cancer.X.std(axis=0), cancer.y, l2=0.01)
assert fit.converged
assert "<lr-sigmoid" in lrlib.explorable("sigmoid", w=2)._repr_mimebundle_()["text/html"]
assert sigmoid(np.array([0.0]))[0] == 0.5
assert "torch" not in sys.modules and "dask" not in sys.modules
"""
TYPED = "from lrlib.notebook import show_table\nreveal_type(show_table({}))\nshow_table(1)\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build the wheel in a copy, since setuptools leaves folders behind; a zip without git will do."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, source / name)
    shutil.copytree(ROOT / "lrlib", source / "lrlib", ignore=shutil.ignore_patterns("__pycache__"))
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", out, source)
    return next(out.glob("*.whl"))


def test_the_wheel_holds_the_library_and_nothing_else(wheel):
    """Catches a wheel without types or explorables, with the tests, or with another version than the library says."""
    names = zipfile.ZipFile(wheel).namelist()
    inside = {str(path.relative_to(ROOT)) for path in (ROOT / "lrlib").rglob("*") if path.is_file()}
    inside = {name for name in inside if "__pycache__" not in name}
    assert {name for name in names if ".dist-info/" not in name} == inside
    assert {"lrlib/py.typed", "lrlib/explorables/kit.js"} <= inside
    assert wheel.name == f"lrlib-{lrlib.__version__}-py3-none-any.whl"


def test_the_wheel_tells_no_solution(wheel, tmp_path):
    """Catches an assignment's answer, or what a hidden check looks at, in a file of the library."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    for folder in FOLDERS.values():
        assert told_by_files(assignments.load(folder), tmp_path) == []


def test_the_version_stands_in_one_place():
    """Catches a release of which two files say two versions."""
    assert "version =" not in (ROOT / "pyproject.toml").read_text().split("[tool.setuptools.dynamic]")[0]
    assert re.search(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text(), re.M)[1] == lrlib.__version__


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """Return a folder in which the wheel is installed, without its dependencies."""
    folder = tmp_path_factory.mktemp("installed")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-deps", "--target", folder, wheel)
    return folder


def test_the_installed_wheel_fits_and_shows_an_explorable_without_pytorch(installed, tmp_path):
    """Catches data or scripts that are found only in this folder, and an import of PyTorch that is not asked for."""
    printed = run(sys.executable, "-c", TRY, cwd=tmp_path, env={"PYTHONPATH": str(installed)})
    assert Path(printed.strip()).is_relative_to(installed)


def test_the_installed_wheel_is_typed(installed, tmp_path):
    """Catches a lost py.typed: a type checker would then say nothing."""
    (tmp_path / "use.py").write_text(TYPED)
    from mypy import api

    said, _, status = api.run(["--no-incremental", "--cache-dir", str(tmp_path / "c"), str(tmp_path / "use.py")])
    assert status == 1
    assert 'Revealed type is "IPython.core.display.Markdown"' in said or "Markdown" in said
    assert "incompatible type" in said


@pytest.mark.lab
def test_pip_installs_the_wheel_with_its_dependencies_into_an_empty_environment(wheel, tmp_path):
    """Catches a dependency that is used and not named."""
    python = virtual_environment(tmp_path / "venv")
    run(python, "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", wheel)
    printed = run(python, "-c", TRY, cwd=tmp_path)
    assert Path(printed.strip()).is_relative_to(tmp_path)
    run(python, "-m", "pip", "check")
