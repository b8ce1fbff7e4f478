"""Compare an answer with what is expected, and say in words how it differs without telling the value.

An answer is plain data that `wire` has let through; no comparison here calls anything of it.
"""

from typing import Any

import numpy as np


def difference(answer: Any, expected: Any, rtol: float, atol: float) -> str:
    """Return how an answer differs from what is expected, in words that do not tell the value; empty if it does not."""
    if hasattr(expected, "detach"):
        expected = expected.detach().cpu().numpy()
    if answer is None and expected is not None:
        return "the answer is None: is a return missing?"
    if expected is None or isinstance(expected, (str, bool, np.bool_)):
        same = isinstance(answer, type(expected)) or (_flag(answer) and _flag(expected))
        return "" if same and answer == expected else "another answer is expected"
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
    return _array_difference(answer, np.asarray(expected), rtol, atol)


def _flag(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_)) or (
        isinstance(value, np.ndarray) and value.dtype == bool and value.ndim == 0
    )


def _array_difference(answer: Any, expected: np.ndarray, rtol: float, atol: float) -> str:
    if isinstance(answer, (str, dict)):
        return "the answer should be made of numbers"
    array = np.asarray(answer)
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
