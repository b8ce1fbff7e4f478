"""Execute chapters side by side into the cache that the build reads: only those whose output can have changed.

A chapter's output can change when its code cells do, when a module of lrlib does that it imports (directly or through
another), or when the pinned packages or Python do. All of that is its fingerprint, kept beside the cached outputs.
"""

import ast
import asyncio
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from myst_nb.core.read import read_myst_markdown_notebook
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parent.parent
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


def chapters(root: Path = ROOT) -> list[Chapter]:
    """Return the chapters that the table of contents lists, in reading order."""
    names = [name.removesuffix(".md") for name in parse_toc_yaml(root / "_toc.yml")]
    return [read_chapter(root, Path(f"{name}.md")) for name in names if name.startswith("chapters/")]


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
    for module in sorted(imported_modules(chapter)):
        digest.update(module.relative_to(chapter.root).as_posix().encode())
        digest.update(module.read_bytes())
    return digest.hexdigest()


def imported_modules(chapter: Chapter) -> set[Path]:
    """Return the files of lrlib that the chapter's cells import, directly or through one another."""
    transform = TransformerManager().transform_cell
    code = "\n".join(transform(cell.source) for cell in chapter.notebook.cells if cell.cell_type == "code")
    found: set[Path] = set()
    waiting = _lrlib_files(chapter.root, _parse(code, chapter.path))
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting |= _lrlib_files(chapter.root, _parse(module.read_text(encoding="utf-8"), module))
    return found


def _parse(code: str, where: Path) -> ast.Module:
    try:
        return ast.parse(code)
    except SyntaxError as error:
        raise ChapterError(f"{where}: a code cell is not valid Python: {error.msg}: {error.text or ''}") from error


def _lrlib_files(root: Path, tree: ast.Module) -> set[Path]:
    """Return the modules of lrlib that a piece of code can reach through its imports."""
    package = root / "lrlib"
    everything = set(package.glob("*.py"))
    found: set[Path] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if node.level or node.module == "lrlib":  # `from lrlib import sigmoid`: which room it is in, is not said
                rooms = {package / f"{alias.name}.py" for alias in node.names}
                found |= rooms if rooms <= everything else everything
            elif node.module and node.module.startswith("lrlib."):
                found.add(package / f"{node.module.split('.')[1]}.py")
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "lrlib" or (alias.name.startswith("lrlib.") and not alias.asname):
                    found |= everything
                elif alias.name.startswith("lrlib."):
                    found.add(package / f"{alias.name.split('.')[1]}.py")
    return found | ({package / "__init__.py"} & everything if found else set())


def is_fresh(chapter: Chapter, cache: JupyterCacheAbstract) -> bool:
    """Does the cache hold outputs of these cells, made with this library and these packages?"""
    try:
        record = cache.match_cache_notebook(chapter.notebook)
    except KeyError:
        return False
    return bool(record.data.get("fingerprint") == fingerprint(chapter))


def executed_notebook(chapter: Chapter) -> NotebookNode:
    """Return the chapter's notebook with its cached outputs; KeyError if it was not executed."""
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

    client = NotebookClient(
        chapter.notebook,
        timeout=timeout,
        kernel_name="python3",
        on_cell_start=remember,
        record_timing=False,
        coalesce_streams=True,
        shutdown_kernel="immediate",  # it has nothing to save, and takes most of a second to leave by itself
        extra_arguments=["--log-level=ERROR"],  # ipykernel warns of TCP in general; this is TCP on 127.0.0.1
    )
    with tempfile.TemporaryDirectory() as folder:  # a chapter that writes a file must not write it into the sources
        try:
            await client.async_execute(cwd=folder, env=kernel_environment())
        except CellTimeoutError as error:
            raise _problem(chapter, current, f"ran longer than {timeout} s") from error
        except CellExecutionError as error:
            raise _problem(chapter, current, f"raised {error.ename}: {error.evalue}") from error
        except DeadKernelError as error:
            raise _problem(chapter, current, "ended its kernel") from error
    for index, cell in enumerate(chapter.notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                raise _problem(chapter, index, f"warned (catch and print it, or mend it): {output.text.strip()}")


def kernel_environment() -> dict[str, str]:
    """Return the environment of every kernel: one thread each, so that sums are added in one order everywhere.

    And no progress bars: on a slow machine one would be drawn that a fast one never shows.
    """
    single = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")}
    return {**os.environ, **single, "PYTHONHASHSEED": "0", "TQDM_DISABLE": "1"}


def _problem(chapter: Chapter, cell: int, what: str) -> ChapterError:
    """Name chapter, line and number of the code cell, quote it, and say what happened."""
    number = sum(c.cell_type == "code" for c in chapter.notebook.cells[: cell + 1])
    source = chapter.notebook.cells[cell].source.strip()
    quoted = "\n".join(f"    {line}" for line in source.splitlines())
    return ChapterError(f"{chapter.path}:{chapter.line_of(cell)}: code cell {number} {what}\n{quoted}")
