"""What a question forbids: functions that are the answer already, found in the syntax tree of what was handed in.

An assignment names them in checks.py: FORBIDDEN = {"q3": ["torch.sigmoid", "scipy.special.expit", ".sigmoid"]}; the
key "*" is for every question; ".name" is a method or attribute of that name on anything. Names are followed through
imports, aliases, assignments and `getattr`, and from an answer into the functions of the notebook that it calls.
Nothing is run.
"""

import ast
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache

MOST_KEPT = 3000  # letters of a cell whose tree is kept for the next submission
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
RUN_TEXT = {"exec", "eval", "compile", "run_cell", "ex", "run_cell_magic", "run_line_magic", "magic"}
WRITE_TEXT = {"write", "write_text", "writelines"}  # into a module, if it imports or defines something
WRITTEN = (*FUNCTIONS, ast.Import, ast.ImportFrom)
MOST_IN_TEXT = 3  # levels of code in text in code in text


class Notebook:
    """All code of a notebook as syntax trees, read once for all its questions."""

    def __init__(self, code: Iterable[str]) -> None:
        """Parse the cells; one that is not Python, or too deep to be read, is left out."""
        self.trees = [tree for tree in map(parsed, code) if tree is not None]
        self.aliases = Aliases(self.trees)
        self.defined: dict[str, list[ast.stmt]] = {}
        for node in (node for tree in self.trees for node in tree.body):
            for name in _defines(node):
                self.defined.setdefault(name, []).append(node)

    def uses(self, answer: str, names: Iterable[str], forbidden: Iterable[str]) -> list[str]:
        """Return which of the forbidden functions an answer uses, in its cells or in what these call."""
        nodes = (node for tree in self.reached(answer, names) for node in ast.walk(tree))
        found = {name for node in nodes for name in self.aliases.meanings(node)}
        return sorted(name for name in forbidden if any(_is(name, used) for used in found))

    def reached(self, answer: str, names: Iterable[str]) -> list[ast.AST]:
        """Return an answer's tree, and every statement of the notebook that defines what it names, and these in turn.

        `names` are those that its checks ask for, wherever they are defined.
        """
        own = parsed(answer) or ast.Module([], [])
        asked = [ast.Expr(ast.Name(name, ast.Load())) for name in names]
        reached: list[ast.AST] = [own, *asked]
        seen: set[str] = set()
        for tree in reached:  # grows while it is read
            for node in ast.walk(tree):
                if isinstance(node, ast.Name) and node.id not in seen:
                    seen.add(node.id)
                    reached += self.defined.get(node.id, [])
        return reached


def uses(
    question: str, names: Iterable[str], answer: str, code: Iterable[str], forbidden: Mapping[str, Iterable[str]]
) -> list[str]:
    """Return what the answer to a question of a notebook uses of what it forbids."""
    return Notebook(code).uses(answer, names, [*forbidden.get("*", ()), *forbidden.get(question, ())])


def parsed(source: str) -> ast.Module | None:
    """Return the syntax tree of a cell, translated by IPython where it is not plain Python; None if it is neither.

    Most cells of a class are those that were handed out, and are parsed once.
    """
    return _parsed(source) if len(source) < MOST_KEPT else _parsed.__wrapped__(source)


@lru_cache(maxsize=500)
def _parsed(source: str) -> ast.Module | None:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        try:
            tree = ast.parse(_translate()(source))
        except Exception:  # the translation fails in many ways on what is no code
            return None
    return _with_code_in_text(tree)


def _with_code_in_text(tree: ast.Module, depth: int = 0) -> ast.Module:
    """Return a tree in which code that is handed over as text, to `exec`, to a magic or into a module, is code.

    At the top of a cell it follows the statement that runs it; further down it is among the call's arguments.
    """
    if depth > MOST_IN_TEXT:
        return tree
    for node in [node for node in ast.walk(tree) if isinstance(node, ast.Call)]:
        name = _name(node.func)
        pattern = name == "compile" and isinstance(node.func, ast.Attribute)  # re.compile
        if pattern or (name not in RUN_TEXT and name not in WRITE_TEXT):
            continue
        for text in filter(None, map(_text, list(node.args))):
            try:
                inner = _with_code_in_text(ast.parse(_translate()(text)), depth + 1)
            except Exception:  # text that is no code
                continue
            if name in RUN_TEXT or any(isinstance(item, WRITTEN) for item in inner.body):
                node.args += inner.body  # type: ignore[arg-type]
    top = [item.value for item in tree.body if isinstance(item, ast.Expr) and isinstance(item.value, ast.Call)]
    for call in top:
        tree.body += [item for item in call.args if isinstance(item, ast.stmt)]
        call.args = [item for item in call.args if not isinstance(item, ast.stmt)]
    return tree


@cache
def _translate() -> Callable[[str], str]:
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell


def _is(wanted: str, used: str) -> bool:
    """Is a dotted name the forbidden one? `.name` stands for that name at the end of anything."""
    if wanted.startswith("."):
        return used.endswith(wanted)
    return used == wanted or used.startswith(f"{wanted}.")


class Aliases:
    """What the names of a notebook mean: dotted names of modules and of what is in them."""

    def __init__(self, trees: list[ast.Module]) -> None:
        """Follow imports, then assignments, until nothing new is learned."""
        self.known: dict[str, set[str]] = {}
        nodes = [node for tree in trees for node in ast.walk(tree)]
        for node in nodes:
            self._learn_import(node)
        for _ in range(5):
            before = sum(map(len, self.known.values()))
            for node in nodes:
                self._learn_assignment(node)
            if sum(map(len, self.known.values())) == before:
                break

    def _add(self, name: str, meanings: Iterable[str]) -> None:
        kept = self.known.setdefault(name, set())
        kept.update(list(meanings)[: max(0, 20 - len(kept))])

    def _learn_import(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                self._add(alias.asname or top, [alias.name if alias.asname else top])
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                if alias.name == "*":
                    self._add("*", [node.module])
                self._add(alias.asname or alias.name, [f"{node.module}.{alias.name}"])

    def _learn_assignment(self, node: ast.AST) -> None:
        pairs: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            pairs = [(node.target, node.value)]
        for target, value in pairs:
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
                pairs += list(zip(target.elts, value.elts, strict=True))
            elif isinstance(target, ast.Name):
                self._add(target.id, self.meanings(value))
            elif isinstance(target, (ast.List, ast.Tuple)):
                continue

    def meanings(self, node: ast.AST, depth: int = 0) -> set[str]:
        """Return the dotted names that an expression may mean; of a method of an unknown value, `.name`."""
        if depth > 30:
            return set()
        if isinstance(node, ast.Name):
            starred = {f"{module}.{node.id}" for module in self.known.get("*", ())}
            return self.known.get(node.id, set()) | starred
        if isinstance(node, ast.Attribute):
            return self._attribute(node.value, node.attr, depth)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            return {f"{node.module}.{alias.name}" for alias in node.names}
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
        ):
            value = node.value  # vars(torch)["sigmoid"], torch.__dict__["sigmoid"]
            if isinstance(value, ast.Call) and _name(value.func) == "vars" and value.args:
                return self._attribute(value.args[0], node.slice.value, depth)
            if isinstance(value, ast.Attribute) and value.attr == "__dict__":
                return self._attribute(value.value, node.slice.value, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        return set()

    def _attribute(self, value: ast.AST, name: str, depth: int) -> set[str]:
        if isinstance(value, ast.Name) and value.id in ("self", "cls"):
            return set()
        return {f"{known}.{name}" for known in self.meanings(value, depth + 1)} or {f".{name}"}

    def _call(self, node: ast.Call, depth: int) -> set[str]:
        name, constants = _name(node.func), [a.value if isinstance(a, ast.Constant) else None for a in node.args]
        if name in ("__import__", "import_module") and constants and isinstance(constants[0], str):
            module = constants[0]
            return {module.partition(".")[0] if name == "__import__" else module}
        if name in ("getattr", "attrgetter", "methodcaller"):
            text = _text(node.args[1 if name == "getattr" else 0]) if len(node.args) > (name == "getattr") else ""
            if text:
                return self._attribute(node.args[0], text, depth) if name == "getattr" else {f".{text}"}
        return set()


def _name(function: ast.expr) -> str:
    return str(getattr(function, "id", getattr(function, "attr", "")))


def _text(node: ast.expr, depth: int = 0) -> str:
    """Return a text that is written out, also in pieces that are added; an empty one if it is computed otherwise."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
        texts = [_text(part, depth + 1) for part in parts]
        return "".join(texts) if all(texts) else ""
    if isinstance(node, ast.Call) and _name(node.func) == "join" and isinstance(node.func, ast.Attribute) and node.args:
        between, given = node.func.value, node.args[0]
        texts = [_text(part, depth + 1) for part in given.elts] if isinstance(given, (ast.List, ast.Tuple)) else []
        return between.value.join(texts) if isinstance(between, ast.Constant) and between.value == "" else ""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and depth < 50:
        left, right = _text(node.left, depth + 1), _text(node.right, depth + 1)
        return left + right if left and right else ""
    return ""


def _defines(node: ast.stmt) -> set[str]:
    """Return the names that a statement of a cell gives a meaning to, other than by an import."""
    parts = list(ast.walk(node))
    if isinstance(node, FUNCTIONS):
        return {node.name} | {name for part in parts if isinstance(part, ast.Global) for name in part.names}
    functions = {part.name for part in parts if isinstance(part, FUNCTIONS)}
    stored = {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    changed = {  # np.f = torch.sigmoid gives np another meaning
        part.value.id
        for part in parts
        if isinstance(part, (ast.Attribute, ast.Subscript))
        and isinstance(part.ctx, ast.Store)
        and isinstance(part.value, ast.Name)
    }
    return functions | stored | changed
