"""Checks of assignment 5. Instructor side only."""

import math

import numpy as np

from lrgrader.checks import Check, Criterion, Written, choice
from lrlib.data import diabetes
from lrlib.fit import fit_binary
from lrlib.functions import sigmoid
from lrlib.linear import logits

TITLE = "A decision, its threshold and an honest report"
OBJECTIVES = [
    "derive a threshold from costs",
    "split data so that the test means something",
    "fit a model whose probabilities can be used",
    "state a cost with its uncertainty, beside the best rule without a model",
    "write a report that says what was found and what was not",
]
HOURS = (3, 4)
MAY_USE = ["lrlib", "math", "matplotlib", "numpy", "pandas", "scipy", "sklearn", "torch"]

NUMBERS = {
    "cut": choice(180, 200, 220),
    "c_fp": choice(1, 2),
    "c_fn": choice(5, 7, 9),
    "p": choice(0.12, 0.2, 0.3),
}

DECISION = "chapters/regression-vs-classification.html#equation-eq-cost-threshold"
EXPECTED = "chapters/regression-vs-classification.html#equation-eq-expected-cost"
SPLIT = "chapters/binary-classification.html#sec-binary-split"
SCALE = "chapters/binary-classification.html#equation-eq-standardise"
RARE = "chapters/binary-classification.html#when-the-class-is-rare"
DECISIONS = "chapters/binary-classification.html#sec-binary-decisions"
PROPER = "chapters/cross-entropy.html#prop-proper"

ROUNDED = 0.00051  # a number of three decimals is this close to the one that was rounded
_truth: dict[bytes, np.ndarray] = {}  # what `logistic_data` knows of its new rows, and no submission is told


def acts(answer, inputs):
    """Judge decisions, given as 0 and 1 or as booleans."""
    p, c_fp, c_fn = inputs
    answer = np.asarray(answer)
    if answer.shape != p.shape or answer.dtype.kind not in "biuf":
        return "one decision for each probability"
    # In whole numbers, so that a tie is a tie.
    parts = np.round(p * 1000)
    return bool(np.array_equal(answer.astype(int), parts * c_fn > (1000 - parts) * c_fp)) or "a decision differs"


def costs(y, act, c_fp, c_fn):
    """Return the cost of each decision, the reference."""
    table = {(0, 0): 0, (0, 1): c_fp, (1, 0): c_fn, (1, 1): 0}
    return np.array([table[int(label), int(done)] for label, done in zip(np.ravel(y), act, strict=True)])


def parts(answer, y):
    """Return the two parts as integer arrays; ValueError in words if they are none."""
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        raise ValueError("two arrays of row numbers")
    train, test = (np.asarray(rows) for rows in answer)
    if any(rows.dtype.kind not in "iu" or rows.ndim != 1 for rows in (train, test)):
        raise ValueError("two arrays of row numbers")
    if len(train) + len(test) != len(y):
        raise ValueError("each row must be in exactly one part")
    if sorted([*train.tolist(), *test.tolist()]) != list(range(len(y))):
        raise ValueError("each row must be in exactly one part")
    if abs(len(test) - len(y) / 3) > 1:
        raise ValueError("the test part must have one third of the rows")
    return train, test


def covers(answer, inputs):
    """Judge that every row is in exactly one part, one third of them in the second."""
    try:
        parts(answer, inputs[0])
    except ValueError as error:
        return str(error)
    return True


def is_stratified(answer, inputs):
    """Judge that both parts have the same share of class 1, to within one row."""
    y, _ = inputs
    try:
        _, test = parts(answer, y)
    except ValueError as error:
        return str(error)
    return bool(abs(y[test].sum() - y.mean() * len(test)) <= 1) or "the shares of class 1 differ"


def is_drawn(answer, inputs):
    """Judge that the test part is neither a block of neighbouring rows nor a regular pattern."""
    y, _ = inputs
    try:
        _, test = parts(answer, y)
    except ValueError as error:
        return str(error)
    gaps = np.diff(np.sort(test))
    return len(set(gaps.tolist())) > 3 or "the rows of the test part follow a pattern"


def ties(rng):
    """Return probabilities, one of them just at the limit of the costs, which are chosen so that floats hold it."""
    c_fn = int(rng.choice([3, 7]))
    return rng.permutation(np.append(rng.choice([0.0625, 0.1875, 0.625], 3), [0.375, 1 / (1 + c_fn)])), 1, c_fn


def prices(rng):
    """Return two costs."""
    return int(rng.integers(1, 4)), int(rng.integers(5, 12))


def sides(rng):
    """Return labels of training and test, and costs, such that the test labels would choose the other decision."""
    learned, tested, rows = int(rng.integers(8, 14)), int(rng.integers(1, 4)), int(rng.integers(20, 40))
    return np.repeat([0, 1], [40 - learned, learned]), np.repeat([0, 1], [rows - tested, tested]), 1, 5


def logistic_data(rng, *, rows=500, new=200, intercept=0.3, units=(1.0, 1.0, 1.0)):
    """Return training rows, their labels, and new rows of a drawn logistic model; each column in its unit."""
    w = rng.permutation(np.array([1.5, 1.0, 0.5])) * rng.uniform(0.9, 1.1, 3) * rng.choice([-1.0, 1.0], 3)
    X = rng.normal(size=(rows + new, 3))
    p = sigmoid(X @ w + intercept)
    y = (rng.random(rows) < p[:rows]).astype(int)
    shown = X[rows:] * units
    _truth[shown.tobytes()] = p[rows:]
    return X[:rows] * units, y, shown


def near_truth(*, within=0.04):
    """Return a judge of probabilities: their divergence from the true ones, in nats per row."""

    def judge(answer, inputs):
        _, _, new = inputs
        p, truth = np.asarray(answer, dtype=float), _truth[new.tobytes()]
        if p.shape != truth.shape:
            return "one probability for each new row"
        if not ((p >= 0) & (p <= 1)).all():
            return "a probability is not between 0 and 1"
        p = np.clip(p, 1e-6, 1 - 1e-6)
        divergence = truth * np.log(truth / p) + (1 - truth) * np.log((1 - truth) / (1 - p))
        return bool(divergence.mean() < within) or "the probabilities are far from the true ones"

    return judge


def one_row(rng):
    """Return training rows and a single new row that surely belongs to class 1."""
    X, y, new = logistic_data(rng, rows=600)
    surest = new[np.argmax(_truth[new.tobytes()])]
    return X + 20, y, surest[None, :] + 20


def in_range(answer, inputs):
    """Judge the shape and range of probabilities."""
    p = np.asarray(answer, dtype=float)
    if p.shape != (len(inputs[2]),):
        return "one probability for each new row"
    return bool(((p > 0) & (p < 1)).all()) or "a probability is not strictly between 0 and 1"


def baseline_cost(y_train, y_test, c_fp, c_fn):
    """Return the mean cost on the test part of the constant decision that is cheaper on the training part."""
    by_act = [c_fn * np.mean(np.asarray(y_train) == 1), c_fp * np.mean(np.asarray(y_train) == 0)]
    act = np.full(len(y_test), by_act[1] < by_act[0])
    return costs(y_test, act, c_fp, c_fn).mean()


def experience(numbers):
    """Return mean cost, standard error and baseline of twenty random splits, rows (3,), by a logistic regression."""
    data = diabetes()
    y = (data.y > numbers["cut"]).astype(int)
    rows = []
    for seed in range(20):
        train, test = np.split(np.random.default_rng(seed).permutation(len(y)), [295])
        mean, spread = data.X[train].mean(axis=0), data.X[train].std(axis=0)
        scaled = (data.X - mean) / spread
        fit = fit_binary(scaled[train], y[train], l2=0.003, progress=False)
        act = sigmoid(logits(scaled[test], fit.w, fit.b)) > numbers["c_fp"] / (numbers["c_fp"] + numbers["c_fn"])
        each = costs(y[test], act, numbers["c_fp"], numbers["c_fn"])
        baseline = baseline_cost(y[train], y[test], numbers["c_fp"], numbers["c_fn"])
        rows.append([each.mean(), each.std(ddof=1) / math.sqrt(len(test)), baseline])
    return np.array(rows)


def is_plausible(answer, inputs, numbers):
    """Judge the reported numbers: each within a wide margin of what random splits give.

    Wide, because any model is allowed, and a decision that was judged before is not judged again. Still too narrow for
    sums in place of means and for a deviation in place of an error. Then they must fit together.
    """
    if not isinstance(answer, dict) or set(answer) != {"n", "cost", "error", "baseline"}:
        return "a dictionary with n, cost, error and baseline"
    n, cost, error, baseline = (float(answer[name]) for name in ("n", "cost", "error", "baseline"))
    if n not in (147.0, 148.0):
        return "n is not a third of the patients"
    known = experience(numbers)
    for name, column in zip(("cost", "error", "baseline"), known.T, strict=True):
        if not 0.4 * column.min() < float(answer[name]) < 3 * column.max():
            return f"{name} is not what a test on a third of these patients gives"
    return is_true(int(n), cost, error, baseline, numbers)


def is_true(n, cost, error, baseline, numbers):
    """Judge that some decisions about n of these patients have just this cost, this error and this baseline.

    Costs are whole numbers, so that n times the cost is a sum of a wasted and b missed ones, and a and b say what the
    error is. The baseline is the cost of acting or waiting for all. Numbers may be rounded to three decimals. How the
    rows were drawn is judged elsewhere: any third that could be drawn will do.
    """
    c_fp, c_fn = numbers["c_fp"], numbers["c_fn"]
    share = np.mean(diabetes().y > numbers["cut"])
    spread = 4 * math.sqrt(n * share * (1 - share))
    positives = [k for k in range(n + 1) if abs(k - share * n) <= spread]
    if not any(abs(baseline - total / n) < ROUNDED for k in positives for total in (c_fn * k, c_fp * (n - k))):
        return "no third of these patients has this baseline"
    for missed in range(max(positives) + 1):
        for wasted in range(n - missed + 1):
            mean = (missed * c_fn + wasted * c_fp) / n
            if abs(mean - cost) < ROUNDED:
                square = (missed * c_fn**2 + wasted * c_fp**2) / n - mean**2
                if abs(math.sqrt(square / (n - 1)) - error) < ROUNDED:
                    return True
    return "no decisions have this cost together with this error"


CHECKS = [
    Check(
        "q1-acting",
        calls="cost_acting",
        points=0.5,
        says="acting costs c_FP whenever it was not needed",
        see=EXPECTED,
        expected=lambda numbers: (1 - numbers["p"]) * numbers["c_fp"],
        rtol=1e-3,
    ),
    Check(
        "q1-waiting",
        calls="cost_waiting",
        points=0.5,
        says="waiting costs c_FN whenever acting was needed",
        see=EXPECTED,
        expected=lambda numbers: numbers["p"] * numbers["c_fn"],
        rtol=1e-3,
    ),
    Check(
        "q1-limit",
        calls="limit",
        points=1,
        says="at the limit both decisions cost the same on average",
        see=DECISION,
        expected=lambda numbers: numbers["c_fp"] / (numbers["c_fp"] + numbers["c_fn"]),
        rtol=1e-3,
    ),
    Check(
        "q2-half",
        calls="decide",
        points=0.5,
        public=True,
        says="with equal costs the threshold is one half",
        see="chapters/regression-vs-classification.html#prop-half-equal-costs",
        inputs=lambda rng, numbers: (np.array([0.01, 0.3, 0.7, 0.99]), 1, 1),
        judge=acts,
    ),
    Check(
        "q2-decide",
        calls="decide",
        points=1,
        says="the threshold follows from the costs",
        see=DECISION,
        inputs=lambda rng, numbers: (
            np.append(rng.uniform(0, 1, 12), [0.08, 0.15, 0.28, 0.45]),
            2,
            int(rng.integers(8, 15)),
        ),
        judge=acts,
    ),
    Check(
        "q2-tie",
        calls="decide",
        points=0.5,
        says="where both decisions cost the same, wait",
        see=DECISION,
        inputs=lambda rng, numbers: ties(rng),
        judge=acts,
    ),
    Check(
        "q2-costs",
        calls="costs",
        points=1,
        says="a cost for each decision, by the kind of its mistake",
        see=EXPECTED,
        inputs=lambda rng, numbers: (rng.integers(0, 2, 20), rng.integers(0, 2, 20), *prices(rng)),
        expected=costs,
    ),
    Check(
        "q2-bytes",
        calls="costs",
        points=0.5,
        says="labels may be unsigned bytes, decisions booleans, and there may be one of each",
        see=EXPECTED,
        inputs=lambda rng, numbers: (rng.integers(0, 2, 1).astype(np.uint8), rng.random(1) < 0.5, *prices(rng)),
        expected=costs,
        after="q2-costs",  # a single decision may cost nothing
    ),
    Check(
        "q2-column",
        calls="costs",
        points=0.5,
        says="labels in a column are the same labels",
        see="chapters/binary-classification.html#equation-eq-broadcast-loss",
        inputs=lambda rng, numbers: (rng.integers(0, 2, (11, 1)), rng.integers(0, 2, 11), *prices(rng)),
        expected=costs,
    ),
    Check(
        "q3-once",
        calls="split",
        points=0.5,
        public=True,
        says="each row is in exactly one part, one third of them in the test part",
        see=SPLIT,
        inputs=lambda rng, numbers: ((np.arange(100) % 4 == 0).astype(int), int(rng.integers(100))),
        judge=covers,
    ),
    Check(
        "q3-shares",
        calls="split",
        points=1,
        says="both parts have the same share of class 1, to within one row",
        see=SPLIT,
        inputs=lambda rng, numbers: (np.sort((rng.random(301) < 0.11).astype(int)), int(rng.integers(100))),
        judge=is_stratified,
    ),
    Check(
        "q3-drawn",
        calls="split",
        points=0.5,
        says="which rows are put aside is up to chance",
        see=SPLIT,
        inputs=lambda rng, numbers: (np.arange(150) % 2, int(rng.integers(100))),
        judge=is_drawn,
    ),
    Check(
        "q4-range",
        calls="probabilities",
        seconds=20,
        points=0.5,
        public=True,
        says="a probability for each new row, strictly between 0 and 1",
        see=DECISIONS,
        inputs=lambda rng, numbers: logistic_data(rng, rows=80, new=9),
        judge=in_range,
    ),
    Check(
        "q4-learns",
        calls="probabilities",
        seconds=20,
        points=1,
        says="on data of a known model, the probabilities are close to the true ones",
        see=PROPER,
        inputs=lambda rng, numbers: logistic_data(rng),
        judge=near_truth(),
    ),
    Check(
        "q4-rare",
        calls="probabilities",
        seconds=20,
        points=1,
        says="a rare class keeps its small probabilities: the costs take care of it, not the model",
        see=RARE,
        inputs=lambda rng, numbers: logistic_data(rng, rows=1500, intercept=-3.5),
        judge=near_truth(),
    ),
    Check(
        "q4-one-row",
        calls="probabilities",
        seconds=20,
        points=0.5,
        says="a single new row gets the probability that it would get among others",
        see=SCALE,
        inputs=lambda rng, numbers: one_row(rng),
        judge=lambda answer, inputs: bool(np.shape(answer) == (1,) and np.asarray(answer)[0] > 0.85),
    ),
    Check(
        "q4-units",
        calls="probabilities",
        seconds=20,
        points=1,
        says="columns in very different units are used alike",
        see=SCALE,
        inputs=lambda rng, numbers: logistic_data(rng, units=(1e-4, 1e4, 1.0)),
        judge=near_truth(),
    ),
    Check(
        "q5-equal",
        calls="mean_and_error",
        points=0.5,
        public=True,
        says="equal values have an error of 0",
        see=EXPECTED,
        inputs=lambda rng, numbers: ([2.0, 2.0, 2.0],),
        expected=(2.0, 0.0),
    ),
    Check(
        "q5-error",
        calls="mean_and_error",
        points=1,
        says="the standard error is the standard deviation (with n - 1) over the root of n",
        see=EXPECTED,
        inputs=lambda rng, numbers: (rng.choice([0, 1, 7], 40),),
        expected=lambda values: (np.mean(values), math.sqrt(np.var(values, ddof=1) / len(values))),
        rtol=1e-9,
    ),
    Check(
        "q5-baseline",
        calls="baseline_cost",
        points=1,
        says="the constant decision is chosen on the training labels and charged on the test labels",
        see=RARE,
        inputs=lambda rng, numbers: sides(rng),
        expected=baseline_cost,
    ),
    Check(
        "q5-report",
        calls="report",
        points=1.5,
        says="the reported numbers are such as a test on a third of these patients gives",
        see=SPLIT,
        judge=is_plausible,
    ),
]

WRITTEN = [
    Written(
        "q6",
        points=4,
        criteria=[
            Criterion(0.5, "says what was asked, how many patients there are and what share of them is of class 1"),
            Criterion(0.5, "names something that is not known about the data"),
            Criterion(0.5, "explains the rule and derives its threshold from the costs, not from the rows"),
            Criterion(0.5, "says that the test part was drawn, put aside and used once"),
            Criterion(0.5, "gives the cost with its uncertainty, in the numbers of the notebook"),
            Criterion(
                0.5, "sets the best rule without a model beside it, and claims no more than the difference allows"
            ),
            Criterion(0.5, "says what was not shown: other patients, the programme's effect, or the like"),
            Criterion(0.5, "says who decides about costs, and that only the threshold changes with them"),
        ],
    )
]
