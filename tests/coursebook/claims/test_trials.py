"""What a build finds out of the formulas: their wrong versions, their NumPy, whether they hold as printed."""

import re

import pytest

from coursebook.claims.card import trials
from coursebook.claims.formula import Formula
from coursebook.claims.printed import Printed
from coursebook.claims.world import Worlds
from tests.paths import ROOT

WORLDS = '''\
from coursebook.claims.world import Worlds

WORLDS = Worlds()


@WORLDS("eq-square")
def square(draw):
    """NumPy's square."""
    x = draw.real(0.5, 3)
    return {"x": x, "y": x * x}
'''
CHAPTER = """\
# A

```{math}
:label: eq-square
y = x^2
```

```{prf:property} Words only
:label: prop-words
Nothing to compute.
```
"""
FILES = {
    "_toc.yml": "format: jb-book\nroot: index\nchapters:\n- file: chapters/a\n",
    "chapters/a.md": CHAPTER,
    "tests/claims/worlds/a.py": WORLDS,
}


@pytest.fixture
def book(tmp_path):
    """Return the folder of a book of one formula with its world."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.slow
def test_a_build_tries_what_has_changed_and_remembers_the_rest(book):
    """Catches counts of another formula than the page's, and every formula tried at every build."""
    found = trials.known(book)
    square = found["eq-square"]
    assert (square.formulas, square.compared, square.code) == (1, ["NumPy's square."], ["y = x ** 2"])
    assert square.tried == square.failed > 5
    assert square.worlds[0][:3] == ["tests/claims/worlds/a.py", 6, 10]
    assert found["prop-words"].formulas == 0

    made = (book / trials.STORE).stat().st_mtime_ns
    (book / "chapters/a.md").write_text(f"Other words.\n\n{CHAPTER}")
    assert trials.known(book) == found
    assert (book / trials.STORE).stat().st_mtime_ns == made

    replace(book / "chapters/a.md", "y = x^2", "y = -x^2")
    problem = trials.known(book)["eq-square"].problem
    assert "chapters/a.md:7: eq-square:" in problem
    assert "is false" in problem


def test_a_chapters_worlds_are_its_own_and_those_that_they_import(tmp_path):
    """Catches every formula of the book tried again for one new world, and one kept whose world has changed."""
    worlds = {
        "a": "",
        "b_c": "from tests.claims.worlds import (\n    a,\n)\n",
        "in_sentences/d": "from tests.claims.worlds.b_c import x\n",
        "oracles": "",
    }
    made = {f"tests/claims/worlds/{name}.py": text for name, text in worlds.items()}
    pages = {f"chapters/{name}.md": f"{CHAPTER}".replace("eq-square", f"eq-{name}") for name in ("a", "b-c", "d")}
    toc = {"_toc.yml": "format: jb-book\nroot: index\nchapters:\n" + "".join(f"- file: {p[:-3]}\n" for p in pages)}
    for name, text in (made | pages | toc | {"index.md": "# Index\n"}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    before = trials.ingredients(tmp_path)
    assert before.keys() >= {"eq-a", "eq-b-c", "eq-d"}
    for changed, affected in {
        "in_sentences/d": {"eq-d"},
        "b_c": {"eq-b-c", "eq-d"},
        "a": {"eq-a", "eq-b-c", "eq-d"},
        "oracles": {"eq-a", "eq-b-c", "eq-d"},
    }.items():
        with (tmp_path / f"tests/claims/worlds/{changed}.py").open("a") as file:
            file.write("# something\n")
        after = trials.ingredients(tmp_path)
        assert {label for label in before if label.startswith("eq-") and after[label] != before[label]} == affected
        before = after


def test_without_worlds_nothing_is_run(tmp_path):
    """Catches a course whose tests are all written by hand, and a process started for nothing."""
    assert trials.known(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_worlds_that_cannot_be_read_stop_the_build_with_their_error(book):
    """Catches a book that is built without evidence because a module of it has a mistake."""
    replace(book / "tests/claims/worlds/a.py", "WORLDS = Worlds()", "import no_such_package")
    with pytest.raises(RuntimeError, match=r"tests/claims/worlds cannot be read:(.|\n)*no_such_package"):
        trials.known(book)


def one(tex, draw):
    """The trials of one formula with this world."""
    worlds = Worlds()
    worlds("eq-a")(draw)
    return trials.tried([Formula(Printed("eq-a", "chapters/a.md", 7, tex), worlds["eq-a"])], ROOT)


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        ("y = x^3", "chapters/a.md:7: eq-a: .* is false"),
        ("y = x^2 \\odot x", r"chapters/a.md:7: eq-a: .*\\odot"),
        ("y = x^2 + z", "chapters/a.md:7: eq-a: .*z"),
    ],
)
def test_a_formula_that_is_false_or_cannot_be_read_is_told_with_its_place(tex, said):
    """Catches a green mark beside a false formula, and one that nobody could evaluate."""

    def square(draw):
        x = draw.real(0.5, 3)
        return {"x": x, "y": x * x}

    assert one("y = x^2", square).problem == ""
    found = one(tex, square)
    assert re.search(said, found.problem), found.problem
    assert found.formulas == 0


def test_a_world_that_divides_by_zero_is_told_with_its_formula():
    """Catches a traceback in place of the formula's name."""
    found = one("y = x^2", lambda draw: {"x": 1 / 0, "y": 1.0})
    assert found.problem == "eq-a: its world fails: ZeroDivisionError('division by zero')"


def test_a_formula_that_is_no_python_has_no_code():
    """Catches a card that offers what cannot be typed: an ≈, or a side that NumPy does not have."""

    def near(draw):
        x = draw.real(0.5, 3)
        return {"x": x, "y": x}

    worlds = Worlds()
    worlds("eq-a", approximate=0.1)(near)
    about = Formula(Printed("eq-a", "chapters/a.md", 7, r"y \approx x"), worlds["eq-a"])
    assert trials.written(about) == []
