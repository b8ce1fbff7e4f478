"""Evidence for the chapter Regression vs classification: each claim as printed, against another computation."""

from fractions import Fraction
from math import log

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize, minimize_scalar
from scipy.special import rel_entr

from lrlib import data, metrics
from lrlib.divergences import kl_divergence
from lrlib.linear import least_squares, logits
from lrlib.losses import squared_error
from tests.claims.formulas import assert_printed, drawn

HOURS = [1, 2, 3, 4, 5, 6, 7, 8]
PASSED = [0, 0, 0, 1, 0, 1, 1, 1]

costs = st.floats(min_value=0.01, max_value=1000)
exact_costs = st.fractions(min_value=Fraction(1, 100), max_value=100)
probabilities = st.floats(min_value=0, max_value=1)


@st.composite
def points(draw):
    """Draw x that are not all equal, and a label for each."""
    x = draw(st.lists(st.integers(-50, 50), min_size=3, max_size=12).filter(lambda drawn: len(set(drawn)) > 1))
    y = draw(st.lists(st.integers(-50, 50), min_size=len(x), max_size=len(x)))
    return np.array(x, dtype=float), np.array(y, dtype=float)


@st.composite
def balanced_classes(draw):
    """Draw x with as many labels 0 as 1, the mean x of class 1 the larger."""
    size = draw(st.integers(1, 6))
    zeros, ones = (draw(st.lists(st.integers(-20, 20), min_size=size, max_size=size)) for _ in range(2))
    assume(sum(ones) > sum(zeros))
    return np.array(zeros + ones, dtype=float), np.repeat([0.0, 1.0], size)


def boundary_with(x, y, far):
    """Return where NumPy's line through x, y and one more example of class 1 at `far` crosses 1/2."""
    w, b = np.polyfit(np.append(x, far), np.append(y, 1.0), 1)
    return float(np.roots([w, b - 0.5])[0])


def exact_line(x, y):
    """Return w and b of the normal equations, by Cramer's rule in fractions."""
    N, sx, sy = len(x), Fraction(sum(x)), Fraction(sum(y))
    sxx, sxy = Fraction(sum(v * v for v in x)), Fraction(sum(u * v for u, v in zip(x, y, strict=True)))
    determinant = N * sxx - sx * sx
    return (N * sxy - sx * sy) / determinant, (sxx * sy - sx * sxy) / determinant


@pytest.mark.claim("eq-line")
@given(values=drawn("eq-line"))
def test_the_prediction_is_x_times_w_plus_b(values):
    """Catches an intercept that is multiplied by x, or subtracted."""
    assert_printed("eq-line", values)


@pytest.mark.claim("eq-line")
def test_the_slope_is_the_rise_for_one_unit_of_x_and_the_intercept_the_prediction_at_zero():
    """Catches the two parameters being told the wrong way round."""
    at_zero, at_one, at_two = np.polyval([3.0, -2.0], [0.0, 1.0, 2.0])
    assert (at_zero, at_one - at_zero, at_two - at_one) == (-2.0, 3.0, 3.0)
    assert_allclose(logits([[0.0], [1.0], [2.0]], [3.0], -2.0), [at_zero, at_one, at_two], rtol=0)


@pytest.mark.claim("eq-squared-error")
@given(values=drawn("eq-squared-error"))
def test_the_objective_is_the_mean_of_the_squared_misses(values):
    """Catches a sum in place of the mean, and a factor 1/2."""
    assert_printed("eq-squared-error", values)


@pytest.mark.claim("eq-least-squares")
@given(values=drawn("eq-least-squares"))
def test_the_two_formulas_solve_the_least_squares_problem(values):
    """Catches means that were not subtracted, and an intercept without the slope's share."""
    assert_printed("eq-least-squares", values)


@pytest.mark.claim("eq-least-squares")
def test_the_three_points_of_the_chapter_give_slope_two_and_intercept_two():
    """Catches an arithmetic slip in the example worked by hand."""
    assert exact_line([0, 1, 2], [1, 6, 5]) == (2, 2)


@pytest.mark.claim("prop-balanced-errors")
@given(points())
def test_the_errors_of_the_least_squares_line_sum_to_zero_also_when_weighted_by_x(xy):
    """Catches a line fitted without an intercept, whose errors do not balance."""
    x, y = xy
    line = least_squares(x[:, None], y)
    errors = x * line.w[0] + line.b - y
    # 12 examples up to 50: sums of products reach 3e4, so 1e-9 allows a few hundred roundings.
    assert_allclose([np.sum(errors), np.sum(errors * x)], 0, atol=1e-9)
    assert_allclose(np.mean(x * line.w[0] + line.b), np.mean(y), atol=1e-10)


@pytest.mark.claim("prop-balanced-errors")
def test_the_same_holds_for_the_patients():
    """Catches a property that is true of toys only."""
    patients = data.diabetes()
    bmi = patients.X[:, patients.feature_names.index("bmi")]
    line = least_squares(bmi[:, None], patients.y)
    errors = bmi * line.w[0] + line.b - patients.y
    assert_allclose([np.mean(errors), np.mean(errors * bmi)], 0, atol=1e-8)


@pytest.mark.claim("eq-line-boundary")
@given(values=drawn("eq-line-boundary"))
def test_the_line_crosses_one_half_at_the_boundary(values):
    """Catches a lost minus sign, and the boundary of 0 in place of 1/2."""
    assert_printed("eq-line-boundary", values)


@pytest.mark.claim("prop-line-leaves")
@given(st.integers(1, 60), st.integers(-50, 50), st.sampled_from([-1, 1]), st.fractions(-60, 60))
def test_a_sloping_line_is_in_the_unit_interval_exactly_between_two_places(size, b, sign, x):
    """Catches swapped ends for a falling line, and a stretch of length |w| in place of 1/|w|."""
    w = Fraction(sign * size, 4)
    low, high = sorted([-b / w, (1 - b) / w])
    assert (0 <= x * w + b <= 1) == (low <= x <= high)
    assert high - low == 1 / abs(w)
    assert {low * w + b, high * w + b} == {0, 1}


@pytest.mark.claim("prop-line-leaves")
def test_the_line_of_the_tumours_leaves_the_interval_on_both_sides():
    """Catches a chapter whose real data happen to stay inside."""
    tumours = data.breast_cancer()
    area = tumours.X[:, tumours.feature_names.index("worst area")]
    line = np.polyval(np.polyfit(area, tumours.y, 1), area)
    assert line.min() < 0
    assert line.max() > 1


@pytest.mark.claim("eq-far-point")
@given(values=drawn("eq-far-point"))
def test_the_formula_gives_the_boundary_of_the_line_fitted_again(values):
    """Catches N for N + 1, the standard deviation for the variance, and the gap of the means for its half."""
    assert_printed("eq-far-point", values)


@pytest.mark.claim("prop-far-point")
@given(balanced_classes(), st.integers(1, 500))
def test_the_boundary_moves_right_exactly_if_the_old_line_said_more_than_one(xy, d):
    """Catches the belief that every correct point is harmless, or that every one is harmful."""
    x, y = xy
    w, b = np.polyfit(x, y, 1)
    old, new_point = (0.5 - b) / w, x.mean() + d
    assert_allclose(old, x.mean(), atol=1e-8)
    said = w * new_point + b
    assume(abs(said - 1) > 1e-6)
    assert (boundary_with(x, y, new_point) > old) == (said > 1)


@pytest.mark.claim("prop-far-point")
@given(balanced_classes(), st.integers(1, 500), st.integers(1, 500))
def test_the_farther_the_new_point_the_farther_the_boundary(xy, d, more):
    """Catches an influence that fades with distance, as that of a robust loss would."""
    x, y = xy
    near, far = (boundary_with(x, y, x.mean() + step) for step in (d, d + more))
    assert far > near


@pytest.mark.claim("prop-far-point")
@given(balanced_classes())
def test_the_limit_is_the_mean_of_class_one(xy):
    """Catches a limit at the far point itself, or at the largest x of the old data."""
    x, y = xy
    # By the formula the distance to the limit is below (s^2 + (N + 1) delta^2) / d, at most 5600 / d.
    assert_allclose(boundary_with(x, y, 1e7), x[y == 1].mean(), atol=1e-3)


@pytest.mark.claim("prop-far-point")
def test_the_ninth_student_moves_the_boundary_over_six_hours_and_never_over_seven():
    """Catches a toy whose far point moves the boundary past nobody, or past more students than the page says."""
    hours, passed = data.exam().X[:, 0], data.exam().y
    w, b = np.polyfit(hours, passed, 1)
    assert_allclose((0.5 - b) / w, 4.5, rtol=1e-12)
    cuts = [boundary_with(hours, passed, ninth) for ninth in (80.0, 119.0, 121.0, 1e6)]
    assert round(cuts[0], 2) == 5.89
    wrong = [list(hours[(hours > cut) != (passed == 1)]) for cut in cuts]
    assert wrong == [[4.0], [4.0], [4.0, 6.0], [4.0, 6.0]]


@pytest.mark.claim("prop-far-point")
def test_the_sigmoid_stays_where_it_is_when_a_far_correct_point_is_added():
    """Catches a repair that moves as the line does, and one that ignores a far wrong point too, by SciPy's search."""
    hours, passed = np.array(HOURS, dtype=float), np.array(PASSED)

    def boundary(x, y):
        signs = 1 - 2 * y
        found = minimize(lambda t: np.sum(np.logaddexp(0, signs * (x * t[0] + t[1]))), [0.5, -2.0], tol=1e-12)
        return -found.x[1] / found.x[0], found.x[0]

    alone, _ = boundary(hours, passed)
    with_her, _ = boundary(np.append(hours, 80.0), np.append(passed, 1))
    _, falling = boundary(np.append(hours, 80.0), np.append(passed, 0))
    # A search by differences finds the lowest point to about 1e-5.
    assert_allclose([alone, with_her], 4.5, atol=1e-3)
    assert falling < 0


@pytest.mark.claim("eq-constant-error")
@given(values=drawn("eq-constant-error"))
def test_the_error_of_a_constant_is_its_distance_from_the_fraction_plus_the_spread_of_the_labels(values):
    """Catches the square of the mean label for its product with 1 minus it, exactly, in fractions."""
    assert_printed("eq-constant-error", values)


@pytest.mark.claim("prop-best-constant")
@given(st.lists(st.integers(0, 1), min_size=1, max_size=30))
def test_the_best_constant_found_by_search_is_the_fraction_of_ones(labels):
    """Catches the median or the commoner class, which other losses would give."""
    y = np.array(labels, dtype=float)
    found = minimize_scalar(lambda c: float(np.mean((c - y) ** 2)), bracket=(-1.0, 2.0))
    # A parabola's lowest point is found to about the square root of the machine's precision.
    assert_allclose(found.x, sum(labels) / len(labels), atol=1e-6)


@pytest.mark.claim("prop-distance-divergence")
@given(st.floats(min_value=1e-300, max_value=1))
def test_the_divergence_is_minus_log_p_and_the_squared_distance_at_most_two(p):
    """Catches a lost minus sign, log(1 - p) for log p, and the pair read in the wrong order."""
    divergence = float(np.sum(rel_entr([0.0, 1.0], [1 - p, p])))
    assert_allclose(-log(p), divergence, rtol=1e-12, atol=1e-15)
    assert_allclose(kl_divergence([0.0, 1.0], [1 - p, p]), divergence, rtol=1e-12, atol=1e-15)
    assert 0 <= np.sum(squared_error([1 - p, p], [0.0, 1.0])) <= 2


@pytest.mark.claim("prop-distance-divergence")
@pytest.mark.parametrize("bound", [1.0, 10.0, 100.0])
def test_the_divergence_passes_every_bound_while_the_squared_distance_stays(bound):
    """Catches a divergence that was clipped to look tame."""
    p = np.exp(-bound) / 2
    assert np.sum(rel_entr([0.0, 1.0], [1 - p, p])) > bound
    assert kl_divergence([0.0, 1.0], [1 - p, p]) > bound
    assert np.sum(squared_error([1 - p, p], [0.0, 1.0])) <= 2


@pytest.mark.claim("prop-distance-divergence")
def test_only_the_squared_distance_is_symmetric():
    """Catches a symmetrised divergence, or the two arguments in the wrong order."""
    p, q = np.array([0.5, 0.5]), np.array([0.9, 0.1])
    one_way, other_way = np.sum(rel_entr(p, q)), np.sum(rel_entr(q, p))
    assert abs(one_way - other_way) > 0.1
    assert_allclose([kl_divergence(p, q), kl_divergence(q, p)], [one_way, other_way], rtol=1e-12)
    assert_allclose(squared_error(p, q), squared_error(q, p), rtol=0)


def exact_scores(w, b):
    """Return mean squared error, accuracy and F1 of the line on the eight students, in fractions."""
    said = [w * x + b for x in HOURS]
    error = sum((s - y) ** 2 for s, y in zip(said, PASSED, strict=True)) / 8
    right = sum((s > Fraction(1, 2)) == (y == 1) for s, y in zip(said, PASSED, strict=True))
    found = sum(s > Fraction(1, 2) and y == 1 for s, y in zip(said, PASSED, strict=True))
    called = sum(s > Fraction(1, 2) for s in said)
    return error, Fraction(right, 8), Fraction(2 * found, called + sum(PASSED))


@pytest.mark.claim("prop-trained-not-tested")
def test_another_line_has_a_larger_error_and_a_better_benchmark():
    """Catches an example in which loss and benchmark happen to agree."""
    w, b = exact_line(HOURS, PASSED)
    least_error, least_accuracy, least_f1 = exact_scores(w, b)
    other_error, other_accuracy, other_f1 = exact_scores(w, b + w)
    assert other_error > least_error
    assert (least_accuracy, other_accuracy) == (Fraction(6, 8), Fraction(7, 8))
    assert (least_f1, other_f1) == (Fraction(3, 4), Fraction(8, 9))


@pytest.mark.claim("prop-trained-not-tested")
@given(st.fractions(-2, 2), st.fractions(-2, 2))
def test_no_line_has_a_smaller_error_on_the_eight_students(step_w, step_b):
    """Catches a least squares line that is not the best, which would make the contradiction empty."""
    w, b = exact_line(HOURS, PASSED)
    assert exact_scores(w + step_w, b + step_b)[0] >= exact_scores(w, b)[0]


@pytest.mark.claim("eq-expected-cost")
@given(values=drawn("eq-expected-cost"))
def test_the_expected_costs_are_sums_over_the_two_classes(values):
    """Catches p and 1 - p exchanged: a false positive needs an example of class 0."""
    assert_printed("eq-expected-cost", values)


@pytest.mark.claim("eq-expected-cost")
def test_the_expected_cost_is_the_average_over_many_cases():
    """Catches an expectation that no experiment would give."""
    n, p, c_fp, c_fn = 200_000, 0.2, 1.0, 9.0
    ill = np.random.default_rng(0).random(n) < p
    # The standard error of p is 0.0009; five of them, times the cost.
    assert_allclose(np.mean(np.where(ill, 0, c_fp)), (1 - p) * c_fp, atol=0.0045 * c_fp)
    assert_allclose(np.mean(np.where(ill, c_fn, 0)), p * c_fn, atol=0.0045 * c_fn)


@pytest.mark.claim("eq-cost-threshold")
@given(values=drawn("eq-cost-threshold"))
def test_predicting_one_is_the_cheaper_decision_exactly_above_the_threshold(values):
    """Catches the inverted threshold c_FN / (c_FP + c_FN)."""
    assert_printed("eq-cost-threshold", values)


@pytest.mark.claim("eq-cost-threshold")
@pytest.mark.parametrize(("c_fp", "c_fn"), [(1, 1), (1, 3), (1, 9), (4, 1)])
def test_no_other_threshold_is_cheaper_in_a_simulated_world(c_fp, c_fn):
    """Catches a threshold that is right case by case but not on average."""
    p = (np.arange(1000) + 0.5) / 1000
    # A share p of each thousand cases is of class 1: the exact average cost, without chance.
    mean_costs = [np.mean(np.where(p > t, (1 - p) * c_fp, p * c_fn)) for t in np.linspace(0, 1, 101)]
    assert_allclose(np.argmin(mean_costs) / 100, c_fp / (c_fp + c_fn), atol=1e-9)


@pytest.mark.claim("prop-half-equal-costs")
@given(exact_costs, exact_costs)
def test_the_threshold_is_one_half_exactly_for_equal_costs(c_fp, c_fn):
    """Catches the belief that 1/2 is neutral."""
    assert (c_fp / (c_fp + c_fn) == Fraction(1, 2)) == (c_fp == c_fn)
    assert c_fp / (c_fp + c_fp) == Fraction(1, 2)


@pytest.mark.claim("prop-half-equal-costs")
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=30))
def test_with_costs_of_one_the_mean_cost_is_one_minus_accuracy(pairs):
    """Catches a cost that counts one kind of mistake only."""
    y, predicted = (np.array(column) for column in zip(*pairs, strict=True))
    mean_cost = sum(1 for truth, said in pairs if truth != said) / len(pairs)
    assert_allclose(mean_cost, 1 - metrics.accuracy(y, predicted), atol=1e-12)
