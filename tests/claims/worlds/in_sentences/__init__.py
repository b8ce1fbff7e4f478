"""What the symbols of formulas in sentences stand for: in properties, summaries, the glossary and the notation page.

One module for each chapter, and one for the pages to look up. A place is `prop-gibbs#2`: the second relation of that
block. "?" says whether a condition must hold in this world.
"""

from coursebook.claims.world import Worlds
from tests.claims.worlds.in_sentences import (
    accuracy,
    binary_classification,
    cross_entropy,
    inference,
    look_up,
    penalties,
    regression_vs_classification,
    sigmoid,
    sigmoid_on_a_computer,
    softmax,
    thresholds,
    which_one_when,
)

WHOLE = ("book/glossary.md", "book/notation.md", "book/which-one-when.md")
WORLDS = Worlds()
for chapter in (
    accuracy,
    binary_classification,
    cross_entropy,
    inference,
    look_up,
    penalties,
    regression_vs_classification,
    sigmoid,
    sigmoid_on_a_computer,
    softmax,
    thresholds,
    which_one_when,
):
    WORLDS |= chapter.WORLDS
PAIR = "gives a pair of parameters one name"
HALF = "has no left side: the words before it are that"
NOT_EVALUATED = {
    "prop-accuracy-flat#3": PAIR,
    "prop-convex#1": PAIR,
    "prop-mse-not-convex#1": PAIR,
    "sigmoid-on-a-computer-summary#1": HALF,
    "prop-relu-dead#1": HALF,
}
# Each says where or for which values the statement holds; by itself it states nothing.
CONDITIONS = {
    "prop-accuracy-flat#4",
    "prop-accuracy-flat#5",
    "prop-accuracy-flat#6",
    "prop-accuracy-surrogate-probability#1",
    "prop-logistic-bound#3",
    "prop-hidden-threshold#1",
    "prop-inference-collapse#1",
    "prop-separable#2",
    "prop-proper#1",
    "prop-focal-modest#1",
    "prop-focal-modest#2",
    "prop-far-point#1",
    "prop-far-point#2",
    "prop-far-point#3",
    "prop-penalties-monotone#1",
    "prop-penalties-zero#2",
    "prop-penalties-zero#4",
    "obs-penalties-lasso-choice#1",
    "obs-penalties-small-weight#1",
    "prop-steepest-slope#1",
    "prop-abs-trap#1",
    "sigmoid-summary#1",
    "prop-enlarge#1",
    "prop-softmax-centred#1",
    "glossary#1",
}
