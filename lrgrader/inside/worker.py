"""What runs inside the sandbox: a fork server that has the libraries loaded, and one child for each submission.

It imports nothing of lrgrader but the files beside it, knows no expected value and decides nothing: it loads the
student's cells, calls what it is told to call, and sends back what came. The grader trusts none of it.

    python -m inside.worker CONTROL_FD CONFIG     CONFIG: JSON of uid, preload, memory, processes, cpu, disk, confine
"""

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import select
import signal
import socket
import struct
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any

from . import confine, jupyter, wire
from .clock import waited
from .student import Student, makers, seed, snapshot

Transform = Callable[[str], str] | None
LOOK = 0.05  # seconds between two looks at what a submission takes
LEFT = 77  # the status with which the process for public checks ends when it is told to


def serve(sock: socket.socket, transform: Transform) -> None:
    """Answer the grader's requests until it hangs up.

    Between "part" and "leave" a fork of the loaded notebook answers: what public checks do to it, hidden ones do not
    see. The grader has heard all that is shown of public checks before it sends the first hidden input.
    """
    student, make, alone = Student(transform), makers(), False
    while True:
        try:
            request = wire.receive(sock, None, make)
        except EOFError:
            os._exit(0)
        if request["do"] == "part":
            alone = wait_for_fork()
        elif request["do"] == "leave":
            if not alone:
                os._exit(LEFT)
        else:
            reply(sock, student, request)


def wait_for_fork() -> bool:
    """Fork, and go on in the child; in the parent when the child has ended as told. True if there can be no fork."""
    confine.be_seen(False)
    try:
        child = os.fork()
    except OSError:
        return True
    if child and os.waitpid(child, 0)[1] != LEFT << 8:
        os._exit(1)  # the grader notices that the line is closed, and starts again
    confine.be_seen(True)
    return False


def reply(sock: socket.socket, student: Student, request: dict[str, Any]) -> None:
    """Do what is asked and send what came of it."""
    if request["do"] == "load":
        # As bytes beside the head: a notebook may hold more code than a head may.
        cells = [bytes(cell).decode("utf-8", "replace") for cell in request["value"]]
        problems = student.load(cells, request["seconds"], request["definitions_only"])
        names = [name for name in request["names"] if name in student.names]
        answer: dict[str, Any] = {"problems": problems, "names": names}
    else:
        before = snapshot(request.get("value"))
        answer = student.answer(request)
        answer["mutated"] = before != snapshot(request.get("value"))
    try:
        wire.send(sock, {**answer, "ticket": request["ticket"]})
    except Exception as error:  # too large, or a number of a million digits
        said = {"error": "raised", "type": "TypeError", "words": str(error)[:300], "ticket": request["ticket"]}
        wire.send(sock, said)


def submission(sock: socket.socket, told: int, config: dict[str, Any], transform: Transform) -> None:
    """Be the child that serves one submission: walls first, then its code. Never returns.

    A session of its own, or a signal to its process group would reach the fork server, through all namespaces.
    """
    os.setsid()
    if config["confine"]:
        confine.hide_and_drop(config["disk"])
        if config["data"]:
            os.symlink(config["data"], "/tmp/data")
    confine.limit(config["memory"], config["processes"], config["cpu"], config["disk"])
    if config["confine"]:
        confine.filter_calls()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.write(told, b"1")
    os.close(told)
    serve(sock, transform)


def start(
    control: socket.socket, sock_fd: int, config: dict[str, Any], transform: Transform, world: int
) -> tuple[int, bool]:
    """Fork a child for a submission, whose death ends all of it; return it, and whether its walls are up."""
    heard, told = os.pipe()
    sys.stdout.flush()
    child = confine.fork_first(world) if config["confine"] else os.fork()
    if child == 0:
        status = 97
        try:
            os.close(heard)
            control.close()
            if config["confine"]:
                os.close(world)
            submission(socket.socket(fileno=sock_fd), told, config, transform)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(told)
    os.close(sock_fd)
    up = os.read(heard, 1) == b"1"
    os.close(heard)
    return child, up


def end(child: int, confined: bool) -> None:
    """End a submission with all its processes and wait until it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if not confined:
            os.killpg(child, signal.SIGKILL)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def seen(module: str) -> list[str]:
    """Return where a module can be imported from. An empty folder of its name is where it was hidden."""
    found = importlib.util.find_spec(module)
    if found is None:
        return []
    if found.origin is not None:
        return [found.origin]
    return [place for place in found.submodule_search_locations or [] if os.path.isdir(place) and os.listdir(place)]


def main() -> None:
    """Load the libraries, say so, then fork and end submissions as the grader asks."""
    control, config = socket.socket(fileno=int(sys.argv[1])), json.loads(sys.argv[2])
    if config["uid"]:
        confine.become(config["uid"])
    world = confine.rule() if config["confine"] else -1
    for module in config["absent"]:
        if places := seen(module):
            sys.exit(f"{module} can be imported where no answer may do so, from {', '.join(places)}")
    for module in config["preload"]:
        with contextlib.suppress(ImportError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(module)
    transform = jupyter.transformer()
    if config["confine"]:
        jupyter.loops_without_sockets()
    seed()  # NumPy and PyTorch load their generators when they are first used: once here, and not in each fork
    gc.freeze()  # a collection in a fork would write to, and so copy, all that it shares
    if config["confine"]:
        confine.LIBC.prctl(confine.PR_SET_DUMPABLE, 0, 0, 0, 0)
    control.sendall(b"R")
    child, up = 0, True
    while True:
        if child and config["confine"] and not select.select([control], [], [], LOOK)[0]:
            confine.guard(child, config["memory"])
            continue
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if message == b"T":
            mine = confine.started_since(child)[: confine.ANSWERING]
            control.sendall(struct.pack("<d", max(map(waited, mine), default=0.0)))
            continue
        if child:
            end(child, config["confine"])
            child = 0
        if not message:
            os._exit(0)
        if message == b"F":
            child, up = start(control, descriptors[0], config, transform, world)
        control.sendall(b"1" if up or message == b"K" else b"0")


if __name__ == "__main__":
    main()
