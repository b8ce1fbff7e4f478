"""The book on machines unlike ours: without git, and where git ends the lines as Windows does."""

import shutil
import subprocess
import sys

import pytest

from tests.paths import ROOT

IGNORED = [line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line.endswith("/")]
SCRIPTS = ["binder/start", "binder/postBuild", ".ci/run"]


@pytest.mark.parametrize("command", [("check",), ("format", "--check")])
@pytest.mark.parametrize("folder", [name.replace("*", "some") for name in IGNORED])
def test_what_git_ignores_the_linters_leave_alone_without_git(tmp_path, folder, command):
    """Catches a zip whose `make lint` fails after `make book`: no .gitignore counts there."""
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    (tmp_path / "good.py").write_text("x = 1\n")
    generated = tmp_path / folder / "lib"
    generated.mkdir(parents=True)
    (generated / "bad.py").write_text("import os; x = 'y'\n")
    (generated / "bad.md").write_text("```python\nx = 'y'\n```\n")
    (generated / "bad.ipynb").write_text("{}")
    ruff = [sys.executable, "-m", "ruff", *command, "--no-cache"]
    done = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_shell_reads_its_scripts_from_a_clone_that_ends_lines_as_windows_does(tmp_path):
    """Catches "bash\\r: no such file": with core.autocrlf=true git writes carriage returns, if nobody forbids it."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    source, clone = tmp_path / "source", tmp_path / "clone"
    others = ("Makefile", "README.md", "constraints.txt", "chapters/sigmoid.md", "tests/references/sigmoid.ipynb")
    for name in (".gitattributes", *SCRIPTS, *others, "docs/images"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, source / name)
    windows = ("-c", "core.autocrlf=true", "-c", "core.eol=crlf")
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    git(source, "init", "-q")
    git(source, *windows, "add", "-A")
    git(source, *who, "commit", "-q", "-m", "first")
    git(tmp_path, *windows, "clone", "-q", *windows, source, clone)
    changed = [name for name in (*SCRIPTS, *others) if (clone / name).read_bytes() != (ROOT / name).read_bytes()]
    assert changed == []
    for image in (ROOT / "docs/images").iterdir():
        assert (clone / "docs/images" / image.name).read_bytes() == image.read_bytes()
    for name in SCRIPTS:
        subprocess.run(["bash", "-n", clone / name], check=True)


def git(folder, *arguments):
    subprocess.run(["git", "-c", "core.safecrlf=false", *map(str, arguments)], cwd=folder, check=True)
