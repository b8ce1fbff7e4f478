"""What people bring as an array: masked, sparse, of objects, in another byte order, a data frame; read or refused."""

from typing import Any

import numpy as np

MISSING = "Drop or fill in what is missing."
NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)


def plain(value: Any, name: str) -> Any:
    """Return an array that computes as it looks, or refuse it in words.

    Subclasses of NumPy's array become plain arrays in the machine's byte order, without a copy where none is needed.
    TypeError for masked entries and sparse matrices; what has no numbers to read is left for the check of the dtype.
    """
    sparse = _sparse_kind(value)
    if sparse:
        way_out = "to_dense" if sparse.startswith("torch") else "toarray"
        raise TypeError(f"{name} must be dense; got a sparse {sparse}. Use {name}.{way_out}(), if it fits into memory.")
    if isinstance(value, np.ma.MaskedArray):
        if np.ma.getmaskarray(value).any():
            raise TypeError(
                f"{name} must hold no masked entries; got a masked array with {int(np.ma.getmaskarray(value).sum())} "
                f"of them. Drop those rows, for example rows = ~np.ma.getmaskarray({name}), or fill them in."
            )
        value = value.data
    if isinstance(value, np.ndarray):
        value = np.asarray(value)
        if not value.dtype.isnative:
            value = value.astype(value.dtype.newbyteorder("="))
        return numbers(value, name)
    return value


def read(value: Any, name: str) -> np.ndarray:
    """Return the NumPy array of a list, a number, or a data frame; ValueError in words for what has no shape."""
    if hasattr(value, "to_numpy"):  # pandas and polars, also where columns of numbers and truth values stand together
        value = value.to_numpy()
    try:
        return plain(np.asarray(value), name)  # type: ignore[no-any-return]
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        raise ValueError(f"{name} must have rows of one length; got rows of several. Pad or drop them.") from None


def numbers(x: np.ndarray, name: str) -> np.ndarray:
    """Return an array of objects as float64, if all of them are numbers; ValueError names the first that is not."""
    if x.dtype != object:
        return x
    for place, entry in np.ndenumerate(x):
        if not isinstance(entry, NUMBERS):
            missing = entry is None or type(entry).__name__ in ("NAType", "NaTType")
            advice = MISSING if missing else "Encode what is not a number, for example with pandas.get_dummies."
            raise ValueError(
                f"{name} must hold real numbers; got dtype object, with {entry!r} {where(place)}. {advice}"
            )
    return x.astype(np.float64)


def where(place: tuple[int, ...]) -> str:
    """Return a position in the caller's array, in words."""
    if len(place) == 2:
        return f"in row {place[0]}, column {place[1]}"
    return f"at position {place[0] if len(place) == 1 else tuple(place)}"


def shown(value: float) -> str:
    """Return a number with as many digits as tell it from its neighbours."""
    short = f"{value:g}"
    return short if float(short) == value or value != value else repr(value)


def advised(value: float, advice: str) -> str:
    """Return what to do about a wrong value: what recodes labels would make nan a class."""
    if value == value:
        return advice
    return "Drop the rows without a label. Recode the others if need be." if "Recode" in advice else MISSING


def _sparse_kind(value: Any) -> str:
    """Return what kind of sparse array it is, or nothing."""
    layout = str(getattr(value, "layout", ""))
    if layout.startswith("torch.sparse"):
        return layout.replace("torch.sparse_", "torch ")
    package = type(value).__module__.split(".")
    return type(value).__name__ if package[:2] == ["scipy", "sparse"] or package[0] == "sparse" else ""
