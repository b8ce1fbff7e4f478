"""A printed formula held to its world: read, evaluated, compared; every complaint names chapter, line, label, token."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from coursebook.claims import lexer, tree
from coursebook.claims.evaluate import Condition, Gather, Over, compare, evaluate, relations
from coursebook.claims.printed import Printed
from coursebook.claims.tex import FormulaError
from coursebook.claims.world import World

BOUNDS = {"\\le", "\\ge"}
# A world whose formula has no side to compute independently gives the value of both sides under this name.
ANCHOR = "="
# A relation that is a condition ("exactly if z > 0"): under this name a world says whether it must hold.
TRUTH = "?"


class FalseFormula(AssertionError):
    """The formula as printed is not true of the values drawn."""


class Formula:
    """One printed formula and its world."""

    def __init__(self, printed: Printed, world: World) -> None:
        self.printed = printed
        self.world = world

    @cached_property
    def samples(self) -> list[Mapping[str, Any]]:
        """The values that its wrong versions are tried on. Raises FormulaError if some can show nothing."""
        samples = self.world.samples()
        if len({s[TRUTH] for s in samples if TRUTH in s}) == 1:
            raise self.error(f"in all worlds the condition is {samples[0][TRUTH]}: draw values on both sides")
        for name in (name for name in samples[0] if name not in (TRUTH, ANCHOR)):
            numbers = [np.ravel(s[name]) for s in samples if isinstance(s[name], int | float | np.ndarray | np.number)]
            if numbers and name not in self.world.binary and set(np.concatenate(numbers)) <= {0, 1}:
                raise self.error(
                    f"{name} is never anything but 0 or 1, where x = x^2 is true by luck: draw other values, "
                    f'or say binary=("{name}",)'
                )
        return samples

    @cached_property
    def symbols(self) -> lexer.Symbols:
        """What the world declares."""
        values = self.samples[0]
        functions = frozenset(name for name, value in values.items() if callable(value) or isinstance(value, Gather))
        conditions = frozenset(name for name, value in values.items() if isinstance(value, Condition))
        values = {name: value for name, value in values.items() if name not in (ANCHOR, TRUTH)}
        return lexer.symbols(values, functions, conditions)

    @cached_property
    def statements(self) -> tuple[tree.Node, ...]:
        """The formula's tree. Raises FormulaError for what cannot be read, and for a symbol that does not occur."""
        found = self.read(self.printed.tex)
        used = set().union(*(statement.symbols() for statement in found))
        inside = {n for v in (self.samples[0][name] for name in used) if isinstance(v, Over) for n in v.letters}
        inside |= {v.letter for v in self.samples[0].values() if isinstance(v, Gather)}
        if unused := sorted(set(self.samples[0]) - used - inside - {ANCHOR, TRUTH}):
            raise self.error(f"{', '.join(unused)}: declared but not in the formula: drop it from the world")
        return found

    def read(self, tex: str) -> tuple[tree.Node, ...]:
        """Return the tree of this formula or of a wrong version of it."""
        known = self.symbols
        try:
            return tree.parse(tex, known)
        except lexer.Unreadable as error:
            raise self.error(str(error), self.printed.line + tex.count("\n", 0, error.place)) from error
        except FormulaError as error:
            raise self.error(str(error)) from error

    def error(self, problem: str, line: int | None = None) -> FormulaError:
        """Return an error that says where the formula is."""
        return FormulaError(f"{self.printed.chapter}:{line or self.printed.line}: {self.printed.label}: {problem}")

    @cached_property
    def holds_on_samples(self) -> bool:
        """True. Raises FalseFormula or FormulaError, each time, if the printed formula fails on the samples."""
        self.check_samples()
        return True

    def value(self, values: Mapping[str, Any], statement: int = 0, side: int = -1) -> Any:
        """Return what one side of the printed formula, by default the last, comes to; values need only what it uses."""
        return evaluate(self.statements[statement].items[side], values)

    def check(self, values: Mapping[str, Any]) -> None:
        """Hold the printed formula to one draw of values. Raises FalseFormula or FormulaError."""
        self._hold(self.statements, values, self.printed.tex)

    def check_samples(self, tex: str | None = None) -> None:
        """Hold the formula, or a wrong version of it, to all samples. Raises FalseFormula or FormulaError.

        A bound must also be attained on one of them, and not on all.
        """
        statements = self.statements if tex is None else self.read(tex)
        tex = self.printed.tex if tex is None else tex
        if same := [side for chain in statements for side, other in pairwise(chain.items) if side == other]:
            raise self._false(tex, f"both sides of a relation are the same: {same[0]}")
        gaps: dict[tuple[int, int], list[float]] = defaultdict(list)
        for values in self.samples:
            for place, gap in self._hold(statements, values, tex):
                gaps[place].append(gap)
        for found in gaps.values():
            if max(found) <= self.world.attained:
                raise self._false(tex, "both sides of a bound are always equal: print =")
            if min(found) > self.world.attained and not self.world.loose:
                raise self._false(tex, f"a bound is never attained: the sides stay {min(found):.3g} apart")

    def _hold(
        self, statements: Iterable[tree.Node], values: Mapping[str, Any], tex: str
    ) -> list[tuple[tuple[int, int], float]]:
        gaps: list[tuple[tuple[int, int], float]] = []
        try:
            for place, statement in enumerate(statements):
                if statement.kind == "when" or TRUTH in values:
                    chain = statement.items[0] if statement.kind == "when" else statement
                    must = values[statement.text].holds if statement.kind == "when" else values[TRUTH]
                    holds = all(compare(sign, a, b) for sign, a, b in relations(chain, values))
                    if holds != must:
                        raise self._false(tex, f"it says {holds}, the independent computation the contrary")
                    continue
                for number, (sign, a, b) in enumerate(relations(statement, values)):
                    if not place and ANCHOR in values and not self._agree("=", a, values[ANCHOR]):
                        raise self._false(tex, f"{a} is not {values[ANCHOR]}, as computed independently")
                    if not self._agree(sign, a, b):
                        raise self._false(tex, f"{a} {sign} {b} is false")
                    if sign in BOUNDS:
                        signs = len(statement.text.split())
                        gaps.append(((place, number % signs), float(np.max(np.abs(np.subtract(a, b))))))
        except FormulaError as error:
            raise self.error(f"{error}\n{tex}") from error
        return gaps

    def _false(self, tex: str, why: str) -> FalseFormula:
        return FalseFormula(f"{self.error(why)}\nThe page prints:\n{tex}")

    def _agree(self, sign: str, a: Any, b: Any) -> bool:
        tolerance = self.world.tolerance
        if sign in ("=", "\\neq"):
            equal = np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=tolerance, atol=tolerance))
            return equal == (sign == "=")
        if sign == "\\approx":
            if not self.world.approximate:
                raise FormulaError("an ≈ needs approximate=..., the relative error that it allows")
            return bool(np.allclose(a, b, rtol=self.world.approximate, atol=0))
        if np.shape(a) != np.shape(b):
            return False
        # A bound may be missed by a rounding; what is strictly less is so by more than that.
        slack = tolerance * (1 + np.abs(b))
        return compare(sign, a, b + slack if sign in ("\\le", ">") else b - slack)
