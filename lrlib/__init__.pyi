from . import data, plotting
from .divergences import cross_entropy, entropy, kl_divergence
from .fit import ConvergenceWarning, Fit, SeparableError, SingularHessianError, fit_binary, fit_multiclass
from .functions import log_sigmoid, log_softmax, logit, logsumexp, sigmoid, softmax, softplus
from .linear import (
    Gradient,
    Line,
    binary_gradient,
    binary_hessian,
    binary_loss,
    least_squares,
    logits,
    multiclass_gradient,
    multiclass_hessian,
    multiclass_loss,
)
from .losses import binary_cross_entropy, brier, multiclass_cross_entropy, squared_error
from .metrics import accuracy, confusion_table, f1, precision, recall
from .notebook import explorable, glue, show_source, show_table
from .objectives import Evaluation, Objective, binary_objective, multiclass_objective
from .optimize import Descent, gradient_descent
from .search import Search, lbfgs, newton, sgd, steepest_descent
from .surrogates import exponential_loss, hinge_loss, logistic_loss, margin, squared_loss, zero_one_loss
from .training import History, train

__all__ = [
    "ConvergenceWarning",
    "Descent",
    "Evaluation",
    "Fit",
    "Gradient",
    "History",
    "Line",
    "Objective",
    "Search",
    "SeparableError",
    "SingularHessianError",
    "accuracy",
    "binary_cross_entropy",
    "binary_gradient",
    "binary_hessian",
    "binary_loss",
    "binary_objective",
    "brier",
    "confusion_table",
    "cross_entropy",
    "data",
    "entropy",
    "explorable",
    "exponential_loss",
    "f1",
    "fit_binary",
    "fit_multiclass",
    "glue",
    "gradient_descent",
    "hinge_loss",
    "kl_divergence",
    "lbfgs",
    "least_squares",
    "log_sigmoid",
    "log_softmax",
    "logistic_loss",
    "logit",
    "logits",
    "logsumexp",
    "margin",
    "multiclass_cross_entropy",
    "multiclass_gradient",
    "multiclass_hessian",
    "multiclass_loss",
    "multiclass_objective",
    "newton",
    "plotting",
    "precision",
    "recall",
    "sgd",
    "show_source",
    "show_table",
    "sigmoid",
    "softmax",
    "softplus",
    "squared_error",
    "squared_loss",
    "steepest_descent",
    "train",
    "zero_one_loss",
]
