"""Columns in units of their own spread, and the weights of a fit to them back in the units of the data.

scales = column_scales(X_train)
fit = fit_binary(standardise(X_train, scales), y_train, l2=0.01)
w, b = in_original_units(fit, scales)      # X @ w + b are the logits of the same model
"""

from typing import Any, NamedTuple

from lrlib._arrays import Array, as_features, as_real, check_shape, check_values, namespace_of
from lrlib._examples import check_some, parameters_of
from lrlib.linear import Line


class Scales(NamedTuple):
    """Where the columns of X lie, and how far they spread."""

    centre: Array  #: (D,) means
    unit: Array  #: (D,) standard deviations, > 0; 1 for a column that is constant


def column_scales(X: Array) -> Scales:
    """Return the mean and the standard deviation (divisor N) of each column. Take those of the training rows.

    X: (N, D) of finite numbers, N >= 1, else ValueError; so is a column whose spread is no number of its dtype.
    A constant column has no spread: its unit is 1, and standardised it is 0 exactly.

    >>> print(column_scales([[1.0, 5.0], [3.0, 5.0]]))
    Scales(centre=array([2., 5.]), unit=array([1., 1.]))
    """
    xp, (X,) = namespace_of(X=X)
    X = as_features(xp, X)
    check_some(X.shape[0], "column_scales")
    X = check_values(xp, "X", X, xp.isfinite(X), "hold finite numbers", "Drop or fill in what is missing.")
    low, high = xp.min(X, axis=0), xp.max(X, axis=0)
    # Lengths are measured in the largest of the column, so that no square of 1e160 overflows, nor one of 1e-170 is 0.
    # So measured, equal numbers are ones, whose mean is exact: a constant column is 0 without rounding errors.
    largest = _positive(xp, xp.maximum(abs(low), abs(high)))
    centre = largest * xp.mean(X / largest, axis=0)
    centre = centre + xp.mean(X - centre, axis=0)  # what rounding took from the mean of a distant column
    farthest = _positive(xp, xp.max(abs(X - centre), axis=0))
    unit = farthest * xp.sqrt(xp.mean(((X - centre) / farthest) ** 2, axis=0))
    unit = xp.where(low == high, 1.0, unit)
    advice = "Change the unit of that column, for example divide it by 1e9."
    check_values(xp, "the spread of each column", unit, xp.isfinite(unit) & (unit > 0), "be a finite number", advice)
    return Scales(centre, unit)


def _positive(xp: Any, lengths: Array) -> Array:
    return xp.where(lengths > 0, lengths, 1.0)


def standardise(X: Array, scales: Scales) -> Array:
    """Return (X - centre) / unit  (eq-standardise): training rows then have mean 0 and standard deviation 1.

    X: (N, D), scales: those of the training rows, for the same D, else ValueError. Returns (N, D).

    >>> print(standardise([[4.0]], Scales([2.0], [0.5])))
    [[4.]]
    """
    xp, (X, centre, unit) = namespace_of(X=X, centre=scales[0], unit=scales[1])
    X, centre, unit = as_features(xp, X), as_real(xp, centre, "centre"), as_real(xp, unit, "unit")
    for name, values in (("centre", centre), ("unit", unit)):
        check_shape(name, values, (X.shape[1],), f"X {tuple(X.shape)}")
    return (X - centre) / unit


def in_original_units(model: Any, scales: Scales) -> Line:
    """Return the w and b with X @ w + b = standardise(X, scales) @ w' + b', w' and b' those of the model.

    model: a fit to standardised columns, or a pair (w', b'), of shapes (D,) and () or (D, K) and (K,), else ValueError.
    Returns Line(w: (D,) or (D, K), b: scalar or (K,)). A penalty was paid on w', not on w.

    >>> line = in_original_units(([4.0], 1.0), Scales([2.0], [0.5]))
    >>> print(line.w, line.b)
    [8.] -15.0
    """
    xp, (centre, unit) = namespace_of(centre=scales[0], unit=scales[1])
    centre, unit = as_real(xp, centre, "centre"), as_real(xp, unit, "unit")
    w, b = parameters_of(xp, centre, model)
    w, b = as_real(xp, w, "w"), as_real(xp, b, "b")
    check_shape("w", w, (unit.shape[0], *w.shape[1:2]), f"scales of {unit.shape[0]} columns")
    check_shape("b", b, w.shape[1:], f"w {tuple(w.shape)}")
    w = w / (unit if w.ndim == 1 else unit[:, None])
    return Line(w, b - centre @ w)
