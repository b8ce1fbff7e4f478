"""Plant each one-line mistake of tests/lrlib/mutants.toml in a copy of lrlib: every one must turn the tests red.

    python tools/mutants.py [name ...]     by default all of them; a word picks the mutants whose names contain it

A mutant that no test notices has survived: exit 1, as for a list that no longer fits the code, a mutant that is no
working program, and tests that are red before anything was planted. The working tree itself is never touched.
The tests nearest to the mistake run first (tests/lrlib/test_<module>.py, or the mutant's own `tests`), then the rest
of tests/lrlib and tests/claims, so a survivor has survived them all.
"""

import argparse
import ast
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LIST = "tests/lrlib/mutants.toml"
COPIED = (
    *("lrlib", "tests/lrlib", "tests/claims", "tests/conftest.py", "tests/paths.py", "pyproject.toml"),
    *("chapters", "book", "_config.yml", "_toc.yml", "index.md"),  # the claims are read from the pages
)
SUITES = ("tests/lrlib", "tests/claims")
# These look at the list and at the chapters, not at what lrlib computes.
LEFT_OUT = (
    "tests/lrlib/test_mutants.py",
    *(f"tests/claims/test_{name}.py" for name in ("wrong_formulas", "formulas_as_code", "formulas_in_sentences")),
)
# A test that dies of one of these has met a misspelt mutant, not a wrong number.
MISSPELT = ("SyntaxError", "IndentationError", "NameError", "UnboundLocalError", "AttributeError", "ImportError")
UNUSED_PLUGINS = ("cacheprovider", "nbval", "xdist", "anyio")  # nbval alone takes longer to load than most runs
SECONDS_ALLOWED = 300


class Mutant(NamedTuple):
    """One mistake: `before` stands once in `file` and becomes `after`; `why` says who makes it."""

    name: str
    file: str
    before: str
    after: str
    why: str
    tests: tuple[str, ...] = ()


class Verdict(NamedTuple):
    """What became of a mutant; `by` is the first test that failed, or what is wrong with the mutant."""

    mutant: Mutant
    outcome: str
    seconds: float = 0.0
    by: str = ""


def read(path: Path) -> list[Mutant]:
    """Return the mutants of a list; a missing or unknown field is a TypeError that names it."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]
    return [Mutant(**{**entry, "tests": tuple(entry.get("tests", ()))}) for entry in entries]


def planted(mutant: Mutant, root: Path) -> str:
    """Return the file's text with the mistake in it; ValueError in words where the list no longer fits the code."""
    path = root / mutant.file
    if not path.is_file():
        raise ValueError(f"there is no {mutant.file}")
    text = path.read_text(encoding="utf-8")
    if (found := text.count(mutant.before)) != 1:
        raise ValueError(f"`before` stands {found} times in {mutant.file}, not once")
    changed = text.replace(mutant.before, mutant.after)
    try:
        tree = ast.parse(changed)
    except SyntaxError as error:
        raise ValueError(f"with `after` {mutant.file} is no Python: {error.msg}") from None
    if ast.dump(tree) == ast.dump(ast.parse(text)):
        raise ValueError("`after` is the same program as `before`")
    return changed


def nearest_tests(mutant: Mutant, root: Path) -> list[str]:
    """Return the tests to run first: the mutant's own, else those of its module, else none."""
    own = mutant.tests or (f"tests/lrlib/test_{Path(mutant.file).stem}.py",)
    return [path for path in own if (root / path).exists()]


def run_tests(tree: Path, paths: list[str]) -> tuple[int, str]:
    """Run tests on a copy until the first failure; return pytest's exit status and the line that says what failed."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",  # a stale .pyc of the same second and size would run the wrong program
        "HYPOTHESIS_PROFILE": "quick",
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "400",
    }
    options = ["-x", "-q", "-rfE", "--tb=no", *(f"--ignore={path}" for path in LEFT_OUT)]
    unused = [option for plugin in UNUSED_PLUGINS for option in ("-p", f"no:{plugin}")]
    command = [sys.executable, "-m", "pytest", *options, *unused, *paths]
    done = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, timeout=SECONDS_ALLOWED, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return done.returncode, lines[0] if lines else (done.stderr or done.stdout).strip()[-400:]


def judge(mutant: Mutant, tree: Path) -> Verdict:
    """Plant the mutant in a copy of the repository, test it and take it out again."""
    start = time.perf_counter()

    def verdict(outcome: str, by: str = "") -> Verdict:
        return Verdict(mutant, outcome, time.perf_counter() - start, by)

    path = tree / mutant.file
    try:
        changed = planted(mutant, tree)
    except ValueError as error:
        return verdict("stale", str(error))
    original = path.read_text(encoding="utf-8")
    path.write_text(changed, encoding="utf-8")
    try:
        for paths in filter(None, (nearest_tests(mutant, tree), [s for s in SUITES if (tree / s).exists()])):
            status, line = run_tests(tree, paths)
            if status == 0:
                continue
            test, _, message = line.removeprefix("FAILED ").partition(" - ")
            if status != 1 or message.startswith(MISSPELT):
                return verdict("broken", line)
            return verdict("killed", test)
    except subprocess.TimeoutExpired:
        return verdict("hung", f"no end after {SECONDS_ALLOWED} s: choose a mistake that ends")
    finally:
        path.write_text(original, encoding="utf-8")
    return verdict("SURVIVED", "no test failed: write one, or strike the mutant if the program is right after all")


def copy_of(root: Path, folder: str) -> Path:
    """Return a new folder that holds what the tests of lrlib need, and nothing that was built."""
    tree = Path(folder).resolve()
    for name in COPIED:
        source, target = root / name, tree / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return tree


def trouble_before(trees: list[Path]) -> str:
    """Return why nothing can be judged: the copy is not what is imported, or its tests are red; "" if all is well."""
    where = "import lrlib, pathlib; print(pathlib.Path(lrlib.__file__).resolve())"
    found = subprocess.run(
        [sys.executable, "-c", where], cwd=trees[0], capture_output=True, text=True, check=False
    ).stdout.strip()
    if not found.startswith(str(trees[0])):
        return f"the copy's lrlib is not the one that is imported, but {found or 'none'}"
    suites = [[suite] for suite in SUITES if (trees[0] / suite).exists()]
    with ThreadPoolExecutor(len(trees)) as pool:
        for status, line in pool.map(run_tests, trees * len(suites), suites):
            if status:
                return f"the tests are red before anything was planted: {line}"
    return ""


def judge_all(mutants: list[Mutant], trees: list[Path]) -> list[Verdict]:
    """Judge the mutants side by side, one in each copy at a time; say each verdict as it falls."""
    free: queue.Queue[Path] = queue.Queue()
    for tree in trees:
        free.put(tree)

    def with_a_tree(mutant: Mutant) -> Verdict:
        tree = free.get()
        try:
            return judge(mutant, tree)
        finally:
            free.put(tree)

    verdicts = {}
    with ThreadPoolExecutor(len(trees)) as pool:
        for done in as_completed([pool.submit(with_a_tree, mutant) for mutant in mutants]):
            verdict = done.result()
            verdicts[verdict.mutant] = verdict
            count = f"[{len(verdicts):{len(str(len(mutants)))}}/{len(mutants)}]"
            print(f"{count} {verdict.outcome} in {verdict.seconds:.1f} s: {verdict.mutant.name}", flush=True)
    return [verdicts[mutant] for mutant in mutants]


def table(verdicts: list[Verdict]) -> str:
    """Return one line per mutant: outcome, seconds, name, and the first test that noticed."""
    width = max(len(verdict.mutant.name) for verdict in verdicts)
    return "\n".join(f"{v.outcome:8}  {v.seconds:5.1f} s  {v.mutant.name:{width}}  {v.by}" for v in verdicts)


def main() -> int:
    """Judge the mutants of the list; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", help="only the mutants whose names contain one of these words")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository (default: this one)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="mutants at a time (default: cores)")
    options = parser.parse_args()
    start = time.perf_counter()
    words = options.name or [""]
    mutants = [m for m in read(options.root / LIST) if any(word in m.name for word in words)]
    if not mutants:
        print(f"no mutant's name contains {' or '.join(words)}; see {LIST}", file=sys.stderr)
        return 1
    with ExitStack() as stack:
        count = max(1, min(options.workers, len(mutants)))
        folders = [stack.enter_context(tempfile.TemporaryDirectory(prefix="mutants-")) for _ in range(count)]
        trees = [copy_of(options.root, folder) for folder in folders]
        print(f"the tests without a mistake, then {len(mutants)} mutants, {count} at a time", flush=True)
        if trouble := trouble_before(trees):
            print(trouble, file=sys.stderr)
            return 1
        verdicts = judge_all(mutants, trees)
    killed = sum(verdict.outcome == "killed" for verdict in verdicts)
    print(f"\n{table(verdicts)}\n\n{killed} of {len(mutants)} mutants killed in {time.perf_counter() - start:.0f} s")
    return 0 if killed == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
