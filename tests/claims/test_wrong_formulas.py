"""Every wrong version of a printed formula that one token makes must be found out, and the lists must be in order."""

from collections import Counter

import pytest

from coursebook.claims import evidence, mutate
from tests.claims.formulas import ROOT, formulas, worlds


def test_each_labelled_formula_has_a_world_and_each_world_its_formula():
    """Catches a formula that nobody evaluates, a world left over, and a list of equivalents that names what is gone."""
    assert evidence.problems(ROOT, worlds()) == []


@pytest.mark.parametrize("label", formulas())
def test_every_wrong_version_of_the_formula_is_found_out(label):
    """Catches tolerances and draws too lax to tell the page's formula from one with a single mistake."""
    formula = formulas()[label]
    trials = evidence.trials(formula)
    assert [(kind, wrong) for kind, wrong, became in trials if became == "survived"] == [], label
    assert sum(became in ("false", "unreadable") for *_, became in trials) >= 3, f"{label}: hardly any wrong version"
    excused = Counter(
        named
        for named in formula.world.equivalents
        for _, wrong, became in trials
        if became == "equivalent" and mutate.names(named, wrong, formula.printed.tex)
    )
    assert excused == Counter(list(formula.world.equivalents)), f"{label}: one entry excuses one wrong version"
