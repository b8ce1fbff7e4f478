"""Relations in the sentences of properties, summaries, the glossary and the notation page, held to their worlds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursebook.claims import drawing, evidence, printed
from tests.claims.formulas import ROOT, in_sentences
from tests.claims.worlds.in_sentences import CONDITIONS, NOT_EVALUATED, WHOLE, WORLDS

FOUND = printed.sentences(ROOT, WHOLE)


def test_each_relation_in_a_sentence_has_a_world_or_a_reason_why_not():
    """Catches a new relation that nobody evaluates, and an entry whose formula is gone."""
    listed = [*WORLDS, *CONDITIONS, *NOT_EVALUATED]
    assert sorted(listed) == sorted(FOUND)


def test_the_cards_find_these_worlds_too():
    """Catches cards that count no wrong version of a formula in a sentence, since its worlds were moved."""
    assert WORLDS
    assert evidence.worlds_in_sentences(ROOT).keys() == WORLDS.keys()


def test_at_most_one_in_ten_of_the_relations_is_not_evaluated():
    """Catches a list of reasons that grows instead of the tests."""
    assert 10 * len(NOT_EVALUATED) <= len(WORLDS) + len(NOT_EVALUATED)


@pytest.mark.parametrize("place", in_sentences())
@settings(max_examples=25)
@given(data=st.data())
def test_the_relation_holds_as_the_sentence_prints_it(place, data):
    """Catches a sentence that says something else than the labelled formula or the independent computation."""
    formula = in_sentences()[place]
    assert formula.holds_on_samples
    formula.check(data.draw(drawing.values(formula.world)))


@pytest.mark.parametrize("place", in_sentences())
def test_every_wrong_version_of_the_relation_is_found_out(place):
    """Catches tolerances and draws too lax to tell the sentence's formula from one with a single mistake."""
    formula = in_sentences()[place]
    assert [trial for trial in evidence.trials(formula) if trial[2] == "survived"] == [], place
    assert evidence.stale(formula) == []
