"""Check yourself: the right answers are right, and each wrong number comes from the mistake that its feedback names.

Answers are read from the page and computed here from the numbers in the question, by lrlib or by other means.
"""

import math
from pathlib import Path

import mpmath
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression

from coursebook.questions.reader import questions_in
from lrlib import data
from lrlib.calibration import brier_parts, wilson_interval
from lrlib.divergences import cross_entropy, kl_divergence
from lrlib.findings import stored
from lrlib.fit import fit_binary
from lrlib.functions import logit, logsumexp, sigmoid, softmax
from lrlib.linear import binary_loss, least_squares
from lrlib.losses import binary_cross_entropy, brier, multiclass_cross_entropy
from lrlib.metrics import accuracy, f1, precision, recall
from lrlib.ranking import average_precision, roc_auc
from lrlib.surrogates import exponential_loss, hinge_loss, logistic_loss, squared_loss

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = {question.label: question for path in (ROOT / "chapters").glob("*.md") for question in questions_in(path)}
HALF_DIGIT = 6e-4  # answers are printed with three or four decimals


def right_answer(label):
    """Return the right answer as the page prints it."""
    (option,) = QUESTIONS[label].right
    return option.answer.text


def right_number(label):
    """Return the right answer of a question whose answers are numbers."""
    (option,) = QUESTIONS[label].right
    return float(option.number)


def wrong_numbers(label):
    """Return the wrong answers, in the order of the page."""
    return [float(option.number) for option in QUESTIONS[label].options if not option.right]


def slope_of(function, at, h=1e-6):
    """Return the derivative by central differences."""
    return (function(at + h) - function(at - h)) / (2 * h)


# Regression vs classification


@pytest.mark.claim("check-regression-slope")
def test_the_slope_through_three_points_is_numpys():
    """Catches a slope without the means, one that is not divided, and the intercept."""
    x, y = np.array([0.0, 1.0, 2.0]), np.array([1.0, 1.0, 4.0])
    slope, intercept = np.polyfit(x, y, 1)
    centred = x - x.mean()
    assert_allclose(right_number("check-regression-slope"), slope)
    mistakes = [(x @ y) / (x @ x), intercept, centred @ (y - y.mean())]
    assert_allclose(wrong_numbers("check-regression-slope"), mistakes)


@pytest.mark.claim("check-regression-near-point")
def test_a_pass_after_six_hours_moves_the_boundary_to_the_left():
    """Catches the rule of the far student applied to a near one."""
    hours = np.arange(1.0, 9.0)
    lines = [
        least_squares(x[:, None], (x > 4).astype(float)) for x in (hours, np.append(hours, 6.0), np.append(hours, 80.0))
    ]
    before, near, far = [(0.5 - line.b) / line.w[0] for line in lines]
    assert near < before < far
    assert_allclose(6 * lines[0].w[0] + lines[0].b, 4 / 5, atol=0.02)
    assert right_answer("check-regression-near-point") == "To the left."


@pytest.mark.claim("check-regression-constant")
def test_the_best_constant_for_one_one_in_four_labels_is_a_quarter():
    """Catches the majority's label and the middle, and a wrong price for them."""
    labels = np.array([0.0, 0.0, 0.0, 1.0])
    price = [np.mean((c - labels) ** 2) for c in np.linspace(0, 1, 101)]
    assert right_answer("check-regression-constant") == "$1/4$"
    assert np.argmin(price) == 25
    assert_allclose([price[25], price[0]], [3 / 16, 1 / 4])


@pytest.mark.claim("check-regression-act")
def test_operating_costs_three_quarters_and_waiting_one():
    """Catches the two costs exchanged."""
    cases = np.array([1, 0, 0, 0])  # one tumour in four
    operate, wait = np.mean(1 * (cases == 0)), np.mean(4 * (cases == 1))
    assert (operate, wait) == (3 / 4, 1)
    assert right_answer("check-regression-act").startswith(
        "To operate: that costs $3/4$ on average, and waiting costs 1"
    )


@pytest.mark.claim("check-regression-disagree")
def test_the_smaller_squared_error_may_belong_to_the_lower_accuracy():
    """Catches the belief that the two rank models alike."""
    hours, passed = data.exam().X[:, 0], data.exam().y
    line = least_squares(hours[:, None], passed)
    said = [hours * line.w[0] + line.b + up for up in (0, line.w[0])]
    errors = [np.mean((prediction - passed) ** 2) for prediction in said]
    shares = [float(accuracy(passed, prediction > 0.5)) for prediction in said]
    assert errors[0] < errors[1]
    assert shares[0] < shares[1]


@pytest.mark.claim("check-regression-costs-change")
def test_a_dearer_miss_lowers_the_cheapest_threshold_and_leaves_the_probability_alone():
    """Catches a threshold that would rise, by a search over thresholds with known probabilities."""
    p = np.linspace(0.005, 0.995, 100)
    costs = [[np.sum(np.where(p > t, 1 - p, miss * p)) for t in p] for miss in (1, 2)]
    equal, dearer = p[np.argmin(costs, axis=1)]
    assert dearer < equal - 0.1
    assert "threshold is lowered" in right_answer("check-regression-costs-change")


# The sigmoid


@pytest.mark.claim("check-sigmoid-from-odds")
def test_three_to_two_is_three_days_of_five():
    """Catches odds taken for a probability, and the two sides exchanged."""
    assert_allclose(right_number("check-sigmoid-from-odds"), sigmoid(math.log(3 / 2)))
    assert_allclose(wrong_numbers("check-sigmoid-from-odds"), [3 / 2, 2 / 3, 1 - 3 / 5])


@pytest.mark.claim("check-sigmoid-evidence")
def test_a_word_six_times_as_frequent_in_spam_turns_a_third_into_odds_of_two():
    """Catches odds without the share of spam, and odds taken for a probability: counted in 40 mails."""
    spam, others = 10 * 6 / 10, 30 * 1 / 10
    assert_allclose(right_number("check-sigmoid-evidence"), spam / (spam + others))
    ratio = (6 / 10) / (1 / 10)
    assert_allclose(wrong_numbers("check-sigmoid-evidence"), [6 / 10, ratio / (1 + ratio), spam / others])


@pytest.mark.claim("check-sigmoid-one-unit")
def test_tripled_odds_lead_from_a_quarter_to_a_half():
    """Catches e^w used as a factor of the probability."""
    assert_allclose(sigmoid(logit(1 / 4) + math.log(3)), 1 / 2)
    assert right_answer("check-sigmoid-one-unit") == "At $p = 1/2$."
    assert 1 / 4 + math.log(3) > 1


@pytest.mark.claim("check-sigmoid-intercept")
def test_an_intercept_of_minus_two_is_odds_of_one_to_seven():
    """Catches odds that are not those of the log-odds, and a probability that is not above one tenth."""
    p = float(sigmoid(-2.0))
    assert round((1 - p) / p) == 7
    assert right_answer("check-sigmoid-intercept") == "Its odds are about 1 to 7."
    assert p > 1 / 10


@pytest.mark.claim("check-sigmoid-steepest")
def test_a_weight_of_one_point_two_climbs_by_three_tenths():
    """Catches a division by four where a multiplication is due."""
    w = right_number("check-sigmoid-steepest")
    assert_allclose(slope_of(lambda x: sigmoid(w * x), 0.0), 0.3, rtol=1e-6)
    assert_allclose(wrong_numbers("check-sigmoid-steepest"), [0.3, 0.3 / 4, math.exp(0.3)], atol=0.005)


@pytest.mark.claim("check-sigmoid-boundary")
def test_the_score_is_zero_where_the_boundary_crosses_the_axis():
    """Catches a lost minus sign, and the other axis."""

    def score(x1, x2):
        return 2 * x1 + 3 * x2 - 6

    assert score(0, right_number("check-sigmoid-boundary")) == 0
    lost, other_axis, b = wrong_numbers("check-sigmoid-boundary")
    assert score(0, lost) == -12
    assert score(other_axis, 0) == 0
    assert b == score(0, 0)


@pytest.mark.claim("check-sigmoid-cancel")
def test_one_minus_the_sigmoid_of_fifty_is_zero():
    """Catches a digit that survives, and an overflow."""
    assert right_answer("check-sigmoid-cancel") == "Exactly 0."
    assert 1 - sigmoid(50.0) == 0 < sigmoid(-50.0)
    assert 1 - sigmoid(40.0) == 0
    assert np.isfinite(np.exp(50.0))


@pytest.mark.claim("check-sigmoid-abs")
def test_with_abs_the_gradient_is_right_at_one_and_zero_at_zero():
    """Catches a trap that has been mended, and one that the question's tests would find."""
    z = torch.tensor([0.0, 1.0, -1.0], dtype=torch.float64, requires_grad=True)
    e = torch.exp(-torch.abs(z))
    p = torch.where(z >= 0, 1.0, e) / (1 + e)
    p.sum().backward()
    expected = sigmoid(z.detach()) * (1 - sigmoid(z.detach()))
    assert_allclose(p.detach(), sigmoid(z.detach()))
    assert_allclose(z.grad[1:], expected[1:])
    assert z.grad[0] == 0 != expected[0]


@pytest.mark.claim("check-sigmoid-float32")
def test_the_loss_of_a_score_of_twenty_is_infinite_in_float32_by_way_of_the_probability():
    """Catches a float32 that still tells σ(20) from 1, a score at which something overflows, and a finite loss."""
    z = torch.tensor(20.0)
    assert right_answer("check-sigmoid-float32") == "Infinity."
    assert torch.isposinf(-torch.log(1 - torch.sigmoid(z)))
    assert_allclose(torch.nn.functional.softplus(z), math.log1p(math.exp(20)), rtol=1e-6)
    assert torch.isfinite(torch.exp(z))


@pytest.mark.claim("check-sigmoid-log-tail")
def test_far_in_the_tail_the_logarithm_of_the_sigmoid_is_the_score():
    """Catches a sign, and the place where the exponential overflows taken for the answer; mpmath does it exactly."""
    exact = mpmath.log(1 / (1 + mpmath.exp(800)))
    assert_allclose(right_number("check-sigmoid-log-tail"), float(exact))
    probability, loss, limit = wrong_numbers("check-sigmoid-log-tail")
    assert probability == round(float(sigmoid(-800.0)))
    assert loss == -float(exact)
    assert limit == -math.floor(math.log(np.finfo(np.float64).max))


@pytest.mark.claim("check-sigmoid-which-side")
def test_the_other_textbook_form_fails_on_the_right_alone():
    """Catches a form that fails on the left too, or that is saved by equal infinities."""
    z = np.array([-800.0, 800.0])
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.exp(z) / (1 + np.exp(z))
    assert right_answer("check-sigmoid-which-side") == "For very large ones."
    assert values[0] == sigmoid(-800.0)
    assert np.isnan(values[1])


# Accuracy


@pytest.mark.claim("check-accuracy-at-a-jump")
def test_at_a_jump_one_quotient_is_zero_and_the_other_has_no_limit():
    """Catches a jump with a slope on both sides, or on none."""

    def accuracy_at(w):
        return float(accuracy(np.array([1.0, 1.0]), np.array([w - 1.0, 2.0]) > 0))

    for h in (2.0**-10, 2.0**-20):
        assert (accuracy_at(1 - h) - accuracy_at(1)) / -h == 0
        assert (accuracy_at(1 + h) - accuracy_at(1)) / h == 1 / (2 * h)


@pytest.mark.claim("check-accuracy-quotient")
def test_half_a_step_across_a_jump_doubles_the_quotient():
    """Catches the quotient of the whole step, and a leap that shrinks with the step."""

    def share(w):  # of ten samples right; one of them jumps at 0.499/100
        return (8 + (w > 0.00499)) / 10

    rise = share(1 / 100) - share(0)
    assert_allclose(right_number("check-accuracy-quotient"), (share(1 / 200) - share(0)) * 200)
    assert_allclose(wrong_numbers("check-accuracy-quotient"), [rise * 100, rise / 2 * 100, rise])


@pytest.mark.claim("check-accuracy-ramp")
def test_a_steep_ramp_has_a_slope_on_one_thousandth_only():
    """Catches a ramp of another width."""
    offsets = [1 / 1999, 1 / 2001, -1 / 1999, -1 / 2001]
    p = torch.tensor([0.5 + offset for offset in offsets], dtype=torch.float64, requires_grad=True)
    torch.clamp(1000 * (p - 1 / 2) + 1 / 2, 0, 1).sum().backward()
    assert p.grad.tolist() == [0, 1000, 0, 1000]
    assert "within $1/2000$ of one half" in right_answer("check-accuracy-ramp")


@pytest.mark.claim("check-accuracy-scale")
def test_a_large_factor_keeps_the_scores_and_blows_up_the_loss():
    """Catches a loss that is bounded, and a score that sees the factor."""
    z, y = np.array([5.0, -4.0, 3.0, -0.1]), np.array([1.0, 0.0, 1.0, 1.0])
    losses = [float(binary_cross_entropy(c * z, y).mean()) for c in (1, 1e3, 1e6)]
    assert float(accuracy(y, z > 0)) == float(accuracy(y, 1e6 * z > 0)) == 3 / 4
    assert f1(y, z > 0) == f1(y, 1e6 * z > 0)
    assert losses[0] < 1 < losses[1] < losses[2]


@pytest.mark.claim("check-accuracy-f1")
def test_f1_of_eight_alarms_of_which_six_are_real():
    """Catches the arithmetic mean, and each of the other rates."""
    y = np.repeat([1, 1, 0, 0], [6, 4, 2, 88])
    alarm = np.repeat([1, 0, 1, 0], [6, 4, 2, 88])
    assert_allclose(right_number("check-accuracy-f1"), float(f1(y, alarm)))
    rates = [float(rate(y, alarm)) for rate in (precision, recall, accuracy)]
    mistakes = [rates[0], (rates[0] + rates[1]) / 2, rates[2], rates[1]]
    assert_allclose(wrong_numbers("check-accuracy-f1"), mistakes)


@pytest.mark.claim("check-accuracy-no-mistake")
def test_a_cross_entropy_of_three_hundredths_leaves_no_room_for_a_mistake():
    """Catches a bound without the logarithm of two, and a number that allows one mistake."""
    cheapest_mistake = float(binary_cross_entropy(np.array([0.0]), np.array([1.0]))[0])
    assert cheapest_mistake > 20 * 0.03
    assert 0.03 / math.log(2) < 1 / 20
    assert right_answer("check-accuracy-no-mistake") == "There is none."


@pytest.mark.claim("check-accuracy-sure-and-right")
def test_only_the_squared_loss_charges_a_sure_right_answer():
    """Catches a loss whose formula lost its square, and prices in the feedback that are wrong."""
    assert float(squared_loss(3.0)) == float(squared_loss(-1.0)) == 4
    assert float(hinge_loss(3.0)) == 0
    assert float(logistic_loss(3.0)) < 1 / 20
    assert float(exponential_loss(3.0)) < 1 / 20
    assert right_answer("check-accuracy-sure-and-right") == "The squared loss."


# Cross entropy


@pytest.mark.claim("check-cross-entropy-pair")
def test_the_second_number_of_a_pair_doubles_the_square_and_leaves_the_logarithm():
    """Catches a count that differs from the chapter's."""
    for p in (0.2, 0.7):
        pair, label = np.array([p, 1 - p]), np.array([1.0, 0.0])
        assert_allclose(np.sum((pair - label) ** 2), 2 * (1 - p) ** 2)
        assert_allclose(float(cross_entropy(label, pair)), -math.log(p))


@pytest.mark.claim("check-cross-entropy-slope")
def test_the_slope_of_the_cross_entropy_is_minus_nine_tenths():
    """Catches the slope in p, a lost sign, and the slope of the squared error."""
    p, z, y = 1 / 10, float(logit(0.1)), 1.0
    measured = slope_of(lambda z: float(binary_cross_entropy(z, y)), z)
    assert_allclose(right_number("check-cross-entropy-slope"), measured, rtol=1e-6)
    mistakes = [-1 / p, -measured, slope_of(lambda z: float(brier(z, y)), z)]
    assert_allclose(wrong_numbers("check-cross-entropy-slope"), mistakes, rtol=1e-6)


@pytest.mark.claim("check-cross-entropy-hardest")
def test_squared_error_pushes_hardest_at_one_third():
    """Catches the steepest point of the sigmoid, and the greatest error."""
    best = minimize_scalar(lambda z: slope_of(lambda v: float(brier(v, 1.0)), z), bounds=(-6, 6), method="bounded")
    assert_allclose(sigmoid(best.x), 1 / 3, atol=1e-3)
    assert right_answer("check-cross-entropy-hardest") == "At $1/3$."


@pytest.mark.claim("check-cross-entropy-fine")
def test_the_fine_for_one_quarter_in_place_of_one_half_is_a_divergence_in_bits():
    """Catches nats, swapped arguments, and the whole price in place of the fine."""
    truth, said = np.array([1 / 2, 1 / 2]), np.array([1 / 4, 3 / 4])
    bit = math.log(2)
    fine = float(kl_divergence(truth, said))
    assert_allclose(right_number("check-cross-entropy-fine"), fine / bit, atol=HALF_DIGIT / 10)
    swapped, price = float(kl_divergence(said, truth)), float(cross_entropy(truth, said))
    mistakes = [price / bit, fine, swapped / bit, 1 / 4]
    assert_allclose(wrong_numbers("check-cross-entropy-fine"), mistakes, atol=HALF_DIGIT / 10)


@pytest.mark.claim("check-cross-entropy-exaggerate")
def test_an_exaggeration_costs_log_loss_and_brier_score_but_no_decision():
    """Catches a charge that is called proper and is not, and a wrong ratio on dry days."""

    def expected(q):
        return {
            "accuracy": 0.7 if q > 0.5 else 0.3,
            "log": -0.7 * math.log(q) - 0.3 * math.log(1 - q),
            "brier": 0.7 * (1 - q) ** 2 + 0.3 * q**2,
        }

    honest, loud = expected(0.7), expected(0.99)
    assert honest["accuracy"] == loud["accuracy"]
    assert honest["log"] < loud["log"]
    assert honest["brier"] < loud["brier"]
    assert 3.7 < math.log(1 - 0.99) / math.log(1 - 0.7) < 4  # "almost four times"


@pytest.mark.claim("check-cross-entropy-wait")
def test_two_units_further_out_squared_error_takes_seven_times_as_long():
    """Catches a time that grows in proportion to the way, and a first part that is the fast one."""

    def steps(z, until, size=0.5):
        count = 0
        while z < until:
            p = float(sigmoid(z))
            z, count = z + size * 2 * (1 - p) * p * (1 - p), count + 1
        return count

    assert round(steps(-7.0, 0.0) / steps(-5.0, 0.0)) == 7
    assert steps(-7.0, -5.0) > steps(-5.0, 0.0) > steps(-2.0, 0.0)
    assert right_answer("check-cross-entropy-wait") == "About seven times as long."


# Binary classification


@pytest.mark.claim("check-binary-start")
def test_zero_parameters_cost_the_logarithm_of_two():
    """Catches the loss of the best constant, and bits."""
    y = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    features = np.random.default_rng(0).normal(size=(5, 2))
    assert_allclose(right_number("check-binary-start"), binary_loss(features, y, np.zeros(2), 0.0), atol=HALF_DIGIT)
    constant = binary_loss(features, y, np.zeros(2), float(logit(2 / 5)))
    assert_allclose(wrong_numbers("check-binary-start"), [0, 1, constant], atol=HALF_DIGIT)


@pytest.mark.claim("check-binary-twice")
def test_a_second_sigmoid_charges_the_surest_positive_row():
    """Catches the floor of negative rows, and a probability in place of its charge."""

    def doubled(z, y):
        logits = torch.sigmoid(torch.tensor(z, dtype=torch.float64))
        return torch.nn.BCEWithLogitsLoss()(logits, torch.tensor(y, dtype=torch.float64)).item()

    assert_allclose(right_number("check-binary-twice"), doubled(1e6, 1.0), atol=HALF_DIGIT)
    mistakes = [0, doubled(-1e6, 0.0), 1 - float(sigmoid(1.0))]
    assert_allclose(wrong_numbers("check-binary-twice"), mistakes, atol=HALF_DIGIT)


@pytest.mark.claim("check-binary-column")
def test_a_column_of_labels_teaches_two_thirds_to_every_row():
    """Catches a loss that is not broadcast, and a model that learns from the features."""
    features, labels = np.array([[3.0], [2.0], [-4.0]]), np.array([1.0, 1.0, 0.0])

    def loss(theta):
        z = features @ theta[:1] + theta[1]
        table = labels[:, None] * np.log1p(np.exp(-z)) + (1 - labels[:, None]) * np.log1p(np.exp(z))
        assert table.shape == (3, 3)
        return table.mean()

    w, b = minimize(loss, [0.5, 0.5], tol=1e-12).x
    assert_allclose(sigmoid(features[:, 0] * w + b), 2 / 3, atol=1e-5)
    assert right_answer("check-binary-column") == "$2/3$ for every row."


@pytest.mark.claim("check-binary-separable")
def test_on_separable_rows_a_longer_w_is_always_better():
    """Catches a minimum, and a loss that reaches zero."""
    features, y = np.array([[-2.0], [-1.0], [1.0], [3.0]]), np.array([0.0, 0.0, 1.0, 1.0])
    losses = [float(binary_loss(features, y, np.array([w]), 0.0)) for w in (1.0, 4.0, 16.0, 64.0)]
    assert losses == sorted(losses, reverse=True)
    assert 0 < losses[-1] < 1e-20


@pytest.mark.claim("check-binary-rare")
def test_among_the_rare_ill_the_constant_is_the_more_accurate():
    """Catches precision and recall exchanged, and an F1 of the constant that is not 0."""
    y = np.repeat([1, 0, 0], [20, 40, 940])
    called = np.repeat([1, 1, 0], [20, 40, 940])
    assert (float(accuracy(y, called)), float(accuracy(y, np.zeros(1000)))) == (0.96, 0.98)
    assert right_answer("check-binary-rare").startswith('Its accuracy is 96 in 100, and that of "always healthy" is 98')
    assert_allclose([float(precision(y, called)), float(recall(y, called)), float(f1(y, called))], [1 / 3, 1, 1 / 2])
    assert float(f1(y, np.zeros(1000))) == 0


@pytest.mark.claim("check-binary-c")
def test_scikit_learns_c_of_one_is_our_penalty_of_one_in_four_hundred():
    """Catches a penalty upside down, and one that forgets the number of rows."""
    l2 = right_number("check-binary-c")
    sample = data.two_gaussians(np.random.default_rng(1), n=400, spread=1.5)
    theirs = LogisticRegression(C=1, tol=1e-10).fit(sample.X, sample.y)
    ours = fit_binary(sample.X, sample.y, l2=l2)
    assert_allclose(ours.w, theirs.coef_[0], rtol=1e-4)
    for wrong in wrong_numbers("check-binary-c"):
        assert not np.allclose(fit_binary(sample.X, sample.y, l2=wrong).w, theirs.coef_[0], rtol=0.05)


# Softmax


@pytest.mark.claim("check-softmax-three")
def test_the_last_of_three_logits_gets_six_tenths():
    """Catches a forgotten first class, and plain shares."""
    a = np.array([0.0, math.log(3), math.log(6)])
    assert_allclose(right_number("check-softmax-three"), softmax(a)[2])
    assert_allclose(wrong_numbers("check-softmax-three"), [6 / 9, a[2] / a.sum(), 1 / 3], atol=0.005)


@pytest.mark.claim("check-softmax-shift")
def test_a_shift_by_one_hundred_moves_log_sum_exp_alone():
    """Catches a log-sum-exp that stays, and probabilities that move."""
    a = np.array([0.5, 1.0, -1.0])
    a = a - logsumexp(a) + 2
    assert_allclose(logsumexp(a), 2)
    assert_allclose(logsumexp(a + 100), 102)
    assert_allclose(softmax(a + 100), softmax(a))
    assert right_answer("check-softmax-shift") == "The probabilities stay, log-sum-exp becomes 102."


@pytest.mark.claim("check-softmax-twice")
def test_doubled_logits_square_the_quotient():
    """Catches a quotient that doubles, or stays."""
    a = np.array([math.log(3), 0.0, -0.7])
    before, after = (p[0] / p[1] for p in (softmax(a), softmax(2 * a)))
    assert_allclose([before, after], [3, right_number("check-softmax-twice")])
    assert_allclose(wrong_numbers("check-softmax-twice"), [2 * before, before])


@pytest.mark.claim("check-softmax-slope")
def test_a_wrong_class_is_pushed_down_by_its_own_probability():
    """Catches a lost sign, and the Jacobian's entry."""
    a = torch.log(torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64)).requires_grad_()
    torch.nn.CrossEntropyLoss()(a[None], torch.tensor([0])).backward()
    assert_allclose(right_number("check-softmax-slope"), a.grad[1])
    jacobian = torch.autograd.functional.jacobian(lambda a: torch.softmax(a, 0), a.detach())
    assert_allclose(wrong_numbers("check-softmax-slope"), [jacobian[0, 1], 0, -a.grad[1]])


@pytest.mark.claim("check-softmax-floor")
def test_a_doubled_softmax_stops_just_below_the_number_in_the_question():
    """Catches a floor for another number of classes, and a dead ReLU's loss that is mistaken for it."""
    sure, label = torch.eye(10, dtype=torch.float64)[:1], torch.tensor([0])
    floor = torch.nn.CrossEntropyLoss()(sure, label).item()
    assert 1.46 < floor < 1.47 < floor + 0.01
    dead = float(multiclass_cross_entropy(np.zeros((1, 10)), np.array([3]))[0])
    assert round(dead, 1) == 2.3


@pytest.mark.claim("check-softmax-one-weight")
def test_a_positive_weight_may_speak_against_its_class():
    """Catches the belief that one weight has a meaning of its own."""
    weights = np.full(10, 5.0)
    weights[3] = 2.0
    assert softmax(weights)[3] < softmax(np.zeros(10))[3]
    assert_allclose(softmax(weights), softmax(weights - 5))


@pytest.mark.claim("check-softmax-batches")
def test_four_batch_means_over_the_number_of_samples_are_too_small():
    """Catches each other way to put the four means together."""
    losses = np.random.default_rng(0).random(100)
    losses *= 0.8 / losses.mean()
    means = losses.reshape(4, 25).mean(axis=1)
    assert_allclose(right_number("check-softmax-batches"), means.sum() / 100)
    assert_allclose(wrong_numbers("check-softmax-batches"), [means.mean(), means.sum(), means.mean() / 4])


# Penalties


@pytest.mark.claim("check-penalties-runaway")
def test_without_a_penalty_the_weight_is_where_the_search_stopped():
    """Catches a number that scikit-learn does not give, and a weight that the tolerance does not move."""
    X, y = data.exam().X, np.sort(data.exam().y)
    stopped = [float(LogisticRegression(C=np.inf, tol=tol).fit(X, y).coef_[0, 0]) for tol in (1e-4, 1e-12)]
    assert round(stopped[0], 1) == 18.7
    assert stopped[1] > 2 * stopped[0]


@pytest.mark.claim("check-penalties-lambda")
def test_a_c_of_one_half_on_two_hundred_rows_is_a_penalty_of_one_hundredth():
    """Catches a sum for a mean, C above the line, and a half too many: the lambda is read off a fit."""
    generator = np.random.default_rng(1)
    X = generator.standard_normal((200, 2))
    y = (generator.random(200) < sigmoid(X[:, 0])).astype(float)
    model = LogisticRegression(C=0.5, tol=1e-10).fit(X, y)
    w, pulls = model.coef_[0], X.T @ (y - model.predict_proba(X)[:, 1]) / 200
    assert_allclose(right_number("check-penalties-lambda"), pulls @ w / (w @ w), rtol=1e-5)
    assert_allclose(wrong_numbers("check-penalties-lambda"), [1 / 0.5, 0.5 / 200, 2 / (200 * 0.5)])


@pytest.mark.claim("check-penalties-units")
def test_a_column_in_millimetres_is_nearly_free_of_the_penalty():
    """Catches a share that stays or shrinks: the same fit in metres and in millimetres."""
    generator = np.random.default_rng(2)
    X = generator.standard_normal((100, 2))
    y = (generator.random(100) < sigmoid(X.sum(axis=1))).astype(float)
    metres, millimetres = (fit_binary(X * [unit, 1], y, l2=0.5).w * [unit, 1] for unit in (1, 1000))
    assert millimetres[0] > 1.5 * metres[0]
    freed = minimize(lambda t: binary_loss(X, y, t[:2], t[2]) + 0.25 * (1e-6 * t[0] ** 2 + t[1] ** 2), np.zeros(3)).x
    assert_allclose(millimetres, freed[:2], atol=1e-4)


@pytest.mark.claim("check-penalties-reported")
def test_the_lowest_of_several_noisy_losses_is_low_by_luck():
    """Catches the belief that a minimum is a fair report: seventeen equally good penalties, and noise."""
    curves = np.random.default_rng(3).normal(1, 0.1, (1000, 17))
    assert curves.min(axis=1).mean() < 0.9
    assert [option.right for option in QUESTIONS["check-penalties-reported"].options] == [True, True, False, True]


@pytest.mark.claim("check-penalties-prior")
def test_c_is_the_variance_of_the_belief():
    """Catches C for the deviation: SciPy's posterior is greatest at scikit-learn's fit."""
    X, y = data.exam().X - 4.5, data.exam().y
    tau = right_number("check-penalties-prior")
    negative = lambda t: 8 * binary_loss(X, y, t[:1], t[1]) - norm.logpdf(t[0], 0, tau)  # noqa: E731
    model = LogisticRegression(C=4, tol=1e-10).fit(X, y)
    assert_allclose(minimize(negative, np.zeros(2), tol=1e-10).x[0], model.coef_[0, 0], rtol=1e-4)
    assert_allclose(wrong_numbers("check-penalties-prior"), [4, 1 / np.sqrt(4), 4**2])


@pytest.mark.claim("check-penalties-firth")
def test_of_nine_machines_without_a_failure_one_in_twenty():
    """Catches one more case in place of a half, and cases that are not counted: a search over the constant."""
    penalised = lambda z: 9 * np.logaddexp(0, z) - np.log(9 * sigmoid(z) * sigmoid(-z)) / 2  # noqa: E731
    best = minimize_scalar(penalised, bounds=(-9, 0), method="bounded", options={"xatol": 1e-9}).x
    assert_allclose(right_number("check-penalties-firth"), sigmoid(best), rtol=1e-5)
    assert_allclose(wrong_numbers("check-penalties-firth"), [0, 1 / 11, 0.5 / 9], atol=HALF_DIGIT)


# Thresholds, costs and rare classes


@pytest.mark.claim("check-thresholds-own")
def test_a_payment_is_stopped_where_both_mean_costs_are_equal():
    """Catches a ratio of the two costs, and one that is upside down."""
    threshold = brentq(lambda p: (1 - p) * 3 - p * 45, 0, 1)
    assert_allclose(right_number("check-thresholds-own"), threshold, atol=1e-9)
    assert_allclose(wrong_numbers("check-thresholds-own"), [3 / 45, 45 / 48, 1 / 2], atol=HALF_DIGIT)


@pytest.mark.claim("check-thresholds-panel")
def test_a_threshold_names_the_price_of_a_miss():
    """Catches one over the threshold, and the odds upside down."""
    price = brentq(lambda r: 1 / (1 + r) - 1 / 5, 0.1, 99)
    assert_allclose(right_number("check-thresholds-panel"), price)
    assert_allclose(wrong_numbers("check-thresholds-panel"), [5, 1 / price, 1 / 5])


@pytest.mark.claim("check-thresholds-auc")
def test_five_pairs_are_won_and_one_is_tied():
    """Catches ties that count as lost or as won, and the best accuracy in place of the area."""
    y, score = np.array([1, 1, 0, 0, 0]), np.array([3, 2, 2, 1, 0])
    assert_allclose(right_number("check-thresholds-auc"), float(roc_auc(y, score)), atol=HALF_DIGIT)
    pairs = score[:2, None] - score[2:]
    best = max(np.mean((score >= t) == y) for t in score)
    mistakes = [np.mean(pairs > 0), np.mean(pairs >= 0), best]
    assert_allclose(wrong_numbers("check-thresholds-auc"), mistakes, atol=HALF_DIGIT)


@pytest.mark.claim("check-thresholds-precision")
def test_few_alarms_of_a_good_test_are_real():
    """Catches a precision as if half of the people were ill, the odds, and the prevalence."""
    ill, healthy = 10 * 90 / 100, 990 * 10 / 100
    assert (ill, healthy) == (9, 99)
    assert_allclose(right_number("check-thresholds-precision"), ill / (ill + healthy), atol=HALF_DIGIT)
    mistakes = [90 / (90 + 10), ill / healthy, 10 / 1000]
    assert_allclose(wrong_numbers("check-thresholds-precision"), mistakes, atol=HALF_DIGIT)


@pytest.mark.claim("check-thresholds-order")
def test_squaring_the_probabilities_moves_only_what_looks_at_their_values():
    """Catches a measure of the order that a square would change, and a count or a mean that it would not."""
    generator = np.random.default_rng(0)
    p = generator.random(400) * 0.3
    y = (generator.random(400) < p).astype(float)
    best = [set(np.argsort(-values)[:100]) for values in (p, p**2)]
    stays = [
        roc_auc(y, p) == roc_auc(y, p**2),
        np.sum(p > 1 / 21) == np.sum(p**2 > 1 / 21),
        best[0] == best[1],
        np.isclose(p.mean(), (p**2).mean()),
        average_precision(y, p) == average_precision(y, p**2),
    ]
    assert [option.right for option in QUESTIONS["check-thresholds-order"].options] == [not s for s in stays]


@pytest.mark.claim("check-thresholds-undo")
def test_odds_of_one_to_one_become_one_to_ninety_nine():
    """Catches a probability that is divided, left alone, or corrected the wrong way."""
    assert_allclose(right_number("check-thresholds-undo"), float(sigmoid(logit(0.5) - np.log(99))))
    mistakes = [0.5, 0.5 / 99, float(sigmoid(logit(0.5) + np.log(99)))]
    assert_allclose(wrong_numbers("check-thresholds-undo"), mistakes, atol=HALF_DIGIT / 6)


@pytest.mark.claim("check-thresholds-baseline")
def test_twenty_times_the_baseline():
    """Catches a ratio that the feedback has wrong: 0.2 over 1/100, and 0.35 over 30/100."""
    assert_allclose(0.2 / (1 / 100), 20)
    assert 1 < 0.35 / (30 / 100) < 1.2
    assert "twenty times" in right_answer("check-thresholds-baseline")


# Inference and effects


@pytest.mark.claim("check-inference-ten-years")
def test_ten_years_are_ten_times_the_weight_and_ten_times_its_end():
    """Catches odds ratios that are multiplied by ten, and an interval that was not scaled with its estimate."""
    estimate, lower = 0.5, 0.1
    assert right_answer("check-inference-ten-years") == f"$e^{10 * estimate:.0f}$, and $e^{10 * lower:.0f}$."
    assert_allclose(math.exp(estimate) ** 10, math.exp(5))


@pytest.mark.claim("check-inference-small-cell")
def test_four_rows_in_the_smallest_cell_are_worth_more_than_three_hundred_elsewhere():
    """Catches a standard error that depends on the number of rows alone."""
    now = 1 / 4 + 3 / 100
    few, many = 1 / 8 + 3 / 100, 1 / 4 + 3 / 200
    assert few < many < now
    assert "cell of 4" in right_answer("check-inference-small-cell")
    assert right_answer("check-inference-small-cell").startswith("Four rows more")


@pytest.mark.claim("check-inference-grows")
def test_a_weight_may_grow_from_0_8_to_1_1_though_a_coin_assigned_the_treatment():
    """Catches an example that could not be: two kinds whose intercepts differ enough pull 1.1 down to 0.8."""
    halves = lambda apart: np.mean(sigmoid(np.array([-apart, apart])))  # noqa: E731
    with_it = lambda apart: np.mean(sigmoid(np.array([-apart, apart]) + 1.1))  # noqa: E731
    pooled = [float(logit(with_it(apart)) - logit(halves(apart))) for apart in (0.0, 4.0)]
    assert_allclose(pooled[0], 1.1)
    assert pooled[1] < 0.8


@pytest.mark.claim("check-inference-risk-ratio")
def test_the_risk_ratio_of_one_half_and_an_odds_ratio_of_three():
    """Catches the odds ratio itself, the new probability, and the difference."""
    before, odds = 0.5, 3 * 1.0
    after = odds / (1 + odds)
    assert_allclose(right_number("check-inference-risk-ratio"), after / before)
    assert_allclose(wrong_numbers("check-inference-risk-ratio"), [3, after, after - before])


@pytest.mark.claim("check-inference-hauck")
def test_wald_has_the_larger_p_at_ninety_nine_and_the_likelihood_ratio_the_smaller():
    """Catches counts at which z has not turned back yet."""
    k, n = np.array([95.0, 99.0]), 100
    z = np.log(k / (n - k)) / np.sqrt(4 / n + 1 / k + 1 / (n - k))
    entropies = lambda share: -share * np.log(share) - (1 - share) * np.log(1 - share)  # noqa: E731
    ratio = 2 * n * (2 * entropies((k + 50) / (2 * n)) - entropies(k / n) - math.log(2))
    assert z[1] < z[0]
    assert ratio[1] > ratio[0]
    assert "stronger with ninety-nine" in right_answer("check-inference-hauck")


@pytest.mark.claim("check-inference-deviance")
def test_a_true_model_may_have_any_deviance_on_either_side_of_its_degrees_of_freedom():
    """Catches the belief that 900 with 950 degrees of freedom is the mark of a model that fits: both here are true."""
    generator = np.random.default_rng(0)
    found = []
    for spread in (0.2, 3.0):
        x = generator.normal(size=(952, 1))
        y = (generator.random(952) < sigmoid(spread * x[:, 0])).astype(float)
        found.append(2 * 952 * float(binary_loss(x, y, *fit_binary(x, y)[:2])))
    assert found[0] > 1.3 * 950
    assert found[1] < 0.8 * 950
    assert "cannot be told" in right_answer("check-inference-deviance")


@pytest.mark.claim("check-inference-twenty")
def test_twenty_chances_of_one_in_twenty():
    """Catches the chance of each, the expected number, and the complement."""
    none = 0.95**20
    assert_allclose(right_number("check-inference-twenty"), 1 - none, atol=HALF_DIGIT)
    assert_allclose(wrong_numbers("check-inference-twenty"), [0.05, 20 * 0.05, none], atol=HALF_DIGIT)


# Calibration


@pytest.mark.claim("check-calibration-interval")
def test_thirty_rainy_days_of_forty_refute_nine_in_ten():
    """Catches a count that would leave 0.9 open, and ends of the interval that are wrong in the feedback."""
    low, high = wilson_interval(30 / 40, 40.0)
    assert_allclose([low, high], [0.60, 0.86], atol=0.005)
    assert high < 0.9
    assert right_answer("check-calibration-interval") == "She is too sure: the interval ends near 0.86."


@pytest.mark.claim("check-calibration-slope")
def test_half_the_log_odds_of_nine_tenths_are_three_to_one():
    """Catches a line on the probabilities, and one that divides by the slope."""
    assert_allclose(right_number("check-calibration-slope"), sigmoid(logit(0.9) / 2))
    assert_allclose(
        wrong_numbers("check-calibration-slope"), [0.9 / 2, sigmoid(logit(0.9) / 0.5), 0.9], atol=HALF_DIGIT
    )


@pytest.mark.claim("check-calibration-sum")
def test_the_probabilities_of_the_training_rows_sum_to_the_positive_ones():
    """Catches a sum that decisions or single probabilities keep too, by a model whose log-odds are bent."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=200)
    y = np.zeros(200)
    y[np.argsort(abs(x) + generator.normal(scale=0.5, size=200))[-50:]] = 1
    fit = fit_binary(x[:, None], y)
    p = sigmoid(x * fit.w[0] + fit.b)
    assert_allclose(p.sum(), 50, rtol=1e-6)
    assert (p > 1 / 2).sum() != 50
    assert right_answer("check-calibration-sum") == "Its probabilities for these rows sum to 50."


@pytest.mark.claim("check-calibration-reliability")
def test_the_reliability_of_two_groups_of_ten():
    """Catches the ECE, squares that are not averaged, and the greatest distance."""
    y, p = np.repeat([1, 0, 1, 0], [6, 4, 2, 8]), np.repeat([0.8, 0.2], 10)
    parts = brier_parts(y, p)
    assert_allclose(right_number("check-calibration-reliability"), parts.reliability)
    off = np.array([0.8 - 0.6, 0.2 - 0.2])
    assert_allclose(wrong_numbers("check-calibration-reliability"), [abs(off).mean(), (off**2).sum(), abs(off).max()])
    assert_allclose(parts.resolution, 0.04)  # as the feedback says


@pytest.mark.claim("check-calibration-shift")
def test_nine_tenths_among_many_negative_rows_is_even():
    """Catches the ratio of the shares in place of that of the odds, by counting rows."""
    positive, negative = 9, 1  # of ten rows that look like this where both classes are equally frequent
    assert_allclose(right_number("check-calibration-shift"), positive / (positive + 9 * negative))
    assert_allclose(wrong_numbers("check-calibration-shift"), [0.9 * 0.1 / 0.5, 0.9, 0.1])


@pytest.mark.claim("check-calibration-repair")
def test_with_a_few_dozen_rows_one_number_is_best():
    """Catches a repair that the chapter's own measurement does not favour."""
    runs = stored("rows-for-recalibration")
    best = {key: np.mean([run[f"bayes-{key}-25"] for run in runs]) for key in ("temperature", "platt", "isotonic")}
    assert min(best, key=best.get) == "temperature"
    assert right_answer("check-calibration-repair") == "Divide all scores by one number, chosen on these rows."
