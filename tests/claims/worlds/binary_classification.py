"""What the symbols of chapters/binary-classification.md stand for."""

from typing import Any

import numpy as np
import torch
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import zscore
from torch.nn import functional

from coursebook.claims.evaluate import Index, Over
from coursebook.claims.world import Draw, Worlds, labels, reals
from tests.claims.worlds.oracles import bce, binary_problem, gradient, hessian, nonzero

WORLDS = Worlds()


def torch_loss(name: str) -> Any:
    """One of PyTorch's losses, on float64."""
    loss = getattr(functional, name)
    return lambda a, y: float(loss(torch.tensor(a, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)))


@WORLDS("eq-standardise")
def standardise(draw: Draw) -> dict[str, Any]:
    """SciPy's zscore."""
    x = np.linspace([-1, 2], [2, -1], 4) + reals(draw, -0.4, 0.4, 4, 2)
    scales = {r"\mu": x.mean(axis=0), "s": x.std(axis=0), "i": Index(4), "j": Index(2)}
    return {"x": x, "x'": zscore(x)} | scales


@WORLDS(
    "eq-binary-decision",
    binary=(r"\hat y",),
    size=100,
    equivalents={
        r"\mathbf 1[p_\theta(y = 1 \mid x) > \frac12]": "the first line says that this is f(x)",
        r"\mathbf 1[\hat y > \frac12]": "a prediction is 0 or 1, so it is above one half exactly when it is 1",
    },
)
def decision(draw: Draw) -> dict[str, Any]:
    """PyTorch's linear layer and sigmoid, and the sign of the logit."""
    x, w, b = reals(draw, -1, 1, 2), reals(draw, -2, 2, 2), nonzero(draw, 0.1, 2)
    z = functional.linear(torch.tensor(x), torch.tensor(w)[None], torch.tensor([b], dtype=torch.float64))[0]
    draw.need(abs(float(z)) > 1e-6)
    if draw.whole(0, 9) == 0:  # the edge between the two decisions
        x, b, z = 0 * x, 0.0, 0 * z
    p = float(torch.sigmoid(z))
    found = {"x": x, "w": w, "b": b, r"\sigma": expit, "f(x)": p, r"p_\theta(y = 1 \mid x)": p}
    return found | {r"\hat y": float(np.heaviside(float(z), 0))}


@WORLDS("eq-sgd")
def sgd(draw: Draw) -> dict[str, Any]:
    """One step of PyTorch's SGD."""
    old, g, eta = reals(draw, -2, 2, 3), reals(draw, -2, 2, 3), draw.real(0.05, 0.9)
    new = torch.tensor(old, requires_grad=True)
    new.grad = torch.tensor(g)
    torch.optim.SGD([new], lr=eta).step()
    moved = {r"\theta_{t+1}": new.detach().numpy(), r"\theta_t": old}
    return moved | {r"\nabla L_{B_t}(\theta_t)": g, r"\eta": eta}


@WORLDS(
    "eq-batch-gradient",
    equivalents={
        r"\frac{|B|}{N} \nabla L :": "the shares of the batches sum to 1",
    },
)
def batch_gradient(draw: Draw) -> dict[str, Any]:
    """Differences of the mean loss of all examples, and of each batch."""
    X, y, w, b = binary_problem(draw)
    batches = [np.arange(2), np.arange(2, len(y))]

    def slopes(batch: Any) -> Any:
        return gradient(lambda t: np.mean(bce(X[batch] @ t[:-1] + t[-1], y[batch])), np.append(w, b))

    sizes = Over(("B",), [len(batch) for batch in batches])
    each = Over(("B",), [slopes(batch) for batch in batches])
    known = {"N": len(y), "B": Index(2), "|B|": sizes, r"\nabla L_B": each}
    return known | {r"\nabla L": slopes(np.arange(len(y)))}


@WORLDS("eq-bce-spellings")
def bce_spellings(draw: Draw) -> dict[str, Any]:
    """PyTorch's two losses; the label may be a share."""
    return {
        "z": draw.real(-4, 4),
        "y": draw.real(0, 1),
        r"\sigma": expit,
        r"\mathtt{BCEWithLogitsLoss}": torch_loss("binary_cross_entropy_with_logits"),
        r"\mathtt{BCELoss}": torch_loss("binary_cross_entropy"),
    }


@WORLDS("eq-two-class", binary=("y",))
def two_class(draw: Draw) -> dict[str, Any]:
    """PyTorch's loss for several classes, counted from 0, and SciPy's log_expit."""

    def loss(a: Any, y: int) -> float:
        return float(functional.cross_entropy(torch.tensor(a), torch.tensor(y)))

    logits = {"a_0": draw.real(-3, 3), "a_1": draw.real(-3, 3), "y": draw.whole(0, 1)}
    return logits | {r"\mathtt{CrossEntropyLoss}": loss, r"\ell": bce}


def weighted_slope(z: float, pi: float, r: float) -> float:
    """The slope of the expected loss with PyTorch's pos_weight, by autograd."""
    score = torch.tensor([z, z], dtype=torch.float64, requires_grad=True)
    criterion = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor(r, dtype=torch.float64), reduction="none")
    both = criterion(score, torch.tensor([1.0, 0.0], dtype=torch.float64))
    (pi * both[0] + (1 - pi) * both[1]).backward()
    assert score.grad is not None
    return float(score.grad.sum())


@WORLDS("eq-pos-weight")
def pos_weight(draw: Draw) -> dict[str, Any]:
    """Where a root finder sees PyTorch's weighted loss turn."""
    pi, r = draw.real(0.1, 0.9), draw.real(0.5, 9)
    z = brentq(lambda t: weighted_slope(t, pi, r), -5, 5, xtol=1e-13)
    return {"z": z, r"\pi": pi, "r": r, r"\operatorname{logit}": logit}


@WORLDS("eq-double-sigmoid-floor")
def double_sigmoid_floor(draw: Draw) -> dict[str, Any]:
    """Some models, and the one that attains the floor: every logit is far on the right side."""
    y, certain = labels(draw, 5), draw.whole(0, 2) == 0
    z = (2 * y - 1) * 60 if certain else reals(draw, -3, 3, 5)
    return {"L": float(np.mean(bce(expit(z), y))), r"\bar y": y.mean()}


@WORLDS("eq-broadcast-loss")
def broadcast_loss(draw: Draw) -> dict[str, Any]:
    """SciPy's loss of each logit with each label, as NumPy broadcasts them."""
    z, y = reals(draw, -3, 3, 4), reals(draw, 0, 1, 4)
    square = float(np.mean(bce(z[:, None], y)))
    pairs = {"N": 4, "i": Index(4), "j": Index(4), r"\bar y": y.mean(), r"\ell": bce}
    return {"z": z, "y": y, "=": square} | pairs


@WORLDS("eq-penalised")
def penalised(draw: Draw) -> dict[str, Any]:
    """The penalty by NumPy's norm."""
    w, loss, lam = reals(draw, -2, 2, 3), draw.real(0.1, 2), draw.real(0.1, 2)
    objective = loss + 0.5 * lam * np.linalg.norm(w) ** 2
    return {r"J(\theta)": objective, r"L(\theta)": loss, r"\lambda": lam, "w": w, "j": Index(3)}


@WORLDS("eq-newton")
def newton(draw: Draw) -> dict[str, Any]:
    """The least point of the parabola that has this slope and curvature, which NumPy solves for."""
    old, g, root = reals(draw, -2, 2, 2), reals(draw, -2, 2, 2), reals(draw, -1, 1, 2, 2)
    curvature = root @ root.T + 0.5 * np.eye(2)
    new = np.linalg.solve(curvature, curvature @ old - g)
    slopes = {r"\nabla^2 J(\theta_t)": curvature, r"\nabla J(\theta_t)": g}
    return {r"\theta_{t+1}": new, r"\theta_t": old} | slopes


@WORLDS("eq-sklearn-c", binary=("y",))
def sklearn_c(draw: Draw) -> dict[str, Any]:
    """Our objective with the penalty that belongs to C, computed by NumPy and SciPy."""
    X, y, w, b = binary_problem(draw)
    strength = draw.real(0.2, 3)
    z = X @ w + b
    objective = float(np.mean(bce(z, y)) + np.linalg.norm(w) ** 2 / (2 * strength * len(y)))
    known = {"w": w, "z": z, "y": y, "C": strength, "N": len(y), "i": Index(len(y)), "j": Index(len(w))}
    return known | {r"\ell": bce, r"J(\theta)": objective}


@WORLDS("eq-least-squares-direction")
def least_squares_direction(draw: Draw) -> dict[str, Any]:
    """NumPy's least squares on labels of 0 and 1."""
    y = (
        np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
        if draw.whole(0, 1)
        else np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    )
    x = reals(draw, -1, 1, 7, 2) + np.array([[0.7, 0.1], [-0.9, 0.5], [0.2, -0.8]])[np.arange(7) % 3]
    means = np.array([x[y == 0].mean(axis=0), x[y == 1].mean(axis=0)])
    within = x - means[y.astype(int)]
    covariance = within.T @ within / len(y)
    draw.need(abs(np.linalg.det(covariance)) > 0.01)
    found = np.linalg.lstsq(np.column_stack([x, np.ones(7)]), y, rcond=None)[0]
    return {"w": found[:2], "k": float(np.var(y)), "d": means[1] - means[0], "S": covariance}


@WORLDS("eq-irls", binary=("y",), tolerance=1e-6)
def irls(draw: Draw) -> dict[str, Any]:
    """Newton's step by differences of SciPy's loss, good to 1e-8."""
    x, y = np.linspace(-2, 2, 6) + reals(draw, -0.3, 0.3, 6), labels(draw, 6)
    X, old = np.column_stack([x, np.ones(6)]), reals(draw, -1, 1, 2)
    total = lambda t: float(np.sum(bce(X @ t, y)))  # noqa: E731
    p = expit(X @ old)
    new = old - np.linalg.solve(hessian(total, old), gradient(total, old))
    return {r"\theta_{t+1}": new, r"\theta_t": old, "X": X, "S": np.diag(p * (1 - p)), "y": y, "p": p}


@WORLDS("eq-weight-decay")
def weight_decay(draw: Draw) -> dict[str, Any]:
    """One step of PyTorch's SGD with weight_decay."""
    old, g, eta, lam = reals(draw, -2, 2, 3), reals(draw, -2, 2, 3), draw.real(0.05, 0.9), draw.real(0.1, 0.9)
    new = torch.tensor(old, requires_grad=True)
    new.grad = torch.tensor(g)
    torch.optim.SGD([new], lr=eta, weight_decay=lam).step()
    moved = {r"w_{t+1}": new.detach().numpy(), r"w_t": old}
    return moved | {r"\nabla_w L(\theta_t)": g, r"\eta": eta, r"\lambda": lam}
