"""The findings: one module for each chapter, each finding a function of a split or a seed."""

from collections.abc import Callable

from tests.claims.measured import accuracy, binary_classification, cross_entropy, penalties, softmax

FINDINGS: dict[str, tuple[Callable[[int], object], int]] = {
    "search-and-descent": (accuracy.search_and_descent, 24),
    "bad-start": (cross_entropy.bad_start, 24),
    "squared-error-variance": (cross_entropy.squared_error_variance, 400),
    "hidden-threshold": (binary_classification.hidden_threshold, 24),
    "held-out-curve": (binary_classification.held_out_curve, 24),
    "leaks": (binary_classification.leaks, 24),
    "shuffled-labels": (binary_classification.shuffled_labels, 24),
    "scores-over-splits": (binary_classification.scores_over_splits, 24),
    "positive-weight": (binary_classification.positive_weight, 24),
    "weight-decay": (binary_classification.weight_decay, 24),
    "optimisers": (binary_classification.optimisers, 24),
    "other-features": (binary_classification.other_features, 24),
    "least-squares-cut": (binary_classification.least_squares_cut, 24),
    "steps-to-target": (binary_classification.steps_to_target, 24),
    "doubled-softmax": (softmax.doubled_softmax, 24),
    "penalty-and-modesty": (softmax.penalty_and_modesty, 24),
    "relu-on-logits": (softmax.relu_on_logits, 24),
    "separable-libraries": (penalties.separable_libraries, 24),
    "small-weights": (penalties.small_weights, 24),
    "lasso-choice": (penalties.lasso_choice, 24),
    "small-samples": (penalties.small_samples, 400),
    "choosing-a-penalty": (penalties.choosing_a_penalty, 100),
    "repeated-folds": (penalties.repeated_folds, 24),
}
