"""A formula's world: what its symbols stand for, drawn at random, with each left side from an independent computation.

CHAPTER = Worlds()

@CHAPTER("eq-square")
def square(draw: Draw) -> dict[str, Any]:
    x = draw.real(-5, 5)
    return {"x": x, "f": np.square}
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


class Redraw(Exception):
    """The values drawn do not suit the formula: draw others."""


class Draw(Protocol):
    """Where a world's values come from: Hypothesis in the tests, a seeded generator for the mutants."""

    def real(self, low: float, high: float) -> float:
        """Return a number from low to high."""

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""

    def need(self, condition: bool) -> None:
        """Ask for other values unless the condition holds."""


@dataclass(frozen=True)
class Seeded:
    """Draws from NumPy's generator."""

    generator: np.random.Generator

    def real(self, low: float, high: float) -> float:
        """Return a number from low to high."""
        return float(self.generator.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return int(self.generator.integers(low, high + 1))

    def need(self, condition: bool) -> None:
        """Ask for other values unless the condition holds."""
        if not condition:
            raise Redraw


def reals(draw: Draw, low: float, high: float, *shape: int) -> Array:
    """Return an array of drawn numbers."""
    return np.array([draw.real(low, high) for _ in range(int(np.prod(shape)))]).reshape(shape)


def labels(draw: Draw, size: int) -> Array:
    """Return an array of zeros and ones that has both."""
    drawn = np.array([float(draw.whole(0, 1)) for _ in range(size)])
    drawn[-1] = 1 - drawn[0]
    return drawn


@dataclass(frozen=True)
class World:
    """How one formula's values are drawn, and how closely its sides must agree.

    tolerance: relative, and absolute for values below 1. binary: symbols that may be only 0 or 1.
    approximate: the relative error that an ≈ allows. loose: why a printed bound is not attained by any drawn values;
    without it, it must be, to attained. size: how many draws
    wrong versions are tried on. equivalents: for each wrong version that is not wrong after all, a piece of its TeX
    that the right one has not, and the reason.
    """

    draw: Callable[[Draw], Mapping[str, Any]]
    tolerance: float = 1e-10
    binary: tuple[str, ...] = ()
    approximate: float = 0.0
    loose: str = ""
    attained: float = 1e-6
    size: int = 12
    equivalents: Mapping[str, str] = field(default_factory=dict)

    def samples(self) -> list[Mapping[str, Any]]:
        """Return the same drawn values on each call. Raises ValueError if hardly any draw suits the formula."""
        found: list[Mapping[str, Any]] = []
        for seed in range(50 * self.size):
            try:
                found.append(self.draw(Seeded(np.random.default_rng(seed))))
            except Redraw:
                continue
            if len(found) == self.size:
                return found
        raise ValueError(f"{self.draw.__name__}: only {len(found)} of {50 * self.size} draws suit the formula")


class Worlds(dict[str, World]):
    """The worlds of one chapter, by label."""

    def __call__(self, label: str, **settings: Any) -> Callable[[Callable[[Draw], Any]], Callable[[Draw], Any]]:
        """Return a decorator that declares the world of this label. Raises ValueError if the label has one."""

        def declare(draw: Callable[[Draw], Any]) -> Callable[[Draw], Any]:
            if label in self:
                raise ValueError(f"{label}: has a world already: {self[label].draw.__name__}")
            self[label] = World(draw, **settings)
            return draw

        return declare
