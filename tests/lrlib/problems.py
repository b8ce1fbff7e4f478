"""Small classification problems that the tests of objectives, searches and fits share."""

import numpy as np

from lrlib.fit import fit_binary, fit_multiclass
from lrlib.linear import (
    binary_gradient,
    binary_hessian,
    binary_loss,
    multiclass_gradient,
    multiclass_hessian,
    multiclass_loss,
)
from lrlib.objectives import binary_objective, multiclass_objective

L2 = 0.05


class Problem:
    """Data of one kind with the functions for it: N examples of overlapping classes, unlike in scale and centre."""

    def __init__(self, kind, n=120, seed=5):
        generator = np.random.default_rng(seed)
        binary = kind == "binary"
        self.X = generator.normal([0.5, -2.0, 10.0], [1.0, 0.3, 4.0], size=(n, 3))
        noise = generator.gumbel(size=(n, 2 if binary else 4))
        W = generator.normal(size=(3, noise.shape[1])) / [[1.0], [0.3], [4.0]]
        self.y = ((self.X - self.X.mean(0)) @ W + noise).argmax(axis=1)
        self.shape = (4,) if binary else (4, 4)
        self.theta = generator.normal(size=self.shape) / 4
        self.objective = binary_objective if binary else multiclass_objective
        self.fit = fit_binary if binary else fit_multiclass
        self.loss, self.gradient, self.hessian = (
            (binary_loss, binary_gradient, binary_hessian)
            if binary
            else (multiclass_loss, multiclass_gradient, multiclass_hessian)
        )


BINARY, MULTICLASS = Problem("binary"), Problem("multiclass")


def join(w, b):
    """Return [w, b] or [W; b] as one NumPy array, the intercept last."""
    return np.concatenate([np.asarray(w), np.asarray(b)[None]])
