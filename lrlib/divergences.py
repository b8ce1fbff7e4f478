"""How far one distribution is from another, in nats, along the last axis.

p is the real distribution, q the model's: (..., K), none negative, each row sums to one, else ValueError.
The result loses the last axis. 0 log 0 is 0, the limit.
"""

from types import ModuleType

from lrlib._arrays import Array, as_real, check_shape, check_values, namespace_of, sums_to_one, wide_sum


def entropy(p: Array) -> Array:
    """Return -sum_k p_k log p_k, in [0, log K]: the surprise to expect from p itself  (eq-entropy).

    >>> entropy([[0.5, 0.5], [1.0, 0.0]])
    array([0.69314718, 0.        ])
    """
    xp, (p,) = namespace_of(p=p)
    p = _distribution(xp, "p", p)
    return -_sum(xp, p * _log_where(xp, p, p > 0)) + 0.0  # + 0.0 turns -0.0 into 0.0


def cross_entropy(p: Array, q: Array) -> Array:
    """Return -sum_k p_k log q_k: the surprise to expect from p when q was predicted  (eq-cross-entropy).

    inf where q rules out what p allows.

    >>> cross_entropy([[1.0, 0.0]], [[0.25, 0.75]])
    array([1.38629436])
    """
    xp, p, q = _two_distributions(p, q)
    surprise = xp.where(q > 0, -_log_where(xp, q, q > 0), xp.inf)
    return _sum(xp, xp.where(p > 0, p * xp.where(p > 0, surprise, 0.0), 0.0))


def kl_divergence(p: Array, q: Array) -> Array:
    """Return sum_k p_k log(p_k / q_k) >= 0: the surprise that predicting q instead of p adds  (eq-kl).

    0 only where p = q; inf where q rules out what p allows. Not symmetric. Entries that are rounded may sum to a little
    more or less than 1: what they differ by is left out, sum_k p_k log(p_k / q_k) - p_k + q_k.

    >>> kl_divergence([[0.5, 0.5]], [[0.5, 0.5]])
    array([0.])
    """
    xp, p, q = _two_distributions(p, q)
    both = (p > 0) & (q > 0)
    one = xp.ones_like(p)
    terms = xp.where(both, _kl_term(xp, xp.where(both, p, one), xp.where(both, q, one)), xp.where(p > 0, xp.inf, q))
    return _sum(xp, terms)


def _kl_term(xp: ModuleType, p: Array, q: Array) -> Array:
    """Return p log(p / q) - p + q >= 0, to full relative precision also where p is nearly q."""
    # With r = p/q - 1, which is exact for p near q, it is q ((1 + r) log(1 + r) - r).
    r = (p - q) / q
    near = abs(r) < 0.1
    s = xp.where(near, r, 0.0)
    series = sum((-1) ** k * s ** (k - 2) / (k * (k - 1)) for k in range(16, 1, -1))  # r^16: beyond the last digit
    return xp.where(near, q * s**2 * series, p * xp.log(p / q) - (p - q))


def _sum(xp: ModuleType, terms: Array) -> Array:
    return xp.astype(wide_sum(xp, terms, axis=-1), terms.dtype, copy=False)


def _log_where(xp: ModuleType, x: Array, positive: Array) -> Array:
    """Return log x where it is positive, else 0: no warning, and no nan in the gradient of what is not used."""
    return xp.log(xp.where(positive, x, 1.0))


def _distribution(xp: ModuleType, name: str, p: Array) -> Array:
    p = as_real(xp, p, name)
    if p.ndim == 0:
        raise ValueError(f"{name} must have a last axis that lists the classes; got a single number.")
    advice = "A distribution over two classes is the pair (1 - p, p)."
    check_values(xp, name, p, p >= 0, "hold probabilities, none negative or nan", advice)
    total = xp.sum(p, axis=-1)
    check_values(xp, f"the sum of {name}", total, sums_to_one(xp, p), "be 1 along the last axis", advice)
    return p


def _two_distributions(p: Array, q: Array) -> tuple[ModuleType, Array, Array]:
    xp, (p, q) = namespace_of(p=p, q=q)
    p, q = _distribution(xp, "p", p), _distribution(xp, "q", q)
    check_shape("q", q, p.shape, f"p {tuple(p.shape)}")
    return xp, p, q
