"""Work on several blocks at a time: each in a thread of ours, and the products within it in that thread alone.

BLAS would split the small product of a block over all processors, and each waits, spinning, for the slowest: where
another program is busy, a pass then takes as long as that program likes. NumPy releases Python's lock in its loops and
products, so blocks side by side keep all processors busy, and wait for one another once a pass.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def in_threads(work: Callable[[T], Any], items: Iterable[T]) -> Iterator[Any]:
    """Yield work(item) of each item, in order; several are worked on at a time where BLAS may use several threads."""
    workers = _blas_threads()
    if workers < 2:
        yield from map(work, items)
        return
    state = np.geterr()  # of this thread; others have their own

    def quietly(item: T) -> Any:
        with np.errstate(**state):
            return work(item)

    with _ONE, ThreadPoolExecutor(workers) as pool:
        yield from pool.map(quietly, items)


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


@cache
def _blas_threads() -> int:
    """Return how many threads BLAS would use, which OMP_NUM_THREADS and its like may limit."""
    return max((library["num_threads"] for library in _controller().info()), default=1)


class _OneBlasThread:
    """While any thread is inside, BLAS uses one thread; the last to leave gives back what there was."""

    def __init__(self) -> None:
        self.lock, self.inside, self.limit = threading.Lock(), 0, None

    def __enter__(self) -> None:
        with self.lock:
            self.inside += 1
            if self.inside == 1:
                self.limit = _controller().limit(limits=1)

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                self.limit, limit = None, self.limit
                limit.restore_original_limits()  # type: ignore[attr-defined]  # set by the first to enter


_ONE = _OneBlasThread()
