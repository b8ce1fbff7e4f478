"""No chapter is longer than the book's limits allow, and none types what is computed or shows the book's own lines."""

import pytest

from coursebook.gates import lengths
from tests.coursebook import course

LIMITS = "    course_words: {words}\n    course_visible_lines: {lines}\n"
WORDS, LINES = 8, 2  # of the course's one chapter
BOX = "```{admonition} In this chapter\n40 minutes · needs: nothing\n```\n"


def book(tmp_path, *, words=WORDS, lines=LINES, more=""):
    """Write the course with these limits, and more at the end of its chapter."""
    config = course.FILES["_config.yml"] + LIMITS.format(words=words, lines=lines)
    return course.write(
        tmp_path, **{"_config.yml": config, "chapters/means.md": course.FILES["chapters/means.md"] + more}
    )


def test_a_chapter_within_its_limits_passes(tmp_path):
    """Catches a gate that refuses the last word that is allowed."""
    assert lengths.problems(book(tmp_path)) == []


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"words": WORDS - 1}, "chapters/means.md: 1 words over 7 in the main text: fold a digression"),
        ({"lines": LINES - 1}, "the chapters: 1 lines of code in sight over 1 (means 2): fold plotting"),
        ({"more": "\nTwo words.\n"}, "chapters/means.md: 2 words over 8 in the main text: fold a digression"),
        ({"more": "\n```{code-cell} ipython3\na = 1\n```\n"}, "the chapters: 1 lines of code in sight over 2"),
    ],
)
def test_one_word_or_line_too_many_is_refused_with_the_chapter_and_by_how_much(tmp_path, limits, said):
    """Catches a limit that is not held, and a message that does not say what to do."""
    (problem,) = lengths.problems(book(tmp_path, **limits))
    assert problem.startswith(said)


def test_glue_in_sight_and_typed_minutes_are_refused_with_their_lines(tmp_path):
    """Catches the book's machinery in a cell that readers see, collapsed ones too, and a time that nobody computed."""
    cell = '```{code-cell} ipython3\n:tags: [hide-input]\nglue("means-x", 1)\n```\n'
    root = book(tmp_path, more=f"\n{cell}\n{BOX}")
    lines = (root / "chapters/means.md").read_text().splitlines()
    at = [lines.index('glue("means-x", 1)') + 1, lines.index("40 minutes · needs: nothing") + 1]
    assert [problem.partition(": ")[0] for problem in lengths.problems(root)] == [f"chapters/means.md:{n}" for n in at]


def test_glue_out_of_sight_and_a_box_without_minutes_pass(tmp_path):
    """Catches a gate that is in the way of what is right."""
    cell = '```{code-cell} ipython3\n:tags: [remove-cell]\nglue("means-x", 1)\n```\n'
    assert lengths.problems(book(tmp_path, more=f"\n{cell}\n{BOX.replace('40 minutes · ', '')}")) == []


def test_a_book_without_limits_may_be_of_any_length(tmp_path):
    """Catches limits of this book in the machinery."""
    assert lengths.problems(course.write(tmp_path, **{"chapters/means.md": "# A\n\n" + "word " * 9000 + BOX})) == []
