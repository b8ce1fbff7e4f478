"""What runs inside the sandbox: a fork server that has the libraries loaded, and one child for each submission.

It imports nothing of lrgrader but the files beside it, knows no expected value and decides nothing: it loads the
student's cells, calls what it is told to call, and sends back what came. The grader trusts none of it.

    python -m inside.worker CONTROL_FD CONFIG     CONFIG: JSON of uid, preload, memory, processes, cpu, disk, confine
"""

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import struct
import sys
import traceback
import warnings
from typing import Any

from . import confine, wire
from .student import Student, makers, seed, snapshot


def serve(sock: socket.socket) -> None:
    """Answer the grader's requests until it hangs up."""
    student, make = Student(), makers()
    while True:
        try:
            request = wire.receive(sock, None, make)
        except EOFError:
            os._exit(0)
        if request["do"] == "load":
            reply: dict[str, Any] = {
                "problems": student.load(request["cells"], request["seconds"], request["definitions_only"])
            }
        else:
            before = snapshot(request.get("value"))
            reply = student.answer(request)
            reply["mutated"] = before != snapshot(request.get("value"))
        try:
            wire.send(sock, {**reply, "ticket": request["ticket"]})
        except (TypeError, ValueError) as error:  # too large, or a number of a million digits
            wire.send(sock, {"error": "raised", "type": "TypeError", "words": str(error), "ticket": request["ticket"]})


def submission(sock: socket.socket, told: int, config: dict[str, Any]) -> None:
    """Be the child that serves one submission: walls first, then its code. Never returns.

    A session of its own, or a signal to its process group would reach the fork server, through all namespaces.
    """
    if config["confine"]:
        loaded = confine.private_memory("self")
        confine.enter_namespaces()
        first = os.fork()
        if first:
            os.write(told, struct.pack("<i", first))
            os.close(told)
            sock.close()
            confine.guard(first, config["memory"], loaded)
            os._exit(0)
        os.close(told)
        os.setsid()
        confine.hide_and_drop(config["disk"])
    else:
        os.setsid()
        os.write(told, struct.pack("<i", os.getpid()))
        os.close(told)
    confine.limit(config["memory"], config["processes"], config["cpu"], config["disk"])
    if config["confine"]:
        confine.filter_calls()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    serve(sock)


def start(control: socket.socket, sock_fd: int, config: dict[str, Any]) -> tuple[int, int]:
    """Fork a child for a submission; return its own process and the one whose death ends all of it."""
    heard, told = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = 97
        try:
            os.close(heard)
            control.close()
            submission(socket.socket(fileno=sock_fd), told, config)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(told)
    os.close(sock_fd)
    said = os.read(heard, 4)
    os.close(heard)
    return child, struct.unpack("<i", said)[0] if len(said) == 4 else 0


def end(child: int, first: int, confined: bool) -> None:
    """End a submission with all its processes and wait until it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if first:
            os.kill(first, signal.SIGKILL) if confined else os.killpg(first, signal.SIGKILL)
    os.waitpid(child, 0)


def main() -> None:
    """Load the libraries, say so, then fork and end submissions as the grader asks."""
    control, config = socket.socket(fileno=int(sys.argv[1])), json.loads(sys.argv[2])
    if config["uid"]:
        confine.become(config["uid"])
    for module in config["preload"]:
        with contextlib.suppress(ImportError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(module)
    seed()  # NumPy and PyTorch load their generators when they are first used: once here, and not in each fork
    gc.freeze()  # a collection in a fork would write to, and so copy, all that it shares
    if config["confine"]:
        confine.LIBC.prctl(confine.PR_SET_DUMPABLE, 0, 0, 0, 0)
    control.sendall(b"R")
    child, first = 0, 0
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if child:
            end(child, first, config["confine"])
            child = 0
        if not message:
            os._exit(0)
        if message == b"F":
            child, first = start(control, descriptors[0], config)
        control.sendall(b"1" if first or message == b"K" else b"0")


if __name__ == "__main__":
    main()
