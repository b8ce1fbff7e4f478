"""Whether a plane separates classes, decided by a linear program.

A plane separates if some direction d of the parameters gives no example a negative margin and some a positive one. The
program looks for the d in a box with the largest sum of margins. It is given the rows that matter, a few at a time:
what the others say is checked after each round.
"""

import numpy as np

ROWS_AT_FIRST = 2000
ROUNDS = 50
ON_THE_PLANE = 1e-7  # a margin, each row scaled to a largest entry of 1: the program's own tolerance
LARGEST_PROGRAM = 50_000_000  # numbers in its matrix


class UndecidedError(Exception):
    """The linear program was too large, or failed."""


def separating_direction(X: np.ndarray, y: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """Return a direction, of theta's `shape`, that separates the classes but for examples on the plane, or None.

    X: (N, D); y: (N,) labels 0..K-1. UndecidedError where it cannot be told.
    """
    centre, unit = _bulk(X)
    rows = _margin_rows((X - centre) / unit, y, shape)
    largest = np.abs(rows).max(axis=1, keepdims=True)
    rows = rows / np.where(largest > 0, largest, 1.0)
    working = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), ROWS_AT_FIRST)).astype(int))
    gain = rows.sum(axis=0)
    for _ in range(ROUNDS):
        direction = _best(rows[working], gain)
        if direction is None:
            return None
        margins = rows @ direction
        broken = np.flatnonzero(margins < -ON_THE_PLANE)
        new = np.setdiff1d(broken, working)
        if not len(new):
            return _in_units_of_X(_verified(rows, direction), centre, unit, shape)
        worst = new[np.argsort(margins[new])[:ROWS_AT_FIRST]]
        working = np.union1d(working, worst)
    raise UndecidedError("the linear program did not end")


def _bulk(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the centre and the unit of most of each column: one far point does not count."""
    centre = np.sort(X, axis=0)[len(X) // 2]
    gaps = np.where(centre == X, np.nan, np.abs(X - centre))
    some = np.isfinite(gaps).any(axis=0)
    return centre, np.where(some, np.nanmedian(np.where(some, gaps, 1.0), axis=0), 1.0)


def _margin_rows(X: np.ndarray, y: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a row for each example and other class, whose product with a flat theta is the margin."""
    ones = np.hstack([X, np.ones((len(X), 1))])
    if len(shape) == 1:
        return ones * (2.0 * y - 1.0)[:, None]
    (N, D1), K = ones.shape, shape[1]
    if N * (K - 1) * D1 * K > LARGEST_PROGRAM:
        raise UndecidedError("the linear program is too large")
    rows = np.zeros((N, K - 1, D1, K))
    others = (y[:, None] + np.arange(1, K)) % K
    example, which = np.arange(N)[:, None], np.arange(K - 1)[None, :]
    rows[example, which, :, y[:, None]] = ones[:, None, :]
    rows[example, which, :, others] = -ones[:, None, :]
    return rows.reshape(N * (K - 1), D1 * K)


def _best(rows: np.ndarray, gain: np.ndarray) -> np.ndarray | None:
    """Return the direction in the box that gains most without a negative margin, or None if nothing can be gained."""
    from scipy.optimize import linprog

    tight = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    found = linprog(-gain, A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=(-1, 1), method="highs", options=tight)
    if found.x is None:
        raise UndecidedError(f"the linear program failed: {found.message}")
    return found.x if gain @ found.x > ON_THE_PLANE else None


def _verified(rows: np.ndarray, direction: np.ndarray) -> np.ndarray | None:
    """Return the direction, moved exactly onto the examples that it touches, if it then still separates."""
    distance = np.abs(rows @ direction)
    for touching in (1e-3 * ON_THE_PLANE, ON_THE_PLANE, 10 * ON_THE_PLANE):
        moved = _onto(rows[distance <= touching], direction)
        rounding = 64 * np.finfo(float).eps * np.abs(rows).sum(axis=1) * np.abs(moved).max()
        margins = rows @ moved
        if (margins >= -rounding).all() and margins.max() > ON_THE_PLANE:
            return moved
    return None


def _onto(touched: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Return the part of a direction that is at right angles to all rows."""
    if not touched.any():
        return direction
    _, values, across = np.linalg.svd(touched, full_matrices=False)
    across = across[values > 1e-12 * values[0]]
    return np.asarray(direction - across.T @ (across @ direction))


def _in_units_of_X(
    direction: np.ndarray | None, centre: np.ndarray, unit: np.ndarray, shape: tuple[int, ...]
) -> np.ndarray | None:
    if direction is None:
        return None
    theta = direction.reshape(shape[0], -1)
    w = theta[:-1] / unit[:, None]
    return np.vstack([w, theta[-1:] - centre @ w]).reshape(shape)
