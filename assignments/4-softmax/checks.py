"""Checks of assignment 4. Instructor side only."""

from functools import cache

import numpy as np

from lrgrader.checks import Check, Criterion, Written, choice
from lrlib.data import digits
from lrlib.functions import log_softmax, softmax
from lrlib.linear import multiclass_gradient, multiclass_loss
from lrlib.metrics import confusion_table

TITLE = "Softmax on the digits"
OBJECTIVES = [
    "compute log-softmax without overflow",
    "program loss and gradient for many classes",
    "train the same model from scratch and in PyTorch",
    "put the losses of batches together",
    "read a confusion table and judge the surest mistakes",
]
HOURS = (3, 4)
MAY_USE = ["math", "matplotlib", "numpy", "sklearn.datasets", "torch"]
_SOFTMAX = [f".{name}" for name in ("softmax", "log_softmax", "cross_entropy", "nll_loss", "Softmax")]
_SOFTMAX += [".LogSoftmax", ".CrossEntropyLoss", ".NLLLoss"]
FORBIDDEN = {  # question 5 is the one in which all of PyTorch may be used
    "*": ["lrlib", "scipy", "sklearn.linear_model", "sklearn.metrics", "sklearn.pipeline", "sklearn.neural_network"],
    "q2": _SOFTMAX,
    "q3": _SOFTMAX,
    "q4": [*_SOFTMAX, "torch.optim"],
}

NUMBERS = {
    "r": choice(5, 7, 9, 13),
    "seed": choice(0, 1, 2, 3, 4, 5, 6, 7),
    "steps": choice(50, 60, 80, 100),
}

BY_HAND = "chapters/softmax.html#equation-eq-softmax"
SLOPES = "chapters/softmax.html#equation-eq-softmax-gradient"
COMPUTER = "chapters/softmax.html#sec-softmax-computer"
SHIFT = "chapters/softmax.html#equation-eq-softmax-shift"
LOSS = "chapters/softmax.html#equation-eq-multiclass-cross-entropy"
GRADIENT = "chapters/softmax.html#equation-eq-multiclass-gradient"
SCRATCH = "chapters/softmax.html#what-is-the-slope-of-the-loss"
TORCH = "chapters/softmax.html#train-it-in-pytorch"
BATCHES = "chapters/softmax.html#equation-eq-batch-means"
TABLE = "chapters/softmax.html#which-digits-are-confused"
SUREST = "chapters/softmax.html#how-sure-are-the-mistakes"


def problem(rng, *, rows=20, features=4, classes=3, scale=1.0, labels=np.int64):
    """Return drawn X, y, W and b whose logits have a standard deviation of about scale."""
    X = rng.normal(size=(rows, features))
    W = scale * rng.normal(size=(features, classes)) / np.sqrt(features)
    return X, rng.integers(0, classes, rows).astype(labels), W, scale * rng.normal(size=classes) / 2


def loss_and_gradient(X, y, W, b):
    """Return loss and gradient, the reference."""
    y = np.asarray(y, dtype=np.int64)
    return multiclass_loss(X, y, W, b), *multiclass_gradient(X, y, W, b)


def train(X, y, classes, step_size, steps):
    """Return where gradient descent ends, the reference."""
    W, b = np.zeros((X.shape[1], classes)), np.zeros(classes)
    for _ in range(steps):
        by_W, by_b = multiclass_gradient(X, np.asarray(y, dtype=np.int64), W, b)
        W, b = W - step_size * by_W, b - step_size * by_b
    return W, b


def clusters(rng, *, rows=60, features=4, classes=3):
    """Return examples around one centre for each class."""
    y = rng.integers(0, classes, rows)
    return 2 * rng.normal(size=(classes, features))[y] + rng.normal(size=(rows, features)), y, classes


def learns(answer, inputs):
    """Judge a trained model by its mean loss on its own data."""
    X, y, classes, *_ = inputs
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        return "two arrays, W and b"
    W, b = np.asarray(answer[0]), np.asarray(answer[1])
    if W.shape != (X.shape[1], classes) or b.shape != (classes,):
        return "the shapes must be (D, K) and (K,)"
    if W.dtype.kind not in "iuf" or b.dtype.kind not in "iuf":
        return "W and b must be made of numbers"
    return bool(multiclass_loss(X, y, W, b) < np.log(classes) / 2) or "the mean loss is above half of that of the start"


@cache
def read(seed, steps):
    """Return the test labels and the reference model's probabilities."""
    data = digits()
    X, y = data.X / 16, data.y.astype(int)
    learn, test = np.split(np.random.default_rng(seed).permutation(1797), [1200])
    W, b = train(X[learn], y[learn], 10, 1.0, steps)
    return y[test], softmax(X[test] @ W + b)


def test_share(numbers):
    """Return the share of test digits that are read correctly."""
    y, P = read(numbers["seed"], numbers["steps"])
    return np.mean(P.argmax(axis=1) == y)


def forecasts(rng, *, rows=30, classes=4):
    """Return drawn probabilities, many of them wrong and some of the right ones very sure, and the true classes."""
    P = softmax(3 * rng.normal(size=(rows, classes)))
    return P, np.where(rng.random(rows) < 0.5, P.argmax(axis=1), rng.integers(0, classes, rows))


def surest_mistakes(P, y, n):
    """Return the surest mistakes, the reference: sort all, keep the wrong ones."""
    order = sorted(range(len(y)), key=lambda i: -P[i].max())
    return np.array([i for i in order if P[i].argmax() != y[i]][:n])


CHECKS = [
    Check(
        "q1-last",
        calls="p_last",
        points=1,
        says="the share of the last class among the three powers of e",
        see=BY_HAND,
        expected=lambda numbers: numbers["r"] / (3 + numbers["r"]),
        rtol=1e-3,
    ),
    Check(
        "q1-slope",
        calls="slope_first",
        points=1,
        says="the slope by the true class's logit is its probability minus 1",
        see=SLOPES,
        expected=lambda numbers: 1 / (3 + numbers["r"]) - 1,
        rtol=1e-3,
    ),
    Check(
        "q2-equal",
        calls="log_softmax",
        points=0.5,
        public=True,
        says="equal logits share equally; integers are numbers too, and one row is enough",
        see=BY_HAND,
        inputs=lambda rng, numbers: (np.full((1, 3), 7),),
        expected=np.full((1, 3), -np.log(3)),
    ),
    Check(
        "q2-values",
        calls="log_softmax",
        points=1,
        says="ordinary logits, a row for each example; the array that was handed in is not changed",
        see="chapters/softmax.html#equation-eq-log-softmax",
        mutates=False,
        inputs=lambda rng, numbers: (rng.normal(0, 3, (5, 4)),),
        expected=log_softmax,
        rtol=1e-9,
    ),
    Check(
        "q2-large",
        calls="log_softmax",
        points=0.5,
        public=True,
        says="logits of thousands, and gaps of thousands, give finite log-probabilities",
        see=COMPUTER,
        inputs=lambda rng, numbers: (rng.uniform(-5e3, 5e3, (4, 3)),),
        expected=log_softmax,
        rtol=1e-9,
    ),
    Check(
        "q2-low",
        calls="log_softmax",
        points=1,
        says="each row is shifted by its own largest logit: rows far below the others do not vanish",
        see=SHIFT,
        inputs=lambda rng, numbers: (rng.normal(size=(3, 4)) + np.array([[2000.0], [0.0], [-2000.0]]),),
        expected=log_softmax,
        rtol=1e-9,
    ),
    Check(
        "q3-start",
        calls="loss_and_gradient",
        points=0.5,
        public=True,
        says="with all parameters 0 the mean loss is log K, and the gradient counts classes",
        see=SCRATCH,
        inputs=lambda rng, numbers: (
            rng.normal(size=(6, 2)),
            np.array([0, 1, 2, 0, 1, 2]),
            np.zeros((2, 3)),
            np.zeros(3),
        ),
        expected=loss_and_gradient,
        rtol=1e-8,
    ),
    Check(
        "q3-values",
        calls="loss_and_gradient",
        points=1.5,
        says="mean loss and gradient at drawn parameters",
        see=GRADIENT,
        mutates=False,
        inputs=lambda rng, numbers: problem(rng),
        expected=loss_and_gradient,
        rtol=1e-8,
    ),
    Check(
        "q3-one",
        calls="loss_and_gradient",
        points=0.5,
        says="a batch of one example, its label an unsigned byte",
        see=LOSS,
        inputs=lambda rng, numbers: problem(rng, rows=1, labels=np.uint8),
        expected=loss_and_gradient,
        rtol=1e-8,
    ),
    Check(
        "q3-large",
        calls="loss_and_gradient",
        points=0.5,
        says="logits of thousands give a large loss and a gradient without nan",
        see=COMPUTER,
        inputs=lambda rng, numbers: problem(rng, scale=3000.0),
        expected=loss_and_gradient,
        rtol=1e-8,
    ),
    Check(
        "q4-path",
        calls="train",
        points=1.5,
        says="so many steps of the given size against the gradient of the mean loss",
        see="chapters/cross-entropy.html#equation-eq-gradient-descent",
        mutates=False,
        inputs=lambda rng, numbers: (*clusters(rng), 0.2, 8),
        expected=train,
        rtol=1e-6,
        atol=1e-9,
    ),
    Check(
        "q4-learns",
        calls="train",
        points=0.5,
        public=True,
        says="the loss falls far below that of the start",
        see=SCRATCH,
        inputs=lambda rng, numbers: (*clusters(rng), 0.2, 200),
        judge=learns,
    ),
    Check(
        "q4-missing-class",
        calls="train",
        points=0.5,
        says="a class without examples still has its column",
        see=GRADIENT,
        inputs=lambda rng, numbers: (rng.normal(size=(8, 2)), np.arange(8) % 2, 4, 0.5, 5),
        expected=train,
        rtol=1e-6,
        atol=1e-9,
    ),
    Check(
        "q4-start",
        calls="train",
        points=0.5,
        after="q4-path",  # zeros of the right shape would pass
        says="without a step the parameters are zero",
        see=SCRATCH,
        inputs=lambda rng, numbers: (rng.normal(size=(5, 3)), np.arange(5), 5, 1.0, 0),
        expected=(np.zeros((3, 5)), np.zeros(5)),
    ),
    Check(
        "q5-path",
        calls="train_torch",
        points=1.5,
        says="PyTorch's parts, put together rightly, give the same parameters",
        see=TORCH,
        seconds=20,  # PyTorch loads its optimisers when they are first used
        inputs=lambda rng, numbers: (*clusters(rng, features=5), 0.2, 20),
        expected=train,
        rtol=1e-3,
        atol=1e-4,
    ),
    Check(
        "q5-equal-batches",
        calls="epoch_loss",
        points=0.5,
        public=True,
        says="of equally large batches, the mean of the means",
        see=BATCHES,
        inputs=lambda rng, numbers: ([1.0, 2.0], [10, 10]),
        expected=1.5,
    ),
    Check(
        "q5-last-batch",
        calls="epoch_loss",
        points=1,
        says="a small last batch counts as many examples as it has",
        see=BATCHES,
        inputs=lambda rng, numbers: ([float(v) for v in rng.uniform(0.1, 3, 4)], [64, 64, 64, int(rng.integers(1, 9))]),
        expected=lambda means, sizes: np.average(means, weights=sizes),
        rtol=1e-9,
    ),
    Check(
        "q6-share",
        calls="test_share",
        points=1,
        says="the share of test digits that are read correctly",
        see="chapters/softmax.html#ten-digits-for-real",
        expected=test_share,
        rtol=1e-3,
    ),
    Check(
        "q6-table",
        calls="confusions",
        points=1,
        says="rows are the true classes and columns the predicted ones",
        see=TABLE,
        inputs=lambda rng, numbers: (rng.integers(0, 4, 40), rng.integers(0, 3, 40), 4),
        expected=lambda y, predicted, classes: confusion_table(y, predicted, classes=classes),
    ),
    Check(
        "q6-surest",
        calls="surest_mistakes",
        points=0.5,
        says="only wrong answers, the surest first",
        see=SUREST,
        mutates=False,
        inputs=lambda rng, numbers: (*forecasts(rng), 4),
        expected=surest_mistakes,
    ),
    Check(
        "q6-few",
        calls="surest_mistakes",
        points=0.5,
        public=True,
        says="fewer mistakes than asked for: all of them, and no right answer",
        see=SUREST,
        inputs=lambda rng, numbers: (np.array([[0.6, 0.4], [0.1, 0.9], [0.2, 0.8]]), np.array([1, 1, 0]), 5),
        expected=np.array([2, 0]),
    ),
]

WRITTEN = [
    Written(
        "q7",
        points=3,
        criteria=[
            Criterion(0.5, "names the most frequent confusions with their counts and directions, from the own table"),
            Criterion(0.5, "names the digit found least often, by a rate and not by a count"),
            Criterion(
                0.5, "describes each of the surest mistakes: true, read, probability, and whether it is excusable"
            ),
            Criterion(0.5, "offers an explanation that fits a linear model of pixels"),
            Criterion(0.5, "says that the same hands wrote both parts, so that new writers were not tested"),
            Criterion(0.5, "names a second reason: other pens or preparation, or the uncertainty of some 600 digits"),
        ],
    )
]
