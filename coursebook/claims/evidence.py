"""All formulas of a book with their worlds: what is missing, and what became of the wrong versions of each."""

from collections import Counter
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from coursebook.claims import mutate, printed
from coursebook.claims.formula import FalseFormula, Formula
from coursebook.claims.tex import FormulaError
from coursebook.claims.world import World
from coursebook.source import contents

WORLDS = Path("tests/claims/worlds")  # a module for each chapter, and a module or package for formulas in sentences
IN_SENTENCES = "in_sentences"


def worlds(root: Path) -> dict[str, World]:
    """Return the worlds of the labelled formulas of the book at root, whose folder Python must import from."""
    names = [path.stem.replace("-", "_") for path in contents.chapters(root)]
    return {label: world for name in names for label, world in _worlds(root, name).items()}


def worlds_in_sentences(root: Path) -> Mapping[str, World]:
    """Return the worlds of the formulas in sentences, by their places."""
    return _worlds(root, IN_SENTENCES)


def _worlds(root: Path, name: str) -> Mapping[str, World]:
    if not any((root / WORLDS / file).is_file() for file in (f"{name}.py", f"{name}/__init__.py")):
        return {}
    found: Mapping[str, World] = import_module(".".join((*WORLDS.parts, name))).WORLDS
    return found


def formulas(root: Path, worlds: Mapping[str, World]) -> dict[str, Formula]:
    """Return the formulas of the book at root that have a world."""
    return {label: Formula(found, worlds[label]) for label, found in printed.formulas(root).items() if label in worlds}


def in_sentences(root: Path, whole: tuple[str, ...], worlds: Mapping[str, World]) -> dict[str, Formula]:
    """Return the formulas in sentences that have a world."""
    found = printed.sentences(root, whole)
    return {label: Formula(found[label], worlds[label]) for label in found if label in worlds}


def problems(root: Path, worlds: Mapping[str, World]) -> list[str]:
    """Return the labels without a world, the worlds without a label, and equivalents that are gone, a line each."""
    labelled = printed.formulas(root)
    found = [
        f"{formula.chapter}:{formula.line}: {label}: has no world: declare its symbols beside the tests"
        for label, formula in labelled.items()
        if label not in worlds
    ]
    found += [f"{label}: has a world, but no chapter has this label: drop either" for label in worlds.keys() - labelled]
    for label in worlds.keys() & labelled:
        found += stale(Formula(labelled[label], worlds[label]))
    return sorted(found)


def stale(formula: Formula) -> list[str]:
    """Return the equivalents that name no wrong version of the formula, a line each."""
    right = formula.printed.tex
    made = [wrong for _, wrong in mutate.mutants(right, formula.symbols)]
    gone = [named for named in formula.world.equivalents if not any(mutate.names(named, w, right) for w in made)]
    return [str(formula.error(f"its list of equivalents names what is no version of it: {named}")) for named in gone]


def outcome(formula: Formula, wrong: str) -> str:
    """Return what becomes of a wrong version: "false", "unreadable", "equivalent" (listed), or "survived"."""
    try:
        formula.check_samples(wrong)
    except FalseFormula:
        return "false"
    except FormulaError:
        return "unreadable"
    listed = any(mutate.names(named, wrong, formula.printed.tex) for named in formula.world.equivalents)
    return "equivalent" if listed else "survived"


def trials(formula: Formula) -> list[tuple[str, str, str]]:
    """Return the kind, the TeX and the outcome of each wrong version of a formula."""
    made = mutate.mutants(formula.printed.tex, formula.symbols)
    return [(kind, wrong, outcome(formula, wrong)) for kind, wrong in made]


def statistics(formula: Formula) -> dict[str, Any]:
    """Return what a reader may want to know of a formula's evidence, ready for JSON.

    "checked" is what its left side is computed by, in the world's words; "tried" and "failed" count wrong versions by
    kind of mistake; those that are no mistake after all are in neither.
    """
    tried: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for kind, _, became in trials(formula):
        tried[kind] += became != "equivalent"
        failed[kind] += became in ("false", "unreadable")
    checked = (formula.world.draw.__doc__ or "").strip()
    place = {"label": formula.printed.label, "chapter": formula.printed.chapter, "line": formula.printed.line}
    return place | {"checked": checked, "tried": dict(tried), "failed": dict(failed)}
