"""The four array libraries that lrlib's one definition is held against, behind one small face."""

from typing import Any, NamedTuple

import numpy as np
import pytest


class Library(NamedTuple):
    """make(values, dtype name) -> its array; numpy(array) -> the values; array_type: what its functions must return."""

    name: str
    make: Any
    numpy: Any
    array_type: Any
    default_float: str

    def dtype_name(self, array):
        return str(array.dtype).rpartition(".")[2]


def load(name):
    """Return the library, or skip the test where it is not installed."""
    return {"numpy": _numpy, "torch": _torch, "dask": _dask, "strict": _strict}[name]()


def _numpy():
    def make(values, dtype=None):
        return np.asarray(values, dtype=dtype)

    return Library("numpy", make, np.asarray, (np.ndarray, np.generic), "float64")


def _torch():
    torch = pytest.importorskip("torch")

    def make(values, dtype=None):
        return torch.asarray(np.asarray(values), dtype=getattr(torch, dtype) if dtype else None)

    return Library("torch", make, lambda x: x.detach().numpy(), torch.Tensor, "float32")


def _dask():
    dask_array = pytest.importorskip("dask.array")

    def make(values, dtype=None):
        values = np.asarray(values, dtype=dtype)
        # Two chunks along every axis: a reduction must then cross chunks, over classes too.
        return dask_array.from_array(values, chunks=tuple(max(1, -(-length // 2)) for length in values.shape))

    def numpy(x):
        # No threads and no rewriting of the graph: on small arrays both cost more than they save.
        return np.asarray(x.compute(scheduler="synchronous", optimize_graph=False))

    return Library("dask", make, numpy, dask_array.Array, "float64")


def _strict():
    strict = pytest.importorskip("array_api_strict")

    def make(values, dtype=None):
        return strict.asarray(np.asarray(values), dtype=getattr(strict, dtype) if dtype else None)

    return Library("strict", make, np.asarray, type(strict.asarray(0.0)), "float64")
