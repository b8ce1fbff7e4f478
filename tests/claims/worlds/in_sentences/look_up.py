"""Formulas in sentences of the glossary and the notation page."""

from typing import Any

import numpy as np
from scipy.special import expit

from coursebook.claims.world import Draw, Worlds
from tests.claims.worlds import accuracy, sigmoid
from tests.claims.worlds.in_sentences.accuracy import rows

WORLDS = Worlds()
WORLDS("glossary#2")(sigmoid.link)
WORLDS("glossary#3", binary=("y",))(accuracy.margin)
WORLDS("glossary#4")(sigmoid.score)
WORLDS("notation#3", binary=("y",))(accuracy.margin)


@WORLDS("notation#2")
def all_rows(draw: Draw) -> dict[str, Any]:
    """PyTorch's linear layer, of all rows."""
    found = rows(draw)
    return {"X": found["x"], "w": found["w"], "b": found["b"], "z": found["z"]}


@WORLDS("notation#1")
def probability(draw: Draw) -> dict[str, Any]:
    """SciPy's logistic curve, by its hyperbolic tangent."""
    z = draw.real(-4, 4)
    return {"z": z, "p": 0.5 + 0.5 * np.tanh(z / 2), r"\sigma": expit}
