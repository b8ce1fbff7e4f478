"""The conversation with one submission: load its code, call it, and start it anew when it has died."""

import secrets
import socket
from typing import Any

from .checks import Check
from .inside import wire
from .sandbox import Sandbox

GRACE = 1.0  # seconds beyond a call's own limit until the grader stops waiting
BROKEN = (OSError, EOFError, wire.WireError)


class Session:
    """One submission being graded in a sandbox: loads it, calls it, and starts it anew when it dies."""

    def __init__(self, sandbox: Sandbox, code: list[str]) -> None:
        """Remember the code; nothing is run yet."""
        self.sandbox, self.code = sandbox, code
        self.line: socket.socket | None = None
        self.starts, self.definitions_only = 0, False
        self.problems: list[list[Any]] = []

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send a request and return the reply to it; one of BROKEN, with the line closed, if there is none."""
        assert self.line is not None
        ticket = secrets.token_hex(8)  # a reply written in advance cannot know it
        try:
            wire.send(self.line, {**request, "ticket": ticket}, seconds)
            reply = wire.receive(self.line, seconds)
            if reply.get("ticket") != ticket:
                raise wire.WireError("a reply to nothing that was asked")
        except BROKEN:
            self.line = None
            raise
        return reply

    def ready(self) -> bool:
        """Have the code loaded, the second time without what may have killed it; False if that cannot be had."""
        while self.line is None and self.starts <= self.sandbox.limits.restarts:
            self.starts += 1
            self.line = self.sandbox.begin()
            limits = self.sandbox.limits
            request = {"do": "load", "cells": self.code, "seconds": limits.statement}
            try:
                reply = self.ask({**request, "definitions_only": self.definitions_only}, limits.load)
                self.problems = _problems(reply.get("problems"))
            except BROKEN:
                self.definitions_only = True
            except TypeError:
                self.line, self.starts = None, limits.restarts + 1
        return self.line is not None

    def call(self, check: Check, arguments: tuple[Any, ...]) -> dict[str, Any]:
        """Return the reply to one check; {"error": "time" or "lost"} where there is none."""
        if not self.ready():
            return {"error": "lost"}
        request: dict[str, Any] = {"do": "call", "calls": check.calls, "seconds": check.seconds}
        if check.inputs is not None:
            request["value"] = list(arguments)
        try:
            return self.ask(request, check.seconds + GRACE)
        except TimeoutError:
            return {"error": "time"}
        except wire.WireError:
            return {"error": "malformed"}
        except (OSError, EOFError):
            return {"error": "lost"}


def _problems(sent: Any) -> list[list[Any]]:
    """Return the load problems that a sandbox reported, if they have the right form."""
    rows = sent if isinstance(sent, list) else []
    return [
        row for row in rows[:50] if isinstance(row, list) and len(row) == 3 and all(isinstance(x, str) for x in row[1:])
    ]
