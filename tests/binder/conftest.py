"""JupyterLab as `make lab` and Binder start it, in a copy of what they have, with a home that cannot be written to."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from coursebook.run.lab import MADE
from tests.coursebook.conftest import browser, made  # noqa: F401 - fixtures
from tests.paths import ROOT

BIN = "Scripts" if os.name == "nt" else "bin"
LAB_PYTHON = ROOT / "_build" / "venv-lab" / BIN / "python"
CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("*.md"))
NO_HOME = "/dev/null/home"  # no folder can be made there, not even by root


@pytest.fixture(scope="session")
def lab_python() -> Path:
    """Return the Python of the environment of `make lab`."""
    if not LAB_PYTHON.exists():
        pytest.fail("there is no environment to try: make test-binder")
    return LAB_PYTHON


@dataclass
class Server:
    """A running JupyterLab."""

    root: Path
    address: str
    token: str
    log: Path

    def url(self, path: str) -> str:
        """Return the address of a path, with a token as launch links have it, and without earlier tests' tabs."""
        return f"{self.address}{path}?token={self.token}&reset"

    def notebook(self, name: str) -> dict:
        """Return what is saved of a notebook."""
        return json.loads((self.root / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def jupyterlab(lab_python, made, tmp_path_factory) -> Iterator[Server]:  # noqa: F811
    """Start JupyterLab in a folder with a renamed chapter, and stop it in the end."""
    root = tmp_path_factory.mktemp("clone")
    for name in ("binder", MADE):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "book").mkdir()
    (root / "book" / "renamed.toml").write_text('squashing = "sigmoid"\n')
    log = root / "lab.log"
    environ = {**os.environ, "HOME": NO_HOME, "BROWSER": "no-such-browser"}  # as on a machine without any
    command = [lab_python, "-m", "coursebook.run.lab", "--port", str(free_port())]
    with log.open("w") as file:
        process = subprocess.Popen(command, cwd=root, env=environ, stdout=file, stderr=file)
    try:
        address, token = wait_for_address(log, process)
        yield Server(root, address, token, log)
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


def wait_for_address(log: Path, process: subprocess.Popen, seconds: float = 120) -> tuple[str, str]:
    """Return the address that Jupyter prints once it listens, and its token."""
    for _ in range(int(seconds * 5)):
        if found := re.search(r"(http://127\.0\.0\.1:\d+)/lab\S*\?token=(\w+)", log.read_text()):
            with contextlib.suppress(URLError):
                urlopen(f"{found[1]}/api").close()
                return found[1], found[2]
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()}")


def run(*command: object, **options) -> str:
    """Run a command; return what it prints, or fail with it."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def virtual_environment(folder: Path) -> Path:
    """Make an empty environment; return its Python."""
    run(sys.executable, "-m", "venv", folder)
    return folder / BIN / "python"
