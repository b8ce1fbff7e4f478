"""Checks of assignment 1. Instructor side only."""

import numpy as np

from lrgrader.checks import Check, Criterion, Written, choice
from lrlib.functions import log_sigmoid, logit, sigmoid

TITLE = "Log-odds and a stable log-sigmoid"
OBJECTIVES = [
    "say what a weight does to odds and to a probability",
    "compute the sigmoid, its logarithm and the log-probability of a label for every score",
    "tell rounding that costs nothing from rounding that costs everything",
    "derive the slope of the log-sigmoid",
]
HOURS = (2, 3)
MAY_USE = ["math", "numpy", "torch"]
# What is the answer already, by whatever way it is reached; a name with a dot in front is one of any object.
FORBIDDEN = {
    "*": [
        "lrlib",
        "scipy",
        "sklearn",
        *(f".{name}" for name in ("sigmoid", "sigmoid_", "expit", "logit", "logit_", "logsigmoid", "log_expit")),
        *(f".{name}" for name in ("softplus", "Sigmoid", "LogSigmoid", "Softplus", "BCEWithLogitsLoss")),
        ".binary_cross_entropy_with_logits",
    ]
}

NUMBERS = {
    "odds_for": choice(3, 5, 7),
    "odds_against": choice(2, 4),
    "ratio": choice(2, 3, 5),
    "w1": choice(2, 3, 4),
    "w2": choice(-5, -4, -2),
    "b": choice(3, 6, 7),
}

BY_HAND = "chapters/sigmoid.html#equation-eq-odds"
PARAMETERS = "chapters/sigmoid.html#prop-odds-ratio"
BOUNDARY = "chapters/sigmoid.html#equation-eq-boundary"
BACK = "chapters/sigmoid.html#equation-eq-sigmoid"
BROKEN = "chapters/sigmoid-on-a-computer.html#sec-sigmoid-broken"
KEEP = "chapters/sigmoid-on-a-computer.html#equation-eq-log-sigmoid"
SYMMETRY = "chapters/sigmoid.html#equation-eq-sigmoid-symmetry"


def odds(p):
    """Return the odds of p, the reference."""
    p = np.asarray(p, dtype=float)
    with np.errstate(divide="ignore"):
        return p / (1 - p)


def log_probability(z, y):
    """Return log p(y), the reference."""
    return log_sigmoid(np.where(np.asarray(y) == 1, z, -z))


def probability_after(numbers, ratio=1):
    """Return the probability after the given odds were multiplied by ratio."""
    odds_now = ratio * numbers["odds_for"] / numbers["odds_against"]
    return odds_now / (1 + odds_now)


def scores(rng, low, high, *, shape=(12,)):
    """Return scores of both signs with magnitudes drawn between low and high."""
    return rng.uniform(low, high, shape) * rng.choice([-1.0, 1.0], shape)


CHECKS = [
    Check(
        "q1-before",
        calls="p_before",
        points=1,
        says="odds of m to n are a probability of m in m + n",
        see=BY_HAND,
        expected=probability_after,
        rtol=1e-3,
    ),
    Check(
        "q1-after",
        calls="p_after",
        points=1,
        says="one more unit multiplies the odds by e^w, and they are then turned back into a probability",
        see=PARAMETERS,
        expected=lambda numbers: probability_after(numbers, numbers["ratio"]),
        rtol=1e-3,
    ),
    Check(
        "q1-crossing",
        calls="crossing",
        points=1,
        public=True,
        says="the score is 0 where the boundary crosses the axis",
        see=BOUNDARY,
        expected=lambda numbers: -numbers["b"] / numbers["w2"],
        rtol=1e-3,
    ),
    Check(
        "q2-half",
        calls="log_odds",
        points=0.5,
        public=True,
        says="the log-odds of 1/2 are 0",
        see=BY_HAND,
        inputs=lambda rng, numbers: (np.array(0.5),),
        expected=0.0,
    ),
    Check(
        "q2-odds",
        calls="odds",
        points=0.5,
        says="odds are p / (1 - p), one for each probability, in the same shape",
        see="chapters/sigmoid.html#equation-eq-odds",
        inputs=lambda rng, numbers: (rng.uniform(0.02, 0.98, (3, 4)),),
        expected=odds,
    ),
    Check(
        "q2-values",
        calls="log_odds",
        points=1,
        says="log-odds are the natural logarithm of the odds",
        see="chapters/sigmoid.html#equation-eq-logit",
        inputs=lambda rng, numbers: (rng.uniform(0.01, 0.99, 10),),
        expected=logit,
        rtol=1e-9,
    ),
    Check(
        "q2-ends",
        calls="log_odds",
        points=0.5,
        says="the log-odds of 0 and 1 are the limits, minus and plus infinity, also when they come as integers",
        see=BY_HAND,
        inputs=lambda rng, numbers: (rng.permutation(np.append([0, 1], rng.integers(0, 2, rng.integers(2, 9)))),),
        expected=logit,
    ),
    Check(
        "q2-list",
        calls="odds",
        points=0.5,
        says="a list of probabilities gives an array of odds",
        see="chapters/sigmoid.html#equation-eq-odds",
        inputs=lambda rng, numbers: ([float(p) for p in rng.uniform(0.1, 0.9, 3)],),
        expected=odds,
    ),
    Check(
        "q3-zero",
        calls="sigmoid",
        points=0.5,
        public=True,
        says="sigmoid(0) is 1/2",
        see=BACK,
        inputs=lambda rng, numbers: (np.array(0.0),),
        expected=0.5,
    ),
    Check(
        "q3-values",
        calls="sigmoid",
        points=0.5,
        says="ordinary scores, in an array of two dimensions; the array that was handed in is not changed",
        mutates=False,
        see="chapters/sigmoid.html#equation-eq-sigmoid",
        inputs=lambda rng, numbers: (rng.normal(0, 4, (3, 5)),),
        expected=sigmoid,
        rtol=1e-12,
        atol=0,
    ),
    Check(
        "q3-integers",
        calls="sigmoid",
        points=0.5,
        says="integer scores give fractions",
        see="chapters/sigmoid.html#equation-eq-sigmoid",
        inputs=lambda rng, numbers: (rng.integers(-9, 10, 8),),
        expected=sigmoid,
    ),
    Check(
        "q3-far",
        calls="sigmoid",
        points=0.5,
        says="scores of thousands give 0 or 1, never nan",
        see=BROKEN,
        inputs=lambda rng, numbers: (np.concatenate([scores(rng, 1e3, 1e5), [8e2, -8e2]]),),
        expected=sigmoid,
    ),
    Check(
        "q3-tail",
        calls="sigmoid",
        points=1,
        says="a tiny probability that float64 can hold is not rounded to 0",
        see=KEEP,
        inputs=lambda rng, numbers: (rng.uniform(-720, -710, 8),),
        expected=sigmoid,
        rtol=1e-8,
        atol=0,
    ),
    Check(
        "q4-zero",
        calls="log_sigmoid",
        points=0.5,
        public=True,
        says="log_sigmoid(0) is -log 2",
        see="chapters/sigmoid-on-a-computer.html#equation-eq-log-sigmoid",
        inputs=lambda rng, numbers: (np.array(0.0),),
        expected=-np.log(2),
    ),
    Check(
        "q4-thousand",
        calls="log_sigmoid",
        points=0.5,
        public=True,
        says="log_sigmoid(-1000) is -1000: large, not infinite",
        see=BROKEN,
        inputs=lambda rng, numbers: (np.array(-1000.0),),
        expected=-1000.0,
    ),
    Check(
        "q4-values",
        calls="log_sigmoid",
        points=1,
        says="ordinary scores, in an array of two dimensions; the array that was handed in is not changed",
        mutates=False,
        see="chapters/sigmoid-on-a-computer.html#equation-eq-log-sigmoid",
        inputs=lambda rng, numbers: (rng.uniform(-8, 8, (4, 5)),),
        expected=log_sigmoid,
        rtol=1e-10,
    ),
    Check(
        "q4-left",
        calls="log_sigmoid",
        points=1,
        after="q4-values",  # far to the left, z itself would pass
        says="far to the left, however far, log_sigmoid(z) is finite and close to z",
        see=BROKEN,
        inputs=lambda rng, numbers: (np.concatenate([-rng.uniform(800, 1e5, 8), [-1e300]]),),
        expected=log_sigmoid,
        rtol=1e-12,
    ),
    Check(
        "q4-right",
        calls="log_sigmoid",
        points=1,
        says="far to the right log_sigmoid(z) is tiny and keeps its digits; it is not 0",
        see=KEEP,
        inputs=lambda rng, numbers: (rng.uniform(38, 600, 8),),
        expected=log_sigmoid,
        rtol=1e-9,
        atol=0,
    ),
    Check(
        "q4-integers",
        calls="log_sigmoid",
        points=0.5,
        says="integer scores, as many values as scores",
        see="chapters/sigmoid-on-a-computer.html#equation-eq-log-sigmoid",
        inputs=lambda rng, numbers: (rng.integers(-9, 10, (1, 6)),),
        expected=log_sigmoid,
    ),
    Check(
        "q4-single",
        calls="log_sigmoid",
        points=0.5,
        after="q4-values",  # far to the left, z itself would pass
        says="single precision overflows much earlier, and must not",
        see="chapters/sigmoid-on-a-computer.html#prop-sigmoid-range",
        inputs=lambda rng, numbers: (scores(rng, 5, 60).astype(np.float32) - np.float32(200),),
        expected=lambda z: log_sigmoid(z.astype(np.float64)),
        rtol=1e-5,
    ),
    Check(
        "q5-even",
        calls="log_probability",
        points=0.5,
        public=True,
        says="at score 0 both labels have the probability 1/2",
        see=SYMMETRY,
        inputs=lambda rng, numbers: (np.zeros(2), np.array([0.0, 1.0])),
        expected=log_probability,
    ),
    Check(
        "q5-values",
        calls="log_probability",
        points=1,
        says="each label gets the logarithm of its own probability",
        see=SYMMETRY,
        inputs=lambda rng, numbers: (rng.uniform(-5, 5, 12), rng.permutation(np.repeat([0.0, 1.0], 6))),
        expected=log_probability,
        rtol=1e-9,
    ),
    Check(
        "q5-surely-wrong",
        calls="log_probability",
        points=1,
        says="a surely wrong example has a large loss, not an infinite one",
        see="chapters/sigmoid-on-a-computer.html#equation-eq-cancellation",
        inputs=lambda rng, numbers: (rng.uniform(100, 700, 8) * np.repeat([1, -1], 4), np.repeat([0, 1], 4)),
        expected=log_probability,
        rtol=1e-9,
    ),
    Check(
        "q5-bytes",
        calls="log_probability",
        points=0.5,
        says="labels may be unsigned bytes, and a batch may hold a single example",
        see=SYMMETRY,
        inputs=lambda rng, numbers: (rng.normal(0, 2, 1), np.zeros(1, dtype=np.uint8)),
        expected=log_probability,
        rtol=1e-9,
    ),
]

WRITTEN = [
    Written(
        "q6",
        points=3,
        criteria=[
            Criterion(1, "differentiates the logarithm by the chain rule and cancels, to 1 - sigmoid(z)"),
            Criterion(0.5, "names the symmetry and arrives at sigmoid(-z)"),
            Criterion(1, "says that sigmoid(40) was already rounded to 1 before the subtraction"),
            Criterion(0.5, "says why the other is safe: float numbers are close together near 0, not near 1"),
        ],
    )
]
