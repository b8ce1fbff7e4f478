"""Two distributions: what students install holds no grader, and what instructors install holds all of it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def wheel(folder, out):
    """Build the wheel of a folder as pip does and return the names in it."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(out),
    ]
    subprocess.run([*command, str(folder)], check=True, capture_output=True)
    return set(zipfile.ZipFile(next(out.glob("*.whl"))).namelist())


def copied(tmp_path, name):
    """Return a copy of the sources, so that building leaves nothing in them."""
    import shutil

    skip = shutil.ignore_patterns("*.egg-info", "build", "__pycache__")
    for part in ("lrlib", "lrgrader"):
        shutil.copytree(ROOT / part, tmp_path / "src" / part, ignore=skip)
    for part in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / part, tmp_path / "src" / part)
    return tmp_path / "src" / name


@pytest.mark.slow
def test_what_students_install_holds_no_grader(tmp_path):
    """Catches a wheel of lrlib that takes the grader, an assignment or a test along."""
    names = wheel(copied(tmp_path, "."), tmp_path / "wheels")
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"lrlib"}


@pytest.mark.slow
def test_what_instructors_install_holds_every_room_template_and_style(tmp_path):
    """Catches a template that is missing outside of this repository."""
    names = wheel(copied(tmp_path, "lrgrader"), tmp_path / "wheels")
    wanted = {
        path.name for pattern in ("*.py", "*.html", "*.css", "py.typed") for path in (ROOT / "lrgrader").glob(pattern)
    }
    assert {f"lrgrader/{name}" for name in wanted} <= names
    assert any(name.endswith("entry_points.txt") for name in names)
