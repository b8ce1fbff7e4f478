"""The gate on cells and folds: what a cell shows is seen, what is out of sight is not needed, what folds is whole.

    python -m coursebook.gates.cells        exits 1 on a problem

A cell tagged `remove-cell` is executed and shown nowhere, in the notebook neither. So a later cell that is in the
notebook may use no name that only a removed cell has bound, or bound last. A removed cell that changes an object in
place is not noticed here: the notebooks are executed by tests/binder.

Names are followed statement by statement, as Python would bind them; a function uses its names where it is defined.
What is computed for display and not displayed is refused as well, in assignments too: vanished.py says how it is told.
"""

import ast
import symtable
import sys
from collections.abc import Iterator
from pathlib import Path

from coursebook.gates import vanished
from coursebook.source import contents, gated, myst

REMOVED = "remove-cell"
TAGS = {REMOVED, "remove-input", "hide-input"}  # the tags of this book; another one would be a misspelling
SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign)


def names(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """Return the names that a statement takes from the notebook, and those that it binds there."""
    table = symtable.symtable(ast.unparse(statement), "cell", "exec")
    top = {symbol.get_name(): symbol for symbol in table.get_symbols()}
    bound = {name for name, symbol in top.items() if symbol.is_assigned() or symbol.is_imported()}
    bound |= {name for inner in _scopes(table) for name in _declared_global(inner)}
    used = {name for name, symbol in top.items() if symbol.is_referenced()}
    used |= {
        symbol.get_name()
        for inner in _scopes(table)
        for symbol in inner.get_symbols()
        if symbol.is_global() and symbol.is_referenced()
    }
    if isinstance(statement, ast.AugAssign):
        used |= bound
    # `x = x + 1` takes x before it binds it; of `for x in xs: print(x)` only xs comes from elsewhere.
    return used if isinstance(statement, SIMPLE) else used - bound, bound


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for inner in table.get_children():
        yield inner
        yield from _scopes(inner)


def _declared_global(table: symtable.SymbolTable) -> set[str]:
    return {s.get_name() for s in table.get_symbols() if s.is_declared_global() and s.is_assigned()}


def page_problems(path: Path) -> list[str]:
    """Return the cells of a page that lean on what is out of sight, and tags that no reader of cells knows."""
    cells = [(cell, myst.tags_of(cell)) for cell in myst.directives(path, "code-cell")]
    in_sight: set[str] = set()
    found = []
    statements = []
    for cell, tags in cells:
        for tag in sorted(tags - TAGS):
            found.append(f"{path}:{cell.line}: a cell tagged {tag}: the tags are {', '.join(sorted(TAGS))}")
        try:
            body = ast.parse(cell.body).body
        except SyntaxError:  # the prose gate says so
            continue
        for statement in body:
            statements.append((cell, REMOVED in tags, statement, *names(statement)))
    for _, removed, _, _, bound in statements:
        in_sight |= set() if removed else bound
    last: dict[str, int] = {}  # of each name that a removed cell has bound last: the line of that cell
    hidden = {name: cell.line for cell, removed, _, _, bound in statements if removed for name in bound - in_sight}
    for cell, removed, statement, used, bound in statements:
        if removed:
            last |= dict.fromkeys(bound, cell.line)
            continue
        for name in sorted(used & (last.keys() | hidden.keys())):
            line, maker = cell.body_line + statement.lineno - 1, last.get(name, hidden.get(name))
            found.append(
                f"{path}:{line}: this cell needs {name}, which the cell on line {maker} binds, tagged {REMOVED}: "
                f"the notebook lacks it; bind {name} in a cell that is shown, or choose another name there"
            )
        for name in bound:
            last.pop(name, None)
    return found


def problems(root: Path) -> list[str]:
    """Return the problems of all chapters, and what vanishes in the assignments."""
    found = []
    for path in contents.chapters(root):
        found += page_problems(path)
        found += [f"{path}:{line}: {problem}" for line, problem in gated.problems(path)]
    for path in (*contents.chapters(root), *sorted(root.glob(contents.MASTERS))):
        found += [f"{path}:{line}: {problem}" for line, problem in vanished.problems(path, root)]
    return myst.shortened(found, root)


def main() -> int:
    """Check all chapters."""
    found = problems(Path.cwd())
    print("\n".join(found) or "no cell needs what is out of sight, what it shows is seen, and every fold is whole")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
