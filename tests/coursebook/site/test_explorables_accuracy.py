"""The explorable of accuracy and cross entropy: its maths is lrlib's, on the five learners of its chapter."""

import numpy as np
import pytest

from coursebook.source import myst
from lrlib import data
from lrlib.functions import sigmoid
from lrlib.linear import binary_gradient, binary_loss
from lrlib.metrics import accuracy
from tests.paths import ROOT

X, Y = data.five_samples().X, data.five_samples().y
HOURS, B = X[:, 0], data.FIVE_SAMPLES_B
STEP_SIZE = 1e-3
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def weights():
    """Return weights: those of the slider, wider ones, extreme ones."""
    rng = np.random.default_rng(5)
    return np.concatenate([np.linspace(0.044, 0.1, 561), rng.uniform(-1, 1, 100), [0.0, 17.0, -17.0, 1e4, -1e4]])


def share_right(w):
    return float(accuracy(Y, sigmoid(HOURS * w + B) > 0.5))


def slope(w):
    return float(binary_gradient(X, Y, [w], B).w[0])


def minus(text):
    return text.replace("-", "−")


def test_the_probabilities_are_the_librarys(in_browser, weights):
    """Catches another intercept than the chapter's, and a sigmoid that overflows."""
    rows = np.array([(x, w) for w in weights for x in HOURS])
    expected = sigmoid(rows[:, 0] * rows[:, 1] + B)
    np.testing.assert_allclose(in_browser("accuracy", "probability", rows), expected, rtol=1e-12, atol=0)


def test_the_accuracy_is_the_librarys(in_browser, weights):
    """Catches a learner with the wrong hours or label, and a threshold on the wrong side."""
    found = in_browser("accuracy", "accuracy", weights[:, None])
    np.testing.assert_allclose(found, [share_right(w) for w in weights], rtol=1e-15)
    assert set(np.round(found, 1)) == {0.4, 0.6, 0.8}


def test_its_slope_is_zero_where_it_is_level_and_none_at_the_five_jumps(in_browser, weights):
    """Catches an infinite gradient: at a jump there is no slope, anywhere else a short way to both sides is level."""
    h = 1e-9
    level = [w for w in weights if share_right(w + h) == share_right(w - h)]
    assert in_browser("accuracy", "accuracySlope", np.array(level)[:, None]) == [0] * len(level)
    jumps = -B / HOURS
    assert all(share_right(w + h) != share_right(w - h) for w in jumps)
    assert np.isnan(in_browser("accuracy", "accuracySlope", jumps[:, None])).all()


def test_no_position_of_the_slider_is_at_a_jump():
    """Catches a position at which the figure would have to say that there is no slope."""
    slider = np.round(np.linspace(0.044, 0.1, 561), 4)
    assert not set(slider) & set(-B / HOURS)


def test_the_cross_entropy_and_its_slope_are_the_librarys(in_browser, weights):
    """Catches a lost factor x, a sum taken for a mean, and a loss that is not finite for a surely wrong model."""
    loss = [float(binary_loss(X, Y, [w], B)) for w in weights]
    np.testing.assert_allclose(in_browser("accuracy", "crossEntropy", weights[:, None]), loss, rtol=1e-12)
    found = in_browser("accuracy", "crossEntropySlope", weights[:, None])
    np.testing.assert_allclose(found, [slope(w) for w in weights], rtol=1e-9, atol=1e-12)


def test_a_naive_cross_entropy_would_be_noticed(weights):
    """The planted failure of the test above: log(1 + exp(z)) - y z, which overflows."""
    z = np.outer(weights, HOURS) + B
    with np.errstate(all="ignore"):
        naive = (np.log(1 + np.exp(z)) - Y * z).mean(axis=1)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(naive, [float(binary_loss(X, Y, [w], B)) for w in weights], rtol=1e-12)


@pytest.mark.parametrize("w", [0.044, 0.0489, 0.049, 0.0618, 0.0668, 0.0669, 0.0684, 0.0718, 0.0859, 0.1])
def test_what_it_shows_and_says_is_what_the_library_computes(touch, shown, w):
    """Catches a typed number, a slope of the other score, and a word "wrong" at a learner who is predicted rightly."""
    element = touch("accuracy", "accuracy")
    table, said = shown(element, w=w)
    loss, next_w = float(binary_loss(X, Y, [w], B)), w - STEP_SIZE * slope(w)
    assert table[1][1:] == [f"{share_right(w):.1f}", "0", f"{w:.4f}"]
    assert table[2][1:] == [f"{loss:.3f}", minus(f"{slope(w):.2f}"), f"{next_w:.4f}"]
    assert ", ".join(f"{p:.2f}" for p in sigmoid(HOURS * w + B)) in said
    right = round(5 * share_right(w))
    assert f"{right} of 5 predictions are right" in said
    words = element.locator(".lr-stage svg text").all_text_contents()
    assert words.count("wrong") == 5 - right
    assert [word for word in words if word.startswith("slope")] == ["slope 0", minus(f"slope {slope(w):.2f}")]


def test_steps_up_the_accuracy_lead_nowhere_and_steps_down_the_cross_entropy_to_four_of_five(touch):
    """Catches a button of accuracy that moves something, the other sign, and another step size than the chapter's."""
    element = touch("accuracy", "accuracy")
    w = data.FIVE_SAMPLES_W
    for _ in range(3):
        element.locator("button[name=climb]").press("Enter")
    assert element.evaluate("element => element.state.w") == w
    rights = []
    for _ in range(2):
        element.locator("button[name=descend]").press("Enter")
        w = round(w - STEP_SIZE * slope(w), 4)
        assert element.evaluate("element => element.state.w") == w
        rights.append(round(5 * share_right(w)))
    assert rights == [3, 4]
    # On the way the learner with 43 hours, who failed, is called a pass.
    assert sigmoid(43 * data.FIVE_SAMPLES_W + B) < 0.5 < sigmoid(43 * w + B)


# Frames whose clock shows sixty a second, however few the machine draws.
SIXTY_A_SECOND = """let now = 0; const frame = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (draw) => frame(() => draw(now += 1000 / 60));"""


def test_with_motion_a_step_is_seen_on_its_way_and_ends_in_the_same_place(built, browser):
    """Catches a glide that overshoots, or that leaves a learner who crosses one half unseen."""
    tab = browser.new_page()
    tab.add_init_script(SIXTY_A_SECOND)
    tab.goto((built / "chapters/accuracy.html").as_uri())
    element = tab.locator("lr-accuracy")
    tab.wait_for_selector("lr-accuracy:defined", state="attached")
    element.evaluate(
        "element => { element.seen = []; const set = element.set.bind(element); "
        "element.set = (changes) => { set(changes); element.seen.push(element.state.w); } }"
    )
    element.locator("button[name=descend]").press("Enter")
    end = round(data.FIVE_SAMPLES_W - STEP_SIZE * slope(data.FIVE_SAMPLES_W), 4)
    element.evaluate(
        """async (element, end) => {
        for (let frame = 0; frame < 600 && element.state.w !== end; frame++) await new Promise(requestAnimationFrame);
    }""",
        end,
    )
    assert element.evaluate("element => element.state.w") == end
    seen = element.evaluate("element => element.seen")
    assert seen == sorted(seen)
    assert len(set(seen)) >= 4
    tab.close()


def test_it_begins_with_the_chapters_model_and_walks_with_its_step_size():
    """Catches a chapter whose numbers change while its figure keeps the old ones."""
    path = ROOT / "chapters/accuracy.md"
    [figure] = myst.directives(path, "explorable")
    assert float(figure.options["w"]) == data.FIVE_SAMPLES_W
    assert "gradient_descent(downhill, w_start, step_size=1e-3, steps=1000)" in path.read_text(encoding="utf-8")
