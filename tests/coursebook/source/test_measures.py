"""What is counted in a chapter, and the one formula for the minutes that it takes."""

from pathlib import Path

import pytest

from coursebook.source import contents, measures
from coursebook.source.measures import Measures
from tests.paths import ROOT

MAIN = "One two three $a + b$ four.\n\n"  # five words
COUNTED = {
    MAIN: {"words": 5},
    "See {eq}`eq-a` and {term}`odds` in `np.exp(-x)`.\n\n": {"words": 6},
    "It is {glue:text}`a-key` - or so.\n\n": {"words": 5},
    "## Two words\n\n": {"words": 2},
    "| a | b |\n| --- | --- |\n| c | d |\n\n": {"words": 4},
    "```{math}\n:label: eq-a\na = b\n```\n\n": {"formulas": 1},
    "```{prf:property} Title\n:label: prop-a\nTwo words.\n```\n\n": {"words": 3},
    "```{code-cell} ipython3\na = 1\n\nb = 2  # why\n```\n\n": {"lines": 2},
    "```{code-cell} ipython3\n---\nmystnb:\n  image:\n    alt: A\n---\nplot()\n```\n\n": {"lines": 1, "figures": 1},
    "```{code-cell} ipython3\n:tags: [remove-cell]\nglue(1)\n```\n\n": {},
    "```{code-cell} ipython3\n:tags: [hide-input]\nplot()\n```\n\n": {},
    "```{code-cell} ipython3\n:tags: [remove-input]\nshow()\n```\n\n": {},
    "```{explorable} sum\n:label: explore-sum\n\nTry it.\n```\n\n": {"words": 2, "explorables": 1},
    "```{question} What is it?\n:label: check-a\n- [x] One.\n  : Yes.\n- [ ] Two.\n  : No.\n```\n\n": {"questions": 1},
    "```{exercise} Title\n:label: ex-a\nDo it, {eq}`eq-a`.\n```\n\n": {"exercises": 1},
    "````{solution-start} ex-a\n````\nSo.\n```{code-cell} ipython3\na = 1\n```\n````{solution-end}\n````\n\n": {},
    "````{deeper-start} Title\n````\nSo.\n```{math}\na\n```\n```{code-cell}\na\n```\n````{deeper-end}\n````\n\n": {},
    "```{admonition} In this chapter\n:class: tip\nFour words are here.\n```\n\n": {},
    "```{admonition} Answer\n:class: dropdown\nTwo words.\n```\n\n": {},
    "```{admonition} Note well\nTwo words.\n```\n\n": {"words": 4},
}  # fmt: skip


def counted(tmp_path: Path, text: str) -> Measures:
    path = tmp_path / "one.md"
    path.write_text(text)
    return measures.of(path)


@pytest.mark.parametrize("part", COUNTED)
def test_a_part_adds_what_it_holds_and_nothing_else(tmp_path, part):
    """Catches folded words that are counted, code in sight that is not, and text below a part taken for its inside."""
    without = counted(tmp_path, MAIN + MAIN)
    added = [more - less for more, less in zip(counted(tmp_path, MAIN + part + MAIN), without, strict=True)]
    assert dict(zip(Measures._fields, added, strict=True)) == {**dict.fromkeys(Measures._fields, 0), **COUNTED[part]}


def test_the_references_end_the_main_text(tmp_path):
    """Catches the list of what to read counted as text."""
    assert counted(tmp_path, MAIN + "## References\n\nA book, another book.\n") == counted(tmp_path, MAIN)


# Readers of the edition of November timed themselves: chapters 1 to 3 with their code, 4 to 6 with all exercises too.
MEASURED = [
    (Measures(2447, 8, 222, 4, 6, 5, 1), "code", 47.5),
    (Measures(2376, 12, 193, 5, 7, 5, 1), "code", 55),
    (Measures(2858, 14, 244, 5, 7, 3, 1), "code", 52.5),
    (Measures(2700, 17, 230, 5, 7, 5, 1), "exercises", 120),
    (Measures(2952, 11, 350, 5, 7, 4, 1), "exercises", 120),
    (Measures(3655, 16, 253, 5, 7, 5, 1), "exercises", 120),
]


@pytest.mark.parametrize(("chapter", "kind", "minutes"), MEASURED)
def test_the_formula_gives_the_times_that_readers_measured(chapter, kind, minutes):
    """Catches a rate that makes the stated times half of the real ones, as those that were typed."""
    assert getattr(measures.times(chapter), kind) == pytest.approx(minutes, rel=0.2)


def test_over_all_six_the_formula_is_neither_slow_nor_fast():
    """Catches rates that are all wrong in one direction."""
    computed = sum(getattr(measures.times(chapter), kind) for chapter, kind, _ in MEASURED)
    assert computed == pytest.approx(sum(minutes for *_, minutes in MEASURED), rel=0.05)


@pytest.mark.parametrize("more", Measures._fields[:5])
def test_each_measure_makes_a_chapter_longer(more):
    """Catches a measure that the formula forgets; code is no part of reading, exercises none of the code."""
    one = Measures(1000, 5, 100, 3, 5, 2, 1)
    longer = measures.times(one._replace(**{more: 2 * getattr(one, more)}))
    grown = [new > old for new, old in zip(longer, measures.times(one), strict=True)]
    first = {"words": 0, "formulas": 0, "lines": 1}.get(more, 2)
    assert grown == [place >= first for place in range(3)]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (2, "5 min"),
        (22, "20 min"),
        (23, "25 min"),
        (87, "85 min"),
        (88, "1½ h"),
        (104, "1½ h"),
        (106, "2 h"),
        (140, "2½ h"),
    ],
)
def test_minutes_are_said_as_a_person_says_them(minutes, words):
    """Catches a precision that nobody has measured."""
    assert measures.spoken(minutes) == words


def test_every_chapter_has_words_and_the_table_a_line_for_it():
    """Catches a reader of sources that finds nothing, and a chapter left out."""
    chapters = contents.chapters(ROOT)
    lines = measures.table(chapters).splitlines()
    assert [line.split()[0] for line in lines[1:]] == [*(path.stem for path in chapters), "all"]
    assert all(measures.of(path).words > 500 for path in chapters)
