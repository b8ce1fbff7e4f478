"""Checks of assignment 6. Instructor side only."""

from functools import cache

import numpy as np
from sklearn.linear_model import LogisticRegression

from lrgrader.checks import Check, Criterion, Written, choice
from lrlib.calibration import calibration_line, reliability_bins
from lrlib.functions import logit, sigmoid

TITLE = "Alarms that are worth their price"
OBJECTIVES = [
    "derive a threshold where an alarm has a price and each case its own loss",
    "undo a class weight, and move a model to another share of failures",
    "check probabilities by bins, by a line and by a proper score",
    "recalibrate on rows that the model has not seen",
    "say what the alarms cost",
]
HOURS = (3, 4)
MAY_USE = ["math", "matplotlib", "numpy", "sklearn.linear_model"]
FORBIDDEN = {"*": ["lrlib", "sklearn.calibration", "sklearn.metrics"]}

NUMBERS = {
    "fee": choice(2, 3),
    "loss": choice(40, 50, 60, 80),
    "share": choice(0.01, 0.02, 0.04),
    "p": choice(0.6, 0.7, 0.8, 0.9),
    "seed": choice(0, 1, 2, 3, 4, 5, 6, 7),
}

WORTH = "chapters/thresholds.html#equation-eq-thresholds-worth"
OWN = "chapters/thresholds.html#equation-eq-thresholds-own"
UNDONE = "chapters/thresholds.html#equation-eq-thresholds-correction"
CHOSEN = "chapters/thresholds.html#may-the-data-choose-the-threshold"
SHIFT = "chapters/calibration.html#equation-eq-calibration-shift"
DIAGRAM = "chapters/calibration.html#sec-calibration-diagram"
LINE = "chapters/calibration.html#equation-eq-calibration-bent"
CONSTANT = "chapters/calibration.html#prop-calibration-constant"
REPAIR = "chapters/calibration.html#sec-calibration-repair"


def spread(rng, low, high, size):
    """Return numbers that fill the range evenly, one drawn in each part of it, in drawn order."""
    return rng.permutation(low + (high - low) * (np.arange(size) + rng.random(size)) / size)


def near_limits(rng):
    """Return probabilities below and above their own limits, and between those and what other formulas give."""
    loss, fee = rng.permutation(np.repeat([5, 20, 80, 320], 6)), 2
    right, other = fee / loss, fee / (fee + loss)
    between = np.tile([True, False], 12)
    return np.where(between, (right + other) / 2, spread(rng, 0, 0.6, 24)), fee, loss


def ties(rng):
    """Return probabilities, two of them just at the limit of their losses, all of which floats hold."""
    losses = rng.permutation([4, 8, 16, 32, 64])
    p = np.array([0.5, 0.25, 0.125, 0.0625, 0.03125]) * rng.permutation([0.5, 1, 1, 2, 2]) * 2
    order = np.argsort(losses)
    return np.minimum(p, 1.0)[np.argsort(order)], 2, losses


def alarms(p, fee, loss):
    """Return the alarms, the reference: machine by machine."""
    return np.array([int(fee < chance * own) for chance, own in zip(p, np.broadcast_to(loss, len(p)), strict=True)])


def raises(answer, inputs):
    """Judge alarms, given as 0 and 1 or as booleans."""
    should = alarms(*inputs)
    answer = np.asarray(answer)
    if answer.shape != should.shape or answer.dtype.kind not in "biuf":
        return "one decision for each machine"
    return bool(np.array_equal(answer, should)) or "a decision differs"


def mean_cost(y, alarm, fee, loss):
    """Return the mean cost, the reference: machine by machine."""
    losses = np.broadcast_to(loss, len(y))
    return sum(fee if raised else int(label) * own for label, raised, own in zip(y, alarm, losses, strict=True)) / len(
        y
    )


def in_log_odds(p, change):
    """Return the probabilities whose log-odds are larger by `change`, the reference."""
    p = np.asarray(p, dtype=float)
    inner = (p > 0) & (p < 1)
    return np.where(inner, sigmoid(logit(np.where(inner, p, 0.5)) + change), p)


def reliability(y, p, bins):
    """Return the table of the bins, the reference."""
    found = reliability_bins(y, p, bins=bins)
    return np.column_stack([found.mean_probability, found.positive_share, found.count])


def on_edges(rng):
    """Return labels, and probabilities on the edges of eight bins, which floats hold, two bins empty."""
    eighths = rng.permutation(np.delete(np.arange(9), rng.choice(np.arange(1, 7), 2, replace=False)))
    p = np.repeat(eighths, 2) / 8
    return rng.integers(0, 2, len(p)), p, 8


def scores(rng, rows, *, stretch=1.0, shift=0.0):
    """Return labels and scores: the labels' true log-odds are stretch * z + shift."""
    z = spread(rng, -1, 1, rows)
    return (spread(rng, 0, 1, rows) < sigmoid(stretch * z + shift)).astype(int), z


def forecasters(rng):
    """Return labels and four forecasters: one knows, one is timid, one says the share to all, one says the opposite.

    Each is far behind the one before it, by the log loss and by the Brier score.
    """
    z = spread(rng, -3, 3, 400)
    y = (rng.random(400) < sigmoid(z)).astype(int)
    rows = np.array([sigmoid(z), sigmoid(z / 4), np.full(400, y.mean()), sigmoid(-z)])
    return y, rows[rng.permutation(4)]


def ranked(y, candidates):
    """Return the forecasters in order, the reference."""
    return np.argsort(np.mean((candidates - y) ** 2, axis=1))


def overfitted(rng):
    """Return scores and labels of a model's own rows, which it knows nearly by heart, of others, and new scores."""
    y_train = rng.permutation(np.repeat([0, 1], 150))
    z_train = 2 * (2 * y_train - 1) + rng.normal(size=300)
    y_held, z_held = scores(rng, 300, stretch=rng.uniform(1.5, 2.5), shift=rng.uniform(-1, -0.5))
    return z_train, y_train, z_held, y_held, rng.uniform(-1, 1, 8)


def recalibrated(z_train, y_train, z_held, y_held, z_new):
    """Return recalibrated probabilities, the reference."""
    slope, intercept = calibration_line(y_held, z_held)
    return sigmoid(slope * z_new + intercept)


def two_parts(rng):
    """Return held-out and test rows whose cheapest thresholds differ, a fee and a loss."""
    p_held, p_test = spread(rng, 0, 1, 40), spread(rng, 0, 1, 40)
    at, fee, loss = rng.uniform(0.3, 0.4), int(rng.integers(1, 4)), int(rng.integers(9, 15))
    return p_held, (p_held > at).astype(int), p_test, (p_test > at + 0.3).astype(int), fee, loss


def charged(p_held, y_held, p_test, y_test, fee, loss):
    """Return the cost of the test rows at the held-out rows' cheapest threshold, the reference."""
    costs = {threshold: mean_cost(y_held, p_held >= threshold, fee, loss) for threshold in p_held}
    cheapest = min(costs.values())
    return mean_cost(y_test, p_test >= max(t for t, cost in costs.items() if cost <= cheapest + 1e-12), fee, loss)


@cache
def plant(seed, fee):
    """Return the mean costs on the test rows, before and after the recalibration."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(9000, 60))
    y = (rng.random(9000) < sigmoid(X[:, :4] @ [1.0, -0.8, 0.6, 0.4] - 4.2)).astype(int)
    loss = rng.choice([10, 40, 160], 9000)
    train, held, test = np.split(np.arange(9000), 3)
    monitor = LogisticRegression(class_weight="balanced", max_iter=1000)
    z = monitor.fit(X[train], y[train]).decision_function(X)
    both = sigmoid(z[test]), recalibrated(z[train], y[train], z[held], y[held], z[test])
    return [mean_cost(y[test], alarms(p, fee, loss[test]), fee, loss[test]) for p in both]


CHECKS = [
    Check(
        "q1-limit",
        calls="limit",
        points=1,
        says="at the limit the fee, paid in either case, is what waiting costs on average",
        see=WORTH,
        expected=lambda numbers: numbers["fee"] / numbers["loss"],
        rtol=1e-3,
    ),
    Check(
        "q1-plant",
        calls="p_plant",
        points=1,
        says="the odds of the sample, times those of the plant",
        see=SHIFT,
        expected=lambda numbers: in_log_odds(numbers["p"], logit(numbers["share"])),
        rtol=1e-3,
    ),
    Check(
        "q2-one-loss",
        calls="alarms",
        points=0.5,
        public=True,
        says="one loss for all machines",
        see=OWN,
        inputs=lambda rng, numbers: (np.array([0.01, 0.2, 0.3, 0.9]), 1, 4),
        judge=raises,
    ),
    Check(
        "q2-own-loss",
        calls="alarms",
        points=1,
        says="each machine is decided by its own loss",
        see=OWN,
        mutates=False,
        inputs=lambda rng, numbers: near_limits(rng),
        judge=raises,
    ),
    Check(
        "q2-tie",
        calls="alarms",
        points=0.5,
        after="q2-own-loss",
        says="where both cost the same, there is no alarm",
        see=OWN,
        inputs=lambda rng, numbers: ties(rng),
        judge=raises,
    ),
    Check(
        "q2-cost",
        calls="mean_cost",
        points=1.5,
        says="an alarm costs its fee also where it was needed, and a failure without one its machine's loss",
        see=WORTH,
        inputs=lambda rng, numbers: (
            rng.permutation(np.tile([0, 0, 1, 1], 6)),
            rng.permutation(np.tile([0, 1, 1], 8)),
            3,
            rng.integers(5, 90, 24),
        ),
        expected=mean_cost,
        rtol=1e-9,
    ),
    Check(
        "q2-booleans",
        calls="mean_cost",
        points=0.5,
        after="q2-cost",
        says="labels may be unsigned bytes, decisions booleans, and one loss may serve for all",
        see=WORTH,
        inputs=lambda rng, numbers: (
            rng.integers(0, 2, 15).astype(np.uint8),
            rng.random(15) < 0.5,
            2,
            int(rng.integers(300, 400)),
        ),
        expected=mean_cost,
        rtol=1e-9,
    ),
    Check(
        "q3-weight",
        calls="unweighted",
        points=1,
        says="the odds are divided by the weight, the probabilities are not",
        see=UNDONE,
        mutates=False,
        inputs=lambda rng, numbers: (rng.uniform(0.05, 0.95, 6), float(rng.uniform(3, 40))),
        expected=lambda p, weight: in_log_odds(p, -np.log(weight)),
        rtol=1e-9,
    ),
    Check(
        "q3-share",
        calls="at_share",
        points=1,
        says="log-odds move by the difference of the shares' log-odds",
        see=SHIFT,
        inputs=lambda rng, numbers: (
            rng.uniform(0.05, 0.95, 6),
            float(rng.uniform(0.3, 0.6)),
            float(rng.uniform(0.01, 0.1)),
        ),
        expected=lambda p, before, now: in_log_odds(p, logit(now) - logit(before)),
        rtol=1e-9,
    ),
    Check(
        "q3-even",
        calls="at_share",
        points=0.5,
        public=True,
        says="where the odds of all fall to a quarter, even odds do too",
        see=SHIFT,
        inputs=lambda rng, numbers: (np.array([0.5]), 1 / 5, 1 / 17),
        expected=np.array([0.2]),
        rtol=1e-9,
    ),
    Check(
        "q3-certain",
        calls="unweighted",
        points=0.5,
        after="q3-weight",
        says="0 and 1 are probabilities too",
        see=UNDONE,
        inputs=lambda rng, numbers: (rng.permutation([0.0, 1.0, float(rng.uniform(0.2, 0.8))]), 5.0),
        expected=lambda p, weight: in_log_odds(p, -np.log(weight)),
    ),
    Check(
        "q4-two-bins",
        calls="reliability",
        points=0.5,
        public=True,
        says="two bins, said before came true",
        see=DIAGRAM,
        inputs=lambda rng, numbers: (np.array([0, 1, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.9, 1.0]), 2),
        expected=reliability,
    ),
    Check(
        "q4-edges",
        calls="reliability",
        points=1,
        says="a bin holds its lower edge, the last one also 1, and an empty one has nan",
        see=DIAGRAM,
        mutates=False,
        inputs=lambda rng, numbers: on_edges(rng),
        expected=reliability,
    ),
    Check(
        "q4-line",
        calls="calibration_line",
        points=1.5,
        says="the line is fitted without a penalty, to the scores and not to the probabilities",
        see=LINE,
        inputs=lambda rng, numbers: scores(rng, 60, stretch=rng.uniform(1.5, 3), shift=rng.uniform(-1, 1)),
        expected=lambda y, z: tuple(float(part) for part in calibration_line(y, z)),
        rtol=1e-2,
        atol=2e-3,
    ),
    Check(
        "q4-ranked",
        calls="ranked",
        points=1,
        says="judged by a proper score, who says the share to everybody does not win",
        see=CONSTANT,
        mutates=False,
        inputs=lambda rng, numbers: forecasters(rng),
        expected=ranked,
    ),
    Check(
        "q5-held",
        calls="recalibrated",
        points=1.5,
        says="the line comes from rows that the model has not seen, and from those alone",
        see=REPAIR,
        inputs=lambda rng, numbers: overfitted(rng),
        expected=recalibrated,
        rtol=1e-2,
        atol=2e-3,
    ),
    Check(
        "q5-small",
        calls="charged",
        points=0.5,
        public=True,
        says="chosen on three rows, charged on two",
        see=CHOSEN,
        inputs=lambda rng, numbers: (
            np.array([0.1, 0.4, 0.6]),
            np.array([0, 1, 1]),
            np.array([0.3, 0.5]),
            np.array([1, 0]),
            1,
            10,
        ),
        expected=charged,
    ),
    Check(
        "q5-charged",
        calls="charged",
        points=1,
        says="the test rows have no say in the threshold",
        see=CHOSEN,
        inputs=lambda rng, numbers: two_parts(rng),
        expected=charged,
        rtol=1e-9,
    ),
    Check(
        "q5-before",
        calls="cost_before",
        points=0.5,
        after="q2-own-loss",  # other alarms may cost the same by chance
        says="the cost with the monitor's own probabilities, on the test rows",
        see=WORTH,
        expected=lambda numbers: plant(numbers["seed"], numbers["fee"])[0],
        rtol=0.01,
    ),
    Check(
        "q5-after",
        calls="cost_after",
        points=0.5,
        after="q2-own-loss",  # other alarms may cost the same by chance
        says="the cost with recalibrated probabilities, on the test rows",
        see=REPAIR,
        expected=lambda numbers: plant(numbers["seed"], numbers["fee"])[1],
        rtol=0.01,
    ),
]

WRITTEN = [
    Written(
        "q6",
        points=3,
        criteria=[
            Criterion(0.5, "says that the order of the machines and the area under the ROC curve stay as they were"),
            Criterion(
                0.5, "compares the costs before and after, and those without a monitor, in the notebook's numbers"
            ),
            Criterion(0.5, "describes the forecaster that says the share of failures to every machine"),
            Criterion(0.5, "asks for a proper score on unseen rows, beside the constant forecaster's"),
            Criterion(0.5, "moves the odds or the intercept to the new share, and leaves the limits"),
            Criterion(
                0.5, "says who states fee and losses, and that failures must still look alike for the correction"
            ),
        ],
    )
]
