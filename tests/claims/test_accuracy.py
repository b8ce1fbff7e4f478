"""The claims of chapters/accuracy.md: accuracy is flat and jumps, and what may stand in for it."""

import itertools
import math
import re
from pathlib import Path
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import linprog, minimize_scalar
from scipy.special import expit
from scipy.stats import binom

from lrlib import data, surrogates
from lrlib.functions import sigmoid
from lrlib.losses import binary_cross_entropy
from lrlib.metrics import accuracy, f1, precision, recall
from tests.claims.formulas import assert_printed, drawn

margins = st.floats(-700, 700)  # beyond 709 exp(-m) leaves float64
seeds = st.integers(0, 2**32 - 1)
labels = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=30)

X_EXAM, Y_EXAM = data.exam()[:2]


@pytest.fixture(scope="module")
def page():
    """The constants that the chapter types: the intercept and the three weights."""
    source = (Path(data.__file__).parents[1] / "chapters" / "accuracy.md").read_text(encoding="utf-8")
    w, b = re.search(r"^w_start, b = (\S+), (\S+)$", source, re.M).groups()
    one, two = (re.search(rf"^{name} = (\S+)$", source, re.M)[1] for name in ("w_one", "w_two"))
    return SimpleNamespace(b=float(b), start=float(w), one=float(one), two=float(two), source=source)


def exam_accuracy(w, b):
    """The accuracy of the eight students, through the library."""
    return float(accuracy(Y_EXAM, sigmoid(w * X_EXAM[:, 0] + b) > 0.5))


def accuracy_by_counting(X, y, w, b):
    """Count right decisions in plain Python, without the sigmoid: p > 1/2 just when z > 0."""
    right = 0
    for row, label in zip(X.tolist(), y.tolist(), strict=True):
        z = sum(value * weight for value, weight in zip(row, w, strict=True)) + b
        right += (z > 0) == (label == 1)
    return right / len(y)


def problem(seed, n=12, d=3):
    """Random samples, labels and parameters; no logit is zero but on a null set."""
    generator = np.random.default_rng(seed)
    X = generator.standard_normal((n, d))
    return generator, X, generator.integers(0, 2, n), generator.standard_normal(d), generator.standard_normal()


# --- accuracy ---------------------------------------------------------------------------------------------------


@pytest.mark.claim("eq-accuracy")
def test_five_of_the_eight_students_are_right_at_the_start(page):
    """Catches a model whose numbers no longer tell the chapter's story."""
    here = exam_accuracy(page.start, page.b)
    assert here == accuracy_by_counting(X_EXAM, Y_EXAM, [page.start], page.b) == 5 / 8


@pytest.mark.claim("eq-accuracy")
def test_the_figure_to_touch_starts_at_the_model_of_the_text(page):
    """Catches options of the explorable that are not the weight and the intercept of the code."""
    options = page.source.split("```{explorable} accuracy")[1].split("```")[0]
    assert float(re.search(r":w: (\S+)", options)[1]) == page.start
    assert float(re.search(r":b: (\S+)", options)[1]) == page.b


@pytest.mark.claim("eq-accuracy")
@given(values=drawn("eq-accuracy"))
def test_accuracy_is_the_share_of_predictions_equal_to_the_label(values):
    """Catches a sum in place of the mean, and a count of the wrong ones."""
    assert_printed("eq-accuracy", values)


@pytest.mark.claim("eq-accuracy")
def test_the_first_step_moves_every_probability_and_no_prediction(page):
    """Catches a step that makes the text of issue 1 untrue: the students who passed must gain the more."""
    before, after = (sigmoid(w * X_EXAM[:, 0] + page.b) for w in (page.start, page.one))
    assert np.array_equal(before > 0.5, after > 0.5)
    gain = after - before
    assert np.all(gain > 0)
    assert gain[6] > 0.04
    assert gain[Y_EXAM == 0].mean() < gain[Y_EXAM == 1].mean()
    losses = [np.mean(binary_cross_entropy(w * X_EXAM[:, 0] + page.b, Y_EXAM)) for w in (page.start, page.one)]
    assert losses[1] < losses[0]


@pytest.mark.claim("eq-accuracy")
def test_the_fit_rests_on_a_lower_stair_than_the_highest_and_passes_the_highest_on_its_way(page):
    """Catches a story in which the least cross entropy has the best accuracy: here it costs a student."""
    w, heights = page.start, [exam_accuracy(page.start, page.b)]
    for _ in range(200):  # the page's loop, with the gradient written out
        z = w * X_EXAM[:, 0] + page.b
        w -= 0.1 * np.mean((sigmoid(z) - Y_EXAM) * X_EXAM[:, 0])
        heights.append(exam_accuracy(w, page.b))
    stairs = {exam_accuracy(w, page.b) for w in np.linspace(0, 9, 9001)}
    assert heights[:5] == [5 / 8, 7 / 8, 7 / 8, 7 / 8, 6 / 8]
    assert heights[-1] == 6 / 8 < max(stairs) == 7 / 8


@pytest.mark.claim("prop-accuracy-flat")
@settings(max_examples=50)
@given(seed=seeds)
def test_accuracy_is_constant_in_a_ball_that_no_plane_reaches(seed):
    """Catches an accuracy made of probabilities, which changes inside the ball."""
    generator, X, y, w, b = problem(seed)
    rows = np.column_stack([X, np.ones(len(X))])
    radius = np.min(np.abs(rows @ np.append(w, b)) / np.linalg.norm(rows, axis=1))  # distance to the nearest plane
    here = float(accuracy(y, sigmoid(X @ w + b) > 0.5))
    for _ in range(5):
        direction = generator.standard_normal(rows.shape[1])
        move = 0.999 * radius * direction / np.linalg.norm(direction)
        there = sigmoid(X @ (w + move[:-1]) + b + move[-1]) > 0.5
        assert float(accuracy(y, there)) == here == accuracy_by_counting(X, y, w + move[:-1], b + move[-1])


@pytest.mark.claim("prop-accuracy-flat")
@pytest.mark.parametrize("score", [accuracy, precision, recall, f1])
def test_every_score_of_predictions_has_a_slope_of_exactly_zero(score):
    """Catches a metric that looks at probabilities: its central difference is not 0."""
    _, X, y, w, b = problem(7, n=40)
    h = 1e-5  # shorter than the way to the nearest plane, which the first line checks
    assert np.min(np.abs(X @ w + b)) > h * np.max(np.abs(X).sum(axis=1) + 1)
    for k in range(len(w)):
        step = h * np.eye(len(w))[k]
        difference = score(y, sigmoid(X @ (w + step) + b) > 0.5) - score(y, sigmoid(X @ (w - step) + b) > 0.5)
        assert float(difference) == 0.0


@pytest.mark.claim("prop-accuracy-flat")
@given(seed=seeds)
def test_on_one_hyperplane_the_quotient_is_zero_on_one_side_and_one_over_n_h_on_the_other(seed):
    """Catches the belief that the derivative at a jump is infinite, and the two sides exchanged: several features.

    Small whole numbers and steps of a power of two make every logit exact, so a logit of 0 is one.
    """
    generator = np.random.default_rng(seed)
    X, y = generator.integers(-4, 5, (8, 3)).astype(float), generator.integers(0, 2, 8)
    w = generator.integers(-4, 5, 3).astype(float)
    b = -float(X[0] @ w)  # sample 0 stands on its hyperplane
    assume(np.count_nonzero(X @ w + b == 0) == 1)
    normal = np.append(X[0], 1.0)  # straight across, towards a positive logit

    def score(share):
        theta = np.append(w, b) + share * normal
        return float(accuracy(y, sigmoid(X @ theta[:-1] + theta[-1]) > 0.5))

    for exponent in range(10, 30, 5):  # a step of 2^-10 moves no other logit, at least 1 away, past 0
        share = 2.0**-exponent
        h = share * np.linalg.norm(normal)
        assert score(-share) == score(0.0)
        assert (score(share) - score(0.0)) / h == pytest.approx((1 if y[0] == 1 else -1) / (8 * h), rel=1e-12)


@pytest.mark.claim("prop-accuracy-flat")
def test_at_a_jump_one_quotient_is_zero_and_the_other_grows_without_bound():
    """Catches the belief that the derivative at a jump is infinite: the left side would have to be, too."""
    # One sample at x = 1 with b = -1: its logit w - 1 is exactly 0 at w = 1 in floating point.
    jump, y = 1.0, np.array([1])

    def score(w):
        return float(accuracy(y, sigmoid(np.array([w * 1.0 - 1.0])) > 0.5))

    steps = [2.0**-k for k in range(1, 40, 6)]
    assert [(score(jump) - score(jump - h)) / h for h in steps] == [0.0] * len(steps)
    assert [(score(jump + h) - score(jump)) / h for h in steps] == [1 / h for h in steps]


@pytest.mark.claim("prop-accuracy-flat")
def test_rounding_gives_a_gradient_of_exactly_zero_and_comparing_gives_none(page):
    """Catches a PyTorch in which the two behaviours that the chapter shows have changed."""
    torch = pytest.importorskip("torch")
    x, y = torch.from_numpy(X_EXAM[:, 0]), torch.from_numpy(Y_EXAM)
    w = torch.tensor(page.start, dtype=torch.float64, requires_grad=True)
    p = sigmoid(w * x + page.b)
    hard = torch.round(p)
    (gradient,) = torch.autograd.grad((y * hard + (1 - y) * (1 - hard)).mean(), w, retain_graph=True)
    assert gradient.item() == 0.0
    with pytest.raises(RuntimeError, match="does not require grad"):
        accuracy(y, p > 0.5).backward()
    half = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)  # a jump, where no derivative exists
    torch.round(half).backward()
    assert half.grad.item() == 0.0


@pytest.mark.claim("eq-accuracy-jumps")
@given(values=drawn("eq-accuracy-jumps"))
def test_each_sample_changes_its_prediction_at_minus_b_over_x(values):
    """Catches a lost minus sign: the place is found by bisection of the prediction."""
    assert_printed("eq-accuracy-jumps", values)


@pytest.mark.claim("eq-accuracy-quotient")
def test_the_second_step_carries_one_student_over_one_half_and_its_quotient_is_125(page):
    """Catches a model for which the arithmetic of issue 2 is not true."""
    h = page.two - page.one
    p = [1 / (1 + math.exp(-(w * 7 + page.b))) for w in (page.one, page.two)]
    assert h == pytest.approx(0.001, rel=1e-9)
    assert p[0] < 0.5 < p[1] == pytest.approx(p[0] + 7 * h / 4, abs=1e-6)
    assert (exam_accuracy(page.one, page.b), exam_accuracy(page.two, page.b)) == (5 / 8, 6 / 8)
    assert (exam_accuracy(page.two, page.b) - exam_accuracy(page.one, page.b)) / h == pytest.approx(125, rel=1e-9)


@pytest.mark.claim("eq-accuracy-quotient")
@given(values=drawn("eq-accuracy-quotient"))
def test_a_step_across_the_jump_has_the_quotient_one_eighth_over_h(values):
    """Catches a bounded quotient, as a smooth score would have, wherever in the step the jump lies."""
    assert_printed("eq-accuracy-quotient", values)


# --- precision, recall, F1 --------------------------------------------------------------------------------------


def counts(pairs):
    """TP, FP and FN of pairs (label, prediction)."""
    return pairs.count((1, 1)), pairs.count((0, 1)), pairs.count((1, 0))


@pytest.mark.claim("eq-precision")
@given(values=drawn("eq-precision"))
def test_precision_is_the_share_of_real_ones_among_the_alarms(values):
    """Catches precision and recall exchanged."""
    assert_printed("eq-precision", values)


@pytest.mark.claim("eq-recall")
@given(values=drawn("eq-recall"))
def test_recall_is_the_share_of_the_real_ones_that_raised_an_alarm(values):
    """Catches a division by all samples or by the alarms."""
    assert_printed("eq-recall", values)


@pytest.mark.claim("eq-f1")
@given(values=drawn("eq-f1"))
def test_f1_is_the_harmonic_mean_and_the_formula_in_counts(values):
    """Catches the arithmetic mean, or a lost factor 2."""
    assert_printed("eq-f1", values)


@pytest.mark.claim("prop-accuracy-scale")
@settings(max_examples=50)
@given(seed=seeds, c=st.floats(1e-3, 1e3))
def test_scaling_all_parameters_changes_no_score_of_predictions(seed, c):
    """Catches a metric that reads probabilities, and a scale that leaves the intercept out."""
    _, X, y, w, b = problem(seed)
    here, there = sigmoid(X @ w + b) > 0.5, sigmoid(X @ (c * w) + c * b) > 0.5
    for score in (accuracy, precision, recall, f1):
        assert_allclose(score(y, there), score(y, here), rtol=0, atol=0)
    assert accuracy_by_counting(X, y, c * w, c * b) == accuracy_by_counting(X, y, w, b)


@pytest.mark.claim("prop-accuracy-scale")
def test_scaling_takes_cross_entropy_to_zero_or_beyond_all_bounds():
    """Catches a wrong sign of the logit in the loss, which would exchange the two limits."""
    z = np.array([2.0, -1.0, 0.5, 3.0])
    right, one_wrong = np.array([1, 0, 1, 1]), np.array([1, 0, 0, 1])
    scales = [1.0, 10.0, 100.0, 1000.0]
    falling = [float(np.mean(binary_cross_entropy(c * z, right))) for c in scales]
    rising = [float(np.mean(binary_cross_entropy(c * z, one_wrong))) for c in scales]
    assert all(after < before for before, after in itertools.pairwise(falling))
    assert falling[-1] < 1e-100
    # Far out only the wrong sample counts, with c times its logit of 0.5, over four samples.
    assert_allclose(rising[-1], 1000 * 0.5 / 4, rtol=1e-9)


@pytest.mark.claim("prop-accuracy-not-strictly-proper")
@given(q=st.floats(0.5, 1, exclude_min=True), forecast=st.floats(0, 1))
def test_every_forecast_on_the_side_of_the_truth_has_the_best_expected_accuracy(q, forecast):
    """Catches an accuracy that rewards the true probability alone, or a lie on the other side."""

    def expected(p):
        hit = [float(accuracy(np.array([label]), np.array([p > 0.5]))) for label in (0, 1)]
        return (1 - q) * hit[0] + q * hit[1]

    assert expected(forecast) == (expected(q) if forecast > 0.5 else 1 - q) <= expected(q)


@pytest.mark.claim("eq-wilson")
@given(values=drawn("eq-wilson"))
def test_the_interval_of_a_share_is_wilsons(values):
    """Catches the interval k/N plus or minus q times its error, which has no length when all are right."""
    assert_printed("eq-wilson", values)


@pytest.mark.claim("eq-wilson")
def test_ninety_five_in_a_hundred_intervals_hold_the_true_accuracy():
    """Catches a q of another level: the exact coverage, averaged over true accuracies."""
    true = np.linspace(0.01, 0.99, 99)
    for n in (8, 80):
        k = np.arange(n + 1)[:, None]
        c, d = (k + 1.96**2 / 2) / (n + 1.96**2), 1.96 / (n + 1.96**2) * np.sqrt(k * (n - k) / n + 1.96**2 / 4)
        held = (binom.pmf(k, n, true) * (abs(true - c) <= d)).sum(axis=0)
        assert held.mean() == pytest.approx(0.95, abs=0.012)


# --- exact search -----------------------------------------------------------------------------------------------


def most_right_through_pairs(X, y):
    """The number printed in the property: 2 plus the most among the others for lines through two points."""
    best = 0
    for i, j in itertools.combinations(range(len(X)), 2):
        others = [k for k in range(len(X)) if k not in (i, j)]
        (dx, dy), (ox, oy) = X[j] - X[i], X[i]
        left = [dx * (X[k][1] - oy) - dy * (X[k][0] - ox) > 0 for k in others]
        agree = sum(side == (y[k] == 1) for side, k in zip(left, others, strict=True))
        best = max(best, 2 + agree, 2 + len(others) - agree)
    return best


def separable(X, called_one):
    """Tell by linear programming whether some line has exactly these points on its side of ones."""
    sign = np.where(called_one, 1.0, -1.0)
    rows = -sign[:, None] * np.column_stack([X, np.ones(len(X))])  # sign * (x . w + b) >= 1
    return linprog(np.zeros(3), A_ub=rows, b_ub=-np.ones(len(X)), bounds=[(None, None)] * 3).status == 0


@pytest.mark.claim("prop-exact-search")
@pytest.mark.parametrize("seed", range(5))
def test_lines_through_two_points_find_the_best_accuracy_of_all_lines(seed):
    """Catches a forgotten 2, a forgotten side, and the claim itself: all 2^7 labellings are tried by brute force."""
    generator = np.random.default_rng(seed)
    X, y = generator.standard_normal((7, 2)), generator.integers(0, 2, 7)
    possible = [np.array(guess) for guess in itertools.product([0, 1], repeat=7) if separable(X, np.array(guess) == 1)]
    assert most_right_through_pairs(X, y) == max(int((guess == y).sum()) for guess in possible)


# --- surrogates -------------------------------------------------------------------------------------------------


@pytest.mark.claim("eq-margin")
@given(values=drawn("eq-margin"))
def test_the_margin_is_positive_just_when_the_decision_is_right(values):
    """Catches a margin with the sign of the wrong class."""
    assert_printed("eq-margin", values)


@pytest.mark.claim("eq-zero-one")
@given(values=drawn("eq-zero-one"))
def test_the_zero_one_loss_is_one_for_a_margin_of_at_most_zero(values):
    """Catches a loss of 0 at m = 0, where nothing was decided."""
    assert_printed("eq-zero-one", values)


@pytest.mark.claim("eq-zero-one")
@given(seed=seeds)
def test_the_mean_zero_one_loss_is_one_minus_accuracy(seed):
    """Catches a margin or a loss that counts the right ones; no logit here is exactly 0."""
    _, X, y, w, b = problem(seed)
    losses = surrogates.zero_one_loss(surrogates.margin(X @ w + b, y))
    assert float(np.mean(losses)) == pytest.approx(1 - accuracy_by_counting(X, y, w, b), rel=1e-14)


@pytest.mark.claim("eq-logistic-loss")
@given(values=drawn("eq-logistic-loss"))
def test_the_logistic_loss_is_the_log_of_one_plus_exp_minus_m(values):
    """Catches a lost minus, and a naive form that loses the small values: compared at 400 digits."""
    assert_printed("eq-logistic-loss", values)


@pytest.mark.claim("eq-hinge")
@given(values=drawn("eq-hinge"))
def test_the_hinge_loss_is_what_is_missing_to_a_margin_of_one(values):
    """Catches max(0, -m), the loss of the perceptron, whose corner is at 0."""
    assert_printed("eq-hinge", values)


@pytest.mark.claim("eq-exponential-loss")
@given(values=drawn("eq-exponential-loss"))
def test_the_exponential_loss_is_exp_of_minus_m(values):
    """Catches exp(m), which punishes right decisions."""
    assert_printed("eq-exponential-loss", values)


@pytest.mark.claim("eq-squared-margin-loss")
@given(values=drawn("eq-squared-margin-loss"))
def test_the_squared_loss_is_least_squares_on_labels_plus_and_minus_one(values):
    """Catches (1 + m)^2, and a square taken of the label 0."""
    assert_printed("eq-squared-margin-loss", values)


@pytest.mark.claim("prop-logistic-bound")
@given(m=margins)
def test_in_base_two_the_logistic_loss_is_never_below_the_zero_one_loss(m):
    """Catches the natural logarithm in the bound: it falls below between -0.54 and 0."""
    loss = float(surrogates.logistic_loss(np.array(m), base=2))
    with mpmath.workdps(400):
        exact = mpmath.log(1 + mpmath.exp(-mpmath.mpf(m)), 2)
        mistake = 1 if m <= 0 else 0
        assert exact > mistake or (m == 0 and exact == mistake) or abs(m) < 1e-300
    assert_allclose(loss, float(exact), rtol=1e-14)
    assert loss >= mistake - 1e-15  # one rounding of log 2


@pytest.mark.claim("prop-logistic-bound")
@given(m=margins)
def test_hinge_exponential_and_squared_loss_are_never_below_the_zero_one_loss(m):
    """Catches a hinge with its corner at 0, and exp(m): both pass below the step."""
    mistake = 1 if m <= 0 else 0
    exact = mpmath.mpf(m)
    for printed in (max(0, 1 - exact), mpmath.exp(-exact), (1 - exact) ** 2):
        assert printed >= mistake
    for loss in (surrogates.hinge_loss, surrogates.exponential_loss, surrogates.squared_loss):
        assert float(loss(np.array(m))) >= mistake


@pytest.mark.claim("prop-logistic-bound")
def test_with_the_natural_logarithm_the_bound_fails_at_margin_zero():
    """Catches a default base of 2, and the claim that the base does not matter."""
    natural = float(surrogates.logistic_loss(np.array(0.0)))
    assert natural == pytest.approx(float(mpmath.log(2)), rel=1e-15)
    assert natural < 1 == float(surrogates.zero_one_loss(np.array(0.0)))
    assert float(surrogates.logistic_loss(np.array(0.0), base=2)) == 1.0


@pytest.mark.claim("eq-logistic-log-probability")
@given(values=drawn("eq-logistic-log-probability"))
def test_the_logistic_loss_is_minus_the_log_of_the_probability_of_the_true_class(values):
    """Catches a loss that takes the probability of the other class: p is computed at 400 digits."""
    assert_printed("eq-logistic-log-probability", values)


@pytest.mark.claim("prop-accuracy-surrogate-probability")
@pytest.mark.parametrize(
    ("loss", "probability"),
    [(surrogates.exponential_loss, lambda f: expit(2 * f)), (surrogates.squared_loss, lambda f: (f + 1) / 2)],
)
@given(p=st.floats(0.01, 0.99))
def test_the_score_of_least_expected_loss_gives_the_probability_back(loss, probability, p):
    """Catches sigma(f) in place of sigma(2 f), and (f - 1)/2: the least is searched for."""

    def expected(f):
        return p * float(loss(np.array(f))) + (1 - p) * float(loss(np.array(-f)))

    best = minimize_scalar(expected, bounds=(-4, 4), method="bounded", options={"xatol": 1e-9}).x
    assert_allclose(probability(best), p, atol=1e-6)


@pytest.mark.claim("eq-error-bound")
@given(values=drawn("eq-error-bound"))
def test_the_share_of_mistakes_is_at_most_the_cross_entropy_over_ln_two(values):
    """Catches a bound without the division by ln 2: then small c, where the loss is near ln 2, breaks it."""
    assert_printed("eq-error-bound", values)


@pytest.mark.claim("eq-error-bound")
def test_without_the_division_by_ln_two_the_bound_would_be_false():
    """Proves that the test above can fail: one hesitant mistake costs little more than ln 2."""
    assert binary_cross_entropy(np.array(-0.01), np.array(1)) < 1
    assert binary_cross_entropy(np.array(-0.01), np.array(1)) / math.log(2) > 1
