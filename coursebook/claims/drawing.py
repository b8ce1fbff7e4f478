"""A world's values drawn by Hypothesis, which shrinks a failure to a small one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from coursebook.claims.world import World


@dataclass(frozen=True)
class Drawn:
    """Draws from Hypothesis."""

    draw: st.DrawFn

    def real(self, low: float, high: float) -> float:
        """Return a number from low to high, 0 or not tiny: a denormal number teaches nothing about a formula."""
        return self.draw(st.floats(low, high, allow_subnormal=False).map(lambda x: round(x, 9)))

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return self.draw(st.integers(low, high))

    def need(self, condition: bool) -> None:
        """Ask for other values unless the condition holds."""
        assume(condition)


@st.composite
def values(draw: st.DrawFn, world: World) -> Mapping[str, Any]:
    """Draw the values of a world's symbols."""
    return world.draw(Drawn(draw))
