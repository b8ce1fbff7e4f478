"""Execute chapters side by side into the cache that the build reads: only those whose output can have changed.

A chapter's output can change when its code cells do, when a module of the book's own does that it imports (directly or
through another), or when the pinned packages or Python do. All of that is its fingerprint, kept beside the outputs.
"""

import ast
import asyncio
import functools
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from myst_nb.core.read import read_myst_markdown_notebook
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from coursebook.source import contents

CACHE = Path("_build/.jupyter_cache")
DOCTREES = Path("_build/.doctrees")
SECONDS_PER_CELL = 60


class ChapterError(Exception):
    """A chapter that cannot be executed; the message names chapter, line, cell and reason."""


@dataclass(frozen=True)
class Chapter:
    """A chapter's file, and the notebook that its text describes."""

    root: Path
    path: Path  # relative to root
    notebook: NotebookNode

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    def line_of(self, cell: int) -> int:
        """Return the line of the file on which a cell begins."""
        return int(self.notebook.metadata["source_map"][cell]) + 1


def chapters(root: Path) -> list[Chapter]:
    """Return the chapters that the table of contents lists, in reading order."""
    return [read_chapter(root, path.relative_to(root)) for path in contents.chapters(root)]


def read_chapter(root: Path, path: Path) -> Chapter:
    """Read one MyST notebook; ChapterError if it cannot be read."""
    try:
        text = (root / path).read_text(encoding="utf-8")
        return Chapter(root, path, read_myst_markdown_notebook(text, add_source_map=True, path=path))
    except Exception as error:  # the reader raises many kinds; each means the same to the author
        raise ChapterError(f"{path}: cannot be read as a MyST notebook: {error}") from error


# Which chapters are stale


def fingerprint(chapter: Chapter) -> str:
    """Return a hash of all that the chapter's outputs depend on, beside its own cells."""
    digest = hashlib.sha256(sys.version.encode())
    digest.update((chapter.root / "constraints.txt").read_bytes())
    modules = imported_modules(chapter)
    for module in sorted(modules | contents.data_of(modules)):
        digest.update(module.relative_to(chapter.root).as_posix().encode())
        digest.update(module.read_bytes())
    return digest.hexdigest()


def imported_modules(chapter: Chapter) -> set[Path]:
    """Return the files of the book's own packages that the cells import, directly or through one another."""
    transform = TransformerManager().transform_cell
    code = "\n".join(transform(cell.source) for cell in chapter.notebook.cells if cell.cell_type == "code")
    found: set[Path] = set()
    waiting = _own_files(chapter.root, _parse(code, chapter.path))
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting |= _reached_from(chapter.root, module, module.stat().st_mtime_ns)
    return found


@functools.lru_cache(maxsize=1024)  # every chapter asks the same modules
def _reached_from(root: Path, module: Path, _saved: int) -> frozenset[Path]:
    """Return the modules that one module's own imports can reach; _saved tells apart what was saved in between."""
    package = module.relative_to(root).parts[0]
    return frozenset(_own_files(root, _parse(module.read_text(encoding="utf-8"), module), within=package))


def _parse(code: str, where: Path) -> ast.Module:
    try:
        return ast.parse(code)
    except SyntaxError as error:
        raise ChapterError(f"{where}: a code cell is not valid Python: {error.msg}: {error.text or ''}") from error


def _own_files(root: Path, tree: ast.Module, within: str = "") -> set[Path]:
    """Return the modules of packages in the book's folder that a piece of code can reach through its imports.

    within: the package that the code itself belongs to, for imports that begin with a dot.
    """
    found: set[Path] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            found |= _everything(root, within)
        elif isinstance(node, ast.ImportFrom) and node.module:
            rooms = [_room(root, f"{node.module}.{alias.name}") for alias in node.names]
            if "." in node.module:
                found |= {room for room in (_room(root, node.module), *rooms) if room}
            else:  # `from mylib import mean`: which room it is in, is not said
                found |= {room for room in rooms if room} if all(rooms) else _everything(root, node.module)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                package = alias.name.partition(".")[0]
                room = _room(root, alias.name)
                found |= {room} if room and "." in alias.name and alias.asname else _everything(root, package)
    return found | {root / room.relative_to(root).parts[0] / "__init__.py" for room in found}


def _room(root: Path, module: str) -> Path | None:
    """Return the file of a module of the book's own, such as mylib.means; None for all others."""
    place = root.joinpath(*module.split("."))
    if not (root / module.partition(".")[0] / "__init__.py").is_file():
        return None
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)


def _everything(root: Path, package: str) -> set[Path]:
    """Return all modules of a package of the book's own; none of another package."""
    is_own = package and (root / package / "__init__.py").is_file()
    return set((root / package).rglob("*.py")) if is_own else set()


def is_fresh(chapter: Chapter, cache: JupyterCacheAbstract) -> bool:
    """Does the cache hold outputs of these cells, made with this library and these packages?"""
    try:
        record = cache.match_cache_notebook(chapter.notebook)
    except KeyError:
        return False
    return bool(record.data.get("fingerprint") == fingerprint(chapter))


def executed_notebook(chapter: Chapter) -> NotebookNode:
    """Return the chapter's notebook with its cached outputs; KeyError if it was not executed."""
    notebook: NotebookNode
    _, notebook = get_cache(str(chapter.root / CACHE)).merge_match_into_notebook(chapter.notebook)
    return notebook


# Executing


def execute_stale(
    todo: Sequence[Chapter], *, workers: int | None = None, timeout: int = SECONDS_PER_CELL
) -> list[Chapter]:
    """Execute the chapters whose outputs are not in the cache, side by side; return those.

    All chapters are tried; then ChapterError with one paragraph for each that failed.
    """
    if not todo:
        return []
    root = todo[0].root
    (root / CACHE).mkdir(parents=True, exist_ok=True)
    cache = get_cache(str(root / CACHE))
    stale = [chapter for chapter in todo if not is_fresh(chapter, cache)]
    if stale:
        print(f"executing {len(stale)} of {len(todo)} chapters ...", flush=True)
    for chapter in stale:  # Sphinx reads a page again when its doctree is gone: else it would keep the old outputs
        (root / DOCTREES / chapter.path.with_suffix(".doctree")).unlink(missing_ok=True)
    problems = asyncio.run(_execute_all(stale, cache, workers or os.cpu_count() or 1, timeout))
    if problems:
        raise ChapterError("\n\n".join(problems))
    return stale


async def _execute_all(stale: Sequence[Chapter], cache: JupyterCacheAbstract, workers: int, timeout: int) -> list[str]:
    """Run at most `workers` kernels at a time; return the problems, in reading order."""
    places = asyncio.Semaphore(workers)

    async def one(chapter: Chapter) -> str | None:
        async with places:
            begin = time.perf_counter()
            try:
                await execute(chapter, timeout=timeout)
            except ChapterError as error:
                print(f"  failed    {chapter.path}", flush=True)
                return str(error)
            seconds = time.perf_counter() - begin
            data = {"execution_seconds": seconds, "fingerprint": fingerprint(chapter)}
            bundle = CacheBundleIn(chapter.notebook, str(chapter.root / chapter.path), data=data)
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            print(f"  {seconds:5.1f} s   {chapter.path}", flush=True)
            return None

    # Let every chapter end before anything is raised: a kernel cut off in its start prints a traceback of its own.
    results = await asyncio.gather(*map(one, stale), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [str(problem) for problem in results if problem]


async def execute(chapter: Chapter, *, timeout: int = SECONDS_PER_CELL) -> None:
    """Execute the chapter's notebook in place. ChapterError for an exception, a time-out, a warning, a dead kernel."""
    current = 0

    def remember(cell: NotebookNode, cell_index: int) -> None:
        nonlocal current
        current = cell_index

    session = client(chapter, timeout=timeout, on_cell_start=remember)
    with tempfile.TemporaryDirectory() as folder:  # a chapter that writes a file must not write it into the sources
        try:
            await session.async_execute(cwd=folder, env=kernel_environment())
        except CellTimeoutError as error:
            raise problem(chapter, current, f"ran longer than {timeout} s") from error
        except CellExecutionError as error:
            raise problem(chapter, current, f"raised {error.ename}: {error.evalue}") from error
        except DeadKernelError as error:
            raise problem(chapter, current, "ended its kernel") from error
    refuse_warnings(chapter)


def client(chapter: Chapter, **settings: Any) -> NotebookClient:
    """Return what executes the cells of a chapter, in a kernel that it starts."""
    return NotebookClient(
        chapter.notebook,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        shutdown_kernel="immediate",  # it has nothing to save, and takes most of a second to leave by itself
        extra_arguments=["--log-level=ERROR"],  # ipykernel warns of TCP in general; this is TCP on 127.0.0.1
        **{"timeout": SECONDS_PER_CELL, **settings},
    )


def refuse_warnings(chapter: Chapter) -> None:
    """Raise ChapterError for the first cell that wrote a warning."""
    for index, cell in enumerate(chapter.notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                warned = f"warned (fix the cause, or catch the warning and print it): {output.text.strip()}"
                raise problem(chapter, index, warned)


def kernel_environment() -> dict[str, str]:
    """Return the environment of every kernel: one thread each, so that sums are added in one order everywhere.

    And no progress bars: on a slow machine one would be drawn that a fast one never shows.
    """
    single = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")}
    return {**os.environ, **single, "PYTHONHASHSEED": "0", "TQDM_DISABLE": "1"}


def problem(chapter: Chapter, cell: int, what: str) -> ChapterError:
    """Name chapter, line and number of the code cell, quote it, and say what happened."""
    number = sum(c.cell_type == "code" for c in chapter.notebook.cells[: cell + 1])
    source = chapter.notebook.cells[cell].source.strip()
    quoted = "\n".join(f"    {line}" for line in source.splitlines())
    return ChapterError(f"{chapter.path}:{chapter.line_of(cell)}: code cell {number} {what}\n{quoted}")
