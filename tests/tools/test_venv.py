"""Setting up: one clear line where it cannot, nothing to do where it is done, and exactly the pinned packages."""

import re
import sys
from importlib import metadata

from tests.paths import ROOT
from tools import venv


def test_an_old_python_is_refused_with_the_way_out(monkeypatch):
    """Catches a SyntaxError or a pip traceback in place of an answer."""
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    assert venv.missing_tool().startswith("Python 3.11 or newer is needed")
    assert "PYTHON=" in venv.missing_tool()


def test_a_python_without_venv_is_refused_with_the_package_to_install(monkeypatch):
    """Catches Debian's Python, which comes without it."""
    monkeypatch.setattr(venv.importlib.util, "find_spec", lambda name: None)
    assert "python3-venv" in venv.missing_tool()


def test_this_python_will_do():
    """Catches a check that refuses everyone."""
    assert venv.missing_tool() == ""


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


def test_a_broken_environment_is_made_again(tmp_path):
    """Catches a .venv whose Python was uninstalled."""
    assert not venv.usable(tmp_path)


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
