"""The claims gate: each labelled equation and property of the chapters has a test, and each such test a claim.

    python -m coursebook.claims.gate        list what is missing, and exit 1 if anything is

A claim is a {math} block with a :label:, or a sphinx-proof directive that states something (property, theorem,
...) with one. Its evidence is a test under tests/claims/ with the marker @pytest.mark.claim("the-label").

Every displayed formula must be a claim. Those in an exercise, a solution or a proof, or inside a labelled property,
need no label of their own; one that asserts nothing says so: `:class: not-a-claim`.

A {question} (questions/reader.py) whose right answer contains a digit is held to the same: a test marked with its label
computes the answer. Other questions may have one.
Chapters are read as MyST and tests as syntax trees: nothing is run, so the site can ask at every build.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from coursebook.questions import reader as questions
from coursebook.source import contents, myst

# How the label of each kind of claim begins; docstrings of the book's packages cite claims by these labels.
PREFIXES = {
    "math": "eq",
    "prf:property": "prop",
    "prf:proposition": "prop",
    "prf:theorem": "thm",
    "prf:lemma": "lem",
    "prf:corollary": "cor",
    "prf:criterion": "crit",
    "prf:observation": "obs",
    "prf:conjecture": "conj",
}
STATEMENTS = set(PREFIXES) - {"math"}
LABEL = re.compile(rf"(?:{'|'.join(dict.fromkeys(PREFIXES.values()))})-[a-z0-9]+(?:-[a-z0-9]+)*")
EXEMPT = STATEMENTS | {questions.DIRECTIVE, "exercise", "exercise-start", "solution", "solution-start", "prf:proof"}
NOT_A_CLAIM = "not-a-claim"


class Claim(NamedTuple):
    """One thing that a chapter says is true; kind is the directive's name, statement its TeX or MyST text."""

    label: str
    kind: str
    title: str
    statement: str
    path: Path
    line: int


class Evidence(NamedTuple):
    """One test of one claim, from its first decorator (line) to its last line (end)."""

    label: str
    test: str
    doc: str
    source: str
    path: Path
    line: int
    end: int

    @property
    def sentence(self) -> str:
        """Return the test's name as words."""
        return self.test.removeprefix("test_").replace("_", " ")


def claims_in(path: Path) -> list[Claim]:
    """Return the claims of one chapter, in the order of the page."""
    claims = []
    for directive in myst.directives(path, *PREFIXES):
        if label := _label(directive):
            claims.append(Claim(label, directive.name, directive.argument, directive.body, path, directive.line))
    return claims


def evidence_in(path: Path) -> list[Evidence]:
    """Return the claim tests of one file, one entry for each label of each test; none of a file with bad syntax."""
    lines = path.read_text(encoding="utf-8").splitlines()
    tree, _ = _parse(path)
    found = []
    for test in _functions(tree):
        first = min([test.lineno, *(decorator.lineno for decorator in test.decorator_list)])
        source = "\n".join(lines[first - 1 : test.end_lineno])
        for call in _claim_markers(test.decorator_list):
            for label in _strings(call.args):
                doc = ast.get_docstring(test) or ""
                found.append(Evidence(label, test.name, doc, source, path, first, first + source.count("\n")))
    return found


def evidence_files(root: Path) -> list[Path]:
    """Return the files that may hold evidence."""
    return sorted((root / "tests" / "claims").rglob("test_*.py"))


def evidence(root: Path) -> dict[str, list[Evidence]]:
    """Return the tests of each label."""
    tests = defaultdict(list)
    for path in evidence_files(root):
        for item in evidence_in(path):
            tests[item.label].append(item)
    return dict(tests)


def problems(root: Path) -> list[str]:
    """Return what keeps the claims and the tests of the book at root from matching, one line each, with what to do."""
    claims = [claim for path in contents.chapters(root) for claim in claims_in(path)]
    asked = [question for path in contents.chapters(root) for question in questions.questions_in(path)]
    found = [
        *(problem for path in contents.chapters(root) for problem in _formula_problems(path)),
        *_label_problems(claims),
        *questions.chapter_problems(contents.chapters(root)),
        *(problem for path in evidence_files(root) for problem in _marker_problems(path)),
        *_unmatched([*claims, *asked], evidence(root)),
        *_citation_problems(root, {claim.label for claim in claims}),
    ]
    return myst.shortened(found, root)


def _label(directive: myst.Directive) -> str:
    return str(directive.options.get("label") or directive.options.get("name") or "")


def _formula_problems(path: Path) -> Iterator[str]:
    """Formulas that assert something without a label, or in a syntax that cannot carry one."""
    for piece in myst.pieces(path):
        if isinstance(piece, myst.Block) and piece.kind == "dollars":
            yield f"{path}:{piece.line}: a displayed formula outside {{math}}: write ```{{math}} with a :label: eq-..."
        elif isinstance(piece, myst.Sentence) and piece.double_dollars:
            yield f"{path}:{piece.line}: $$...$$ in a sentence: write $...$, or ```{{math}} with a :label: eq-..."
        elif isinstance(piece, myst.Directive) and piece.name in PREFIXES and not _label(piece):
            if piece.name == "math" and (EXEMPT & set(piece.within) or NOT_A_CLAIM in _classes(piece)):
                continue
            way_out = f", or :class: {NOT_A_CLAIM} if it asserts nothing" if piece.name == "math" else ""
            yield (
                f"{path}:{piece.line}: {{{piece.name}}} without a label: "
                f"give it :label: {PREFIXES[piece.name]}-... and a test{way_out}"
            )


def _classes(directive: myst.Directive) -> list[str]:
    return str(directive.options.get("class") or "").split()


def _label_problems(claims: Iterable[Claim]) -> Iterator[str]:
    """Labels used twice in the book, or not of the form that docstrings and anchors rely on."""
    first: dict[str, Claim] = {}
    for claim in claims:
        where = f"{claim.path}:{claim.line}: {claim.label}"
        if other := first.get(claim.label):
            yield f"{where}: the label is taken at {other.path}:{other.line}: choose another"
        first.setdefault(claim.label, claim)
        prefix = PREFIXES[claim.kind]
        if not LABEL.fullmatch(claim.label) or not claim.label.startswith(f"{prefix}-"):
            yield f"{where}: a label of {{{claim.kind}}} reads {prefix}-some-words (lower case, digits, hyphens)"


def _unmatched(claims: list[Claim | questions.Question], tests: dict[str, list[Evidence]]) -> Iterator[str]:
    for claim in claims:
        if claim.label not in tests and getattr(claim, "computable", True):
            yield (
                f"{claim.path}:{claim.line}: {claim.label}: no test checks it: "
                f'write one in tests/claims/ marked @pytest.mark.claim("{claim.label}")'
            )
    labels = {claim.label for claim in claims}
    for label in tests.keys() - labels:
        for test in tests[label]:
            yield (
                f"{test.path}:{test.line}: {label}: no chapter has this label: "
                f"label the claim or question that {test.test} checks, or drop the marker"
            )


def _marker_problems(path: Path) -> Iterator[str]:
    """Markers that pytest would take but that prove nothing, and tests that say too little."""
    tree, error = _parse(path)
    if error:
        yield f"{path}:{error.lineno}: not valid Python ({error.msg}): its claims count as unchecked"
    tests = list(_functions(tree))
    decorators = {id(decorator): test for test in tests for decorator in test.decorator_list}
    for node in _claim_markers(ast.walk(tree)):
        where = f"{path}:{node.lineno}"
        labels = _strings(node.args)
        if len(labels) != 1 or len(node.args) != 1 or node.keywords:
            yield f'{where}: claim(...) takes one label in quotes: @pytest.mark.claim("eq-..."), once for each label'
        test = decorators.get(id(node))
        if test is None:
            yield f"{where}: a claim marker belongs right above a test function"
        else:
            yield from (f"{where}: {''.join(labels)}: {problem}" for problem in _test_problems(test))


def _test_problems(test: ast.FunctionDef) -> Iterator[str]:
    if not test.name.startswith("test_"):
        yield f"pytest does not run {test.name}: call it test_..."
    if not ast.get_docstring(test):
        yield f"{test.name} has no docstring: say which mistake it catches"
    marks = {_dotted(getattr(mark, "func", mark)).rpartition(".")[2] for mark in test.decorator_list}
    if marks & {"skip", "skipif", "xfail"}:
        yield f"{test.name} may be skipped or fail unnoticed: a claim's test always runs"
    if not any(_can_fail(node) for node in ast.walk(test)):
        yield f"{test.name} asserts nothing: it cannot fail"


def _citation_problems(root: Path, labels: set[str]) -> Iterator[str]:
    """Labels that docstrings of the book's own packages cite and no chapter has."""
    for path in sorted(path for package in contents.packages(root) for path in package.rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for cited in re.findall(rf"\(({LABEL.pattern}(?:,\s*{LABEL.pattern})*)\)", line):
                for label in re.split(r",\s*", cited):
                    if label not in labels:
                        yield f"{path}:{number}: {label}: cited here, but no chapter has this label: correct one"


def _parse(path: Path) -> tuple[ast.Module, SyntaxError | None]:
    """Return the file's syntax tree; an empty one, and the error, where there is one."""
    try:
        return ast.parse(path.read_text(encoding="utf-8")), None
    except SyntaxError as error:
        return ast.Module([], []), error


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _claim_markers(nodes: Iterable[ast.AST]) -> Iterator[ast.Call]:
    return (node for node in nodes if isinstance(node, ast.Call) and _dotted(node.func).endswith("mark.claim"))


def _strings(nodes: Iterable[ast.expr]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _can_fail(node: ast.AST) -> bool:
    """Tell whether node is an assert, or a call of something named after one (assert_allclose, pytest.raises)."""
    if isinstance(node, ast.Assert):
        return True
    name = _dotted(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
    return name.startswith(("assert", "raises"))


def _dotted(node: ast.AST) -> str:
    """Return the name that node spells, such as pytest.mark.claim; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def main() -> int:
    """Print the problems of this book, or its totals."""
    root = Path.cwd()
    found = problems(root)
    for problem in found:
        print(problem)
    if not found:
        number = sum(len(claims_in(path)) for path in contents.chapters(root))
        asked = [question.label for path in contents.chapters(root) for question in questions.questions_in(path)]
        of_label = evidence(root)
        tests = {(test.path, test.line) for items in of_label.values() for test in items}
        checked = sum(label in of_label for label in asked)
        print(
            f"{number} claims, {len(tests)} tests: each claim has its evidence, "
            f"and so have {checked} of {len(asked)} questions"
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
