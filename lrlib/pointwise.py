"""The loss of one example and its first two derivatives by the logits: what fits, gradients and pages all use.

For two classes z: logits of any shape, y: labels 0 and 1 or probabilities between them, of z's shape and dtype. For K
classes log_p: (..., K) from log_softmax, label: (..., K) booleans, true for the true class. Nothing is checked here:
lrlib.losses does that, at the public edge.
"""

from typing import NamedTuple

from array_api_compat import array_namespace, device

from lrlib._arrays import Array


class LossAndSlope(NamedTuple):
    """What a step downhill needs of an example: they share most of the work."""

    loss: Array  #: of each example
    slope: Array  #: its derivative by each logit


def binary_loss_and_slope(z: Array, y: Array) -> LossAndSlope:
    """Return y softplus(-z) + (1 - y) softplus(z), in nats  (eq-binary-cross-entropy), and sigmoid(z) - y, its slope.

    >>> import numpy as np
    >>> sure = binary_loss_and_slope(np.array([40.0]), np.array([1.0]))
    >>> print(sure.loss[0], sure.slope[0])
    4.248354255291589e-18 -4.248354255291589e-18
    """
    xp = array_namespace(z)
    small = xp.where(z >= 0, -z, z)  # where(), not abs(): the gradient at z = 0 stays 1/2 - y
    wrong = xp.where(z >= 0, 1.0 - y, y)  # how much of the label lies on the other side than z
    power = xp.exp(small)
    # softplus(z) is max(z, 0) + softplus(-|z|): one softplus, log1p(power), serves both labels,
    # and nothing cancels. where() keeps 0 * inf out of the product.
    loss = xp.log1p(power) - wrong * xp.where(wrong > 0, small, 0.0)
    # For z >= 0 the probability is 1 - sigmoid(-z): the 1 is taken off the label, which has
    # digits to spare.
    gap = power / (1.0 + power) - wrong
    return LossAndSlope(loss, xp.where(z >= 0, -gap, gap))


def binary_curvature_at(z: Array) -> Array:
    """Return p (1 - p) with p = sigmoid(z), the loss's second derivative by z; the label does not enter.

    >>> import numpy as np
    >>> binary_curvature_at(np.array([0.0]))
    array([0.25])
    """
    power = array_namespace(z).exp(-abs(z))
    return power / (1.0 + power) ** 2  # where |z| is large, 1 - p would cancel


def multiclass_loss_at(log_p: Array, label: Array) -> Array:
    """Return -log p of the true class, in nats  (eq-multiclass-cross-entropy)."""
    xp = array_namespace(log_p)
    return 0.0 - xp.sum(xp.where(label, log_p, 0.0), axis=-1)  # not -sum(): a loss of zero is 0.0, never -0.0


def multiclass_loss_and_slope(log_p: Array, label: Array) -> LossAndSlope:
    """Return multiclass_loss_at(log_p, label) and p - label, the derivative by each logit."""
    xp, loss = array_namespace(log_p), multiclass_loss_at(log_p, label)
    # p - 1 of the true class, where p is nearly 1, keeps its digits in expm1(log p).
    return LossAndSlope(loss, xp.where(label, xp.expm1(-loss)[..., None], xp.exp(log_p)))


def multiclass_curvature_at(p: Array) -> Array:
    """Return diag(p) - p p^T, the second derivatives by pairs of logits, of shape (..., K, K).

    p: (..., K) from softmax. 1 - p_k is taken as the sum of the other p_j: so it keeps its digits, and the matrix its
    sign, where p_k is nearly 1.
    """
    xp = array_namespace(p)
    one = xp.eye(p.shape[-1], dtype=p.dtype, device=device(p))
    pairs = (1.0 - one) * p[..., :, None] * p[..., None, :]
    return one * xp.sum(pairs, axis=-1, keepdims=True) - pairs
