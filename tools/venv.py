"""Make .venv, the project's own environment, with exactly the packages of constraints.txt. Nothing outside it changes.

    python3 tools/venv.py                          everything that `make book` and `make test` need
    python3 tools/venv.py --venv DIR --install ".[test]"   another environment, with other packages

Standard library only: this runs before anything is installed. Done once, it returns at once; interrupted, the next
run starts again.
"""

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EVERYTHING = [".[dev]", "./lrgrader", "./coursebook[book,paper]"]
OLDEST = (3, 11)
# PyTorch's own index of builds without CUDA: on Linux the general index holds only the CUDA build, gigabytes of it.
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def main() -> int:
    """Make or complete the environment; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="the folder to make (default: .venv)")
    parser.add_argument(
        "--install", nargs="+", default=EVERYTHING, metavar="PROJECT",
        help=f"projects of this repository to install, with their extras (default: {' '.join(EVERYTHING)})",
    )  # fmt: skip
    options = parser.parse_args()
    if problem := missing_tool():
        return fail(problem)
    key = environment_key(options.install)
    if is_ready(options.venv, key):
        return 0
    try:
        with only_one_at_a_time(options.venv):
            if is_ready(options.venv, key):  # by the set-up that this one waited for
                return 0
            make(options.venv, options.install)
            (options.venv / ".ready").write_text(key)
    except subprocess.CalledProcessError as error:
        return fail(f"setting up {options.venv.name} stopped (exit {error.returncode}). Run the same command again.")
    except OSError as error:
        return fail(f"setting up {options.venv.name} stopped: {error}.")
    except KeyboardInterrupt:
        return fail(f"setting up {options.venv.name} was interrupted. Run the same command again: it recovers.")
    print(f"{options.venv.name} is ready.")
    return 0


def missing_tool() -> str:
    """Return one line about what this machine lacks, or an empty string."""
    if sys.version_info < OLDEST:
        return (
            f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; {sys.executable} is "
            f"{sys.version.split()[0]}. Install one and say which, for example: make book PYTHON=python3.12"
        )
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        return (
            "this Python cannot make environments. Install its venv package, on Debian and Ubuntu: "
            "sudo apt install python3-venv"
        )
    return ""


def environment_key(projects: list[str]) -> str:
    """Return what the environment depends on; a change of it means: install again."""
    parts = [
        (ROOT / name).read_bytes()
        for name in (
            "constraints.txt",
            "pyproject.toml",
            "lrgrader/pyproject.toml",
            "coursebook/pyproject.toml",
            "tools/venv.py",
        )
    ]
    return hashlib.sha256(b"\0".join([*parts, repr(projects).encode(), sys.version.encode()])).hexdigest()


def is_ready(venv: Path, key: str) -> bool:
    """Was this environment finished, with these very packages?"""
    ready = venv / ".ready"
    return ready.is_file() and ready.read_text() == key and python_of(venv).exists()


def make(venv: Path, projects: list[str]) -> None:
    """Create the environment and install into it."""
    (venv / ".ready").unlink(missing_ok=True)
    if not usable(venv):
        print(f"making {venv.name} with Python {sys.version.split()[0]} ...", flush=True)
        shutil.rmtree(venv, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(venv)])
    if any("dev" in project or "torch" in project for project in projects):
        install_torch(venv)
    print("installing the pinned packages (a minute or two the first time) ...", flush=True)
    # Built with the pinned setuptools, not with whichever is newest today.
    pip(venv, pinned_version("setuptools"))
    editable = [word for project in projects for word in ("--editable", project)]
    pip(venv, "--constraint", "constraints.txt", "--no-build-isolation", *editable)


def usable(venv: Path) -> bool:
    """Is there a working Python of this very version with pip inside?"""
    python = python_of(venv)
    ask = "import sys, pip; print(sys.version)"
    try:
        answer = subprocess.run([str(python), "-c", ask], capture_output=True, text=True)
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == sys.version.strip()


def install_torch(venv: Path) -> None:
    """Install PyTorch without CUDA where such a build is to be had, else the standard one."""
    pinned = pinned_version("torch")
    if sys.platform == "linux":
        cpu = f"{pinned}+cpu"
        for source in ([], ["--extra-index-url", TORCH_CPU_INDEX, "--retries", "1", "--timeout", "15"]):
            if pip(venv, "--constraint", "constraints.txt", *source, cpu, check=False):
                return
        print("no build of PyTorch without CUDA found for this Python: installing the standard one (gigabytes).")
    pip(venv, "--constraint", "constraints.txt", pinned)


def pinned_version(package: str) -> str:
    """Return the requirement that constraints.txt pins a package to, such as numpy==2.4.6."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return next(line.split(";")[0].strip() for line in lines if line.startswith(f"{package}=="))


def pip(venv: Path, *arguments: str, check: bool = True) -> bool:
    """Run pip install with a line of progress per package; return whether it succeeded."""
    command = [str(python_of(venv)), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *arguments]
    log, count = [], 0
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            log.append(line)
            if line.startswith(("Collecting", "Installing")):
                count += 1
                show(f"  [{count:3}] {line.split('(from')[0].strip()}")
    show("")
    if process.returncode and check:
        print("".join(log[-25:]), file=sys.stderr)
        raise subprocess.CalledProcessError(process.returncode, command)
    return process.returncode == 0


def show(line: str) -> None:
    """Show a line of progress: on a terminal over the line before, elsewhere below it."""
    if sys.stdout.isatty():
        print(f"\r\033[K{line[:100]}", end="", flush=True)
    elif line:
        print(line[:100], flush=True)


def only_one_at_a_time(venv: Path):
    """Hold a lock that ends with this process, however it ends; wait for another set-up to finish."""
    venv.parent.mkdir(parents=True, exist_ok=True)
    lock = open(venv.with_name(venv.name + ".lock"), "w")  # noqa: SIM115 - the caller's with statement closes it
    try:
        import fcntl
    except ImportError:  # Windows
        return lock
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"another set-up of {venv.name} is running: waiting for it ...", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def python_of(venv: Path) -> Path:
    """Return the path of the environment's Python."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run(command: list[str]) -> None:
    """Run a command in the project's root; CalledProcessError if it fails."""
    subprocess.run(command, cwd=ROOT, check=True)


def fail(message: str) -> int:
    """Say what went wrong in one line; return the exit status."""
    print(f"error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
