"""Fifty-digit values of the functions, and the distance of a float from them in units in the last place.

Independent of lrlib: the textbook formulas, typed in mpmath, where fifty digits leave room for what they lose.
"""

import mpmath
import numpy as np

mp = mpmath.MPContext()  # a context of our own: other tests may set the digits of mpmath's
mp.dps = 50


def sigmoid(z):
    return 1 / (1 + mp.exp(-mp.mpf(z)))


def softplus(z):
    z = mp.mpf(z)
    # The same number twice; the second form keeps fifty digits where e^z is far below 1e-50.
    return z + mp.log1p(mp.exp(-z)) if z > 0 else mp.log1p(mp.exp(z))


def log_sigmoid(z):
    return -softplus(-mp.mpf(z))


def sigmoid_slope(z):
    return sigmoid(z) * sigmoid(-mp.mpf(z))


def log_sigmoid_slope(z):
    return sigmoid(-mp.mpf(z))


def softplus_slope(z):
    return sigmoid(z)


def logit(p):
    p = mp.mpf(p)
    return mp.log(p) - mp.log1p(-p)


def softmax(row):
    powers = [mp.exp(mp.mpf(a)) for a in row]
    return [power / mp.fsum(powers) for power in powers]


def logsumexp(row):
    return mp.log(mp.fsum(mp.exp(mp.mpf(a)) for a in row))


def log_softmax(row):
    """The surest class is log1p of minus the others' share: log of a number that is 1 to fifty digits would be 0."""
    shares = softmax(row)
    top = max(range(len(row)), key=lambda k: row[k])
    others = mp.fsum(share for k, share in enumerate(shares) if k != top)
    return [mp.log1p(-others) if k == top else mp.log(share) for k, share in enumerate(shares)]


def ulps_off(got, exact, dtype):
    """Return |got - exact| in units in the last place that `dtype` has at `exact`, one number per entry."""
    info = np.finfo(dtype)
    return np.array([_ulps(float(g), x, info) for g, x in zip(np.asarray(got).ravel(), exact, strict=True)])


def _ulps(got, exact, info):
    if not np.isfinite(got):
        return np.inf
    _, exponent = mp.frexp(exact)  # |exact| lies in [2^(exponent - 1), 2^exponent)
    last_place = max(int(exponent) - 1, int(info.minexp)) if exact else int(info.minexp)
    return float(mp.ldexp(abs(mp.mpf(got) - exact), int(info.nmant) - last_place))


def relative_error(got, exact):
    """Return |got - exact| / |exact|, one number per entry; exact may not be 0."""
    return np.array(
        [float(abs((mp.mpf(float(g)) - x) / x)) for g, x in zip(np.asarray(got).ravel(), exact, strict=True)]
    )


def awkward_numbers(dtype, count, seed=0):
    """Return finite numbers of every size: each exponent as likely as the next, subnormals, and the transitions.

    36.7: 1 + e^-z rounds to 1 in float64. 88.7 and 709.8: e^z overflows in float32 and float64. 103.9 and 745: it
    underflows to 0. 11.09 and 17.3: the same for float16.
    """
    generator = np.random.default_rng(seed)
    bits = {np.float32: np.uint32, np.float64: np.uint64}[dtype]
    any_bits = generator.integers(0, np.iinfo(bits).max, size=count, dtype=bits, endpoint=True).view(dtype)
    usual = generator.uniform(-800, 800, count).astype(dtype)
    small = (generator.choice([-1, 1], count) * 2.0 ** generator.uniform(-60, 8, count)).astype(dtype)
    info = np.finfo(dtype)
    subnormal = (info.smallest_subnormal * generator.integers(1, 2**20, 20)).astype(dtype)
    turns = np.array([11.09, 16.6, 17.3, 36.7, 37.0, 87.3, 88.7, 103.9, 708.4, 709.8, 744.4, 745.1, 1e4], dtype)
    near = [np.nextafter(turns, side, dtype=dtype) for side in (-np.inf, np.inf)]
    edges = np.array([0.0, 1.0, info.tiny, info.smallest_subnormal, info.max], dtype)
    special = np.concatenate([subnormal, turns, *near, edges])
    numbers = np.concatenate([any_bits, usual, small, special, -special])
    return numbers[np.isfinite(numbers)]
