"""A term leads to its entry in the glossary where a chapter introduces it, and the entry leads back."""

import pytest

from coursebook.gates import glossary
from tests.paths import ROOT

ENTRIES = """\
# Glossary

```{glossary}
:sorted:

log-odds
    The logarithm of the odds. {doc}`Chapter 1 <../chapters/one>`.

odds
    The quotient of $p$ and $1 - p$. {doc}`Chapter 1
    <../chapters/one>`.
```
"""
CHAPTER = "# One\n\nThat is the *{term}`odds`*. Their logarithm, the *{term}`log odds <log-odds>`*, and *odds* again.\n"


@pytest.fixture
def book(tmp_path):
    """Return the problems of a book with this chapter and this glossary."""

    def problems(chapter: str = CHAPTER, entries: str = ENTRIES) -> list[str]:
        for name, text in (("chapters/one.md", chapter), ("book/glossary.md", entries)):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return glossary.problems(tmp_path)

    return problems


def test_the_book_links_its_terms():
    """Catches a term that is introduced without a link, or explained in a chapter that never mentions it."""
    assert glossary.problems(ROOT) == []


def test_all_entries_are_read():
    """Catches a gate that passes because it sees no glossary."""
    found = {entry.term: entry for entry in glossary.entries(ROOT / glossary.GLOSSARY)}
    assert len(found) > 70
    assert found["odds"].chapters == ("sigmoid",)


def test_a_linked_term_may_stand_in_italics_again(book):
    """Catches a gate that asks for a link at every mention."""
    assert book() == []


@pytest.mark.parametrize("words", ["*odds*", "*Odds*", "*odds*, that is *{term}`log odds <log-odds>`*,", "- *odds*"])
def test_a_term_introduced_without_a_link_is_a_problem_with_its_line(book, words):
    """The planted failure: also at the beginning of a sentence, beside another link, and in a list."""
    found = book(CHAPTER.replace("That is", f"{words} are. *{{term}}`log-odds`*.\n\nThat is"))
    assert len(found) == 1
    assert found[0].startswith("chapters/one.md:3: ")
    assert "is introduced without a link" in found[0]


def test_a_term_may_be_broken_over_two_lines(book):
    """Catches a link, or an introduction, that the gate misses because the line ends inside it."""
    entries = ENTRIES.replace("log-odds\n", "log of odds\n")
    assert book(CHAPTER.replace("log odds <log-odds>", "log of\nodds"), entries) == []
    [found] = book(CHAPTER.replace("*{term}`log odds <log-odds>`*", "*log of\nodds*"), entries)
    assert "*log of odds* is introduced without a link" in found


def test_a_term_that_its_chapter_does_not_link_is_a_problem(book):
    """The planted failure: an entry that leads readers to a chapter where they cannot find the word."""
    [found] = book(CHAPTER.replace("*{term}`log odds <log-odds>`*", "logit"))
    assert found.startswith("book/glossary.md:6: log-odds: chapters/one.md does not link this term")


def test_an_entry_that_leads_nowhere_is_a_problem(book):
    """The planted failure: a term of which nobody can tell where it comes from."""
    [found] = book(entries=ENTRIES.replace(" {doc}`Chapter 1 <../chapters/one>`", ""))
    assert found.startswith("book/glossary.md:6: log-odds: the entry leads to no chapter")


def test_emphasis_of_an_ordinary_word_is_free(book):
    """Catches a gate that takes every word in italics for a term."""
    assert book(CHAPTER + "\nThis is *not* one, and `*odds*` is code.\n") == []
