"""What the symbols of chapters/softmax.md stand for."""

from typing import Any

import numpy as np
from scipy.special import expit, logsumexp, softmax
from scipy.special import log_softmax as scipy_log_softmax

from coursebook.claims.evaluate import Index, Over
from coursebook.claims.world import Array, Draw, Worlds, reals
from tests.claims.worlds.oracles import bce, class_loss, gradient, hessian

WORLDS = Worlds()
CLASSES = 4
SOFTMAX = r"\operatorname{softmax}"
LSE = r"\operatorname{lse}"
DIAGONAL = r"\operatorname{diag}"


def logits(draw: Draw) -> Array:
    """The logits of one example."""
    return reals(draw, -3, 3, CLASSES)


@WORLDS("eq-softmax")
def probabilities(draw: Draw) -> dict[str, Any]:
    """SciPy's softmax."""
    a = logits(draw)
    return {"a": a, "p": softmax(a), "k": Index(CLASSES), "j": Index(CLASSES)}


@WORLDS("eq-softmax-ratio")
def ratio(draw: Draw) -> dict[str, Any]:
    """SciPy's softmax."""
    a = logits(draw)
    return {"a": a, "p": softmax(a), "i": Index(CLASSES), "j": Index(CLASSES)}


@WORLDS("eq-temperature")
def temperature(draw: Draw) -> dict[str, Any]:
    """SciPy's softmax of the logits divided by T."""
    a, T = logits(draw), draw.real(0.5, 3)
    return {"a": a, "T": T, "p_k(T)": Over(("k",), softmax(a / T)), "k": Index(CLASSES), "j": Index(CLASSES)}


@WORLDS("eq-several-labels")
def several_labels(draw: Draw) -> dict[str, Any]:
    """SciPy's log_expit, class by class; the labels may be shares."""
    a, y = logits(draw), reals(draw, 0, 1, CLASSES)
    loss = lambda scores, truth: sum(map(bce, scores, truth))  # noqa: E731
    return {"a": a, "y": y, "p": expit(a), r"\ell": loss, "K": CLASSES, "k": Index(CLASSES)}


@WORLDS("eq-against-the-rest")
def against_the_rest(draw: Draw) -> dict[str, Any]:
    """SciPy's softmax."""
    a = logits(draw)
    return {"a": a, "p": softmax(a), "k": Index(CLASSES), "j": Index(CLASSES)}


@WORLDS(
    "eq-softmax-shift",
    equivalents={
        r"(a - c)": "the shift may have either sign",
    },
)
def softmax_shift(draw: Draw) -> dict[str, Any]:
    """SciPy's softmax."""
    a = logits(draw)
    return {"a": a, "c": draw.real(0.5, 3), SOFTMAX: softmax, "=": softmax(a)}


@WORLDS("eq-logsumexp")
def log_sum_exp(draw: Draw) -> dict[str, Any]:
    """SciPy's logsumexp."""
    return {"a": logits(draw), LSE: logsumexp, "k": Index(CLASSES)}


@WORLDS("eq-log-softmax")
def log_softmax(draw: Draw) -> dict[str, Any]:
    """SciPy's softmax and logsumexp."""
    a = logits(draw)
    return {"a": a, "p": softmax(a), LSE: logsumexp, "k": Index(CLASSES)}


@WORLDS("eq-logsumexp-shift")
def log_sum_exp_shift(draw: Draw) -> dict[str, Any]:
    """SciPy's logsumexp."""
    return {"a": logits(draw), "c": draw.real(0.5, 3), LSE: logsumexp}


@WORLDS("eq-logsumexp-bounds")
def bounds(draw: Draw) -> dict[str, Any]:
    """Some logits, and those that attain the bounds: one far above the others, and all equal."""
    a = logits(draw) + 50 * np.eye(CLASSES)[2] * (case := draw.whole(0, 2))
    a = np.full(CLASSES, a[0]) if case == 1 else a
    return {"a": a, "k": Index(CLASSES), "K": CLASSES, LSE: logsumexp}


@WORLDS("eq-softmax-jacobian")
def jacobian(draw: Draw) -> dict[str, Any]:
    """Differences of SciPy's softmax."""
    a = logits(draw)
    return {"p": softmax(a), DIAGONAL: np.diag, r"\frac{\partial p}{\partial a}": gradient(softmax, a).T}


@WORLDS("eq-multiclass-cross-entropy")
def multiclass_cross_entropy(draw: Draw) -> dict[str, Any]:
    """SciPy's log_softmax, softmax and logsumexp."""
    a, y = logits(draw), draw.whole(1, CLASSES)
    return {"a": a, "y": y, "p": softmax(a), r"\ell": class_loss, LSE: logsumexp}


@WORLDS("eq-softmax-gradient", binary=("e",))
def softmax_gradient(draw: Draw) -> dict[str, Any]:
    """Differences of SciPy's log_softmax."""
    a, y = logits(draw), draw.whole(1, CLASSES)
    slopes = gradient(lambda t: class_loss(t, y), a)
    return {"p": softmax(a), "y": y, "e": np.eye(CLASSES), r"\frac{\partial \ell}{\partial a}": slopes}


@WORLDS("eq-double-softmax-gradient", binary=("e",))
def double_softmax_gradient(draw: Draw) -> dict[str, Any]:
    """Differences of SciPy's log_softmax of softmax."""
    a, y = logits(draw), draw.whole(1, CLASSES)
    p = softmax(a)
    slopes = gradient(lambda t: class_loss(softmax(t), y), a)
    known = {"p": p, "q": softmax(p), "y": y, "e": np.eye(CLASSES), DIAGONAL: np.diag}
    return known | {r"\frac{\partial \ell}{\partial a}": slopes}


def problem(draw: Draw, classes: int) -> tuple[Array, Array, Array]:
    """Features, classes counted from 1, and the weights, the last row of which are the intercepts."""
    X = reals(draw, -2, 2, 3, 2)
    y = np.array([draw.whole(1, classes) for _ in X])
    return X, y, reals(draw, -1, 1, 3, classes)


def mean_loss(X: Array, y: Array, theta: Array) -> float:
    """The mean of SciPy's cross entropies."""
    return float(-np.mean(scipy_log_softmax(X @ theta[:-1] + theta[-1], axis=1)[np.arange(len(y)), y - 1]))


@WORLDS("eq-multiclass-gradient", binary=("Y", "e"))
def multiclass_gradient(draw: Draw) -> dict[str, Any]:
    """Differences of the mean loss."""
    X, y, theta = problem(draw, 3)
    p = softmax(X @ theta[:-1] + theta[-1], axis=1)
    slopes = gradient(lambda t: mean_loss(X, y, t), theta)
    known = {
        "X": X,
        "P": p,
        "p_i": Over(("i",), p),
        "Y": np.eye(3)[y - 1],
        "e": np.eye(3),
        "y": y,
        "N": len(y),
        "i": Index(len(y)),
    }
    return known | {r"\nabla_W L": slopes[:-1], r"\nabla_b L": slopes[-1]}


@WORLDS("eq-multiclass-hessian", tolerance=1e-7)
def multiclass_hessian(draw: Draw) -> dict[str, Any]:
    """Differences of differences of the mean loss, good to 1e-9."""
    X, y, theta = problem(draw, 2)
    return {
        "N": len(y),
        "i": Index(len(y)),
        r"\tilde x": np.column_stack([X, np.ones(len(y))]),
        "p": softmax(X @ theta[:-1] + theta[-1], axis=1),
        DIAGONAL: np.diag,
        r"\nabla^2 L": hessian(lambda t: mean_loss(X, y, t), theta),
    }


@WORLDS("eq-softmax-of-two")
def softmax_of_two(draw: Draw) -> dict[str, Any]:
    """SciPy's softmax and expit."""
    a = reals(draw, -3, 3, 2)
    return {"a_0": a[0], "a_1": a[1], "p_1": softmax(a)[1], r"\sigma": expit}


@WORLDS(
    "eq-batch-means",
    equivalents={
        r"n_B L .": "the sizes of the batches sum to N",
    },
)
def batch_means(draw: Draw) -> dict[str, Any]:
    """The means of three batches of different sizes, and of all examples."""
    losses = reals(draw, 0.1, 3, 7)
    batches = np.split(losses, [2, 3])
    sizes, means = [len(batch) for batch in batches], [batch.mean() for batch in batches]
    known = {"L": losses.mean(), "N": 7, "B": Index(3)}
    return known | {"n_B": Over(("B",), sizes), "L_B": Over(("B",), means)}
