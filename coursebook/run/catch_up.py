"""Part of a notebook's kernel: the cells above the one that is run first are run before it.

A chapter opens with its outputs, so it looks as if it had run. Who then changes a number in the middle and runs that
cell would read `NameError: name 'np' is not defined`. JupyterLab says which cell of which notebook is run, so what
stands above it and has not run yet in this kernel is run here, out of sight, and one line says so. A cell with a tag
is left out: nobody's answer or check is run unasked, and the library that the install cell brings is there.

A cell that is in no file yet has no place: where it uses a name that is not there, the notebook is run from its
beginning until the name is there.
"""

import builtins
import json
import os
import symtable
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

NOTEBOOK = "JPY_SESSION_NAME"  # the variable in which Jupyter's server names the notebook of a kernel


class CatchUp:
    """Runs what a cell needs before it; knows which cells of the notebook have run."""

    def __init__(self, shell: InteractiveShell, notebook: Path) -> None:
        self.shell, self.notebook = shell, notebook
        self.ran: set[str] = set()
        self.busy = False  # its own cells are announced as well

    def before(self, info: Any) -> None:
        """Run the cells above this one that have not run, up to the first that fails; its error is shown."""
        if self.busy or not info.cell_id:  # an older Jupyter does not say which cell it is
            return
        shown, self.shell.ast_node_interactivity = self.shell.ast_node_interactivity, "none"
        self.busy = True
        try:
            count = sum(1 for _ in takewhile(self.run, self.waiting(info.cell_id, info.raw_cell)))
        finally:
            self.busy, self.shell.ast_node_interactivity = False, shown
            self.ran.add(info.cell_id)
        if count:
            print(
                f"The {count} cells above, as they are saved, ran first." if count > 1 else "The cell above ran first."
            )

    def run(self, cell: dict[str, Any]) -> bool:
        """Run one cell without its outputs; whether it succeeded. An error is shown, and no further cell waits."""
        self.ran.add(cell["id"])
        with capture_output():
            return bool(self.shell.run_cell("".join(cell["source"]), store_history=False).success)

    def waiting(self, cell_id: str, code: str) -> Iterator[dict[str, Any]]:
        """Yield the cells that are to run before this one, as long as they are needed."""
        cells = code_cells(self.notebook)
        ids = [cell["id"] for cell in cells]
        placed = cell_id in ids
        for cell in cells[: ids.index(cell_id)] if placed else cells:
            if cell["metadata"].get("tags") or cell["id"] in self.ran:
                continue
            if not placed and names_used(code) <= self.shell.user_ns.keys():
                return
            yield cell


def code_cells(notebook: Path) -> list[dict[str, Any]]:
    """Return the code cells of a notebook as they are saved; none where it was moved, or is no notebook yet."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return []
    return [cell for cell in cells if cell["cell_type"] == "code" and "id" in cell]


def names_used(code: str) -> set[str]:
    """Return the names that some code takes from elsewhere and not from Python itself."""
    try:
        scopes = [symtable.symtable(code, "cell", "exec")]
    except SyntaxError:  # the kernel says so
        return set()
    bound = {symbol.get_name() for symbol in scopes[0].get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    used = {symbol.get_name() for symbol in scopes[0].get_symbols() if symbol.is_referenced()}
    while scopes:
        scope = scopes.pop()
        scopes += scope.get_children()
        used |= {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global() and symbol.is_referenced()}
    return used - bound - set(dir(builtins))


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Watch the cells of this kernel."""
    if notebook := os.environ.get(NOTEBOOK):
        shell.events.register("pre_run_cell", CatchUp(shell, Path.cwd() / Path(notebook).name).before)
