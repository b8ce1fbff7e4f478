"""Time that is charged to a submission: seconds on the wall, without those in which it waited for a processor.

Runs inside the sandbox, next to worker.py. A neighbour that keeps all processors busy costs an answer nothing, while
one that sleeps is charged for it. The grader's own clock, outside, is the one that a submission cannot stop.
"""

import contextlib
import signal
import time
from collections.abc import Iterator
from typing import Any

PATIENCE = 3  # times the limit: then it ends however long it has waited


class OutOfTime(BaseException):
    """The time of a statement or a call is over. Not an Exception, so that a bare retry loop does not swallow it."""


def waited(process: str = "self") -> float:
    """Return the seconds for which a process was ready and had no processor; 0 where the system does not say."""
    try:
        with open(f"/proc/{process}/schedstat", "rb") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


@contextlib.contextmanager
def at_most(seconds: float, before: float) -> Iterator[None]:
    """Interrupt the block after so many charged seconds. A hostile block can prevent it; the grader's clock, none.

    `before` is what had been waited at the start, or some time earlier: to ask for it takes as long as many a block.
    """
    start = time.monotonic()

    def on_alarm(signum: int, frame: Any) -> None:
        taken = time.monotonic() - start
        left = seconds - (taken - (waited() - before))
        if left < 0.01 or taken > PATIENCE * seconds:
            raise OutOfTime
        signal.setitimer(signal.ITIMER_REAL, left)

    signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
