"""What training makes small: one loss value per example, from logits; the caller takes the mean.

Logits first, then labels. z: (N,) or any shape, y: the same shape. For K classes a: (N, K), y: (N,) whole numbers.
Losses take logits, never probabilities: a probability has already lost the digits that a surely wrong answer needs.
"""

from types import ModuleType

from array_api_compat import is_lazy_array

from lrlib._arrays import (
    Array,
    as_real,
    check_class_labels,
    check_shape,
    check_soft_labels,
    namespace_of,
    one_hot,
    sums_to_one,
)
from lrlib.functions import log_softmax, sigmoid
from lrlib.pointwise import binary_loss_and_slope, multiclass_loss_at


def squared_error(prediction: Array, y: Array) -> Array:
    """Return (prediction - y)^2, the loss of regression  (eq-squared-error).

    prediction, y: real arrays of one shape, else ValueError. Returns that shape.

    >>> squared_error([2.0, 3.0], [2.0, 5.0])
    array([0., 4.])
    """
    xp, (prediction, y) = namespace_of(prediction=prediction, y=y)
    prediction, y = as_real(xp, prediction, "prediction"), as_real(xp, y, "y")
    check_shape("y", y, prediction.shape, f"prediction {tuple(prediction.shape)}")
    return (prediction - y) ** 2


def brier(z: Array, y: Array) -> Array:
    """Return (sigmoid(z) - y)^2, the squared error of the probability (Brier 1950).

    z: logits of any shape; y: labels in [0, 1] of the same shape, else ValueError. Returns that shape, in [0, 1].
    """
    z, y = _logits_and_labels(z, y)
    return (sigmoid(z) - y) ** 2


def binary_cross_entropy(z: Array, y: Array) -> Array:
    """Return y softplus(-z) + (1 - y) softplus(z) = -log p(y), in nats  (eq-binary-cross-entropy).

    z: logits of any shape; y: labels 0 and 1, or probabilities between them, of the same
    shape, else ValueError. Returns that shape, >= 0, with every digit even for a surely right
    answer. Logits are not told from probabilities (a model that starts at zero has logits in
    [0, 1]): pass z, never sigmoid(z).

    >>> print(binary_cross_entropy(40.0, 1))
    4.248354255291589e-18
    """
    z, y = _logits_and_labels(z, y)
    return binary_loss_and_slope(z, y).loss


def multiclass_cross_entropy(a: Array, y: Array) -> Array:
    """Return logsumexp(a) - a[y] = -log softmax(a)[y], in nats  (eq-multiclass-cross-entropy).

    a: logits (N, K); y: whole numbers 0..K-1 of shape (N,). Returns (N,), >= 0. ValueError for other shapes or labels,
    and for rows that are probabilities already (none negative, each sums to one).

    >>> multiclass_cross_entropy([[0.0, 1000.0], [0.0, 1000.0]], [0, 1])
    array([1000.,    0.])
    """
    xp, (a, y) = namespace_of(a=a, y=y)
    a = as_real(xp, a, "a")
    if a.ndim != 2:
        raise ValueError(f"a must have shape (N, K), a row of K logits per example; got {tuple(a.shape)}.")
    check_shape("y", y, (a.shape[0],), f"a {tuple(a.shape)}")
    _refuse_probabilities(xp, a)
    y = check_class_labels(xp, "y", y, a.shape[1])
    return multiclass_loss_at(log_softmax(a), one_hot(xp, y, a.shape[1]))


def _logits_and_labels(z: Array, y: Array) -> tuple[Array, Array]:
    """Return z as floats and y in the dtype of z, after the checks of shape and labels."""
    xp, (z, y) = namespace_of(z=z, y=y)
    z = as_real(xp, z, "z")
    check_shape("y", y, z.shape, f"z {tuple(z.shape)}")
    return z, check_soft_labels(xp, y, z.dtype)


def _refuse_probabilities(xp: ModuleType, a: Array) -> None:
    """Require that the rows of a are not a softmax's output: the loss would apply the softmax a second time.

    A softmax gives a number strictly between 0 and 1 somewhere; rows of zeros and ones are logits (decision 0007).
    """
    if is_lazy_array(a) or a.shape[0] == 0 or a.shape[1] < 2:
        return
    if bool(xp.all(a >= 0)) and bool(xp.all(sums_to_one(xp, a))) and bool(xp.any((a > 0) & (a < 1))):
        raise ValueError(
            "a must hold logits; got probabilities (no entry is negative and every row sums to one). "
            "Pass what went into the softmax, not what came out."
        )
