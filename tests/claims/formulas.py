"""The printed formulas for the claim tests: what the page has, held to what the world beside it computes."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis.strategies import SearchStrategy

from coursebook.claims import drawing, evidence
from coursebook.claims.formula import Formula
from coursebook.claims.world import World
from tests.claims.worlds import in_sentences as sentences

ROOT = Path(__file__).resolve().parents[2]


@cache
def worlds() -> dict[str, World]:
    """The worlds of all chapters, by label."""
    return evidence.worlds(ROOT)


@cache
def formulas() -> dict[str, Formula]:
    """The labelled formulas of all chapters that have a world."""
    return evidence.formulas(ROOT, worlds())


def drawn(label: str) -> SearchStrategy[Mapping[str, Any]]:
    """Values for the symbols of a labelled formula."""
    return drawing.values(worlds()[label])


def assert_printed(label: str, values: Mapping[str, Any]) -> None:
    """The formula as the page prints it holds for these values, and for those that its wrong versions are tried on."""
    formula = formulas()[label]
    assert formula.holds_on_samples
    formula.check(values)


@cache
def in_sentences() -> dict[str, Formula]:
    """The formulas in sentences that state a relation, by their places, as far as they have a world."""
    return evidence.in_sentences(ROOT, sentences.WHOLE, sentences.WORLDS)


def printed_value(label: str, values: Mapping[str, Any]) -> Any:
    """What the last side of a labelled formula comes to, as the page prints it, exactly at these values."""
    return formulas()[label].value(values)
