"""The rooms of coursebook: no import leads upwards, and nothing in them knows what the book is about."""

import ast
import re
from pathlib import Path

import pytest

import coursebook
from tests.paths import ROOT

PACKAGE = ROOT / "coursebook"
# From the lowest to the highest, as coursebook/__init__.py says: each may import those before it.
ROOMS = ("source", "site", "questions", "claims", "run", "gates", "paper", "build", "serve", "watch")
COMMAND = "__main__"  # of a room: it may use everything
SUBJECT = re.compile("lrlib|sigmoid|logistic|regression", re.I)
KINDS = {".py", ".css", ".js", ".html"}


def modules(package: Path) -> dict[str, str]:
    """Return the dotted name of each module of the package, with its text."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        name = ".".join(path.relative_to(package.parent).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path.read_text(encoding="utf-8")
    return found


def room(module: str) -> str:
    """Return the room of a module: its first name below the package; a room's command is above all rooms."""
    _, *names = module.split(".")
    return COMMAND if names[-1:] == [COMMAND] else names[0] if names else ""


def imports(module: str, text: str) -> set[str]:
    """Return the modules that one imports, anywhere in its text, or names in a string as Sphinx's extensions."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: an import that begins with a dot"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and re.fullmatch(r"coursebook\.[\w.]*\w", str(node.value)):
            found.add(str(node.value))
    return {name for name in found if name.split(".")[0] == "coursebook"}


def upwards(texts: dict[str, str]) -> list[str]:
    """Return the imports that lead from a room to a higher one, or to the package itself, which loads all rooms."""
    heights = {name: height for height, name in enumerate((*ROOMS, COMMAND))}
    return [
        f"{module} -> {other}"
        for module, text in texts.items()
        if module != "coursebook"
        for other in sorted(imports(module, text))
        if heights[room(module)] < heights.get(room(other), len(heights))
    ]


def test_no_import_leads_upwards():
    """Catches a room that cannot be understood, tested or replaced without those that are built on it."""
    assert upwards(modules(PACKAGE)) == []


def test_each_room_has_its_place():
    """Catches a new room or command that the order does not mention, and one in it that is gone."""
    assert {room(module) for module in modules(PACKAGE)} == {*ROOMS, COMMAND, ""}


def test_the_package_says_the_order_of_its_rooms():
    """Catches a description that no longer matches the imports."""
    described = re.findall(r"^(\w+)/? {2,}\S", coursebook.__doc__, re.M)
    assert described == list(ROOMS)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("coursebook.source.myst", "from coursebook.site import assets"),
        ("coursebook.source.myst", "import coursebook.site.assets"),
        ("coursebook.site.theme", "def f():\n    from coursebook.paper.pdf import write_pdf"),
        ("coursebook.site.theme", "def setup(app):\n    app.setup_extension('coursebook.questions.quiz')"),
        ("coursebook.paper.pdf", "from coursebook import build"),
        ("coursebook.run.lab", "from coursebook import FEATURES"),
    ],
)
def test_each_way_upwards_is_found(module, text):
    """The planted failures of the first test."""
    assert len(upwards({module: text})) == 1


def subject_matter(texts: dict[str, str]) -> list[str]:
    """Return the lines that name the subject of the book that is built here."""
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if SUBJECT.search(line)
    ]


def test_nothing_names_the_subject_of_the_book():
    """Catches machinery that only this book can use; what it must know of a book is in _config.yml."""
    files = [path for path in PACKAGE.rglob("*") if path.suffix in KINDS]
    assert len(files) > 50
    assert subject_matter({str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}) == []


def test_a_name_of_the_subject_is_found():
    """The planted failure of the test above."""
    assert subject_matter({"a.css": "p {}\n.Sigmoid {}"}) == ["a.css:2: .Sigmoid {}"]
