"""Compare an answer with what is expected, and say in words how it differs without telling the value.

An answer is plain data that `wire` has let through; no comparison here calls anything of it.
"""

from typing import Any

import numpy as np

from .inside.wire import Table


def elements(answer: Any) -> int:
    """Return how many numbers, texts and the like an answer is made of."""
    if isinstance(answer, np.ndarray):
        return int(answer.size)
    if isinstance(answer, Table):
        return elements(answer.index) + elements(answer.columns)
    if isinstance(answer, dict):
        return sum(map(elements, answer.values()))
    if isinstance(answer, (list, tuple, frozenset)):
        return sum(map(elements, answer))
    return 1


def kind_of(answer: Any) -> str:
    """Return NumPy's letter for what an answer is made of: f, i, u, b, c; O where it is of no one kind."""
    try:
        return np.asarray(answer).dtype.kind
    except ValueError:  # lists of different lengths
        return "O"


def as_data(expected: Any) -> Any:
    """Return a reference's value in the form in which an answer comes: tensors and pandas objects as plain data."""
    if hasattr(expected, "detach"):
        return expected.detach().cpu().numpy()
    if type(expected).__module__.partition(".")[0] == "pandas":
        if hasattr(expected, "columns"):
            columns = {str(name): as_data(expected[name]) for name in expected.columns}
            return Table(expected.index.to_numpy(), columns)
        if hasattr(expected, "to_numpy"):
            return expected.to_numpy()
    if isinstance(expected, set):
        return frozenset(expected)
    return expected


def difference(answer: Any, expected: Any, rtol: float, atol: float) -> str:
    """Return how an answer differs from what is expected, in words that do not tell the value; empty if it does not."""
    expected = as_data(expected)
    if answer is None and expected is not None:
        return "the answer is None: is a return missing?"
    if expected is None or isinstance(expected, (str, bool, np.bool_)):
        same = isinstance(answer, type(expected)) or (_flag(answer) and _flag(expected))
        return "" if same and answer == expected else "a different answer is expected"
    if isinstance(expected, Table):
        if not isinstance(answer, Table):
            return "the answer should be a DataFrame"
        if list(answer.columns) != list(expected.columns):
            return "the answer should have the columns that are asked for, in their order"
        return difference(answer.columns, expected.columns, rtol, atol) or difference(
            answer.index, expected.index, rtol, atol
        )
    if isinstance(answer, Table):
        return "the answer is a DataFrame: return its numbers"
    if isinstance(expected, frozenset):
        same = isinstance(answer, frozenset) and answer == expected
        return "" if same else "the answer should be a set with other elements"
    if isinstance(expected, dict):
        if not isinstance(answer, dict) or answer.keys() != {str(key) for key in expected}:
            return "the answer should be a dictionary with the keys that are asked for"
        parts = (difference(answer[str(key)], value, rtol, atol) for key, value in expected.items())
        return next(filter(None, parts), "")
    if isinstance(expected, (list, tuple)) and not isinstance(answer, np.ndarray):
        if not isinstance(answer, (list, tuple)) or len(answer) != len(expected):
            return f"the answer should have {len(expected)} parts"
        pairs = zip(answer, expected, strict=True)
        return next(filter(None, (difference(mine, theirs, rtol, atol) for mine, theirs in pairs)), "")
    if np.asarray(expected).dtype.kind in "UTOmM":
        return _text_difference(answer, np.asarray(expected))
    return _array_difference(answer, np.asarray(expected), rtol, atol)


def _text_difference(answer: Any, expected: np.ndarray) -> str:
    """Compare text, or what is text and numbers together, element by element."""
    wanted = expected.astype(str).tolist() if expected.dtype.kind in "mM" else expected.tolist()
    mine = answer.tolist() if isinstance(answer, np.ndarray) else answer
    if isinstance(answer, (str, dict)) or not isinstance(mine, (list, tuple)) or len(mine) != len(wanted):
        return f"the answer should have {len(wanted)} parts"
    return "" if _plain_equal(list(mine), wanted) else "a value differs"


def _plain_equal(mine: Any, theirs: Any) -> bool:
    if isinstance(theirs, list):
        return isinstance(mine, (list, tuple)) and len(mine) == len(theirs) and all(map(_plain_equal, mine, theirs))
    if isinstance(theirs, float) and theirs != theirs:
        return mine is None or mine != mine
    return bool(mine == theirs) and isinstance(mine, str) == isinstance(theirs, str)


def _flag(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_)) or (
        isinstance(value, np.ndarray) and value.dtype == bool and value.ndim == 0
    )


def _array_difference(answer: Any, expected: np.ndarray, rtol: float, atol: float) -> str:
    if isinstance(answer, (str, dict)):
        return "the answer should be made of numbers"
    try:
        array = np.asarray(answer)
    except ValueError:  # lists of different lengths
        return "the answer should be an array, and its rows have different lengths"
    if array.dtype.kind not in "biufc" or (array.dtype.kind == "b") != (expected.dtype.kind == "b"):
        return f"the answer should be made of {'true and false' if expected.dtype.kind == 'b' else 'numbers'}"
    if array.shape != expected.shape:
        return f"the answer has the shape {array.shape}, expected is {expected.shape}"
    if expected.dtype.kind in "iub" and array.dtype.kind in "iub":
        return "" if np.array_equal(array, expected) else "a value differs"
    if np.isnan(array).any() and not np.isnan(expected).any():
        return "the answer holds nan"
    if np.isinf(array).any() and not np.isinf(expected).any():
        return "the answer holds inf"
    return "" if np.allclose(array, expected, rtol=rtol, atol=atol, equal_nan=True) else "a value differs"
