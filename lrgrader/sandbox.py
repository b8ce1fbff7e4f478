"""A sandbox in which students' code runs: bubblewrap around a fork server, or, if one insists, a bare process.

In the sandbox there is no network, no home, no submission, no assignment, no privilege; the system, Python and its
packages can be read, and 64 MB of memory serve as /tmp. One sandbox serves one submission at a time; between two,
everything of the first is gone.
"""

import contextlib
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

from .inside import wire

PYTHON_PATH = "/grader/code:/grader/library:/grader/packages"
HERE = Path(__file__).resolve().parent
NOBODY = 60_010  # a user that owns nothing; the first of as many as there are sandboxes
START_SECONDS = 120
_SEARCHING = threading.Lock()
DATA = "/grader/data"  # where an assignment's own files lie in the sandbox
HUGE_PAGES = "/sys/kernel/mm/transparent_hugepage"  # where the C library looks whether there are any


class SandboxError(Exception):
    """No sandbox can be had here; the message says why and what to do."""


@dataclass(frozen=True)
class Limits:
    """What one submission may take: bytes, processes and threads, seconds."""

    memory: int = 1 << 30
    processes: int = 32
    cpu: int = 600
    disk: int = 64 << 20
    statement: float = 20.0
    load: float = 60.0
    restarts: int = 3


class Sandbox:
    """A running sandbox; use it in a with statement."""

    def __init__(
        self,
        preload: Sequence[str] = (),
        limits: Limits | None = None,
        number: int = 0,
        unsafe: bool = False,
        library: bool = True,
        data: Path | None = None,
        user: int | None = None,
    ) -> None:
        """Start it and load the modules in it; SandboxError with what it said if that fails.

        Without the library no copy of lrlib can be seen in it: where the task is to write what lrlib holds. `data` is a
        folder of the assignment's own, which a notebook finds as `data/` in the folder that it works in. `user` is whom
        a bare process becomes, for a root who runs one.
        """
        self.limits = limits or Limits()
        self.socket: socket.socket | None = None
        root = not unsafe and os.getuid() == 0
        config = {**asdict(self.limits), "preload": list(preload), "confine": not unsafe}
        config["absent"] = [] if library or unsafe else ["lrlib"]
        config["data"] = "" if data is None else str(data) if unsafe else DATA
        config["uid"] = NOBODY + number if root else 0
        self._control, theirs = socket.socketpair()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the sandbox
        worker = "lrgrader.inside.worker" if unsafe else "inside.worker"
        python = os.path.realpath(sys.executable)
        inside = [python, "-P", "-B", "-W", "ignore", "-m", worker, str(theirs.fileno()), json.dumps(config)]
        command = inside if unsafe else [*bubblewrap(root, library, data), *inside]
        with theirs:
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                env=environment(
                    f"{library_path()}:{HERE.parent}" if unsafe else "/grader/code:/grader/library:/grader/packages"
                ),
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                start_new_session=True,  # Ctrl-C is for the grader, which then ends its sandboxes in order
            )
        self._control.settimeout(START_SECONDS)
        self._expect(b"R")

    def __enter__(self) -> "Sandbox":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self.close()

    def begin(self) -> socket.socket:
        """Start a fresh process for a submission, ending the one before; return the line to it."""
        self.end()
        ours, theirs = socket.socketpair()
        with theirs:
            self.socket = ours
            with contextlib.suppress(OSError):
                socket.send_fds(self._control, [b"F"], [theirs.fileno()])
            self._expect(b"1")
        return ours

    def waited(self) -> float:
        """Return the seconds for which the submission has waited for a processor since it began; 0 if unknown."""
        try:
            self._control.sendall(b"T")
            return float(struct.unpack("<d", self._control.recv(8, socket.MSG_WAITALL))[0])
        except (OSError, struct.error):
            return 0.0

    def end(self) -> None:
        """End the submission's process and all that it has started."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None
            with contextlib.suppress(OSError):  # a sandbox that is gone is noticed in the next line
                self._control.sendall(b"K")
            self._expect(b"1")

    def close(self) -> None:
        """End the sandbox; everything in it ends with it."""
        if self.socket is not None:
            self.socket.close()
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()

    def _expect(self, word: bytes) -> None:
        with contextlib.suppress(OSError):
            if self._control.recv(1) == word:
                return
        self._said.seek(0)
        said = self._said.read()[-1500:].decode(errors="replace").strip()
        self.close()
        raise SandboxError(f"the sandbox does not work here: {said or 'it ended without a word'}\n{HELP}")


HELP = """\
The guide for instructors says what it needs on your system: on Debian `sudo apt install bubblewrap`; on Ubuntu 24.04
also a profile for AppArmor; on macOS and Windows use a Linux machine, a virtual machine or WSL 2.
With --unsafe-no-sandbox students' code runs with your rights. Use that only for code that you would run yourself."""


def available() -> str:
    """Return why there is no sandbox on this machine; an empty string if there is one, tried by starting it."""
    if not sys.platform.startswith("linux"):
        return f"bubblewrap runs on Linux only; this is {sys.platform}"
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed"
    try:
        with Sandbox() as sandbox:
            line = sandbox.begin()
            load = {"do": "load", "value": [], "names": [], "seconds": 1, "definitions_only": False}
            wire.send(line, {**load, "ticket": "t"}, 10)
            wire.receive(line, 10)
    except (SandboxError, OSError, EOFError, wire.WireError) as error:
        return str(error) or "it starts but does not answer"
    return ""


def bubblewrap(root: bool, library: bool = True, data: Path | None = None) -> list[str]:
    """Return the command that puts what follows it into the sandbox."""
    command = ["bwrap", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if root:  # bubblewrap needs no user namespace then; the worker becomes nobody before it loads anything
        for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SYS_ADMIN"):  # the last to mount /proc without covers
            command += ["--cap-add", capability]
    else:
        command += ["--unshare-user"]
    command += ["--die-with-parent", "--new-session", "--hostname", "sandbox"]
    pairs = shown(library) + ([] if data is None else [(data.resolve(), DATA)])
    for source, target in pairs:
        for parent in reversed(Path(target).parents):
            command += ["--perms", "0755", "--dir", str(parent)]
        command += ["--ro-bind", str(source), target]
    if not library:
        with _SEARCHING:  # once, though several sandboxes start at the same time
            known = _copies("lrlib")
        for copy, is_folder in known:
            command += ["--tmpfs", copy] if is_folder else ["--ro-bind", os.devnull, copy]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
    for name in ("/etc/ld.so.cache", "/etc/alternatives", HUGE_PAGES):
        command += ["--ro-bind-try", name, name]
    command += [
        "--dir" if root else "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--perms",
        "1777",
        "--size",
        str(64 << 20),
    ]
    return [*command, "--tmpfs", "/tmp", "--chdir", "/tmp", "--remount-ro", "/dev", "--remount-ro", "/", "--"]


def shown(library: bool = True) -> list[tuple[Path, str]]:
    """Return what of this machine's disk can be read in the sandbox, and where it lies there."""
    folders = [Path("/", name) for name in ("usr", "bin", "sbin", "lib", "lib32", "lib64")]
    pairs = [(path, str(path)) for path in folders if path.is_dir() and not path.is_symlink()]
    base = Path(sys.base_prefix).resolve()
    if not base.is_relative_to("/usr"):
        pairs.append((base, str(base)))
    pairs.append((Path(sysconfig.get_path("purelib")), "/grader/packages"))
    if library:
        pairs.append((library_path() / "lrlib", "/grader/library/lrlib"))
    return [*pairs, (HERE / "inside", "/grader/code/inside")]


def copies(package: str) -> list[tuple[str, bool]]:
    """Return every copy of a package that would be seen in the sandbox, by its path there, and whether it is a folder.

    Folders of its name, single modules, wheels and zips of it: below the system's Python, this one's and its packages,
    of whatever kind they are (venv, conda with its cache and its environments, pyenv, the distribution's own).
    """
    found = []
    for source, target in shown(library=False):
        for path, is_folder in _named_like(package, source):
            if (is_folder and os.path.basename(path) == package) or (not is_folder and _is_copy(package, path)):
                found.append((target + path.removeprefix(str(source)), is_folder))
    return found


@cache
def _copies(package: str) -> list[tuple[str, bool]]:
    return copies(package)


def _named_like(package: str, folder: Path) -> list[tuple[str, bool]]:
    """Return what lies below a folder and begins with this name, and whether it is a folder, by `find`: it is fast."""
    told = ["find", str(folder), "-type", "d", "-name", package, "-printf", "d%p\\0", "-prune"]
    told += ["-o", "-type", "f", "-name", f"{package}*", "-printf", "f%p\\0"]
    said = subprocess.run(told, capture_output=True, check=False).stdout.decode(errors="surrogateescape")
    return [(line[1:], line[0] == "d") for line in said.split("\0") if line]


def _is_copy(package: str, path: str) -> bool:
    """Is a file the package as a module, a wheel or an archive, or a path to where it lies?"""
    stem, _, end = os.path.basename(path).partition(".")
    archive = path.endswith((".whl", ".zip", ".gz", ".egg", ".conda", ".bz2"))
    return archive or (stem == package and end in ("py", "pyc", "so", "pth"))


def library_path() -> Path:
    """Return the folder that holds lrlib, wherever it is installed."""
    import lrlib

    return Path(str(lrlib.__file__)).resolve().parent.parent


def visible(paths: Iterable[Path]) -> list[Path]:
    """Return those of the paths that a submission could read: they must lie elsewhere."""
    trees = [source.resolve() for source, _ in shown()]
    return [path for path in paths if any(path.resolve().is_relative_to(tree) for tree in trees)]


def environment(python_path: str) -> dict[str, str]:
    """Return all that a submission sees of the environment: nothing of the user's."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    home: dict[str, Any] = {"HOME": "/tmp", "USER": "student", "MPLCONFIGDIR": "/tmp", "MPLBACKEND": "Agg"}
    # To fork is to copy the tables of all pages. With Python's objects in the C library's heap, and that in huge pages
    # (glibc asks for them; other systems ignore it), a process with PyTorch forks in a fraction of the time.
    huge = {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
    home |= {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "PYTHONPATH": python_path}
    return {**one, **home, **huge}
