"""Checks of assignment 3. Instructor side only."""

import numpy as np

from lrgrader.checks import Check, Criterion, Written, choice
from lrlib.data import breast_cancer
from lrlib.fit import fit_binary
from lrlib.functions import sigmoid
from lrlib.linear import binary_gradient, binary_hessian, binary_loss, logits
from lrlib.metrics import accuracy

TITLE = "Cross entropy, its slopes, and a fit of real data"
OBJECTIVES = [
    "compute the mean cross entropy without losing digits at either end",
    "derive and program its gradient and Hessian",
    "check a gradient with differences, and choose their step",
    "fit a penalised model and test it on rows that took no part in the fit",
]
HOURS = (3, 4)
MAY_USE = ["math", "matplotlib", "numpy", "sklearn.datasets", "torch"]
FORBIDDEN = {
    "*": [
        "lrlib",
        "scipy",
        *(
            f"sklearn.{name}"
            for name in ("linear_model", "metrics", "pipeline", "preprocessing", "svm", "neural_network")
        ),
        *(f".{name}" for name in ("binary_cross_entropy", "binary_cross_entropy_with_logits", "BCELoss")),
        *(f".{name}" for name in ("BCEWithLogitsLoss", "softplus", "Softplus", "logsigmoid", "LogSigmoid")),
    ]
}

NUMBERS = {
    "z": choice(-4, -5, -6),
    "seed": choice(0, 1, 2, 3, 4, 5, 6, 7),
    "l2": choice(0.01, 0.02, 0.05),
}

STUCK = "chapters/cross-entropy.html#equation-eq-brier-derivative"
SLOPE = "chapters/cross-entropy.html#sec-ce-slope"
LOSS = "chapters/cross-entropy.html#equation-eq-binary-cross-entropy"
DIGITS = "chapters/cross-entropy.html#prop-lost-digits"
GRADIENT = "chapters/cross-entropy.html#equation-eq-gradient"
HESSIAN = "chapters/cross-entropy.html#equation-eq-hessian"
COLUMN = "chapters/binary-classification.html#equation-eq-broadcast-loss"
SPLIT = "chapters/binary-classification.html#sec-binary-split"
OPTIMUM = "chapters/binary-classification.html#equation-eq-penalised"


def problem(rng, *, rows=30, features=3, scale=1.0, labels=np.float64):
    """Return drawn X, y, w and b whose scores have a standard deviation of about scale."""
    X, w = rng.normal(size=(rows, features)), rng.normal(size=features)
    y = rng.permutation(np.arange(rows) % 2).astype(labels)
    return X, y, scale * w / np.linalg.norm(w), float(scale * rng.normal() / 2)


def reference_gradient(X, y, w, b):
    """Return the gradient as a plain pair."""
    return tuple(binary_gradient(X, np.reshape(y, -1).astype(float), w, b))


def differences(X, y, w, b, h):
    """Return the central differences of the mean loss."""
    steps = h * np.eye(len(w))
    by_w = [binary_loss(X, y, w + step, b) - binary_loss(X, y, w - step, b) for step in steps]
    by_b = binary_loss(X, y, w, b + h) - binary_loss(X, y, w, b - h)
    return np.array(by_w) / (2 * h), by_b / (2 * h)


def brier_slope(z):
    """Return the slope of the squared error of an example with label 1."""
    p = sigmoid(z)
    return 2 * (p - 1) * p * (1 - p)


def right_for_sure(rng):
    """Return a problem in which every example is surely right."""
    y = np.arange(8) % 2
    X = (2 * y - 1)[:, None] * rng.uniform(36, 45, (8, 1))
    return X, y.astype(float), np.array([1.0]), 0.0


def scale_by_train(train, new):
    """Return both parts scaled by the first, the reference."""
    spread = train.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    return (train - train.mean(axis=0)) / spread, (new - train.mean(axis=0)) / spread


def with_constant_column(rng):
    """Return training rows whose second column is constant, and a single new row."""
    train = rng.normal(3, 2, (12, 3))
    train[:, 1] = 5.0
    return train, rng.normal(3, 2, (1, 3))


def unbalanced(rng, numbers):
    """Return data with few positives, so that the intercept is far from 0."""
    X = rng.normal(size=(200, 2))
    y = (rng.random(200) < sigmoid(X @ [1.0, -0.5] - 2.5)).astype(float)
    y[:3] = 1.0
    return X, y, 0.5


def overlapping(rng, numbers):
    """Return data of two overlapping classes, each the mirror image of the other: the best intercept is 0."""
    half = rng.normal(size=(75, 4))
    y = (rng.random(75) < sigmoid(half @ rng.normal(size=4))).astype(float)
    return np.vstack([half, -half]), np.append(y, 1 - y), 0.03


def reference_fit(X, y, l2):
    """Return w and b of the library's fit."""
    fit = fit_binary(X, y, l2=l2, progress=False)
    return fit.w, fit.b


def fitted(numbers):
    """Return the test part and the reference fit of the training part."""
    data = breast_cancer()
    train, test = np.split(np.random.default_rng(numbers["seed"]).permutation(569), [400])
    X_train, X_test = scale_by_train(data.X[train], data.X[test])
    w, b = reference_fit(X_train, data.y[train], numbers["l2"])
    return X_test, data.y[test], w, b


def test_loss(numbers):
    """Return the mean loss on the test part."""
    return binary_loss(*fitted(numbers))


def test_accuracy(numbers):
    """Return the share of the test part that is decided rightly."""
    X, y, w, b = fitted(numbers)
    return accuracy(y, logits(X, w, b) > 0)


def never_bends_down(answer, inputs):
    """Judge the smallest eigenvalue of a matrix."""
    answer = np.asarray(answer)
    size = len(inputs[1]) + 1
    if answer.shape != (size, size):
        return f"the shape must be {(size, size)}"
    if answer.dtype.kind not in "iuf" or not np.isfinite(answer).all():
        return "the matrix must be made of finite numbers"
    return bool(np.linalg.eigvalsh(answer)[0] >= -1e-10) or "an eigenvalue is negative"


CHECKS = [
    Check(
        "q1-cross",
        calls="slope_cross",
        points=1,
        says="the slope of the cross entropy is the error, p - y",
        see=SLOPE,
        expected=lambda numbers: sigmoid(numbers["z"]) - 1,
        rtol=1e-4,
    ),
    Check(
        "q1-squared",
        calls="slope_squared",
        points=1,
        says="the slope of the squared error is 2 (p - y) p (1 - p)",
        see=STUCK,
        expected=lambda numbers: brier_slope(numbers["z"]),
        rtol=1e-3,
    ),
    Check(
        "q2-zero",
        calls="mean_loss",
        points=0.5,
        public=True,
        says="with all parameters 0 the mean loss is log 2",
        see="chapters/cross-entropy.html#equation-eq-binary-cross-entropy",
        inputs=lambda rng, numbers: (rng.normal(size=(5, 2)), np.array([0, 1, 1, 0, 1]), np.zeros(2), 0.0),
        expected=np.log(2),
    ),
    Check(
        "q2-values",
        calls="mean_loss",
        points=1,
        says="the mean cross entropy of ordinary scores, one number",
        see=LOSS,
        inputs=lambda rng, numbers: problem(rng),
        expected=binary_loss,
        rtol=1e-9,
    ),
    Check(
        "q2-one",
        calls="mean_loss",
        points=0.5,
        says="a batch may hold one example, and labels may be unsigned bytes",
        see=LOSS,
        inputs=lambda rng, numbers: problem(rng, rows=1, labels=np.uint8),
        expected=lambda X, y, w, b: binary_loss(X, y.astype(float), w, b),
        rtol=1e-9,
    ),
    Check(
        "q2-wrong",
        calls="mean_loss",
        points=1,
        says="surely wrong examples have a large loss, not an infinite one",
        see=DIGITS,
        inputs=lambda rng, numbers: problem(rng, scale=5000.0),
        expected=binary_loss,
        rtol=1e-9,
    ),
    Check(
        "q2-right",
        calls="mean_loss",
        points=0.5,
        says="where every example is surely right, the mean loss is tiny and keeps its digits",
        see="chapters/cross-entropy.html#prop-lost-digits",
        inputs=lambda rng, numbers: right_for_sure(rng),
        expected=binary_loss,
        rtol=1e-8,
        atol=0,
    ),
    Check(
        "q2-column",
        calls="mean_loss",
        points=0.5,
        public=True,
        says="labels in a column are the same labels",
        see=COLUMN,
        inputs=lambda rng, numbers: (lambda X, y, w, b: (X, y[:, None], w, b))(*problem(rng)),
        expected=lambda X, y, w, b: binary_loss(X, y[:, 0], w, b),
        rtol=1e-9,
    ),
    Check(
        "q3-values",
        calls="gradient",
        points=1.5,
        mutates=False,
        says="the derivatives of the mean loss by the weights and by the intercept",
        see=GRADIENT,
        inputs=lambda rng, numbers: problem(rng),
        expected=reference_gradient,
        rtol=1e-8,
    ),
    Check(
        "q3-one",
        calls="gradient",
        points=0.5,
        says="one example and one feature: an array of one derivative, and a number",
        see=GRADIENT,
        inputs=lambda rng, numbers: problem(rng, rows=1, features=1, labels=np.int64),
        expected=reference_gradient,
        rtol=1e-8,
    ),
    Check(
        "q3-extreme",
        calls="gradient",
        points=0.5,
        says="scores of thousands give a gradient without nan",
        see=DIGITS,
        inputs=lambda rng, numbers: problem(rng, scale=5000.0),
        expected=reference_gradient,
        rtol=1e-8,
    ),
    Check(
        "q3-column",
        calls="gradient",
        points=0.5,
        says="labels in a column are the same labels",
        see=COLUMN,
        inputs=lambda rng, numbers: (lambda X, y, w, b: (X, y[:, None], w, b))(*problem(rng)),
        expected=reference_gradient,
        rtol=1e-8,
    ),
    Check(
        "q4-values",
        calls="hessian",
        points=1.5,
        says="the second derivatives by the weights and the intercept, the intercept last",
        see=HESSIAN,
        inputs=lambda rng, numbers: (lambda X, y, w, b: (X, w, b))(*problem(rng)),
        expected=lambda X, w, b: binary_hessian(X, np.zeros(len(X)), w, b),
        rtol=1e-8,
    ),
    Check(
        "q4-bowl",
        calls="hessian",
        points=0.5,
        public=True,
        says="no eigenvalue is negative, also for large scores",
        see="chapters/cross-entropy.html#prop-convex",
        inputs=lambda rng, numbers: (lambda X, y, w, b: (X, w, b))(*problem(rng, scale=8.0)),
        judge=never_bends_down,
    ),
    Check(
        "q5-central",
        calls="numerical_gradient",
        points=1.5,
        mutates=False,
        says="central differences: with a long step they differ from one-sided ones, and from the derivative",
        see="chapters/cross-entropy.html#equation-eq-brier-derivative",
        inputs=lambda rng, numbers: (*problem(rng, scale=2.0), 0.5),
        expected=differences,
        rtol=1e-7,
    ),
    Check(
        "q5-short",
        calls="numerical_gradient",
        points=0.5,
        public=True,
        says="with a short step they agree with the derivative",
        see=GRADIENT,
        inputs=lambda rng, numbers: (*problem(rng), 1e-5),
        expected=lambda X, y, w, b, h: reference_gradient(X, y, w, b),
        rtol=1e-3,
        atol=1e-5,
    ),
    Check(
        "q6-scale",
        calls="standardise",
        points=0.5,
        says="new rows are shifted and scaled by the means and standard deviations of the training rows",
        see="chapters/binary-classification.html#equation-eq-standardise",
        inputs=lambda rng, numbers: (rng.normal(5, 3, (20, 3)), rng.normal(-1, 9, (7, 3))),
        expected=scale_by_train,
        rtol=1e-9,
    ),
    Check(
        "q6-constant",
        calls="standardise",
        points=0.5,
        says="a constant column does not divide by 0, and a single new row has no spread of its own",
        see="chapters/binary-classification.html#equation-eq-standardise",
        inputs=lambda rng, numbers: with_constant_column(rng),
        expected=scale_by_train,
        rtol=1e-9,
    ),
    Check(
        "q6-fit",
        calls="fit",
        points=1,
        says="the fit is at the lowest point of the penalised loss",
        see=OPTIMUM,
        inputs=overlapping,
        expected=reference_fit,
        rtol=1e-3,
        atol=1e-4,
    ),
    Check(
        "q6-intercept",
        calls="fit",
        points=1,
        says="the penalty does not touch the intercept",
        see=OPTIMUM,
        inputs=unbalanced,
        expected=reference_fit,
        rtol=1e-3,
        atol=1e-4,
    ),
    Check(
        "q6-test-loss",
        calls="test_loss",
        points=0.5,
        says="the mean loss on the test part, scaled and fitted by the training part alone, without the penalty",
        see=SPLIT,
        expected=test_loss,
        rtol=1e-3,
    ),
    Check(
        "q6-test-accuracy",
        calls="test_accuracy",
        points=0.5,
        says="the share of right decisions on the test part",
        see="chapters/accuracy.html#equation-eq-accuracy",
        expected=test_accuracy,
        rtol=1e-3,
        after="q6-test-loss",
    ),
]

WRITTEN = [
    Written(
        "q7",
        points=3,
        criteria=[
            Criterion(0.5, "finds p - y as the derivative of one loss by its score, for both labels"),
            Criterion(0.5, "goes on to w and b by the chain rule, and takes the mean"),
            Criterion(0.5, "shows that the quadratic form is a sum of squares with weights p (1 - p) >= 0"),
            Criterion(0.5, "promises no false minimum, and does not promise that a minimum exists"),
            Criterion(0.5, "explains the large steps by neglected terms of the difference"),
            Criterion(0.5, "explains the tiny steps by rounding, divided by a tiny number"),
        ],
    )
]
