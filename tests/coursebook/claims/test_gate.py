"""The claims gate holds for this book, and fails for each way in which a small book can break it."""

import pytest

from coursebook.claims import gate as claims
from coursebook.source import contents
from tests.paths import ROOT

CHAPTER = """\
# The sigmoid

```{math}
:label: eq-symmetry
\\sigma(-z) = 1 - \\sigma(z)
```

```{prf:property} It undoes the logit
:label: prop-inverse
For every $z$,

~~~{math}
\\operatorname{logit}(\\sigma(z)) = z
~~~
```
"""

TESTS = '''\
import pytest


@pytest.mark.claim("eq-symmetry")
def test_the_sigmoid_of_minus_z_is_the_rest():
    """Catches a lost minus sign."""
    assert True


@pytest.mark.claim("prop-inverse")
@pytest.mark.parametrize("z", [0.0, 1.0])
def test_the_logit_undoes_the_sigmoid(z):
    """Catches a swapped quotient."""
    assert z == z
'''

LIBRARY = '''\
def sigmoid(z):
    """Return 1 / (1 + exp(-z))  (eq-symmetry)."""
'''


@pytest.fixture
def book(tmp_path):
    """Return a function that writes a small book with this chapter, these tests and this library."""

    def write(chapter=CHAPTER, tests=TESTS, library=LIBRARY):
        for name, text in [
            ("chapters/sigmoid.md", chapter),
            ("tests/claims/test_sigmoid.py", tests),
            ("lrlib/__init__.py", ""),
            ("lrlib/functions.py", library),
        ]:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def the_problem(root):
    """Return the one problem of the book at root."""
    (problem,) = claims.problems(root)
    return problem


def test_every_claim_of_this_book_has_a_test_and_every_claim_test_a_claim():
    """Catches an equation or property that was added, renamed or removed on one side only."""
    assert claims.problems(ROOT) == []


def test_this_book_makes_claims_at_all():
    """Catches a gate that passes because it finds no chapter."""
    assert all(len(claims.claims_in(path)) >= 8 for path in contents.chapters(ROOT))
    assert len(contents.chapters(ROOT)) >= 4


def test_a_sound_small_book_has_no_problem(book):
    """Catches a gate that always complains, whose planted failures would prove nothing."""
    assert claims.problems(book()) == []


def test_a_claim_without_a_test_fails(book):
    """Catches the gate's main purpose lost."""
    problem = the_problem(book(tests=TESTS.replace('@pytest.mark.claim("eq-symmetry")\n', "")))
    assert problem.startswith("chapters/sigmoid.md:3: eq-symmetry: no test checks it")
    assert '@pytest.mark.claim("eq-symmetry")' in problem


def test_a_marker_without_a_claim_fails(book):
    """Catches tests that outlive a renamed equation."""
    orphan = TESTS.replace("eq-symmetry", "eq-forgotten")
    chapter = CHAPTER.replace("eq-symmetry", "eq-renamed")
    problems = claims.problems(book(chapter, orphan, library=""))
    assert any(
        problem.startswith("tests/claims/test_sigmoid.py:4: eq-forgotten: no chapter has this label")
        for problem in problems
    )


def test_a_label_used_twice_fails_in_another_chapter_too(book):
    """Catches two claims that share one test."""
    root = book()
    twice = "# Another\n\n```{math}\n:label: eq-symmetry\nx = x\n```\n"
    (root / "chapters/zebra.md").write_text(twice, encoding="utf-8")
    assert the_problem(root) == (
        "chapters/zebra.md:3: eq-symmetry: the label is taken at chapters/sigmoid.md:3: choose another"
    )


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("```{math}\nx = 1\n```\n", "{math} without a label"),
        ("- in a list\n\n  ```{math}\n  x = 1\n  ```\n", "{math} without a label"),
        ("````{note}\n```{math}\nx = 1\n```\n````\n", "{math} without a label"),
        ("```{prf:theorem} Big\nIt is so.\n```\n", "{prf:theorem} without a label"),
        ("$$\nx = 1\n$$\n", "a displayed formula outside {math}"),
        ("$$\nx = 1\n$$ (eq-hidden)\n", "a displayed formula outside {math}"),
        ("\\begin{align}\nx = 1\n\\end{align}\n", "a displayed formula outside {math}"),
        ("so $$x = 1$$ holds\n", "$$...$$ in a sentence"),
    ],
)
def test_a_displayed_formula_without_a_label_fails(book, formula, words):
    """Catches statements that slip past the gate in another syntax or inside another block."""
    problem = the_problem(book(CHAPTER + "\n" + formula))
    assert words in problem
    assert problem.startswith("chapters/sigmoid.md:")


@pytest.mark.parametrize(
    "formula",
    [
        "```{math}\n:class: not-a-claim\nx = ?\n```\n",
        "````{exercise} Try\n:label: ex-try\n```{math}\nx = 1\n```\n````\n",
        "```{solution-start} ex-try\n```\n\n```{math}\nx = 1\n```\n\n```{solution-end}\n```\n",
        "````{prf:proof}\n```{math}\nx = 1\n```\n````\n",
    ],
)
def test_a_formula_that_claims_nothing_of_its_own_needs_no_label(book, formula):
    """Catches a gate so strict that authors would write formulas as pictures."""
    assert claims.problems(book(CHAPTER + "\n" + formula)) == []


def test_after_a_solution_formulas_need_labels_again(book):
    """Catches a solution that exempts the rest of the chapter."""
    solution = "```{solution-start} ex-try\n```\n\nText.\n\n```{solution-end}\n```\n\n```{math}\nx = 1\n```\n"
    assert "{math} without a label" in the_problem(book(CHAPTER + "\n" + solution))


def test_a_label_of_the_wrong_form_fails(book):
    """Catches labels that neither docstrings nor anchors could name."""
    odd = [text.replace("eq-symmetry", "Symmetry_1") for text in (CHAPTER, TESTS)]
    assert "a label of {math} reads eq-some-words" in the_problem(book(*odd, library=""))


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        ('@pytest.mark.claim("eq-symmetry", "prop-inverse")', "takes one label in quotes"),
        ("@pytest.mark.claim(LABEL)", "takes one label in quotes"),
        ('@pytest.mark.skip\n@pytest.mark.claim("eq-symmetry")', "may be skipped"),
        ('@pytest.mark.xfail(reason="later")\n@pytest.mark.claim("eq-symmetry")', "may be skipped"),
    ],
)
def test_a_marker_that_proves_nothing_fails(book, marker, words):
    """Catches evidence that pytest would accept and never weigh."""
    problems = claims.problems(book(tests=TESTS.replace('@pytest.mark.claim("eq-symmetry")', marker)))
    assert any(words in problem and problem.startswith("tests/claims/test_sigmoid.py:") for problem in problems)


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ("    assert True\n", "    print(True)\n", "asserts nothing"),
        ("def test_the_sigmoid", "def the_sigmoid", "pytest does not run the_sigmoid"),
        ('    """Catches a lost minus sign."""\n', "", "has no docstring"),
    ],
)
def test_a_claim_test_that_cannot_fail_or_says_too_little_fails(book, good, bad, words):
    """Catches a test that is one in name only."""
    assert words in the_problem(book(tests=TESTS.replace(good, bad, 1)))


def test_a_marker_that_is_no_decorator_fails(book):
    """Catches a file-wide mark, under which any test would be evidence."""
    tests = TESTS + '\n\npytestmark = pytest.mark.claim("eq-symmetry")\n'
    assert "belongs right above a test function" in the_problem(book(tests=tests))


def test_a_test_file_that_is_no_python_is_named(book):
    """Catches a crash of the site's build, or a file whose claims are silently forgotten."""
    problems = claims.problems(book(tests=f"{TESTS}\ndef broken(:\n"))
    assert problems[-1].startswith("chapters/sigmoid.md")
    assert "tests/claims/test_sigmoid.py:16: not valid Python" in "\n".join(problems)


def test_a_label_cited_in_the_library_must_exist(book):
    """Catches docstrings that send the reader to an equation that is gone."""
    problem = the_problem(book(library='"""Formulas."""\n\nX = 1  # as printed  (eq-symmetry, eq-gone)\n'))
    assert problem == "lrlib/functions.py:3: eq-gone: cited here, but no chapter has this label: correct one"


def test_the_command_says_what_is_missing_and_fails(book, monkeypatch, capsys):
    """Catches a command that prints problems and still exits 0."""
    root = book(tests="")
    monkeypatch.chdir(root)
    assert claims.main() == 1
    assert "eq-symmetry: no test checks it" in capsys.readouterr().out
    book()
    assert claims.main() == 0
    assert "2 claims, 2 tests" in capsys.readouterr().out


def test_evidence_carries_what_the_site_shows(book):
    """Catches a page whose link or source is off by the decorators' lines."""
    (first, second) = claims.evidence_in(book() / "tests/claims/test_sigmoid.py")
    assert (first.line, first.end, first.sentence) == (4, 7, "the sigmoid of minus z is the rest")
    assert second.source.startswith('@pytest.mark.claim("prop-inverse")\n@pytest.mark.parametrize')
    assert second.source.endswith("assert z == z")
    assert first.doc == "Catches a lost minus sign."


QUESTION = """
```{question} What is half of one?
:label: check-sigmoid-half
- [x] $1/2$
  : Two of them make one.
- [ ] None
  : It is too much.
```
"""
HALF = '''

@pytest.mark.claim("check-sigmoid-half")
def test_two_halves_are_one():
    """Catches a third."""
    assert 2 * (1 / 2) == 1
'''


def test_a_question_whose_answer_can_be_computed_needs_a_test(book):
    """Catches a number in a right answer that nothing computes, and a test that is refused."""
    problem = the_problem(book(CHAPTER + QUESTION))
    assert "check-sigmoid-half: no test checks it" in problem
    assert claims.problems(book(CHAPTER + QUESTION, TESTS + HALF)) == []


def test_a_question_without_a_number_may_do_without_a_test_and_may_have_one(book):
    """Catches a gate that asks for the impossible, or takes a question's test for an orphan."""
    in_words = QUESTION.replace("$1/2$", "A half")
    assert claims.problems(book(CHAPTER + in_words)) == []
    assert claims.problems(book(CHAPTER + in_words, TESTS + HALF)) == []


def test_a_questions_test_without_the_question_fails(book):
    """Catches tests that outlive a question."""
    assert "check-sigmoid-half: no chapter has this label" in the_problem(book(CHAPTER, TESTS + HALF))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[x]", "[ ]", "0 answers are marked right"),
        ("  : It is too much.\n", "", "an answer without feedback"),
        ("half of one?", "`1 / 2`?", "this {question} does not begin"),
    ],
)
def test_an_unsound_question_fails_with_its_line(book, old, new, words):
    """Catches what only the build would have found; and a backtick on the first line, which hides the question."""
    problems = claims.problems(book(CHAPTER + QUESTION.replace(old, new), TESTS + HALF))
    first = CHAPTER.count("\n") + 2
    lines = range(first, first + 7)
    assert any(
        words in problem and problem.startswith(tuple(f"chapters/sigmoid.md:{n}: " for n in lines))
        for problem in problems
    )


def test_two_questions_of_one_label_fail(book):
    """Catches two questions that share one test and one place in the reader's browser."""
    problem = the_problem(book(CHAPTER + QUESTION + QUESTION, TESTS + HALF))
    assert "check-sigmoid-half: the label is taken at chapters/sigmoid.md:" in problem


def test_a_formula_in_a_question_needs_no_label(book):
    """Catches a gate that asks for the evidence of a wrong answer."""
    formula = QUESTION.replace("  : It is too much.", "  : Look:\n    ~~~{math}\n    1 = 0\n    ~~~")
    assert claims.problems(book(CHAPTER + formula, TESTS + HALF)) == []
