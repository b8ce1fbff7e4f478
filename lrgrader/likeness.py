"""Answers of a class that are nearly the same, by the syntax tree of all code that was handed in. Nothing is run.

A question's code is its cells and whatever in the notebook they call. Names, values, spacing, comments, brackets,
annotations and docstrings do not count; the order of statements hardly does. What is left is cut into small pieces of
tree, and two answers are compared by containment: how much of the smaller one is in the larger, so that padding a copy
hides nothing. Pieces that many have are of the course, not of a person. Finding the pairs takes time in proportion to
the text and to the pairs that share something rare.
"""

import ast
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .assignment import Assignment
from .forbidden import Notebook, parsed
from .store import Graded

ENOUGH = 12  # pieces that an answer must have of its own before it is compared: shorter ones are alike by accident
ALIKE = 0.8
MOST_PAIRS = 100
MOST_PIECES = 20_000
RARE = 12  # a piece that more answers than this have is followed to no pair, where there are rarer ones
SOLUTION = "the published solution"
DEEP = 3  # levels of the tree in one piece
Pieces = Counter[bytes]


@dataclass(frozen=True)
class Pair:
    """Two answers that are alike; share is the part of the smaller one's pieces that the other has too."""

    question: str
    share: float
    first: str
    second: str


def pieces(trees: Iterable[ast.AST]) -> Pieces:
    """Return the pieces of some syntax trees, each a hash of a node and DEEP levels below it, and their counts."""
    found: Pieces = Counter()
    for tree in trees:
        nodes = [tree]
        for node in nodes:  # grows while it is read
            if len(nodes) > MOST_PIECES:
                break
            nodes += _children(node)
            if isinstance(node, (ast.stmt, ast.expr)) and not isinstance(node, (ast.Name, ast.Constant)):
                found[hashlib.blake2b(_shape(node, DEEP).encode(), digest_size=8).digest()] += 1
    return found


def _children(node: ast.AST) -> list[ast.AST]:
    """Return what counts below a node: no annotations, no docstrings, no contexts."""
    if isinstance(node, ast.arguments):
        return [*node.defaults, *(item for item in node.kw_defaults if item is not None)]
    if isinstance(node, ast.AnnAssign):
        return [node.target, *([node.value] if node.value else [])]
    below = [child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.stmt, ast.expr, ast.arguments))]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        below = [child for child in below if child is not node.returns]
    return [child for child in below if not _idle(child)]


def _idle(node: ast.AST) -> bool:
    """Does a statement do nothing: a docstring, a number, `pass`, an import?"""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, (ast.Pass, ast.Import, ast.ImportFrom))


def _shape(node: ast.AST, depth: int) -> str:
    """Return a node's kind and what is below it, without names and values; of a called function, its attribute."""
    label = "Assign" if isinstance(node, (ast.AnnAssign, ast.Assign)) else type(node).__name__
    if isinstance(node, ast.Attribute):
        label += node.attr
    elif isinstance(node, (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.AugAssign)):
        label += type(node.op).__name__
    elif isinstance(node, ast.Compare):
        label += "".join(type(op).__name__ for op in node.ops)
    if depth == 0:
        return label
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)):
        return label  # the statements in it are pieces of their own, in whatever order
    return f"{label}({','.join(_shape(child, depth - 1) for child in _children(node))})"


def windows(code: str) -> frozenset[bytes]:
    """Return the pieces of a cell; none if it is not Python."""
    return frozenset(pieces(filter(None, [parsed(code)])))


def alike(assignment: Assignment, rows: Iterable[Graded], enough: int = ENOUGH) -> list[Pair]:
    """Return the pairs of answers that are nearly the same, those most alike first, at most MOST_PAIRS of them.

    The published solution is among the answers. Those with fewer than `enough` pieces are left out.
    """
    rows, found = list(rows), []
    notebooks = [Notebook([*row.result.code.values(), row.result.other]) for row in rows]
    given = pieces(tree for cell in assignment.template if cell.kind == "code" and (tree := parsed(cell.source)))
    for question in {check.question: None for check in assignment.checks}:
        own = [cell.source for cell in assignment.cells if cell.role == "answer" and cell.question == question]
        shapes = {SOLUTION: pieces(filter(None, map(parsed, own))) - given}
        students = {SOLUTION: SOLUTION}
        asked = sorted({check.calls for check in assignment.checks if check.question == question})
        for row, notebook in zip(rows, notebooks, strict=True):
            name = f"{row.student} #{row.attempt}"
            answer, *below = notebook.reached(row.result.code.get(question, ""), asked)
            # The answer's own cells are found twice: as the answer, and as what defines its names.
            mine = [pieces([node]) for node in ast.iter_child_nodes(answer)]
            trees = [answer, *(t for t in below if not isinstance(t, ast.Expr) and pieces([t]) not in mine)]
            shapes[name], students[name] = pieces(trees) - given, row.student
        large = {name: shape for name, shape in shapes.items() if shape.total() >= enough}
        for first, second, share in _pairs(large):
            if students[first] != students[second]:  # two attempts of one student may be alike
                found.append(Pair(question, share, *sorted((first, second), key=lambda name: (name == SOLUTION, name))))
    return sorted(found, key=lambda pair: (-pair.share, pair.question, pair.first, pair.second))[:MOST_PAIRS]


def _pairs(shapes: dict[str, Pieces]) -> Iterator[tuple[str, str, float]]:
    """Yield the pairs of which the smaller is contained in the larger for at least ALIKE."""
    holders: dict[bytes, list[str]] = defaultdict(list)
    for name, shape in shapes.items():
        for piece in shape:
            holders[piece].append(name)
    candidates: set[tuple[str, str]] = set()
    for shape in shapes.values():
        rarest = sorted(shape, key=lambda piece: len(holders[piece]))[: max(3, len(shape) // 4)]
        for piece in rarest:
            names = holders[piece][:RARE]
            candidates |= {(a, b) for number, a in enumerate(names) for b in names[number + 1 :]}
    for first, second in sorted(candidates):
        share = (shapes[first] & shapes[second]).total() / min(shapes[first].total(), shapes[second].total())
        if share >= ALIKE:
            yield first, second, share
