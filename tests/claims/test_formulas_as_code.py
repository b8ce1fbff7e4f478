"""The NumPy that is made of each printed formula, run and compared with the formula's own tree."""

import itertools

import numpy as np
import pytest

from coursebook.claims import numpy_code
from coursebook.claims.card import trials
from coursebook.claims.evaluate import Gather, Over, evaluate
from coursebook.claims.names import identifier
from tests.claims.formulas import formulas

# NumPy has no derivatives: of these, the side without one becomes code.
WITH_DERIVATIVES = {"eq-brier-derivative", "eq-brier-curvature"}


def namespace(values):
    """The symbols as NumPy code calls them."""
    plain = {name: value.values if isinstance(value, Over) else value for name, value in values.items()}
    plain = {name: value.function if isinstance(value, Gather) else value for name, value in plain.items()}
    names = {identifier(name): np.array(v) if isinstance(v, list) else v for name, v in plain.items() if name != "="}
    assert len(names) == len(plain) - ("=" in plain), "two symbols have one name"
    return names | {"np": np}


def by_the_tree(side, letters, values):
    """What the tree says, with the free index letters as axes."""
    ranges = [list(values[letter]) for letter in letters]
    found = [
        evaluate(side, {**values, **dict(zip(letters, places, strict=True))}) for places in itertools.product(*ranges)
    ]
    return np.array(found).reshape([*map(len, ranges), *np.shape(found[0])])


@pytest.mark.parametrize("label", formulas())
def test_the_code_of_a_formula_gives_what_its_tree_gives(label):
    """Catches brackets lost on the way to Python, and axes exchanged."""
    formula = formulas()[label]
    compared = 0
    for values, statement in itertools.product(formula.samples[:4], formula.statements):
        chain = statement.items[0] if statement.kind == "when" else statement
        letters = numpy_code.free_letters(chain, values)
        for side, written in zip(chain.items, numpy_code.sides(statement, values), strict=True):
            if not written:
                assert label in WITH_DERIVATIVES
                continue
            expected = by_the_tree(side, letters, values)
            got = np.broadcast_to(eval(written, namespace(values)), expected.shape)
            np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-13, err_msg=written)
            compared += 1
    assert compared >= 4
    assert trials.written(formula) == numpy_code.code(formula), "what the card offers is no Python"


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("eq-gradient", ["grad_w_L = X.T @ (p - y) / N", "dL_db = np.sum(p - y) / N"]),
        ("eq-softmax", ["p = np.exp(a) / np.sum(np.exp(a))"]),
        ("eq-far-point", ["x_star = x_mean + (delta * d - s ** 2) / ((N + 1) * delta + d)"]),
    ],
)
def test_the_code_is_what_one_would_type(label, lines):
    """Catches code that is right and unreadable."""
    assert numpy_code.code(formulas()[label]) == lines
