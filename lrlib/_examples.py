"""What judges a model takes examples: a label each, a decision or a score, perhaps a weight. They are checked here."""

import math
from statistics import NormalDist
from types import ModuleType
from typing import Any

from array_api_compat import device, is_dask_array

from lrlib._arrays import Array, as_real, check_values, namespace_of


def widest_float(xp: ModuleType, like: Array) -> type:
    """Return float64, or float32 on a device that has no float64."""
    floats = xp.__array_namespace_info__().dtypes(device=device(like), kind="real floating")
    widest: type = floats.get("float64", xp.float32)
    return widest


def aligned(**given: Array | None) -> tuple[ModuleType, list[Array | None]]:
    """Return the namespace of vectors of one length, the first one's, and the vectors; None stays None."""
    there = {name: values for name, values in given.items() if values is not None}
    xp, arrays = namespace_of(**there)
    read = dict(zip(there, arrays, strict=True))
    first = next(iter(read))
    for name, x in read.items():
        _check_vector(name, there[name], x, first, read[first])
    return xp, [read.get(name) for name in given]


def _check_vector(name: str, given: Array, x: Array, first: str, like: Array) -> None:
    """Require one axis, as long as that of the first vector."""
    shape, length = tuple(x.shape), like.shape[0] if like.ndim else 1
    if name == first:
        length, to_match = math.prod(shape), "one number per example"
    else:
        to_match = f"{first} {tuple(like.shape)}"
    if len(shape) == 1 and (shape[0] == length or math.isnan(shape[0]) or math.isnan(length)):
        return  # Dask writes nan for a length that it has not computed yet
    # The advice must be of use to what the caller has: a list and a table of pandas have no ravel().
    ravel = f"{name}.ravel()" if hasattr(given, "ravel") else f"np.ravel({name})"
    advice = f" Use {ravel}." if math.prod(shape) == length and 1 in (*shape, length) else ""
    if not advice and len(shape) == 2:
        advice = " Of one column per class, the label is the position of the largest: argmax along axis 1."
    length = "N" if name == first and not advice else length
    raise ValueError(f"{name} must have shape ({length},) to match {to_match}; got {shape}.{advice}")


def computed(x: Array) -> Array:
    """Return a Dask array as a NumPy array, and a tensor without its gradient; others as they are."""
    if is_dask_array(x):
        return x.compute()
    return x.detach() if hasattr(x, "detach") else x


def check_some(count: int, what: str) -> None:
    """Require at least one example."""
    if count == 0:
        raise ValueError(f"{what} needs at least one example; got none.")


def weights_of(xp: ModuleType, sample_weight: Array) -> Array:
    """Return the weights as floats, after requiring finite numbers >= 0."""
    # Counts go straight to the widest floats: the default ones of PyTorch would round those above 2^24.
    counts = xp.isdtype(sample_weight.dtype, ("integral", "bool"))
    weights = sample_weight if counts else as_real(xp, sample_weight, "sample_weight")
    weights = xp.astype(weights, widest_float(xp, weights))
    good = xp.isfinite(weights) & (weights >= 0)
    advice = "Use 0 to leave an example out."
    return check_values(xp, "sample_weight", weights, good, "hold finite numbers >= 0", advice)


def with_weight(xp: ModuleType, what: str, *columns: Array, sample_weight: Array | None) -> list[Array]:
    """Return the rows whose weight is not 0, and last their weights; without weights every row, and ones.

    A row of weight 2 counts as two rows and one of weight 0 as none: it must leave no point of a curve and no bin.
    """
    if sample_weight is None:
        weights = xp.ones(columns[0].shape, dtype=widest_float(xp, columns[0]), device=device(columns[0]))
    else:
        weights = weights_of(xp, sample_weight)
    rows = xp.nonzero(weights > 0)[0]
    if columns[0].shape[0] and not rows.shape[0]:
        raise ValueError(f"{what} needs an example that counts; got sample_weight of zeros only.")
    check_some(rows.shape[0], what)
    return [xp.take(x, rows, axis=0) for x in (*columns, weights)]


def totals(xp: ModuleType, cells: Array, size: int, weights: Array | None) -> Array:
    """Return how often each of the numbers 0..size-1 occurs, by weight: integers without weights."""
    if hasattr(xp, "bincount"):
        return xp.bincount(cells, weights=weights, minlength=size)
    # The Array API has no such function: in order, the numbers of a cell lie between two edges.
    order = xp.argsort(cells)
    edges = xp.searchsorted(xp.take(cells, order), xp.arange(size + 1, dtype=cells.dtype, device=device(cells)))
    if weights is None:
        return edges[1:] - edges[:-1]
    sums = xp.cumulative_sum(xp.take(weights, order), include_initial=True)
    return xp.take(sums, edges[1:]) - xp.take(sums, edges[:-1])


def parameters_of(xp: ModuleType, X: Array, model: Any) -> tuple[Array, Array]:
    """Return w and b in the library of X; ValueError where the model is no such pair."""
    try:
        w, b = model[0], model[1]
    except (TypeError, IndexError, KeyError):
        raise ValueError(
            f"model must be a fit, or a pair (w, b); got {type(model).__name__}. Pass what fit_binary returned."
        ) from None
    if is_dask_array(X):  # what was fitted to Dask arrays holds NumPy arrays
        w, b = xp.asarray(w), xp.asarray(b)
    _, (_, w, b) = namespace_of(X=X, w=w, b=b)
    return w, b


def reach_of(level: float) -> float:
    """Return how many standard errors an interval reaches to either side, 1.96 at 0.95; ValueError outside (0, 1)."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, for example 0.95; got {level}.")
    return NormalDist().inv_cdf((1 + level) / 2)
