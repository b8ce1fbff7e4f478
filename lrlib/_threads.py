"""Blocks of rows worked on side by side: as many threads as BLAS would have taken, each with a BLAS of one thread.

BLAS alone would leave exp and log to one core, and on small blocks its threads wait for each other more than they work,
above all where something else keeps the machine busy.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController


@contextmanager
def side_by_side() -> Iterator[Callable[..., Any]]:
    """Return a map that works on several items at a time and returns the results in order, for a with statement."""
    blas = _blas()
    workers = max((library["num_threads"] for library in blas.info()), default=1)
    with blas.limit(limits=1), ThreadPoolExecutor(workers) as pool:
        yield pool.map if workers > 1 else map


@lru_cache(maxsize=1)
def _blas() -> Any:
    np.ones((1, 1)) @ np.ones((1, 1))  # so that NumPy's BLAS is loaded; finding it takes milliseconds, once
    return ThreadpoolController().select(user_api="blas")
