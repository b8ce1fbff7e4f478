"""lrlib's tests on each Python, with the newest packages that pyproject.toml allows, with the oldest, and with Colab's.

    make test-matrix                         every combination; a Python that is not installed is skipped
    make test-matrix ARGS="--session tests-3.12"

Oldest is meant of every package that pyproject.toml names: a lower bound that no longer holds is found here. PyTorch
is left out: its versions bring packages of their own choice.
"""

import tomllib
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = False


@nox.session(python=["3.11", "3.12", "3.13"])
@nox.parametrize("resolution", ["highest", "lowest-direct"])
def tests(session: nox.Session, resolution: str) -> None:
    """Run the tests of the library in an environment of their own."""
    if resolution == "lowest-direct" and session.python != "3.11":
        session.skip("the oldest packages have no builds for newer Pythons")
    session.install("--resolution", resolution, "--editable", ".[test]")
    session.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "lrlib", "tests/lrlib")


@nox.session(python=["3.12", "3.13"])
def colab(session: nox.Session) -> None:
    """Run the tests of the library with the packages of Colab's runtime on this Python."""
    table = tomllib.loads(Path("tests/binder/colab.toml").read_text(encoding="utf-8"))["runtime"]
    newest = next(iter(table.values()))["packages"]
    [packages] = [
        newest | each["packages"] for each in table.values() if each["python"].startswith(f"{session.python}.")
    ]
    # Not PyTorch, see above, nor what Colab builds packages with.
    pins = [f"{name}=={version}" for name, version in packages.items() if name not in ("torch", "setuptools")]
    session.install("--editable", ".[test]", *pins)
    session.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "lrlib", "tests/lrlib")
