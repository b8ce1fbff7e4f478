"""Checks of assignment 2. Instructor side only."""

from itertools import pairwise

import numpy as np

from lrgrader.checks import Check, Criterion, Written, choice
from lrlib import metrics, surrogates
from lrlib.linear import binary_gradient

TITLE = "Accuracy, its stand-ins, and why training stalls"
OBJECTIVES = [
    "find every place where accuracy can change",
    "search it exactly in one dimension, and say why not in thirty",
    "compute surrogate losses for every margin",
    "write gradient descent on one of them",
    "say precisely what is wrong with 'the gradient of accuracy is zero or infinite'",
]
HOURS = (2, 3)
MAY_USE = ["math", "matplotlib", "numpy", "torch"]
FORBIDDEN = {
    "*": [
        "lrlib",
        "scipy",
        "sklearn",
        *(f".{name}" for name in ("softplus", "Softplus", "logsigmoid", "LogSigmoid", "BCEWithLogitsLoss", "BCELoss")),
        *(f".{name}" for name in ("binary_cross_entropy", "binary_cross_entropy_with_logits", "soft_margin_loss")),
        *(f".{name}" for name in ("hinge_embedding_loss", "multi_margin_loss", "SoftMarginLoss")),
    ]
}

NUMBERS = {
    "p": choice(0.45, 0.55, 0.48, 0.52),
    "x": choice(4, 5, 8),
    "b": choice(-6, -3, -2),
    "hours": choice(3, 4, 5),
}

LEARNERS = "chapters/accuracy.html#equation-eq-accuracy"
LEAP = "chapters/accuracy.html#equation-eq-accuracy-jumps"
FLAT = "chapters/accuracy.html#prop-accuracy-flat"
MARGIN = "chapters/accuracy.html#equation-eq-margin"
LOGISTIC = "chapters/accuracy.html#equation-eq-logistic-loss"
STALLED = "chapters/accuracy.html#prop-accuracy-flat"
COLUMN = "chapters/binary-classification.html#equation-eq-broadcast-loss"


def by_hand(numbers):
    """Return the accuracy of the five given probabilities."""
    p = np.array([0.9, 0.6, 0.4, numbers["p"], 0.2])
    return metrics.accuracy(np.array([1, 0, 1, 1, 0]), p > 0.5)


def accuracy(z, y):
    """Return the accuracy of scores, the reference."""
    return metrics.accuracy(np.reshape(y, -1).astype(int), np.asarray(z) > 0)


def jumps(x, b):
    """Return the places where a decision changes, the reference."""
    x = np.asarray(x, dtype=float)
    return np.unique(-b / x[x != 0])


def best_accuracy(x, y, b):
    """Return the best accuracy by counting: a weight decides for 1 where it lies on one side of the example's jump."""
    places = np.concatenate([[-np.inf], jumps(x, b), [np.inf]])
    best = 0.0
    for left, right in pairwise(places):
        # On the open step between two jumps every score keeps its sign; compare with the jump instead of computing it.
        own = np.divide(-b, x, out=np.full(len(x), np.nan), where=x != 0)
        decided = np.where(x > 0, own <= left, own >= right)
        decided = np.where(x == 0, b > 0, decided)
        best = max(best, float(np.mean(decided == (y == 1))))
    return best


def train(X, y, step_size, steps):
    """Return where gradient descent ends, the reference."""
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        by_w, by_b = binary_gradient(X, y, w, b)
        w, b = w - step_size * by_w, b - step_size * float(by_b)
    return w, b


def samples(rng, *, rows=9, scale=3.0):
    """Return x without zeros, labels and an intercept."""
    x = rng.uniform(0.2, 1, rows) * rng.choice([-1.0, 1.0], rows) * scale
    return x, rng.permutation(np.arange(rows) % 2), float(rng.uniform(0.5, 2) * rng.choice([-1.0, 1.0]))


def ties(rng):
    """Return scores among which many are exactly 0, and labels that are booleans."""
    z = np.concatenate([np.zeros(7), rng.normal(size=10)])
    return rng.permutation(z), rng.integers(0, 2, 17).astype(bool)


def narrow(rng):
    """Return large x, whose jumps lie less than a thousandth apart; two labels are on the wrong side."""
    rows = int(rng.integers(9, 30))
    x = 1e3 * (np.arange(rows) + rng.uniform(0.2, 0.8, rows))
    y = (np.arange(rows) >= rows // 2).astype(int)
    y[rng.choice(rows, 2, replace=False)] ^= 1
    return x, y, -float(rng.uniform(0.5, 2))


def with_zeros(rng):
    """Return x with zeros and repeated values, and an intercept."""
    x = rng.permutation(np.concatenate([np.zeros(2), np.repeat(rng.uniform(1, 5, 3), 2), -rng.uniform(1, 5, 2)]))
    return x, -1.5


def labelled(rng, *, rows=60):
    """Return two overlapping classes of two features."""
    X = rng.normal(size=(rows, 2))
    return X, (X @ [1.0, -2.0] + rng.normal(size=rows) > 0.3).astype(float)


def large(rng):
    """Return features in the thousands, one of nine examples on the wrong side."""
    y = np.arange(9) % 2
    sign = np.where(np.arange(9) == 4, -1, 1) * (2 * y - 1)
    return (sign * rng.uniform(5e3, 2e4, 9))[:, None], y


def separates(answer, inputs):
    """Judge a trained line by its mean loss and accuracy on its own data."""
    X, y, *_ = inputs
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        return "two things, w and b"
    w, b = (np.asarray(part) for part in answer)
    if w.shape != X.shape[1:] or b.size != 1 or w.dtype.kind not in "iuf" or b.dtype.kind not in "iuf":
        return "w must be one number for each feature, and b a number"
    z = X @ w + float(b.reshape(()))
    if np.mean(surrogates.logistic_loss(surrogates.margin(z, y))) > 0.6:
        return "the mean loss is hardly below that of the start, log 2"
    return bool(accuracy(z, y) > 0.7) or "fewer than 7 in 10 decisions are right"


CHECKS = [
    Check(
        "q1-accuracy",
        calls="by_hand",
        points=1,
        says="accuracy is the share of right decisions, at the threshold one half",
        see=LEARNERS,
        expected=by_hand,
        rtol=1e-3,
    ),
    Check(
        "q1-flip",
        calls="flip",
        points=1,
        public=True,
        says="the decision changes where the score is 0",
        see=LEAP,
        expected=lambda numbers: -numbers["b"] / numbers["x"],
        rtol=1e-3,
    ),
    Check(
        "q2-five",
        calls="accuracy",
        points=0.5,
        public=True,
        says="three of five right are 3/5",
        see=LEARNERS,
        inputs=lambda rng, numbers: (np.array([2.0, 1.3, -1.4, 1.2, -3.0]), np.array([1, 0, 1, 1, 0])),
        expected=0.6,
    ),
    Check(
        "q2-values",
        calls="accuracy",
        points=1,
        says="probability one half is the score 0, not 0.5",
        see="chapters/binary-classification.html#equation-eq-binary-decision",
        inputs=lambda rng, numbers: (np.concatenate([rng.normal(size=20), rng.uniform(0, 0.5, 11)]), np.ones(31)),
        expected=accuracy,
    ),
    Check(
        "q2-tie",
        calls="accuracy",
        points=0.5,
        says="at exactly one half class 0 is decided, also for booleans as labels",
        see=LEARNERS,
        inputs=lambda rng, numbers: ties(rng),
        expected=accuracy,
    ),
    Check(
        "q2-one",
        calls="accuracy",
        points=0.5,
        says="a batch of one example, its label an unsigned byte",
        see=LEARNERS,
        inputs=lambda rng, numbers: (rng.normal(size=1), rng.integers(0, 2, 1).astype(np.uint8)),
        expected=accuracy,
        after="q2-values",  # one example is right or wrong: a constant would pass half the time
    ),
    Check(
        "q2-column",
        calls="accuracy",
        points=0.5,
        says="labels in a column are the same labels",
        see=COLUMN,
        inputs=lambda rng, numbers: (rng.normal(size=17), rng.integers(0, 2, (17, 1))),
        expected=accuracy,
    ),
    Check(
        "q3-three",
        calls="jumps",
        points=0.5,
        public=True,
        says="x = 1, 2, 4 and b = -2 have their jumps at 1/2, 1 and 2",
        see=LEAP,
        inputs=lambda rng, numbers: (np.array([1.0, 2.0, 4.0]), -2.0),
        expected=np.array([0.5, 1.0, 2.0]),
    ),
    Check(
        "q3-values",
        calls="jumps",
        points=1,
        says="features of both signs, jumps from left to right",
        see=LEAP,
        mutates=False,
        inputs=lambda rng, numbers: samples(rng)[::2],
        expected=jumps,
    ),
    Check(
        "q3-zeros",
        calls="jumps",
        points=1,
        says="an example with x = 0 never jumps, and equal examples jump at one place",
        see=FLAT,
        inputs=lambda rng, numbers: with_zeros(rng),
        expected=jumps,
    ),
    Check(
        "q3-none",
        calls="jumps",
        points=0.5,
        says="without any jump the array is empty; integers are numbers too",
        see=FLAT,
        inputs=lambda rng, numbers: (np.zeros(rng.integers(2, 9), dtype=np.int64), int(rng.integers(1, 9))),
        expected=np.zeros(0),
        after="q3-values",  # the answer is the same for all inputs
    ),
    Check(
        "q4-all",
        calls="best_accuracy",
        points=0.5,
        public=True,
        says="a weight between two jumps can get all right",
        see=FLAT,
        inputs=lambda rng, numbers: (np.array([1.0, 2.0, 4.0]), np.array([0, 0, 1]), -2.0),
        expected=1.0,
    ),
    Check(
        "q4-values",
        calls="best_accuracy",
        points=1,
        says="the highest step among all, those beyond the outermost jumps included",
        see=FLAT,
        inputs=lambda rng, numbers: samples(rng),
        expected=best_accuracy,
    ),
    Check(
        "q4-narrow",
        calls="best_accuracy",
        points=1,
        says="steps may be narrow: less than a thousandth wide",
        see=FLAT,
        inputs=lambda rng, numbers: narrow(rng),
        expected=best_accuracy,
    ),
    Check(
        "q4-flat",
        calls="best_accuracy",
        points=0.5,
        says="where no decision ever changes, there is one step",
        see=FLAT,
        inputs=lambda rng, numbers: (
            np.zeros(13),
            rng.integers(0, 2, 13),
            float(rng.normal()),
        ),
        expected=best_accuracy,
    ),
    Check(
        "q5-bit",
        calls="logistic_bits",
        points=0.5,
        public=True,
        says="at margin 0 the logistic loss is one bit",
        see="chapters/accuracy.html#prop-logistic-bound",
        inputs=lambda rng, numbers: (np.array(0.0),),
        expected=1.0,
    ),
    Check(
        "q5-bits",
        calls="logistic_bits",
        points=0.5,
        says="ordinary margins, in an array of two dimensions",
        see=LOGISTIC,
        inputs=lambda rng, numbers: (rng.normal(0, 3, (3, 4)),),
        expected=lambda m: surrogates.logistic_loss(m, base=2),
        rtol=1e-9,
    ),
    Check(
        "q5-far",
        calls="logistic_bits",
        points=1,
        says="a surely wrong answer has a large loss, not an infinite one",
        see=LOGISTIC,
        inputs=lambda rng, numbers: (rng.uniform(-1e5, -800, 6),),
        expected=lambda m: surrogates.logistic_loss(m, base=2),
        rtol=1e-9,
    ),
    Check(
        "q5-margin",
        calls="margin",
        points=0.5,
        says="the margin has the sign of right or wrong, for labels of any kind of number",
        see=MARGIN,
        inputs=lambda rng, numbers: (rng.normal(0, 2, 9), rng.integers(0, 2, 9).astype(np.uint8)),
        expected=surrogates.margin,
    ),
    Check(
        "q5-hinge",
        calls="hinge",
        points=0.5,
        says="the hinge loss of integer and fractional margins, never below 0",
        see="chapters/accuracy.html#equation-eq-hinge",
        inputs=lambda rng, numbers: (np.append(rng.normal(0, 2, 5), [-3, 0, 1, 4]),),
        expected=surrogates.hinge_loss,
    ),
    Check(
        "q6-path",
        calls="train",
        points=1.5,
        says="so many steps of the given size against the gradient of the mean loss",
        see="chapters/cross-entropy.html#equation-eq-gradient-descent",
        mutates=False,
        inputs=lambda rng, numbers: (*labelled(rng), 0.3, 7),
        expected=train,
        rtol=1e-7,
    ),
    Check(
        "q6-start",
        calls="train",
        points=0.5,
        says="without a step the parameters are those of the start, zero",
        see="chapters/cross-entropy.html#equation-eq-gradient-descent",
        inputs=lambda rng, numbers: (*labelled(rng, rows=5), 0.3, 0),
        expected=(np.zeros(2), 0.0),
        after="q6-path",  # the answer is the same for all inputs
    ),
    Check(
        "q6-learns",
        calls="train",
        points=0.5,
        public=True,
        says="the loss falls, and most decisions become right",
        see=STALLED,
        inputs=lambda rng, numbers: (*labelled(rng), 0.04, 800),
        judge=separates,
    ),
    Check(
        "q6-large",
        calls="train",
        points=0.5,
        says="features in the thousands give large scores, and no nan",
        see="chapters/sigmoid-on-a-computer.html#sec-sigmoid-broken",
        inputs=lambda rng, numbers: (*large(rng), 1.0, 3),
        expected=train,
    ),
]

WRITTEN = [
    Written(
        "q7",
        points=3,
        criteria=[
            Criterion(
                0.5, "the gradient is exactly zero wherever no score is zero, because no decision changes nearby"
            ),
            Criterion(0.5, "at a jump accuracy is not continuous, so the derivative is undefined, not infinite"),
            Criterion(0.5, "the quotient across a jump measures the step h"),
            Criterion(0.5, "names confidence, or something else that decisions alone cannot show"),
            Criterion(0.5, "names the cross entropy, or another score of probabilities"),
            Criterion(0.5, "the number of planes to try explodes with the number of features"),
        ],
    )
]
