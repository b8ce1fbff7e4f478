"""The picture on the title page, and the cover of the e-book: a fitted sigmoid between the lines of 0 and 1."""

import io
import textwrap

import numpy as np

from lrlib.functions import sigmoid
from lrlib.plotting import COLORS, scatter_classes, use_style

SEED = 7
COVER = (1600, 2400)  # pixels


def drawing() -> str:
    """Return the picture as an SVG element; the same bytes at each call."""
    figure = _figure((140 / 25.4, 84 / 25.4))
    _curve(figure.add_axes((0, 0, 1, 1)), size=40, width=2.2)
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    svg = file.getvalue()
    return svg[svg.index("<svg") :].replace("<svg", '<svg class="drawing" aria-hidden="true"', 1)


def cover(title: str, author: str) -> bytes:
    """Return the cover as PNG."""
    dots = 200
    figure = _figure((COVER[0] / dots, COVER[1] / dots))
    figure.patch.set_facecolor(COLORS["paper"])
    _curve(figure.add_axes((0.08, 0.12, 0.84, 0.4)), size=90, width=4)
    words = {"family": ["STIXGeneral", "DejaVu Serif"], "color": COLORS["ink"], "linespacing": 1.15, "va": "top"}
    figure.text(0.08, 0.93, "\n".join(textwrap.wrap(title, 20)), size=48, weight="bold", **words)
    figure.text(0.08, 0.07, author, size=17, **words)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dots, metadata={"Software": None})
    return file.getvalue()


def _figure(inches):
    from matplotlib.figure import Figure

    use_style()
    return Figure(figsize=inches, layout="none")


def _curve(ax, *, size, width):
    """Draw examples of both classes and the curve that gives their probabilities."""
    rng = np.random.default_rng(SEED)
    x = np.sort(rng.uniform(-6, 6, 26))
    y = (rng.random(26) < sigmoid(1.1 * x)).astype(int)
    line = np.linspace(-6.6, 6.6, 400)
    for height in (0, 1):
        ax.axhline(height, color=COLORS["grid"], linewidth=width / 2, zorder=0)
    ax.plot(line, sigmoid(1.1 * line), color=COLORS["ink"], linewidth=width)
    scatter_classes(ax, x, y, size=size)
    ax.set_axis_off()
    ax.set(xlim=(-6.6, 6.6), ylim=(-0.09, 1.09))
