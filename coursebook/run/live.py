"""Chapters whose kernels stay alive while somebody writes: after a change, cells run from the first that differs.

The outputs go to the cache as drafts. A cell that runs again finds what later cells left behind, so a draft counts as
stale for everybody else: `make book` executes the chapter anew, from its first cell, in a kernel of its own.
"""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from coursebook.run import execution
from coursebook.run.execution import CACHE, Chapter, is_fresh, read_chapter

DRAFT = "a draft: executed in a kernel that had run before"


@dataclass
class Live:
    """The kernel of a chapter, and the cells that ran in it."""

    client: NotebookClient
    folder: tempfile.TemporaryDirectory[str]
    language: dict[str, str]  # what the kernel says of its language, for the highlighting of code
    cells: list[NotebookNode]  # with their outputs


class LiveChapters:
    """The chapters that have been executed here, each with its kernel."""

    def __init__(self) -> None:
        self.kernels: dict[Path, Live] = {}

    def run(self, paths: Iterable[Path], root: Path) -> None:
        """Execute what has changed in these chapters; ChapterError for a cell that fails."""
        cache = get_cache(str(root / CACHE))
        for path in paths:
            if not path.is_file():
                continue  # removed: Sphinx says so
            chapter = read_chapter(root, path.relative_to(root))
            if is_fresh(chapter, cache):
                continue
            self._execute(chapter)
            data = {"fingerprint": DRAFT}
            bundle = CacheBundleIn(chapter.notebook, str(path), data=data)
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)

    def _execute(self, chapter: Chapter) -> None:
        live = self.kernels.get(chapter.path) or self._start(chapter)
        chapter.notebook.metadata["language_info"] = live.language
        code = [place for place, cell in enumerate(chapter.notebook.cells) if cell.cell_type == "code"]
        ran, live.cells = live.cells, []
        for number, place in enumerate(code):
            cell = chapter.notebook.cells[place]
            # A cell that fails is not among those that ran: it and all after it run again.
            if number < len(ran) and ran[number].source == cell.source:
                cell.outputs, cell.execution_count = ran[number].outputs, ran[number].execution_count
            else:
                ran = []
                self._cell(live, chapter, place)
            live.cells.append(cell)

    def _cell(self, live: Live, chapter: Chapter, index: int) -> None:
        live.client.nb = chapter.notebook
        try:
            live.client.execute_cell(chapter.notebook.cells[index], index)
        except CellExecutionError as error:
            raise execution.problem(chapter, index, f"raised {error.ename}: {error.evalue}") from error
        except (CellTimeoutError, DeadKernelError) as error:
            self._stop(chapter.path)
            raise execution.problem(chapter, index, f"stopped its kernel: {error}") from error
        execution.refuse_warnings(chapter)

    def _start(self, chapter: Chapter) -> Live:
        folder = tempfile.TemporaryDirectory()
        client = execution.client(chapter)
        client.create_kernel_manager()
        client.start_new_kernel(cwd=folder.name, env=execution.kernel_environment())
        client.start_new_kernel_client()
        reply = client.wait_for_reply(client.kc.kernel_info()) if client.kc else None
        if reply is None:
            raise execution.ChapterError(f"{chapter.path}: its kernel does not answer. Save the chapter again.")
        self.kernels[chapter.path] = Live(client, folder, reply["content"]["language_info"], [])
        return self.kernels[chapter.path]

    def _stop(self, path: Path) -> None:
        live = self.kernels.pop(path)
        live.client._cleanup_kernel()
        live.folder.cleanup()

    def close(self) -> None:
        """End every kernel."""
        for path in list(self.kernels):
            self._stop(path)
