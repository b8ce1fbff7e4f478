"""Losses of the margin: the 0-1 loss that accuracy counts, and the smooth or convex ones that stand in for it.

The margin m is positive when the decision is right, and large when it is surely right. m: real array of any shape;
each loss returns its shape. nan gives nan.
"""

import math

from lrlib._arrays import Array, as_real, check_class_labels, check_shape, namespace_of, real
from lrlib.functions import softplus


def margin(z: Array, y: Array) -> Array:
    """Return (2y - 1) z, the logit counted in favour of the true class  (eq-margin).

    z: logits of any shape; y: labels 0 and 1 of the same shape, else ValueError. Returns that shape.

    >>> margin([3.0, 3.0], [1, 0])
    array([ 3., -3.])
    """
    xp, (z, y) = namespace_of(z=z, y=y)
    z = as_real(xp, z, "z")
    check_shape("y", y, z.shape, f"z {tuple(z.shape)}")
    sign = 2 * check_class_labels(xp, "y", y, 2) - 1
    return xp.astype(sign, z.dtype) * z


def zero_one_loss(m: Array) -> Array:
    """Return 1 where m <= 0, else 0: the mistakes that accuracy counts  (eq-zero-one).

    A margin of exactly 0 decides nothing, and counts as a mistake.

    >>> zero_one_loss([-1.0, 0.0, 1.0])
    array([1., 1., 0.])
    """
    xp, m = real("m", m)
    return xp.where(xp.isnan(m), m, xp.astype(m <= 0, m.dtype))


def logistic_loss(m: Array, *, base: float = math.e) -> Array:
    """Return log(1 + exp(-m)) in the given base  (eq-logistic-loss).

    In base 2 it is 1 at m = 0 and bounds the 0-1 loss from above; in nats it does
    not (prop-logistic-bound). base: a number > 1, else ValueError.

    >>> print(logistic_loss(0.0, base=2))
    1.0
    """
    if not base > 1:
        raise ValueError(f"base must be greater than 1; got {base}. Use math.e for nats or 2 for bits.")
    _, m = real("m", m)
    return softplus(-m) / math.log(base)


def hinge_loss(m: Array) -> Array:
    """Return max(0, 1 - m), the loss of the support vector machine  (eq-hinge).

    >>> hinge_loss([-1.0, 0.0, 2.0])
    array([2., 1., 0.])
    """
    xp, m = real("m", m)
    return xp.where(m >= 1, xp.zeros_like(m), 1.0 - m)


def exponential_loss(m: Array) -> Array:
    """Return exp(-m), the loss of AdaBoost; inf where that overflows  (eq-exponential-loss).

    >>> exponential_loss([0.0])
    array([1.])
    """
    xp, m = real("m", m)
    return xp.exp(-m)


def squared_loss(m: Array) -> Array:
    """Return (1 - m)^2, which punishes a surely right answer, m > 1, as well  (eq-squared-margin-loss).

    >>> squared_loss([0.0, 1.0, 3.0])
    array([1., 0., 4.])
    """
    _, m = real("m", m)
    return (1.0 - m) ** 2
