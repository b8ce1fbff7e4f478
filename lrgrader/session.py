"""The conversation with one submission: load its code, call it, and start it anew when it has died."""

import secrets
import socket
import time
from typing import Any

import numpy as np

from .checks import Check
from .inside import wire
from .replies import Reply, reply
from .sandbox import Sandbox

GRACE = 1.0  # seconds beyond a call's own limit until the grader stops waiting
PATIENCE = 3  # times the limit, where the submission has waited for a processor: then it ends
BUSY = 0.1  # the part of a limit for which one may have waited before a timeout is doubted
BROKEN = (OSError, EOFError, wire.WireError)


class Session:
    """One submission being graded in a sandbox: loads it, calls it, and starts it anew when it dies."""

    def __init__(self, sandbox: Sandbox, code: list[str], names: list[str]) -> None:
        """Remember the code, and the names that are asked for; nothing is run yet."""
        self.sandbox, self.code, self.wanted = sandbox, code, names
        self.line: socket.socket | None = None
        self.failed, self.loading, self.definitions_only = 0, 0.0, False
        self.parted = False  # does a fork answer, which can be told to leave?
        self.problems: tuple[tuple[int, str, str], ...] = ()
        self.names: frozenset[str] = frozenset()
        self.starved = False  # a time ran out while others had the processors

    def ask(self, request: dict[str, Any], seconds: float) -> Reply:
        """Send a request and return the reply to it; one of BROKEN, with the line closed, if there is none."""
        assert self.line is not None
        ticket = secrets.token_hex(8)  # a reply written in advance cannot know it
        try:
            wire.send(self.line, {**request, "ticket": ticket}, seconds)
            return reply(self._patiently(self.line, seconds), ticket)
        except BROKEN:
            self.line, self.parted = None, False
            raise

    def _patiently(self, line: socket.socket, seconds: float) -> dict[str, Any]:
        """Return the next frame. The time in which the submission waited for a processor is added, up to PATIENCE."""
        start, limit = time.monotonic(), seconds
        while True:
            try:
                wire.wait(line, limit - (time.monotonic() - start))
                return wire.receive(line, seconds)
            except TimeoutError:
                waited = self.sandbox.waited()
                self.starved |= waited > BUSY * seconds
                if limit >= min(seconds + waited, PATIENCE * seconds):
                    raise
                limit = min(seconds + waited, PATIENCE * seconds)

    def ready(self) -> bool:
        """Have the code loaded, after a failure without what may have killed it; False if that cannot be had.

        It may be loaded as often as calls end it, as long as loading takes no more than `restarts` times its limit.
        """
        limits = self.sandbox.limits
        while self.line is None and self.failed <= limits.restarts and self.loading <= limits.restarts * limits.load:
            self.line, self.parted, start = self.sandbox.begin(), False, time.monotonic()
            cells = [np.frombuffer(source.encode("utf-8", "replace"), np.uint8) for source in self.code]
            request = {"do": "load", "value": cells, "seconds": limits.statement, "names": self.wanted}
            try:
                said = self.ask({**request, "definitions_only": self.definitions_only}, limits.load)
                self.problems, self.names = said.problems, said.names
            except BROKEN:
                self.definitions_only = True
                self.failed += 1
            self.loading += time.monotonic() - start
        return self.line is not None

    def part(self) -> None:
        """Load the notebook, and let a fork of it answer from now on."""
        self.parted = self.ready() and self._tell("part")

    def leave(self) -> None:
        """End the fork: from now on the notebook answers as it was when it was loaded."""
        if not (self.parted and self._tell("leave")):
            self.line = None  # what has answered has been loaded again since: the next call loads a fresh one
        self.parted = False

    def _tell(self, word: str) -> bool:
        if self.line is None:
            return False
        try:
            wire.send(self.line, {"do": word}, GRACE)
        except OSError:
            self.line = None
        return self.line is not None

    def call(self, check: Check, arguments: tuple[Any, ...]) -> Reply:
        """Return the reply to one check, with the error "time", "lost" or "malformed" where there is none.

        A call that ends the process costs that check alone: the next one is asked of a process that is loaded anew.
        """
        if not self.ready():
            return Reply("lost")
        request: dict[str, Any] = {"do": "call", "calls": check.calls, "seconds": check.seconds}
        if check.inputs is not None:
            request["value"] = list(arguments)
        try:
            said = self.ask(request, check.seconds + GRACE)
        except TimeoutError:
            return Reply("time")
        except wire.WireError:
            return Reply("malformed")
        except (OSError, EOFError):
            return Reply("lost")
        if said.error == "time":
            self.starved |= self.sandbox.waited() > BUSY * check.seconds
        return said
