"""The logistic function and its kin, safe for every input.

z is a logit (any real number), a a row of K logits, p a probability. Arrays are NumPy, PyTorch or Dask; torch
tensors keep their gradient. Floats keep their precision (float16 too), integers are read as the default float,
Python numbers and lists as NumPy arrays. nan gives nan; at ±inf each function takes its limit.
"""

from types import ModuleType
from typing import NamedTuple

from array_api_compat import device

from lrlib._arrays import Array, check_values, real, wide_sum


def sigmoid(z: Array) -> Array:
    """Return 1 / (1 + exp(-z)), the probability whose log-odds are z  (eq-sigmoid).

    z: real array of any shape. Returns an array of its shape and dtype, in [0, 1], within
    4 units in the last place.

    >>> sigmoid([-800.0, 0.0, 800.0])
    array([0. , 0.5, 1. ])
    """
    xp, z = real("z", z)
    # exp only ever sees a number <= 0, so it cannot overflow;
    # where(), not abs(), keeps the gradient 1/4 at z = 0.
    e = xp.exp(xp.where(z >= 0, -z, z))
    return xp.where(z >= 0, xp.ones_like(e), e) / (1.0 + e)


def logit(p: Array) -> Array:
    """Return log(p / (1 - p)), the log-odds of p: the inverse of the sigmoid  (eq-logit).

    p: real array of any shape in [0, 1], else ValueError. Returns its shape and dtype; -inf at 0 and inf at 1.

    >>> logit([0.0, 0.5, 1.0])
    array([-inf,   0.,  inf])
    """
    xp, p = real("p", p)
    advice = "A logit needs no logit(): it is one already."
    p = check_values(xp, "p", p, ~((p < 0) | (p > 1)), "lie in [0, 1], as probabilities do", advice)
    # Near p = 1/2 the quotient is near 1 and its logarithm loses digits: there 2p - 1 is exact, and log1p keeps them.
    # Each form sees only its own range: an infinite slope in the branch not taken would make the gradient nan.
    low = xp.where((p > 0) & (p < 0.25), p, 0.25)
    high = xp.where((p < 0.25) | (p == 1), 0.5, p)
    small = xp.log(low) - xp.log1p(-low)
    large = xp.log1p((2.0 * high - 1.0) / (1.0 - high))
    z = xp.where(p < 0.25, small, large)
    return xp.where(p == 0, -xp.inf, xp.where(p == 1, xp.inf, z))


def softplus(z: Array) -> Array:
    """Return log(1 + exp(z)), the smooth form of max(z, 0)  (eq-softplus).

    z: real array of any shape. Returns its shape and dtype, >= 0, within 4 units in the
    last place.

    >>> softplus([-800.0, 0.0, 2.0])
    array([0.        , 0.69314718, 2.12692801])
    """
    xp, z = real("z", z)
    # log(1 + e^z) = z + log(1 + e^-z): take the side on which the exponential is at most 1.
    positive = xp.where(z >= 0, z, xp.zeros_like(z))
    return positive + xp.log1p(xp.exp(xp.where(z >= 0, -z, z)))


def log_sigmoid(z: Array) -> Array:
    """Return log(sigmoid(z)) = -softplus(-z), finite for every finite z  (eq-log-sigmoid).

    z: real array of any shape. Returns its shape and dtype, <= 0, within 4 units in the last place.

    >>> log_sigmoid([-800.0, -1000.0])
    array([ -800., -1000.])
    """
    _, z = real("z", z)
    return -softplus(-z)


def softmax(a: Array, *, axis: int = -1) -> Array:
    """Return exp(a_k) / sum_j exp(a_j): K probabilities that sum to one, along `axis`  (eq-softmax).

    a: real array with K >= 1 entries along `axis`, else ValueError. Returns its shape and dtype, in [0, 1].
    A single +inf takes all the probability; two of them, or only -inf, have no limit and give nan.

    >>> softmax([[0.0, 0.0], [1000.0, 0.0]])
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    xp, a = real("a", a)
    top = _split_off_largest(xp, a, axis)
    p = xp.where(top.is_largest, xp.ones_like(a), xp.exp(top.gap)) / (1.0 + top.rest)
    return xp.astype(p, a.dtype, copy=False)


def log_softmax(a: Array, *, axis: int = -1) -> Array:
    """Return log(softmax(a)) to full relative precision, also where it is nearly 0  (eq-log-softmax).

    a: as for softmax. Returns its shape and dtype, <= 0.

    >>> print(log_softmax([40.0, 0.0])[0])  # SciPy and PyTorch return 0 here
    -4.248354255291589e-18
    """
    xp, a = real("a", a)
    top = _split_off_largest(xp, a, axis)
    log_p = top.gap - xp.log1p(top.rest)  # both terms have one sign: nothing cancels
    return xp.astype(log_p, a.dtype, copy=False)


def logsumexp(a: Array, *, axis: int = -1) -> Array:
    """Return log(sum_k exp(a_k)) along `axis`, without overflow  (eq-logsumexp).

    a: as for softmax. Returns a's dtype; `axis` is gone from its shape. inf with any +inf, -inf with only -inf.

    >>> logsumexp([1000.0, 1000.0])
    array(1000.69314718)
    """
    xp, a = real("a", a)
    top = _split_off_largest(xp, a, axis)
    # An infinite logit decides alone, also in a tie where its gap to another is nan.
    total = xp.where(xp.isinf(top.largest), top.largest, top.largest + xp.log1p(top.rest))
    return xp.squeeze(xp.astype(total, a.dtype, copy=False), axis=axis)


class _SplitLogits(NamedTuple):
    """Logits with (one of) the largest set apart; every field broadcasts against a."""

    is_largest: Array  # true once along the axis
    largest: Array  # m
    gap: Array  # a - m, <= 0
    rest: Array  # the sum of exp(gap) over the other classes, in [0, K - 1]; of float16 in float32


def _split_off_largest(xp: ModuleType, a: Array, axis: int) -> _SplitLogits:
    """Write sum_k exp(a_k) as exp(m) (1 + rest), m the largest logit.

    Set apart by position rather than by a maximum: the gradient of m then goes to one entry even in a tie.
    """
    if not -a.ndim <= axis < a.ndim or a.shape[axis] == 0:
        raise ValueError(f"a must have at least one class along axis {axis}; got shape {tuple(a.shape)}.")
    shape = [1] * a.ndim
    shape[axis] = a.shape[axis]
    position = xp.reshape(xp.arange(a.shape[axis], device=device(a)), tuple(shape))
    is_largest = position == xp.expand_dims(xp.argmax(a, axis=axis), axis=axis)
    zero = xp.zeros_like(a)
    largest = xp.sum(xp.where(is_largest, a, zero), axis=axis, keepdims=True)
    # m - m is nan when m is infinite. The largest logit's own gap is 0 by definition, not by subtraction; that of
    # another one equally infinite has no limit: nan, without the warning that NumPy gives for inf - inf.
    no_limit = xp.isinf(a) & (a == largest) & ~is_largest
    apart = is_largest | no_limit
    gap = xp.where(no_limit, xp.nan, xp.where(apart, zero, a) - xp.where(apart, zero, largest))
    rest = wide_sum(xp, xp.where(is_largest, zero, xp.exp(gap)), axis=axis, keepdims=True)
    return _SplitLogits(is_largest, largest, gap, rest)
