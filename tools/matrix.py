"""Run lrlib's tests with the oldest and the newest packages that pyproject.toml allows, on each Python that is found.

    python tools/matrix.py [PYTHON ...]    what `make test-matrix` calls; default: Python 3.11 to 3.13, if found

Oldest and newest are meant of NumPy, Matplotlib and scikit-learn, and of what they need; without PyTorch, whose own
versions bring its own choice. A Python for which no old wheel was ever made is tried with the newest only.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VARIED = ("numpy", "matplotlib", "scikit-learn")
PYTHONS = ("3.11", "3.12", "3.13")
OLDEST_PYTHON = "3.11"
TESTS = ("lrlib", "tests/lrlib")


def main() -> int:
    """Try every combination, all of them, and print which passed; return the exit status."""
    pythons = sys.argv[1:] or list(installed(PYTHONS))
    if not pythons:
        return fail(f"none of Python {', '.join(PYTHONS)} was found. Name one: python tools/matrix.py PATH")
    results = []
    for python, kind, packages in combinations(pythons, bounds((ROOT / "pyproject.toml").read_text(encoding="utf-8"))):
        name = f"Python {version(python)}, {kind}"
        print(f"\n== {name}: {', '.join(packages)}", flush=True)
        results.append((name, attempt(python, kind, packages)))
    print("\n" + "\n".join(f"{'passed' if good else 'FAILED'}  {name}" for name, good in results))
    return 0 if all(good for _, good in results) else 1


def bounds(pyproject: str) -> dict[str, str]:
    """Return the lower bound of each package that is varied; ValueError for one without."""
    found = {}
    for requirement in tomllib.loads(pyproject)["project"]["dependencies"]:
        if match := re.fullmatch(r"([\w-]+)>=([\d.]+)", requirement):
            found[match[1]] = match[2]
    if missing := set(VARIED) - found.keys():
        raise ValueError(f"pyproject.toml gives no oldest version (name>=1.2) of {', '.join(sorted(missing))}")
    return {name: found[name] for name in VARIED}


def combinations(pythons: Iterable[str], oldest: dict[str, str]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield each Python with the newest packages, and the oldest Python with the oldest: minor versions, patched."""
    for python in pythons:
        if version(python) == OLDEST_PYTHON:
            yield python, "oldest", [f"{name}=={bound}.*" for name, bound in oldest.items()]
        yield python, "newest", list(oldest)


def attempt(python: str, kind: str, packages: list[str]) -> bool:
    """Make an environment with these packages and run the tests in it; say whether both went well."""
    folder = ROOT / "_build" / f"venv-{version(python)}-{kind}"
    shutil.rmtree(folder, ignore_errors=True)
    uv = [sys.executable, "-m", "uv"]
    own = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    install = [*uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(own)]
    steps = (
        [*uv, "venv", "--quiet", "--python", python, str(folder)],
        [*install, "--editable", ".[test]", *packages],
        [str(own), "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS],
    )
    return all(subprocess.run(step, cwd=ROOT).returncode == 0 for step in steps)


def installed(versions: Iterable[str]) -> Iterator[str]:
    """Yield a Python of each version, from the path or from pyenv."""
    for wanted in versions:
        pyenv = sorted(Path.home().glob(f".pyenv/versions/{wanted}.*/bin/python"))
        candidates = [shutil.which(f"python{wanted}"), *map(str, pyenv)]
        found = next((python for python in candidates if python and version(python) == wanted), None)
        if found:
            yield found
        else:
            print(f"no Python {wanted} on this machine: left out")


def version(python: str) -> str:
    """Return a Python's version such as 3.12; empty if it does not run."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run([python, "-c", ask], capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def fail(message: str) -> int:
    """Say what went wrong in one line; return the exit status."""
    print(f"error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
