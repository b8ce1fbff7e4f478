"""Open the chapters as notebooks in JupyterLab, as Binder does, from this folder.

    python -m coursebook.run.lab [--port 8888] [--no-browser]   what `make lab` calls
    python -m coursebook.run.lab --prepare                      only the notebooks; what Binder calls

The notebooks that the build made are copied into notebooks/, where they are the reader's: one that was changed is
never overwritten. Jupyter's own files go to _build/lab; your settings and your home are neither read nor written.
"""

import argparse
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from coursebook.source import settings

MADE, MINE = Path("_build/html/notebooks"), Path("notebooks")
NOTES = MINE / ".made.json"  # of each notebook: the hash of what was copied
STATE = Path("_build/lab")


def main() -> int:
    """Prepare the notebooks and open JupyterLab; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prepare", action="store_true", help="bring notebooks/ up to date, and open nothing")
    parser.add_argument("--port", type=int, default=8888, help="where it listens, on 127.0.0.1 (default: 8888)")
    parser.add_argument("--no-browser", action="store_true", help="print the address, and open no browser")
    options = parser.parse_args()
    root = Path.cwd()
    try:
        for line in prepare(root):
            print(line)
        if options.prepare:
            trust(root, os.environ)
            subprocess.run([sys.executable, "-c", settings.of(root).warm_up or "pass"], check=True)
            return 0
        return open_lab(root, options.port, browser=not options.no_browser)
    except OSError as error:
        return fail(f"{error.strerror or error} ({error.filename}). Is this folder one that you may write to?")
    except subprocess.CalledProcessError as error:
        return fail(f"{' '.join(map(str, error.cmd[:4]))} ... stopped with exit status {error.returncode}.")
    except KeyboardInterrupt:
        return 0


# The reader's notebooks


def prepare(root: Path) -> list[str]:
    """Copy the notebooks that are new; return what is to be told. FileNotFoundError where none were made.

    What the reader has not changed is replaced. What was changed moves to a name of its own when a newer one comes.
    """
    made = sorted((root / MADE).glob("*.ipynb"))
    if not made:
        raise FileNotFoundError(2, "the notebooks are not made yet: make book", str(MADE))
    (root / MINE).mkdir(exist_ok=True)
    notes = read_notes(root / NOTES)
    told = []
    kernel = kernel_metadata()
    for source in made:
        target, new = root / MINE / source.name, as_saved(source.read_bytes(), kernel)
        if notes.get(source.name) == digest(new) and target.exists():
            continue
        if target.exists() and digest(target.read_bytes()) not in (notes.get(source.name), digest(new)):
            kept = free_name(target)
            target.rename(kept)
            told.append(f"{MINE / source.name} has changed in the book; yours is kept as {kept.name}")
        replace(target, new)
        notes[source.name] = digest(new)
    replace(root / NOTES, json.dumps(notes, indent=1).encode())
    return told


def kernel_metadata() -> dict[str, Any]:
    """Return what JupyterLab notes in a notebook of the Python that it starts here."""
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelspec import get_kernel_dict

    kernel = get_kernel_dict()
    spec = {"display_name": kernel["display_name"], "language": kernel["language"], "name": "python3"}
    return {"kernelspec": spec, "language_info": IPythonKernel.language_info}


def as_saved(notebook: bytes, kernel: dict[str, Any]) -> bytes:
    """Return a notebook as JupyterLab would save it: else it counts as changed as soon as it is open."""
    content = json.loads(notebook)
    content["metadata"] |= kernel
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def read_notes(path: Path) -> dict[str, str]:
    """Return what was copied; nothing where that is not known, so that every notebook counts as changed."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def free_name(path: Path) -> Path:
    """Return a name beside this one that says when it was put away."""
    stamp = time.strftime("%Y-%m-%d-%H%M%S")
    return path.with_name(f"{path.stem}-mine-{stamp}.ipynb")


def replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


def digest(content: bytes) -> str:
    """Return a hash."""
    return hashlib.sha256(content).hexdigest()


# JupyterLab


def trust(root: Path, environ: os._Environ[str] | dict[str, str]) -> None:
    """Sign the notebooks: their figures and explorables are then shown before anything is run."""
    names = [str(path) for path in sorted((root / MINE).glob("*.ipynb"))]
    subprocess.run(
        [sys.executable, "-m", "jupyter", "trust", *names], check=True, env=environ, stdout=subprocess.DEVNULL
    )


def environment(root: Path) -> dict[str, str]:
    """Return the environment in which JupyterLab reads the book's settings and writes below _build only."""
    state = root / STATE
    folders = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    own = {f"JUPYTER_{name}": str(state / name.lower()) for name in folders}
    own |= {"IPYTHONDIR": str(state / "ipython"), "MPLCONFIGDIR": str(state / "matplotlib")}
    own |= {"JUPYTERLAB_SETTINGS_DIR": str(state / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces")}
    for folder in own.values():
        Path(folder).mkdir(parents=True, exist_ok=True)
    return {**os.environ, **own, "JUPYTER_CONFIG_PATH": str(root / "binder/jupyter")}


def command(port: int, *, browser: bool) -> list[str]:
    """Return the command that starts JupyterLab on this machine only."""
    places = ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    # The last thing that they say is then the address.
    places += ["--ServerApp.log_level=ERROR", "--LabApp.log_level=ERROR"]
    # Containers run everything as root; on a machine where you are not root this changes nothing.
    return [sys.executable, "-m", "jupyterlab", "--allow-root", *places, *([] if browser else ["--no-browser"])]


def open_lab(root: Path, port: int, *, browser: bool) -> int:
    """Become JupyterLab, so that stopping this process stops it and leaves no server behind."""
    own = environment(root)
    trust(root, own)
    with socket.socket() as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            place.bind(("127.0.0.1", port))
        except OSError:
            return fail(f"port {port} is taken, perhaps by another JupyterLab. Try: make lab LAB_PORT={port + 1}")
    os.chdir(root)
    sys.stdout.flush()
    if os.name != "nt":  # where no process can become another
        os.execve(sys.executable, command(port, browser=browser), own)
    return subprocess.run(command(port, browser=browser), env=own).returncode


def fail(message: str) -> int:
    """Say what went wrong in one line; return the exit status."""
    print(f"error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
