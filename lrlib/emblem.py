"""The book's mark: examples of two classes, and the sigmoid that gives their probabilities.

The cover of the e-book, the title page and the cards that other sites show for a link are drawn with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrlib.functions import sigmoid
from lrlib.plotting import COLORS, scatter_classes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SEED = 7
SLOPE = 1.1


def draw(ax: Axes, *, width: float) -> Axes:
    """Draw the mark so that it fills the Axes. width: of the curve, in points, above 0; the rest follows from it."""
    rng = np.random.default_rng(SEED)
    x = np.sort(rng.uniform(-6, 6, 26))
    y = (rng.random(26) < sigmoid(SLOPE * x)).astype(int)
    line = np.linspace(-6.6, 6.6, 400)
    for height in (0, 1):
        ax.axhline(height, color=COLORS["grid"], linewidth=width / 2, zorder=0)
    ax.plot(line, sigmoid(SLOPE * line), color=COLORS["ink"], linewidth=width)
    scatter_classes(ax, x, y, size=20 * width)
    ax.set_axis_off()
    ax.set(xlim=(-6.6, 6.6), ylim=(-0.09, 1.09))
    return ax
