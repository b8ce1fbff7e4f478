"""What became of the wrong versions of each formula, and its NumPy: worked out once, kept in _build/, shown on pages.

    python -m coursebook.claims.card.trials        what a build calls, in the book's folder, where something has changed

The worlds of the formulas import what these are compared with (SciPy, PyTorch), so they are read in another process.
A printed formula that is false, or that cannot be read, is a warning of the build: a strict build fails.
"""

import ast
import hashlib
import inspect
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from coursebook.claims import evidence, numpy_code
from coursebook.claims.formula import Formula
from coursebook.claims.gate import claims_in
from coursebook.source import contents

STORE = Path("_build/.trials.json")
ENGINE = Path(__file__).resolve().parents[1]  # what reads, evaluates and falsifies


class Trials(NamedTuple):
    """What is known of the formulas of one claim: its own, or the relations in its words."""

    of: str = ""  # a hash of all that it depends on
    formulas: int = 0  # read from the page and evaluated; 0: the claim has words only
    compared: Sequence[str] = ()  # with what, in the words of the worlds
    tried: int = 0  # wrong versions
    failed: int = 0
    code: Sequence[str] = ()  # lines of NumPy
    worlds: Sequence[tuple[str, int, int, str]] = ()  # of each: file, first and last line, text
    problem: str = ""  # why the printed formula does not hold


def known(root: Path) -> dict[str, Trials]:
    """Return the trials of each claim of the book at root. Raises RuntimeError if its worlds cannot be imported."""
    if not (root / evidence.WORLDS).is_dir():
        return {}
    stored = _stored(root)
    if any(_is_stale(stored, label, made) for label, made in ingredients(root).items()):
        command = [sys.executable, "-m", __name__]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"the worlds in {evidence.WORLDS} cannot be read:\n{done.stderr.strip()[-2000:]}")
        stored = _stored(root)
    return stored


def ingredients(root: Path) -> dict[str, str]:
    """Return for each claim of the book a hash of all that its trials depend on."""
    made = {}
    for path, worlds in _worlds_of_chapters(root).items():
        files = [*ENGINE.glob("*.py"), Path(__file__), root / "constraints.txt", *worlds]
        machinery = b"".join(file.read_bytes() for file in sorted(files) if file.is_file())
        digest = hashlib.sha256(machinery).hexdigest()
        for claim in claims_in(path):
            text = f"{digest} {claim.title} {claim.statement}"
            made[claim.label] = hashlib.sha256(text.encode()).hexdigest()
    return made


def _worlds_of_chapters(root: Path) -> dict[Path, set[Path]]:
    """Return for each chapter the files of worlds that its formulas may live in, or that these import.

    A file that bears the name of a chapter is that chapter's; all others are everybody's.
    """
    files = set((root / evidence.WORLDS).rglob("*.py"))
    chapters = {path: path.stem.replace("-", "_") for path in contents.chapters(root)}
    of_one = {name: {file for file in files if file.stem == name} for name in chapters.values()}
    shared = files.difference(*of_one.values())
    imported = {name: set().union(*map(_imported, its)) for name, its in of_one.items()}

    def reached(name: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        others = (imported[name] & of_one.keys()) - seen - {name}
        return seen.union([name], *(reached(other, seen | {name}) for other in others))

    return {path: shared.union(*(of_one[other] for other in reached(name))) for path, name in chapters.items()}


def _imported(file: Path) -> set[str]:
    """Return every name that stands in an import of the file, of modules and of what is taken from them."""
    try:
        tree = ast.parse(file.read_bytes())
    except SyntaxError:
        return set()  # who imports the file says so
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {*(node.module or "").split("."), *(alias.name for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {part for alias in node.names for part in alias.name.split(".")}
    return found


def _stored(root: Path) -> dict[str, Trials]:
    """Return what is stored; nothing if that was written by another version, or cannot be read."""
    try:
        found = json.loads((root / STORE).read_text(encoding="utf-8"))
        return {label: Trials(**record) for label, record in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _is_stale(stored: dict[str, Trials], label: str, made: str) -> bool:
    trials = stored.get(label, Trials())
    return trials.of != made or bool(trials.problem)


# In the other process


def main() -> int:
    """Work out what is missing, and store it."""
    root = Path.cwd()
    formulas = _formulas(root)
    old = _stored(root)
    new = {
        label: tried(formulas[label], root)._replace(of=made) if _is_stale(old, label, made) else old[label]
        for label, made in ingredients(root).items()
    }
    unfinished = (root / STORE).with_suffix(f".{os.getpid()}")
    unfinished.parent.mkdir(exist_ok=True)
    unfinished.write_text(json.dumps({label: trials._asdict() for label, trials in new.items()}), encoding="utf-8")
    unfinished.replace(root / STORE)
    return 0


def _formulas(root: Path) -> dict[str, list[Formula]]:
    """Return the formulas of each claim that have a world."""
    found: dict[str, list[Formula]] = defaultdict(list)
    labelled = evidence.formulas(root, evidence.worlds(root))
    for place, formula in (labelled | evidence.in_sentences(root, (), evidence.worlds_in_sentences(root))).items():
        found[place.partition("#")[0]].append(formula)
    return found


def tried(formulas: Iterable[Formula], root: Path) -> Trials:
    """Try the wrong versions of these formulas of one claim."""
    formulas = list(formulas)
    try:
        held = all(formula.holds_on_samples for formula in formulas)
        counts = [evidence.statistics(formula) for formula in formulas if held]
        code = [line for formula in formulas if "#" not in formula.printed.label for line in written(formula)]
    except Exception as error:  # a world is anybody's code: whatever it raises is told, with its formula
        label = formulas[0].printed.label
        return Trials(problem=f"{error}" if label in f"{error}" else f"{label}: its world fails: {error!r}")
    return Trials(
        formulas=len(formulas),
        compared=tuple(dict.fromkeys(filter(None, (count["checked"] for count in counts)))),
        tried=sum(sum(count["tried"].values()) for count in counts),
        failed=sum(sum(count["failed"].values()) for count in counts),
        code=tuple(code),
        worlds=tuple(dict.fromkeys(_world(formula, root) for formula in formulas)),
    )


def written(formula: Formula) -> list[str]:
    """Return the formula's lines of NumPy; none if one of them is no Python (a derivative, an ≈)."""
    lines = numpy_code.code(formula)
    try:
        return lines if all(ast.parse(line).body for line in lines) else []
    except SyntaxError:
        return []


def _world(formula: Formula, root: Path) -> tuple[str, int, int, str]:
    lines, first = inspect.getsourcelines(formula.world.draw)
    path = Path(inspect.getfile(formula.world.draw)).relative_to(root).as_posix()
    return path, first, first + len(lines) - 1, "".join(lines).rstrip()


if __name__ == "__main__":
    sys.exit(main())
