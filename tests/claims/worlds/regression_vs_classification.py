"""What the symbols of chapters/regression-vs-classification.md stand for."""

from typing import Any

import numpy as np

from coursebook.claims.evaluate import Condition, Index
from coursebook.claims.world import Array, Draw, Worlds, labels, reals
from tests.claims.worlds.oracles import near, nonzero

WORLDS = Worlds()
SIZE = 6
CENTRED = "deviations from a mean sum to 0, so what is subtracted in the other factor does not matter"


def spread_out(draw: Draw, size: int = SIZE) -> Array:
    """Numbers that a line can be fitted through."""
    return np.linspace(-2, 2, size) + reals(draw, -0.7, 0.7, size)


def fitted(x: Array, y: Array) -> tuple[float, float]:
    """The least squares line's weight and intercept, by NumPy's lstsq."""
    (w, b), *_ = np.linalg.lstsq(np.column_stack([x, np.ones_like(x)]), y, rcond=None)
    return float(w), float(b)


@WORLDS("eq-line")
def line(draw: Draw) -> dict[str, Any]:
    """NumPy's value of a polynomial of degree one."""
    x, w, b = draw.real(-3, 3), draw.real(-2, 2), draw.real(-2, 2)
    return {"x": x, "w": w, "b": b, r"\text{pred}": np.polyval([w, b], x)}


@WORLDS("eq-squared-error")
def squared_error(draw: Draw) -> dict[str, Any]:
    """The squared length of the misses, over their number."""
    x, y, w, b = reals(draw, -3, 3, SIZE), reals(draw, -3, 3, SIZE), draw.real(-2, 2), draw.real(-2, 2)
    loss = np.linalg.norm(y - np.polyval([w, b], x)) ** 2 / SIZE
    return {"x": x, "y": y, "w": w, "b": b, "N": SIZE, "i": Index(SIZE), "L(w, b)": loss}


@WORLDS(
    "eq-least-squares",
    tolerance=1e-9,
    equivalents={
        r"(x_i + \bar x)": CENTRED,
        r"(y_i + \bar y)": CENTRED,
        r"(x_i - w)": CENTRED,
        r"(x_i - \bar y)": CENTRED,
        r"(x_i - b)": CENTRED,
        r"(y_i - w)": CENTRED,
        r"(y_i - \bar x)": CENTRED,
        r"(y_i - b)": CENTRED,
    },
)
def least_squares(draw: Draw) -> dict[str, Any]:
    """NumPy's lstsq."""
    x, y = spread_out(draw), reals(draw, -3, 3, SIZE)
    w, b = fitted(x, y)
    return {"x": x, "y": y, "w": w, "b": b, r"\bar x": x.mean(), r"\bar y": y.mean(), "i": Index(SIZE)}


@WORLDS("eq-line-boundary")
def line_boundary(draw: Draw) -> dict[str, Any]:
    """NumPy's root of the line less one half."""
    w, b = nonzero(draw), draw.real(-2, 2)
    return {"w": w, "b": b, r"x^\ast": np.roots([w, b - 0.5])[0]}


@WORLDS("eq-far-point", tolerance=1e-8)
def far_point(draw: Draw) -> dict[str, Any]:
    """The line fitted again, with the new point; its slope may be small, which costs digits of the boundary."""
    x, y = spread_out(draw, SIZE), np.repeat([0.0, 1.0], SIZE // 2)
    delta, d = x[y == 1].mean() - x.mean(), draw.real(0.5, 20)
    w, b = fitted(np.append(x, x.mean() + d), np.append(y, 1.0))
    found = {r"\bar x": x.mean(), r"\delta": delta, "d": d, "s": x.std(), "N": SIZE}
    return found | {r"x^\ast": np.roots([w, b - 0.5])[0]}


@WORLDS("eq-constant-error", binary=("y",))
def constant_error(draw: Draw) -> dict[str, Any]:
    """The squared length of the misses, over their number; the formula holds for labels 0 and 1 only."""
    y, c = labels(draw, SIZE), draw.real(-2, 2)
    error = np.linalg.norm(y - c) ** 2 / SIZE
    return {"y": y, "c": c, "N": SIZE, "i": Index(SIZE), r"\bar y": y.mean(), "=": error}


def costs(draw: Draw) -> tuple[float, float]:
    """The cost of a false alarm and of a miss."""
    return draw.real(0.5, 9), draw.real(0.5, 9)


@WORLDS("eq-expected-cost")
def expected_cost(draw: Draw) -> dict[str, Any]:
    """The mean over both outcomes, weighted by NumPy."""
    p, (c_fp, c_fn) = draw.real(0.05, 0.95), costs(draw)
    return {
        "p": p,
        r"c_\mathrm{FP}": c_fp,
        r"c_\mathrm{FN}": c_fn,
        r"\mathbb{E}[\text{cost} \mid \text{predict } 1]": np.average([0, c_fp], weights=[p, 1 - p]),
        r"\mathbb{E}[\text{cost} \mid \text{predict } 0]": np.average([c_fn, 0], weights=[p, 1 - p]),
    }


@WORLDS("eq-cost-threshold", size=60, equivalents={r"\ge \frac": "where both cost the same, either may be decided"})
def cost_threshold(draw: Draw) -> dict[str, Any]:
    """The cheaper of the two mean costs, on both sides of the place where they are equal, near and far."""
    c_fp, c_fn = costs(draw)
    p = c_fp / (c_fp + c_fn) + near(draw)
    cheaper = np.average([0, c_fp], weights=[p, 1 - p]) < np.average([c_fn, 0], weights=[p, 1 - p])
    when = r"\text{predict } 1 \text{ when } \quad"
    return {"p": p, r"c_\mathrm{FP}": c_fp, r"c_\mathrm{FN}": c_fn, when: Condition(bool(cheaper))}
