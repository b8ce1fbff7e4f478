"""The same grading on a Dask cluster: each worker has a sandbox of its own, and sends back plain data.

Dask runs a task again when a worker dies, so a submission may be graded twice and is written once: results are the
same in every run, and rows have keys. Workers are the instructor's machines: they get the checks and the secret.
"""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from .assignment import Assignment, from_texts
from .checks import AssignmentError
from .grading import Bench, Key, Result
from .notebook import UnreadableError, read_cells
from .store import result_from
from .submissions import Submission, content_of

BATCH = 8
_benches: dict[str, Bench] = {}


def grade_batch(recipe: tuple[str, str, str, str, str], batch: list[tuple[str, bytes]], unsafe: bool) -> list[Any]:
    """Grade some notebooks on a worker; return their names and results as plain data."""
    key = f"{threading.get_ident()}-{hash(recipe)}-{unsafe}"
    if key not in _benches:
        number = len(_benches) + 100 * (1 + os.getpid() % 500)  # a user of its own for each sandbox
        _benches[key] = Bench(Key(from_texts(*recipe)), None, number, unsafe)
    bench = _benches[key]
    return [(name, asdict(bench.attempt(partial(read_cells, content)))) for name, content in batch]


def grade_on_cluster(
    address: str,
    assignment: Assignment,
    todo: Sequence[Submission],
    done: Callable[[str, Result], None],
    *,
    unsafe: bool = False,
    timeout: float = 20,
) -> None:
    """Grade submissions on the cluster at this address, and hand each result to `done` as it comes."""
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise AssignmentError("--dask needs the package distributed: pip install 'lrgrader[dask]'") from error
    if assignment.data is not None:
        raise AssignmentError(f"{assignment.slug} has files in data/, which --dask does not send: grade it without")
    readable: list[tuple[str, bytes]] = []
    for submission in todo:
        try:
            readable.append((submission.id, content_of(submission)))
        except UnreadableError as error:
            done(submission.id, Result(error=str(error), fault="student"))
    try:
        client = Client(address, timeout=timeout)
    except OSError as error:
        raise AssignmentError(f"no cluster answers at {address}: {error}") from error
    with client:
        batches = [readable[start : start + BATCH] for start in range(0, len(readable), BATCH)]
        # The recipe travels with each batch: what is scattered beforehand is lost with the worker that holds it.
        recipe = assignment.recipe
        futures = [client.submit(grade_batch, recipe, batch, unsafe, pure=False, retries=3) for batch in batches]
        for _, rows in as_completed(futures, with_results=True):
            for name, row in rows:
                done(name, result_from(row))
