"""What instructors install holds all of the grader. That students install none of it: tests/binder/test_package.py."""

import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from tests.binder.conftest import run

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_what_instructors_install_holds_every_room_template_and_style(tmp_path):
    """Catches a template that is missing outside of this repository."""
    source = tmp_path / "lrgrader"  # a copy: building leaves folders behind
    shutil.copytree(ROOT / "lrgrader", source, ignore=shutil.ignore_patterns("*.egg-info", "build", "__pycache__"))
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, source)
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    home, patterns = ROOT / "lrgrader", ("*.py", "inside/*.py", "*.html", "*.css", "*.js", "py.typed", "example/**/*.*")
    wanted = {path.relative_to(home).as_posix() for pattern in patterns for path in home.glob(pattern)}
    assert {f"lrgrader/{name}" for name in wanted} <= names
    assert any(name.endswith("entry_points.txt") for name in names)
