"""The public edge: which library an array belongs to, and whether shapes and labels are what a formula needs.

Everything is checked once, here, in words: what was expected, what came, what to do; positions are those of the
caller's array. Dask arrays are lazy: their shapes are checked at once, labels when they are computed.
"""

import math
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from array_api_compat import array_namespace, device, is_array_api_obj, is_dask_array, is_lazy_array

from lrlib._conversions import advised, plain, read, shown, where

Array: TypeAlias = Any  # NumPy, PyTorch, Dask: any library of the Array API standard


def namespace_of(**arrays: Array) -> tuple[ModuleType, list[Array]]:
    """Return the Array API namespace that the named arrays share, and the arrays.

    A Python number joins the library of the arrays beside it; numbers alone, and lists, are read as NumPy arrays.
    Arrays of two libraries: TypeError that names both.
    """
    found = [value for value in arrays.values() if is_array_api_obj(value)]
    values = [_as_array(value, found, name) for name, value in arrays.items()]
    libraries = {name: array_namespace(value) for name, value in zip(arrays, values, strict=True)}
    if len(set(libraries.values())) > 1:
        names = ", ".join(f"{name} is {xp.__name__.split('.')[1]}" for name, xp in libraries.items())
        raise TypeError(f"all arrays must come from one library; got {names}. Convert them to one of the two.")
    return next(iter(libraries.values())), values


def _as_array(value: Array, beside: list[Array], name: str) -> Array:
    """Return an array as it is, a Python number in the library, dtype and place of the first array beside it."""
    value = plain(value, name)
    if is_array_api_obj(value):
        return value
    if not beside or not isinstance(value, int | float):
        return read(value, name)
    xp, like = array_namespace(beside[0]), beside[0]
    dtype = like.dtype if xp.isdtype(like.dtype, "real floating") else None
    return xp.asarray(value, dtype=dtype, device=device(like))


def as_real(xp: ModuleType, x: Array, name: str) -> Array:
    """Return x as a real floating array: floats keep their dtype, integers and booleans get the default float."""
    if xp.isdtype(x.dtype, "real floating") or str(x.dtype).endswith("float16"):
        return x
    if xp.isdtype(x.dtype, ("integral", "bool")):
        return xp.astype(x, xp.asarray(0.0).dtype)
    advice = " Encode what is not a number, for example with np.unique or pandas.get_dummies."
    advice = advice if str(x.dtype).startswith(("<U", "StringDType", "|S", "<M", "object")) else ""
    raise ValueError(f"{name} must hold real numbers; got dtype {x.dtype}.{advice}")


def real(name: str, x: Array) -> tuple[ModuleType, Array]:
    """Return the namespace of x, and x as a real floating array."""
    x = _as_array(x, [], name)
    xp = array_namespace(x)
    return xp, as_real(xp, x, name)


def as_features(xp: ModuleType, X: Array) -> Array:
    """Return X as floats, after requiring a row per example."""
    if X.ndim != 2:
        raise ValueError(f"X must have shape (N, D), a row per example; got {tuple(X.shape)}. Use X.reshape(-1, 1).")
    X = as_real(xp, X, "X")
    if xp.finfo(X.dtype).bits > 64:
        raise ValueError(
            f"X must be float32 or float64; got {X.dtype}, for which there is no linear algebra. Convert it."
        )
    return X


def with_ones(xp: ModuleType, X: Array) -> Array:
    """Return X with a last column of ones, the intercept's."""
    return xp.concat([X, xp.ones_like(X[:, :1])], axis=1)


def first_on_diagonal(xp: ModuleType, like: Array, count: int) -> Array:
    """Return ones in the first `count` places of the diagonal and 0 elsewhere, in the shape of the square `like`."""
    position = xp.arange(like.shape[0], device=device(like))
    return xp.astype((position[:, None] == position[None, :]) & (position < count)[None, :], like.dtype)


def one_hot(xp: ModuleType, y: Array, classes: int) -> Array:
    """Return the booleans y_n = k, of shape (N, K), on the device of y."""
    return xp.expand_dims(y, axis=-1) == xp.arange(classes, device=device(y))


def check_shape(name: str, x: Array, shape: tuple[int | float, ...], to_match: str) -> None:
    """Require x.shape == shape; `to_match` says, in words, which array sets that shape."""
    # Dask writes nan for a length that it has not computed yet: nothing to compare.
    got = tuple(x.shape)
    known = not any(math.isnan(length) for length in (*shape, *got))
    if len(got) == len(shape) and (got == tuple(shape) or not known):
        return
    advice = f" Use {name}.ravel()." if math.prod(got) == math.prod(shape) and len(shape) == 1 else ""
    raise ValueError(f"{name} must have shape {tuple(shape)} to match {to_match}; got {got}.{advice}")


def check_l2(l2: float) -> float:
    """Return l2, after requiring a number >= 0."""
    if not l2 >= 0:
        raise ValueError(f"l2 must be a number >= 0 (0 means no penalty); got {l2}.")
    return l2


def check_weights(xp: ModuleType, weights: Array, like: Array) -> Array:
    """Return sample weights in the dtype of `like`, after requiring a finite one >= 0 for each of its rows."""
    weights = xp.astype(as_real(xp, weights, "sample_weight"), like.dtype)
    check_shape("sample_weight", weights, (like.shape[0],), "one weight per example")
    good = xp.isfinite(weights) & (weights >= 0)
    return check_values(
        xp, "sample_weight", weights, good, "hold finite weights >= 0", "Use 0 to leave an example out."
    )


def check_known_rows(**arrays: Array) -> None:
    """Require Dask arrays to know how many rows they have."""
    for name, x in arrays.items():
        if any(math.isnan(length) for length in x.shape):
            raise ValueError(
                f"{name} must have a known number of rows; got a Dask array of shape {tuple(x.shape)}, as a selection "
                f"of rows leaves it. Use {name}.compute_chunk_sizes() first."
            )


def check_values(xp: ModuleType, name: str, x: Array, good: Array, expected: str, advice: str) -> Array:
    """Return x, after requiring every entry of `good`; the error quotes the first value of x where it is false.

    A Dask array is returned with the check inside it, made when it is computed.
    """
    if is_dask_array(x):
        return _checked_later(name, x, good, expected, advice)
    if is_lazy_array(x) or bool(xp.all(good)):
        return x
    first = int(xp.argmax(xp.astype(xp.reshape(~good, (-1,)), xp.int8)))
    value = xp.reshape(x, (-1,))[first]
    value = value.detach() if hasattr(value, "detach") else value  # PyTorch warns of reading what has a gradient
    place = where(tuple(int(n) for n in np.unravel_index(first, tuple(x.shape))) if x.ndim else (0,))
    raise ValueError(f"{name} must {expected}; got {shown(float(value))} {place}. {advised(float(value), advice)}")


def _checked_later(name: str, x: Array, good: Array, expected: str, advice: str) -> Array:
    """Return a Dask array whose blocks are checked when they are computed."""

    def check(block: Array, good: Array, block_info: Any = None) -> Array:
        if good.all():
            return block
        place = np.unravel_index(int(np.argmin(good)), good.shape)
        corner = [first for first, _ in block_info[0]["array-location"]] if block_info else [0] * len(place)
        value = float(block[place])
        position = where(tuple(int(n + first) for n, first in zip(place, corner, strict=True)))
        raise ValueError(f"{name} must {expected}; got {shown(value)} {position}. {advised(value, advice)}")

    from dask.array import map_blocks

    return map_blocks(check, x, good, dtype=x.dtype, meta=x._meta)


def wide_sum(xp: ModuleType, x: Array, *, axis: int, keepdims: bool = False) -> Array:
    """Return the sum along an axis; float16, which ends at 65,504, is added up and returned as float32."""
    dtype = xp.float32 if str(x.dtype).endswith("float16") else None
    return xp.sum(x, axis=axis, keepdims=keepdims, dtype=dtype)


def sums_to_one(xp: ModuleType, p: Array) -> Array:
    """Return where p sums to one along the last axis, as nearly as its rounded entries can (float16: three digits)."""
    return abs(wide_sum(xp, p, axis=-1) - 1.0) <= max(1e-5, 4 * float(xp.finfo(p.dtype).eps))


def check_class_labels(xp: ModuleType, name: str, y: Array, classes: int) -> Array:
    """Return y as 64-bit integers, after requiring whole numbers 0..classes-1."""
    # Integers stay integers: float32, PyTorch's default, would round a label above 2^24 to its neighbour.
    whole = xp.isdtype(y.dtype, ("integral", "bool"))
    y = xp.astype(y, xp.int64) if whole else as_real(xp, y, name)
    good = (y >= 0) & (y <= classes - 1) & (y == xp.floor(y))
    advice = (
        "Recode the labels, for example y = np.unique(y, return_inverse=True)[1]."
        if name == "y"
        else "Decide first, for example predicted = p > 0.5."
    )
    y = check_values(xp, name, y, good, f"hold class labels, whole numbers from 0 to {classes - 1}", advice)
    return xp.astype(y, xp.int64)


def check_soft_labels(xp: ModuleType, y: Array, dtype: Any) -> Array:
    """Return y in the given dtype, after requiring 0 <= y <= 1: the classes 0 and 1, or soft labels between them."""
    y = xp.astype(as_real(xp, y, "y"), dtype)
    advice = "Recode the labels, for example y = (y == positive_class)."
    return check_values(xp, "y", y, (y >= 0) & (y <= 1), "hold labels 0 and 1 (or probabilities between them)", advice)
