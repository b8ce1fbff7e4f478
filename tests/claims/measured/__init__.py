"""The findings: one module for each chapter, each finding a function of a split or a seed."""

from collections.abc import Callable

from tests.claims.measured import accuracy, binary_classification, calibration, cross_entropy, inference, softmax, thresholds

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
    "resampling": (thresholds.resampling, 40),
    "chosen-threshold": (thresholds.chosen_threshold, 100),
    "interval-coverage": (inference.interval_coverage, 24),
    "one-split": (inference.one_split, 24),
    "events-per-variable": (inference.events_per_variable, 24),
    "perfect-ece": (calibration.perfect_ece, 200),
    "ece-and-bins": (calibration.ece_and_bins, 24),
    "calibration-lost": (calibration.calibration_lost, 24),
    "probabilities-of-models": (calibration.probabilities_of_models, 24),
    "rows-for-recalibration": (calibration.rows_for_recalibration, 40),
}
