"""The reader of formulas: what it refuses, and in which words."""

import numpy as np
import pytest

from coursebook.claims import evidence
from coursebook.claims.evaluate import Index
from coursebook.claims.formula import FalseFormula, Formula
from coursebook.claims.printed import Printed
from coursebook.claims.tex import FormulaError
from coursebook.claims.world import Redraw, Worlds


def formula(tex, draw, **settings):
    """One formula, on line 7 of a chapter, with its world."""
    worlds = Worlds()
    worlds("eq-a", **settings)(draw)
    return Formula(Printed("eq-a", "chapters/a.md", 7, tex), worlds["eq-a"])


def numbers(**extra):
    """A world of two numbers, x and its square y."""

    def world(draw):
        x = draw.real(0.5, 3)
        return {"x": x, "y": x * x} | extra

    return world


def message(tex, draw, **settings):
    """What is said of a formula that cannot be evaluated."""
    with pytest.raises(FormulaError) as error:
        formula(tex, draw, **settings).check_samples()
    return str(error.value)


def test_a_true_formula_is_accepted():
    """Catches a reader that refuses everything: all refusals below would pass with it."""
    formula("y = x^2", numbers()).check_samples()


@pytest.mark.parametrize("tex", ["y = x^3", "y = x", "y = 2x^2", "y = -x^2", "y < x^2", "y = x^{-2}", "x = y^2"])
def test_a_false_formula_is_refused_with_its_label_and_its_tex(tex):
    """Catches a comparison that looks at nothing."""
    with pytest.raises(FalseFormula, match=r"chapters/a\.md:7: eq-a: ") as error:
        formula(tex, numbers()).check_samples()
    assert tex in str(error.value)


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        ("y = x^2 + q", r"chapters/a.md:7: eq-a: q is not declared"),
        ("y =\nx^2 + q", r"chapters/a.md:8: eq-a: q is not declared"),
        (r"y = \square x^2", r"\square is neither declared nor a command that is read here (macros are not expanded)"),
        ("y = (x^2", "its end comes too early"),
        ("y = x^2)", ") does not fit here"),
        ("x^2 y", "its end comes too early: a formula needs a relation"),
        ("", "its end comes too early"),
        ("y = x^10", "^10: TeX takes one digit only"),
        ("y = x_1", "x is a number and has no elements"),
        ("y = x^2 ; x", "; cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(tex, words):
    """Catches an error without chapter, line or token, and TeX that is passed over in silence."""
    said = message(tex, numbers())
    assert said.startswith("chapters/a.md:")
    assert words in said


def test_a_declared_symbol_that_the_formula_has_not_is_an_error():
    """Catches a world that belongs to an older version of the formula."""
    assert "q: declared but not in the formula" in message("y = x^2", numbers(q=0.3))


def test_two_spellings_of_one_symbol_are_refused():
    """Catches a value that silently wins over another."""
    assert r"\bar{x}" not in message("y = x^2 + z", numbers())
    assert "is declared twice" in message("y = x^2", numbers(**{"x ": 1.5}))


def test_a_world_in_which_the_formula_divides_by_zero_is_named():
    """Catches infinities that compare equal to each other."""
    assert "by zero in this world: draw values for which" in message(
        r"y = \frac{x^2}{z} z", numbers(z=0), binary=("z",)
    )


def test_numbers_that_are_only_ever_zero_or_one_prove_nothing():
    """Catches a formula that is true by luck: with x = 0 or 1, x and x^2 are the same."""

    def world(draw):
        x = draw.whole(0, 1)
        return {"x": x, "y": x}

    assert "x is never anything but 0 or 1" in message("y = x^2", world)
    formula("y = x^2", world, binary=("x", "y")).check_samples()


def test_a_formula_that_holds_only_to_three_digits_is_false_unless_it_says_about():
    """Catches a tolerance that lets an approximation pass for an equation."""

    def world(draw):
        x = draw.real(0.5, 3)
        return {"x": x, "y": x * (1 + 1e-3 * draw.real(0.5, 1))}

    with pytest.raises(FalseFormula):
        formula("y = x", world).check_samples()
    assert "an ≈ needs approximate=" in message(r"y \approx x", world)
    formula(r"y \approx x", world, approximate=1.1e-3).check_samples()
    with pytest.raises(FalseFormula):
        formula(r"y \approx x", world, approximate=1e-4).check_samples()


@pytest.mark.parametrize(("tex", "words"), [(r"y \le x^2 + 1", "never attained"), (r"y \le x^2", "always equal")])
def test_a_bound_must_be_attained_and_not_always(tex, words):
    """Catches a bound with a digit too large, and an equation that lost half of its sign."""
    with pytest.raises(FalseFormula, match=words):
        formula(tex, numbers()).check_samples()


def test_a_formula_that_says_the_same_twice_is_refused():
    """Catches a symbol that was exchanged for the other side."""
    with pytest.raises(FalseFormula, match="both sides of a relation are the same"):
        formula("y = y", lambda draw: {"y": draw.real(0, 1)}).check_samples()


def test_two_vectors_side_by_side_are_refused():
    """Catches a lost dot or transpose, which could mean either product."""
    world = lambda draw: {"x": np.array([draw.real(1, 2), 3.0]), "y": 1.0}  # noqa: E731
    assert "two vectors side by side" in message("y = x x", world, binary=("y",))


def test_an_index_beyond_the_array_is_refused():
    """Catches ranges that begin at 0 or end one too late."""

    def world(draw):
        x = np.array([draw.real(1, 2), 3.0])
        return {"x": x, "y": x.sum(), "i": Index(2)}

    formula(r"y = \sum_i x_i", world).check_samples()
    formula(r"y = \sum_{i=1}^{2} x_i", world).check_samples()
    assert "x has no element 0" in message(r"y = \sum_{i=0}^{2} x_i", world)
    assert "x has no element 3" in message(r"y = \sum_{i=1}^{3} x_i", world)


def test_a_world_that_suits_hardly_any_draw_is_named():
    """Catches a loop without end, and samples that were never drawn."""

    def world(draw):
        raise Redraw

    with pytest.raises(ValueError, match="world: only 0 of 600 draws suit"):
        formula("y = x", world).check_samples()


def book(tmp_path, body):
    """A book of one chapter."""
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "a.md").write_text(f"# A\n\n{body}", encoding="utf-8")
    return tmp_path


def squares(**settings):
    """The worlds of a book whose only formula is y = x^2."""
    worlds = Worlds()
    worlds("eq-a", **settings)(numbers())
    return worlds


MATH = "```{math}\n:label: eq-a\n\ny = x^2\n```\n"


@pytest.mark.parametrize(
    "body",
    [
        MATH,
        "- in a list\n\n" + "".join(f"  {line}\n" for line in MATH.splitlines()),
        f"````{{exercise}}\n:label: ex-a\n\n{MATH}````\n",
        f"`````{{list-table}}\n* - a cell\n  - ````{{note}}\n{''.join(f'    {x}' + chr(10) for x in MATH.splitlines())}"
        "    ````\n`````\n",
    ],
    ids=["plain", "list", "exercise", "table"],
)
def test_a_labelled_formula_is_found_wherever_it_is(tmp_path, body):
    """Catches a formula in a list, an exercise or a table that nobody evaluates, and a line counted from elsewhere."""
    root = book(tmp_path, body)
    assert evidence.problems(root, squares()) == []
    text = (root / "chapters" / "a.md").read_text(encoding="utf-8").splitlines()
    found = evidence.formulas(root, squares())["eq-a"].printed
    assert text[found.line - 1].strip() == "y = x^2"


def test_a_label_without_a_world_and_a_world_without_a_label_are_named(tmp_path):
    """Catches a new formula that nobody evaluates, and a world left over from one that is gone."""
    root = book(tmp_path, MATH.replace("eq-a", "eq-b"))
    first, second = sorted(evidence.problems(root, squares()))
    assert "chapters/a.md:6: eq-b: has no world" in first
    assert "eq-a: has a world, but no chapter has this label" in second


def test_a_list_of_equivalents_that_names_nothing_is_named(tmp_path):
    """Catches an excuse for a wrong version that the formula no longer has."""
    root = book(tmp_path, MATH)
    (said,) = evidence.problems(root, squares(equivalents={"y = x^7": "gone"}))
    assert "chapters/a.md:6: eq-a: its list of equivalents names what is no version of it: y = x^7" in said


def test_a_survivor_is_told_from_an_equivalent():
    """Catches statistics that count every wrong version as found out."""

    def world(draw):
        return {"y": abs(x := draw.real(-3, 3)), "x": x}

    lax = formula("y = |x|", world, tolerance=10.0)
    assert "survived" in {became for *_, became in evidence.trials(lax)}
    strict = evidence.statistics(formula("y = x^2", numbers()))
    assert strict["tried"] == strict["failed"]
    assert sum(strict["tried"].values()) > 2
    assert strict["label"] == "eq-a"
