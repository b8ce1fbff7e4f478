"""What a cell computes for display and does not display: a table above the last line, a value in a cell out of sight.

Jupyter shows the value of a cell's last line, where that is an expression; whatever stands above it, or inside a
block, is computed and dropped without a word. So each such line must be there for its effect: a call that draws,
prints, changes an object, checks, or learns. Whether a call is one of these is read from

- the function's own return annotation or `return`s, if the book or the page defines it;
- Matplotlib's list of what an Axes and a Figure can do;
- the names in this file. A call of any other name counts as a value, so that a new way to show something is noticed.

Where a value is computed only for the error or the warning that it meets, it stands in a `try` or in a `with` that
catches it. `_ = f()` says of any other call that its value is not wanted.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from coursebook.source import myst

SHOWS = {"display", "glue", "print", "show"}  # they show by themselves, wherever they stand
# The first word of a name that says what is done: set_xlabel, assert_close, manual_seed.
VERBS = {
    "assert", "check", "clip", "configure", "draw", "filterwarnings", "fit", "load_state_dict", "manual", "partial",
    "plot", "raise", "register", "reset", "run", "save", "savefig", "savetxt", "savez", "seed", "set", "setattr",
    "seterr", "delattr", "shuffle", "simplefilter", "sleep", "start", "stop", "train", "use", "warn", "write",
}  # fmt: skip
# Of an object; NumPy has functions of such names, which return what they make.
METHODS = {
    "add", "append", "apply", "backward", "clear", "close", "difference_update", "discard", "eval", "extend", "fill",
    "flush", "insert", "intersection_update", "mkdir", "move_to_end", "pop", "popitem", "put", "remove", "requires",
    "reverse", "send", "setdefault", "sort", "step", "throw", "unlink", "update", "zero",
}  # fmt: skip
OF_MODULES = {"at", "collect", "copyto", "fill_diagonal", "place", "put", "putmask", "makedirs", "remove"}
BUILTINS = {"exec", "input", "next"}
ARGUMENTS = {"inplace", "out", "file"}  # where the result goes instead
DRAWN = {"None", "Axes", "Figure"}  # what a function returns that is called for its effect
CATCHING = {"assertRaises", "catch_warnings", "errstate", "raises", "suppress", "warns"}
ASKING = ("get", "has", "can", "contains", "format", "in", "is", "properties", "findobj")  # they draw nothing
NAMED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
REMEDY = "print it, make it the last line of a cell that is shown, or delete it"


class Names(NamedTuple):
    """What a page's names stand for, as far as that tells whether a call has an effect."""

    modules: dict[str, str]  # np -> numpy
    effects: dict[str, bool]  # a function of the book or of the page -> whether it is called for its effect
    used: set[str]  # whatever is read anywhere on the page


def problems(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Yield line and words for each value of a page's cells that is shown nowhere; root: the book's folder."""
    cells = [cell for cell in myst.directives(path, "code-cell") if is_python(cell.body)]
    names = names_of([statement for cell in cells for statement in ast.parse(cell.body).body], root)
    for cell in cells:
        for line, problem in lost(cell.body, names, shown="remove-cell" not in myst.tags_of(cell)):
            yield cell.body_line + line - 1, problem


def is_python(code: str) -> bool:
    """Tell whether a cell can be read: if not, the prose gate says so, or an assignment has marks to fill there."""
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


def lost(code: str, names: Names, *, shown: bool) -> Iterator[tuple[int, str]]:
    """Yield line (from 1, within the cell) and words for each value of a cell that is computed and shown nowhere.

    shown: whether the cell's outputs are; of a removed cell, nothing is, so that it may only hand results over.
    """
    body = ast.parse(code).body
    hushed = code.rstrip().endswith(";")  # Jupyter then shows nothing
    last = body[-1] if body and shown and not hushed else None
    for kept in _kept_and_forgotten(body, names):
        yield kept.lineno, f"{_short(kept)} keeps what it is to show, and nothing shows it: {REMEDY}"
    for line in _expressions(body, caught=False):
        if line is last:
            continue
        value = line.value
        if isinstance(value, ast.Call) and _name(value.func) in SHOWS:
            if not shown and _name(value.func) != "glue":
                yield line.lineno, f"{_short(line)} shows something in a cell that is removed: {REMEDY}"
        elif not _has_effect(value, names):
            if not shown:
                where = "stands in a cell that is removed"
            elif line not in body:
                where = "stands inside a block"
            else:
                where = "ends in a semicolon" if line is body[-1] else "stands above the cell's last line"
            yield line.lineno, f"{_short(line)} {where}, so its value is shown nowhere: {REMEDY}"


def names_of(statements: list[ast.stmt], root: Path) -> Names:
    """Return what the imports and functions of a page's cells say; the book's own modules lie below root."""
    modules: dict[str, str] = {}
    effects: dict[str, bool] = {}
    used: set[str] = set()
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            used.add(node.id)
        elif isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name.partition(".")[0]: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            own = _own_functions(root.joinpath(*node.module.split(".")).with_suffix(".py"))
            for alias in node.names:
                if alias.name in own:
                    effects[alias.asname or alias.name] = own[alias.name]
                elif alias.name.islower():  # `from torch import nn`: a module, or a function that is called as such
                    modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.FunctionDef) and not any(map(_returns_a_value, ast.walk(node))):
            effects[node.name] = True
    return Names(modules, effects, used)


@cache
def _own_functions(module: Path) -> dict[str, bool]:
    """Return of each function in a module of the book whether it is called for its effect."""
    if not module.is_file():
        return {}
    functions = (
        node for node in ast.parse(module.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)
    )
    return {node.name: node.returns is not None and ast.unparse(node.returns) in DRAWN for node in functions}


def _returns_a_value(node: ast.AST) -> bool:
    return isinstance(node, ast.Yield | ast.YieldFrom) or (isinstance(node, ast.Return) and node.value is not None)


def _kept_and_forgotten(body: list[ast.stmt], names: Names) -> Iterator[ast.Assign]:
    """Yield the lines that give a table or the like a name which is read nowhere."""
    for node in (node for statement in body for node in ast.walk(statement)):
        if isinstance(node, ast.Assign) and _is_call_of(node.value, prefix="show"):
            targets = {target.id for target in node.targets if isinstance(target, ast.Name)}
            if targets and not targets & names.used:
                yield node


def _expressions(body: list[ast.stmt], *, caught: bool) -> Iterator[ast.Expr]:
    """Yield the lines that are expressions, in blocks and functions too, but for docstrings and what is caught."""
    for statement in body:
        if isinstance(statement, ast.Expr):
            if not caught or _is_call_of(statement.value, prefix="show"):
                yield statement
            continue
        catches = isinstance(statement, ast.Try | ast.TryStar) and bool(statement.handlers)
        if isinstance(statement, ast.With):
            catches = any(_name(getattr(item.context_expr, "func", None)) in CATCHING for item in statement.items)
        for field in ("body", "orelse", "finalbody"):
            inner = getattr(statement, field, [])
            if field == "body" and isinstance(statement, NAMED) and _is_docstring(inner[0]):
                inner = inner[1:]
            yield from _expressions(inner, caught=caught or (catches and field == "body"))
        for part in (*getattr(statement, "handlers", []), *getattr(statement, "cases", [])):
            yield from _expressions(part.body, caught=caught)


def _is_docstring(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _is_call_of(value: ast.expr, prefix: str) -> bool:
    return isinstance(value, ast.Call) and _name(value.func).partition("_")[0] == prefix


def _has_effect(value: ast.expr, names: Names) -> bool:
    """Tell whether an expression is there for what it does."""
    if isinstance(value, ast.Constant):
        return value.value is ...
    if isinstance(value, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
        return True
    if not isinstance(value, ast.Call):
        return False
    if ARGUMENTS & {keyword.arg for keyword in value.keywords}:
        return True
    name = _name(value.func)
    if isinstance(value.func, ast.Name) and name in names.effects:
        return names.effects[name] or name.partition("_")[0] in VERBS
    verb = name.partition("_")[0]
    if verb in VERBS or name in VERBS or name.endswith("_"):  # PyTorch's functions that end so change their argument
        return True
    if isinstance(value.func, ast.Name):
        return name in BUILTINS
    module = names.modules.get(_root(value.func), "")
    if module.partition(".")[0] == "matplotlib" or (not module and name in _drawing()):
        return verb not in ASKING
    return name in OF_MODULES if module else name in METHODS or verb in METHODS


def _name(function: ast.expr | None) -> str:
    """Return the name by which something is called, without what stands before its last dot."""
    return getattr(function, "attr", "") or getattr(function, "id", "")


def _root(function: ast.expr) -> str:
    """Return the name that a dotted one begins with; empty where it begins with a call or an index."""
    while isinstance(function, ast.Attribute):
        function = function.value
    return function.id if isinstance(function, ast.Name) else ""


@cache
def _drawing() -> set[str]:
    """Return what an Axes and a Figure can be told to do."""
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    return {name for name in (*dir(Axes), *dir(Figure)) if not name.startswith("_")}


def _short(line: ast.stmt) -> str:
    """Return a line's code, shortened."""
    code = " ".join(ast.unparse(line).split())
    return code if len(code) <= 40 else f"{code[:36]} ..."
