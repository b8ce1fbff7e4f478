"""Setting up: one clear line where it cannot, nothing to do where it is done, and exactly the pinned packages."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from tests.paths import ROOT
from tools import venv


def test_an_old_python_is_refused_with_the_way_out(monkeypatch):
    """Catches a SyntaxError or a pip traceback in place of an answer."""
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    assert venv.missing_tool().startswith("Python 3.11 or newer is needed")
    assert "PYTHON=" in venv.missing_tool()


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_is_refused_with_the_package_to_install(monkeypatch, missing):
    """Catches Debian's Python, which comes without the one, the other or both."""
    monkeypatch.setattr(venv.importlib.util, "find_spec", lambda name: None if name == missing else object())
    assert "python3-venv" in venv.missing_tool()


def test_the_oldest_python_that_the_package_allows_will_do(monkeypatch):
    """Catches a check that refuses a Python that pyproject.toml allows, and one that allows what pip then refuses."""
    allowed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    oldest = tuple(map(int, allowed.removeprefix(">=").split(".")))
    monkeypatch.setattr(sys, "version_info", (*oldest, 0))
    assert venv.missing_tool() == ""
    monkeypatch.setattr(sys, "version_info", (oldest[0], oldest[1] - 1, 99))
    assert "newer is needed" in venv.missing_tool()


def test_an_interrupted_set_up_is_not_taken_for_a_finished_one(tmp_path):
    """Catches an environment without half of its packages."""
    python = venv.python_of(tmp_path)
    python.parent.mkdir(parents=True)
    python.touch()
    assert not venv.is_ready(tmp_path, "key")
    (tmp_path / ".ready").write_text("key")
    assert venv.is_ready(tmp_path, "key")
    assert not venv.is_ready(tmp_path, "key of other packages")
    python.unlink()
    assert not venv.is_ready(tmp_path, "key")


@pytest.fixture
def made(monkeypatch, tmp_path) -> Path:
    """Return an environment to make; what is installed into it is left out, and so is pip itself, for the time."""
    run = venv.run
    monkeypatch.setattr(venv, "run", lambda command: run([*command, "--without-pip"]))
    monkeypatch.setattr(venv, "pip", lambda *command, **options: True)
    return tmp_path / "environment"


def test_a_broken_environment_is_made_again(made):
    """Catches a .venv whose Python was uninstalled: it would be kept, and every command in it would fail."""
    python = venv.python_of(made)
    python.parent.mkdir(parents=True)
    python.symlink_to(made / "a Python that was uninstalled")
    (made / "left over").touch()
    venv.make(made, ["."])
    assert subprocess.run([python, "-c", "pass"]).returncode == 0
    assert not (made / "left over").exists()


def test_an_environment_that_works_is_kept(made, monkeypatch):
    """Catches a check that takes every environment for broken: each change of a pin would cost minutes."""
    assert venv.usable(Path(sys.prefix))
    made.mkdir()
    monkeypatch.setattr(venv, "python_of", lambda folder: Path(sys.executable))
    (made / "left over").touch()
    venv.make(made, ["."])
    assert (made / "left over").exists()


def test_every_installed_package_that_the_book_uses_is_pinned_to_the_version_that_is_installed():
    """Catches an environment that CI and readers do not share."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split(";")[0].strip().split("==") for line in lines if line[0].isalpha() and _applies(line))
    installed = {_canonical(d.metadata["Name"]): d.version.split("+")[0] for d in metadata.distributions()}
    wrong = {name: (installed[name], pin) for name, pin in pins.items() if installed.get(name, pin) != pin}
    assert wrong == {}
    assert {"numpy", "torch", "jupyter-book", "nbval"} <= pins.keys() & installed.keys()


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _applies(line: str) -> bool:
    from packaging.markers import Marker

    _, _, marker = line.partition(";")
    return not marker.strip() or Marker(marker.strip()).evaluate()
