"""One look for every figure: a palette for light and dark pages, a style, and the drawings that chapters share.

Call use_style() once, at the top of a chapter. Every drawing takes a Matplotlib Axes first and returns it, and none
calls plt.show. Colours come from COLORS alone: the site shows each figure a second time, in the twin colours of DARK,
to readers in dark mode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrlib.functions import logit, sigmoid

if TYPE_CHECKING:  # Matplotlib is loaded by use_style() and by the code that made the Axes, not by this import.
    from matplotlib.axes import Axes

    from lrlib.data import Dataset

# name: (on a light page, on a dark page). Each is easy to read as words on its page (contrast at least 4.5 : 1), and
# any two can be told apart by readers who are blind to red, green or blue. grid and paper carry no meaning: exempt.
_PALETTE = {
    "ink": ("#1f2328", "#e6edf3"),  # words and axes
    "muted": ("#59606a", "#8f969f"),  # reference lines, remarks
    "grid": ("#d0d7de", "#3d444d"),  # grid lines, faint fills
    "paper": ("#ffffff", "#121212"),  # the page itself, for what must look like a hole
    "zero": ("#0b57d0", "#8ab8ee"),  # class 0
    "one": ("#a65a00", "#f9982a"),  # class 1
    "model": ("#1a7f4b", "#2fe39a"),  # what was fitted
    "truth": ("#1f2328", "#e6edf3"),  # what made the data: ink, drawn dashed
    "accent": ("#6a1b7a", "#da66f7"),  # the one thing to look at
    "warn": ("#80150a", "#ee6b59"),  # what goes wrong
}
COLORS: Mapping[str, str] = MappingProxyType({name: light for name, (light, _) in _PALETTE.items()})
DARK: Mapping[str, str] = MappingProxyType(dict(_PALETTE.values()))

# In inches. On a phone's 330 pixels the 12-point letters are still 10 pixels high; in a wider figure they are smaller.
FIGURE_SIZE = (5.2, 3.4)


def use_style() -> None:
    """Give this process's figures the book's look: transparent, in COLORS, as SVG, the same bytes at each run.

    Sets Matplotlib's rcParams, and in IPython the format of the figures shown. Nothing happens before it is called.
    """
    import matplotlib as mpl

    style: Any = _style()  # Matplotlib types rcParams by name, which a plain dictionary cannot be
    mpl.rcParams.update(style)
    _show_svg_in_ipython()


def scatter_classes(
    ax: Axes,
    X: ArrayLike,
    y: ArrayLike,
    *,
    class_names: Sequence[str] = ("class 0", "class 1"),
    size: float = 36.0,
) -> Axes:
    """Draw the examples of two classes: rings for 0, filled triangles for 1.

    X: (N,) or (N, 1), each example at the height of its label; or (N, 2), in the plane of its two features. y: (N,)
    of 0 and 1, else ValueError. size: a marker's area in square points. class_names label the legend: ax.legend().
    """
    X, y = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
    X = X[:, None] if X.ndim == 1 else X
    if X.ndim != 2 or X.shape[1] not in (1, 2):
        raise ValueError(f"X must have one or two features to be drawn; got shape {X.shape}. Use X[:, [0, 1]].")
    if y.shape != (len(X),):
        advice = " Use y.ravel()." if y.size == len(X) else ""
        raise ValueError(f"y must have shape {(len(X),)} to match X {X.shape}; got {y.shape}.{advice}")
    if not np.isin(y, (0, 1)).all():
        raise ValueError("y must hold the labels 0 and 1. Recode them, for example y = (y == positive_class).")
    height = y if X.shape[1] == 1 else X[:, 1]
    zero, one = y == 0, y == 1
    ax.scatter(
        X[zero, 0],
        height[zero],
        s=size,
        marker="o",
        facecolors="none",
        edgecolors=COLORS["zero"],
        linewidths=1.3,
        label=class_names[0],
    )
    ax.scatter(
        X[one, 0],
        height[one],
        s=size,
        marker="^",
        facecolors=COLORS["one"],
        linewidths=0,
        alpha=0.8,
        label=class_names[1],
    )
    return ax


def probability_curve(
    ax: Axes,
    w: float,
    b: float,
    *,
    low: float,
    high: float,
    color: str = COLORS["model"],
    linestyle: str = "-",
    label: str = "",
) -> Axes:
    """Draw the probability sigmoid(w x + b) for x from low to high, the axis reaching from 0 to 1."""
    x = np.linspace(low, high, 401)
    ax.plot(x, sigmoid(float(w) * x + float(b)), color=color, linestyle=linestyle, label=label)
    ax.set_ylim(-0.06, 1.06)
    return ax


# How a model looks in every chapter that draws it over the same points.
_MODELS: Mapping[str, tuple[str, Any]] = MappingProxyType(
    {"line": ("muted", "--"), "sigmoid": ("model", "-"), "softmax": ("accent", ":")}
)


def models_over_classes(
    ax: Axes,
    data: Dataset,
    models: Mapping[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]],
    *,
    low: float,
    high: float,
) -> Axes:
    """Draw examples of one feature at the heights of their labels, and the curve of each model over them.

    data: a Dataset of one column and two classes. models: name -> function of (n,) features. "line", "sigmoid" and
    "softmax" each look the same wherever the book draws them, any other name is a KeyError. low, high: the ends of the
    curves. The second axis reaches from -0.3 to 1.3, so that a line can be seen to leave 0 to 1.
    """
    x = np.linspace(low, high, 401)
    for name, model in models.items():
        color, linestyle = _MODELS[name]
        ax.plot(x, model(x), color=COLORS[color], linestyle=linestyle, label=name)
    scatter_classes(ax, data.X, data.y, class_names=data.class_names)
    ax.set(
        xlim=(low, high),
        ylim=(-0.3, 1.3),
        xlabel=data.feature_names[0],
        ylabel=f"0 = {data.class_names[0]}, 1 = {data.class_names[1]}",
    )
    return ax


def boundary(
    ax: Axes,
    w: ArrayLike,
    b: float,
    *,
    threshold: float = 0.5,
    color: str = COLORS["ink"],
    linestyle: str = "--",
    label: str = "",
) -> Axes:
    """Draw where sigmoid(x @ w + b) equals the threshold, right across the axes.

    With t = logit(threshold), which is 0 at 1/2: for one weight the upright line x = (t - b)/w; for two weights
    x2 = (t - b - w1 x1)/w2, upright where w2 = 0. ValueError for other shapes, for weights that are all 0, or for a
    threshold outside (0, 1).
    """
    weights = np.atleast_1d(np.asarray(w, dtype=np.float64))
    if weights.shape not in ((1,), (2,)):
        raise ValueError(f"w must hold one or two weights to be drawn; got shape {weights.shape}.")
    if not 0 < threshold < 1:
        raise ValueError(f"threshold must lie in (0, 1); got {threshold}.")
    if not weights.any():
        raise ValueError("every weight is 0: the probability is the same everywhere, so there is no boundary.")
    rest = float(logit(threshold)) - float(b)
    style: dict[str, Any] = {"color": color, "linestyle": linestyle, "label": label}
    if weights.size == 1 or weights[1] == 0:
        ax.axvline(rest / weights[0], **style)
    else:
        data_limits = ax.dataLim.frozen()
        ax.axline((0.0, rest / weights[1]), slope=-weights[0] / weights[1], **style)
        ax.dataLim.set(data_limits)  # the line crosses the picture, it does not decide how far the picture reaches
    return ax


def residuals(ax: Axes, x: ArrayLike, y: ArrayLike, predicted: ArrayLike, *, label: str = "") -> Axes:
    """Draw each error as an upright segment from the prediction to y; x, y and predicted: (N,)."""
    ax.vlines(x, predicted, y, colors=COLORS["warn"], linewidth=1.0, label=label, zorder=1)
    return ax


def plateaus(
    ax: Axes,
    edges: ArrayLike,
    values: ArrayLike,
    *,
    color: str = COLORS["model"],
    linestyle: Any = "-",
    label: str = "",
) -> Axes:
    """Draw a function that jumps: values[i] from edges[i] to edges[i + 1], and nothing at the jumps themselves.

    edges: (M + 1,) increasing, values: (M,), else ValueError. ax.plot would join the plateaus by slopes that the
    function does not have.
    """
    edges, values = np.asarray(edges, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if edges.ndim != 1 or values.shape != (edges.size - 1,) or not (np.diff(edges) > 0).all():
        raise ValueError(
            f"edges must increase and have one entry more than values; got shapes {edges.shape} and {values.shape}."
        )
    ax.hlines(values, edges[:-1], edges[1:], colors=color, linestyles=linestyle, linewidth=2.5, label=label)
    return ax


def ink_picture(ax: Axes, values: ArrayLike, *, limit: float | None = None) -> Axes:
    """Draw a picture of squares, its first row on top: 0 leaves the page free, `limit` is full ink.

    values: (rows, columns) of finite numbers >= 0; limit > 0, by default their largest; else ValueError. Larger
    numbers are drawn as limit.
    """
    values = _picture(values)
    if (values < 0).any():
        raise ValueError("values must be 0 or more, as ink is. Numbers of both signs: signed_picture.")
    _cells(ax, values, _SQUARE, COLORS["ink"], limit=_picture_limit(values, limit))
    return _picture_frame(ax, values)


def signed_picture(ax: Axes, values: ArrayLike, *, limit: float | None = None) -> Axes:
    """Draw a picture of numbers of both signs: squares for positive ones, dots for negative, stronger the larger.

    values: (rows, columns) of finite numbers, the first row on top; limit > 0, by default the largest size among them,
    is drawn in full colour; else ValueError. To compare pictures, give them one limit.
    """
    values = _picture(values)
    limit = _picture_limit(values, limit)
    _cells(ax, values, _SQUARE, COLORS["one"], limit=limit)
    _cells(ax, -values, _DOT, COLORS["zero"], limit=limit)
    return _picture_frame(ax, values)


# The outlines of a cell around (0, 0): the side of a cell is 1.
_SQUARE = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
_DOT = 0.38 * np.array([[np.cos(t), np.sin(t)] for t in np.linspace(0.0, 2.0 * np.pi, 16, endpoint=False)])
_SHADES = 24


def _cells(ax: Axes, values: NDArray[np.float64], outline: NDArray[np.float64], color: str, *, limit: float) -> None:
    """Draw the cells above 0 in the colour, as opaque as value / limit.

    Not imshow: the pixels of an image keep their colours on a dark page, while a path's are exchanged for their twins.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    shades = np.clip(np.ceil(values / limit * _SHADES), 0, _SHADES)
    for shade in np.unique(shades[shades > 0]):  # one patch a shade: a tenth of the bytes of one a cell
        row, column = np.nonzero(shades == shade)
        centres = np.column_stack([column, row])[:, None, :]
        path = Path.make_compound_path(*(Path(cell, closed=False) for cell in centres + outline))
        ax.add_patch(PathPatch(path, facecolor=color, edgecolor="none", alpha=shade / _SHADES))


def _picture(values: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or values.size == 0 or not np.isfinite(values).all():
        raise ValueError(
            f"values must be a table of finite numbers to be drawn; got shape {values.shape}. "
            "A row of 64 pixels: values.reshape(8, 8)."
        )
    return values


def _picture_limit(values: NDArray[np.float64], limit: float | None) -> float:
    largest = float(abs(values).max()) or 1.0  # an empty picture has no largest: any limit draws it
    if limit is not None and not limit > 0:
        raise ValueError(f"limit must be above 0; got {limit}.")
    return largest if limit is None else float(limit)


def _picture_frame(ax: Axes, values: NDArray[np.float64]) -> Axes:
    rows, columns = values.shape
    ax.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5), aspect="equal", xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, color=COLORS["grid"])
    return ax


def _style() -> dict[str, Any]:
    from cycler import cycler

    ink, muted = COLORS["ink"], COLORS["muted"]
    lines = cycler(color=[COLORS[name] for name in ("model", "one", "zero", "accent", "muted")])
    dashes = cycler(linestyle=["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1))])
    return {
        "figure.figsize": FIGURE_SIZE,
        "figure.constrained_layout.use": True,
        # Transparent, so that the page shows through in either mode.
        "figure.facecolor": "none",
        "figure.edgecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "savefig.edgecolor": "none",
        # What a legend covers would make it hard to read, so it brings a little of the page with it.
        "legend.facecolor": COLORS["paper"],
        "legend.edgecolor": "none",
        "legend.framealpha": 0.85,
        "font.size": 12.0,
        "axes.titlesize": 12.0,
        "axes.labelsize": 12.0,
        "xtick.labelsize": 11.0,
        "ytick.labelsize": 11.0,
        "legend.fontsize": 11.0,
        "figure.titlesize": 13.0,
        "text.color": ink,
        "axes.titlecolor": ink,
        "axes.labelcolor": ink,
        "axes.edgecolor": muted,
        "xtick.color": muted,
        "ytick.color": muted,
        "xtick.labelcolor": ink,
        "ytick.labelcolor": ink,
        "grid.color": COLORS["grid"],
        "hatch.color": ink,
        "patch.edgecolor": ink,
        "patch.facecolor": COLORS["zero"],
        "lines.color": COLORS["model"],
        "lines.linewidth": 2.0,
        "axes.prop_cycle": lines + dashes,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "image.cmap": "cividis",
        # Letters as outlines look the same everywhere, and a fixed salt gives the parts the same names at each run.
        "svg.fonttype": "path",
        "svg.hashsalt": "lrlib",
    }


def _show_svg_in_ipython() -> None:
    try:
        from IPython import get_ipython
    except ImportError:
        return
    if get_ipython() is None:
        return
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    # Without its date a figure is the same file at each run; without "tight" it keeps the size it was given.
    set_matplotlib_formats("svg", metadata={"Date": None}, bbox_inches=None)
