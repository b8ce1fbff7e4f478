"""A pytest plugin: leave out the tests that passed before and that no change since can affect; `make fast` loads it.

    pytest -p tests.affected lrlib tests/lrlib tests/claims

Of each test file it notes a hash of all that the file rests on: its text, the modules of the project that it imports,
directly or through one another, and of the book the chapters that it names, by their name or by the label of a claim.
A file that looks around (processes, folders) rests on its whole package. Tests that are repeated for each formula, with
its label in brackets, are noted one by one. `make test` leaves out nothing.
"""

import ast
import functools
import hashlib
import importlib.util
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from coursebook.claims.card import trials
from coursebook.source import contents

ROOT = Path(__file__).resolve().parents[1]
CACHE = "affected/passed"
PACKAGES, BOOK = ("lrlib", "coursebook", "tests"), ("chapters", "book", "assignments")
FEW = 12  # files: a second process would take longer to begin than it saves
WORLDS = ROOT / "tests" / "claims" / "worlds"  # of these a test file needs those of the labels it names, see rests_on
SHARED = ("pyproject.toml", "constraints.txt", "tests/conftest.py")
LOOKS_AROUND = re.compile(r"\b(subprocess|importlib|r?glob|iterdir)\b")
LABEL = re.compile(r"\b(?:eq|prop|thm|obs|def|lem|cor)-[a-z0-9-]+")


class Affected:
    """Knows what passed on which grounds, before this run and in it."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.before: dict[str, str] = config.cache.get(CACHE, {})
        self.grounds: dict[str, str] = {}  # of each test in this run
        self.skipped_files: list[str] = []
        self.left_out = 0

    def is_fresh(self, name: str, grounds: str) -> bool:
        """Did this file or test pass on these grounds?"""
        return self.before.get(name) == grounds

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave out a file all of whose tests are fresh."""
        if collection_path.suffix != ".py" or not collection_path.is_relative_to(ROOT):
            return None
        name = collection_path.relative_to(ROOT).as_posix()
        if not self.is_fresh(name, grounds_of_file(collection_path)):
            return None
        self.skipped_files.append(name)
        return True

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the tests of single formulas that are fresh."""
        keep, fresh = [], []
        for item in items:
            self.grounds[item.nodeid] = grounds_of_item(item)
            (fresh if self.is_fresh(item.nodeid, self.grounds[item.nodeid]) else keep).append(item)
        if fresh:
            self.left_out = len(fresh)
            self.config.hook.pytest_deselected(items=fresh)
            items[:] = keep


class Notes:
    """Notes what passes; in the process that hears of every test, whichever ran it."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.outcomes: dict[str, bool] = {}  # of each test: has none of its phases failed?

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Hear of one phase of one test."""
        name = report.nodeid.partition("@")[0]
        self.outcomes[name] = self.outcomes.get(name, True) and not report.failed

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write down which tests, and which whole files, passed on which grounds."""
        before = self.config.cache.get(CACHE, {})
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and before:
            session.exitstatus = pytest.ExitCode.OK
        elif exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not narrowed(self.config):
            self.config.cache.set(CACHE, before | self._passed())

    def _passed(self) -> dict[str, str]:
        files: dict[str, bool] = {}
        passed = {}
        for name, well in self.outcomes.items():
            file, _, test = name.partition("::")
            files[file] = files.get(file, True) and well
            if label := label_in(test):
                passed[name] = of_label(ROOT / file, label) if well else ""
        for file, well in files.items():
            passed[file] = grounds_of_file(ROOT / file) if well else ""
        return passed

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was left out, so that green is not taken for more than it is."""
        known = self.config.cache.get(CACHE, {})
        files = sum(name.endswith(".py") for name in known) - len({n.partition("::")[0] for n in self.outcomes})
        if files > 0:
            terminalreporter.write_line(f"left out: {files} test files that no change since they passed can affect")


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Answer `-n auto`: run a few files in this process."""
    before = config.cache.get(CACHE, {})
    places = [ROOT / str(arg).partition("::")[0] for arg in config.args]
    files = {file for place in places for file in (place.rglob("*.py") if place.is_dir() else [place])}
    tests = {file for file in files if file.name.startswith("test_") and file.is_file()}
    stale = sum(before.get(file.relative_to(ROOT).as_posix()) != grounds_of_file(file) for file in tests)
    return 0 if stale < FEW else None


def pytest_configure(config: pytest.Config) -> None:
    """Leave out in the processes that collect, note in the one that hears of all."""
    config.pluginmanager.register(Affected(config))
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Notes(config))


def narrowed(config: pytest.Config) -> bool:
    """Was part of a file asked for? Then that it passed says nothing about the rest."""
    return bool(config.option.keyword or any("::" in str(arg) for arg in config.args))


def grounds_of_item(item: pytest.Item) -> str:
    """Return a hash of all that a test rests on."""
    label = label_in(item.nodeid.partition("::")[2])
    return of_label(item.path, label) if label else f"{grounds_of_file(item.path)} {item.nodeid}"


def label_in(test: str) -> str:
    """Return the label that a repeated test is about, its formula or a sentence of it; empty for every other test."""
    found = re.search(r"\[([a-z]+-[a-z0-9-]+)(?:#\d+)?\]", test)
    return found[1] if found and found[1] in claims() else ""


def of_label(file: Path, label: str) -> str:
    """Return a hash of what the test of one formula rests on: code, and the formula with its world."""
    return hashed([_code(file), claims()[label]])


@functools.cache
def grounds_of_file(file: Path) -> str:
    """Return a hash of all that the tests of a file rest on."""
    text = file.read_text(encoding="utf-8")
    about_claims = file.is_relative_to(ROOT / "tests" / "claims")
    grounds = [_code(file)]
    if LOOKS_AROUND.search(text):
        grounds.append(everything_in(PACKAGES + BOOK if about_claims else ("lrlib",)))
    elif about_claims:
        named = set(LABEL.findall(text)) & claims().keys()
        chapters = {path for path in contents.chapters(ROOT) if path.stem.replace("-", "_") in file.stem}
        if named or chapters:
            grounds += [claims()[label] for label in sorted(named)]
            grounds += [path.read_text(encoding="utf-8") for path in sorted(chapters)]
        else:
            grounds.append(everything_in(PACKAGES + BOOK))
    return hashed(grounds)


@functools.cache
def claims() -> dict[str, str]:
    """Return for each claim of the book a hash of its statement, its world, and what evaluates it."""
    return trials.ingredients(ROOT)


@functools.cache
def _code(file: Path) -> str:
    """Return a hash of a module and of all that it imports of the project, and of the data beside these."""
    found, waiting = set(), {file, *(folder / "conftest.py" for folder in file.parents if ROOT in folder.parents)}
    while waiting:
        module = waiting.pop()
        if module.is_file() and module not in found and not module.is_relative_to(WORLDS):
            found.add(module)
            waiting |= imports(module)
    shared = {ROOT / name for name in SHARED}
    return hashed(
        [sys.version, *(read(path) for path in sorted(found | contents.data_of(found) | shared) if path.is_file())]
    )


@functools.cache
def imports(module: Path) -> frozenset[Path]:
    """Return the files of the project that a module imports; with a package, its __init__."""
    here = ".".join(module.relative_to(ROOT).with_suffix("").parts)
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
            whole = importlib.util.resolve_name(source, here.rpartition(".")[0])
            names |= {whole, *(f"{whole}.{alias.name}" for alias in node.names)}
    return frozenset(file for name in names if name.split(".")[0] in PACKAGES for file in _files(name))


def _files(name: str) -> Iterable[Path]:
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        place = ROOT.joinpath(*parts[:length])
        yield from (file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file())


@functools.cache
def everything_in(folders: tuple[str, ...]) -> str:
    """Return a hash of all that stands in these folders."""
    files = [f for folder in folders for f in sorted((ROOT / folder).rglob("*")) if f.is_file()]
    return hashed([read(f) for f in files if f.suffix not in (".pyc", ".ipynb")] + [read(ROOT / n) for n in SHARED])


@functools.cache
def read(path: Path) -> str:
    """Return the name and contents of a file, hashed."""
    return hashlib.sha256(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes()).hexdigest()


def hashed(parts: Iterable[str]) -> str:
    """Return one hash of many texts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()
