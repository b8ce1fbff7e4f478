"""The explorable of accuracy and cross entropy: its maths is lrlib's, on the book's eight students."""

import numpy as np
import pytest

from coursebook.source import myst
from lrlib import data
from lrlib.explorables import spec
from lrlib.functions import sigmoid
from lrlib.linear import binary_gradient, binary_loss
from lrlib.metrics import accuracy
from tests.paths import ROOT

X, Y = data.exam().X, data.exam().y
HOURS = X[:, 0]
B = -5.77
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def models():
    """Return rows (weight, intercept): of the sliders, wider ones, extreme ones."""
    rng = np.random.default_rng(5)
    near = np.column_stack([np.linspace(0, 2.4, 301), np.full(301, B)])
    wide = rng.uniform([-5, -9], [5, 3], (100, 2))
    return np.concatenate([near, wide, [[0, -1], [17, B], [-17, B], [1e4, B], [-1e4, B]]])


def share_right(w, b):
    return float(accuracy(Y, sigmoid(HOURS * w + b) > 0.5))


def loss(w, b):
    return float(binary_loss(X, Y, [w], b))


def slope(w, b):
    return float(binary_gradient(X, Y, [w], b).w[0])


def minus(text):
    return text.replace("-", "−")


def test_the_probabilities_are_the_librarys(in_browser, models):
    """Catches a lost intercept, and a sigmoid that overflows."""
    rows = np.array([(x, w, b) for w, b in models for x in HOURS])
    expected = sigmoid(rows[:, 0] * rows[:, 1] + rows[:, 2])
    np.testing.assert_allclose(in_browser("accuracy", "probability", rows), expected, rtol=1e-12, atol=0)


def test_the_accuracy_is_the_librarys(in_browser, models):
    """Catches a student with the wrong hours or label, and a threshold on the wrong side."""
    found = in_browser("accuracy", "accuracy", models)
    np.testing.assert_allclose(found, [share_right(w, b) for w, b in models], rtol=1e-15)
    assert {0.5, 0.625, 0.75, 0.875} <= set(found)


def test_its_slope_is_zero_where_it_is_level_and_none_at_the_eight_jumps(in_browser, models):
    """Catches an infinite gradient: at a jump there is no slope, anywhere else a short way to both sides is level."""
    h = 1e-9
    level = [(w, b) for w, b in models if share_right(w + h, b) == share_right(w - h, b)]
    assert len(level) > 350
    assert in_browser("accuracy", "accuracySlope", level) == [0] * len(level)
    jumps = [(-B / x, B) for x in HOURS]
    assert all(share_right(w + h, b) != share_right(w - h, b) for w, b in jumps)
    assert np.isnan(in_browser("accuracy", "accuracySlope", jumps)).all()


def test_the_cross_entropy_and_its_slope_are_the_librarys(in_browser, models):
    """Catches a lost factor x, a sum taken for a mean, and a loss that is not finite for a surely wrong model."""
    expected = [loss(w, b) for w, b in models]
    np.testing.assert_allclose(in_browser("accuracy", "crossEntropy", models), expected, rtol=1e-12)
    found = in_browser("accuracy", "crossEntropySlope", models)
    np.testing.assert_allclose(found, [slope(w, b) for w, b in models], rtol=1e-9, atol=1e-12)


def test_a_naive_cross_entropy_would_be_noticed(models):
    """The planted failure of the test above: log(1 + exp(z)) - y z, which overflows."""
    z = np.outer(models[:, 0], HOURS) + models[:, 1:]
    with np.errstate(all="ignore"):
        naive = (np.log(1 + np.exp(z)) - Y * z).mean(axis=1)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(naive, [loss(w, b) for w, b in models], rtol=1e-12)


@pytest.mark.parametrize(("w", "b"), [(0.8, B), (1.3, B), (0.5, B), (2.2, B), (1.0, -9), (2.0, -1)])
def test_what_it_shows_and_says_is_what_the_library_computes(alone, shown, w, b):
    """Catches a typed number, a slope of the other score, and a word "wrong" at a student who is predicted rightly."""
    element = alone("accuracy")
    table, said = shown(element, w=w, b=b)
    assert table[1][1:] == [f"{share_right(w, b):.3f}", "0", f"{w:.3f}"]
    assert table[2][1:] == [f"{loss(w, b):.3f}", minus(f"{slope(w, b):.2f}"), minus(f"{w - 0.1 * slope(w, b):.3f}")]
    assert ", ".join(f"{p:.2f}" for p in sigmoid(HOURS * w + b)) in said
    right = round(8 * share_right(w, b))
    assert f"{right} of 8 predictions are right" in said
    words = element.locator(".lr-stage svg text").all_text_contents()
    assert words.count("wrong") == 8 - right
    assert [word for word in words if word.startswith("slope")] == ["slope 0", minus(f"slope {slope(w, b):.2f}")]


def test_at_a_jump_it_says_that_there_is_no_slope(alone, shown):
    """Catches a slope that is infinite or 0 where the student with five hours is exactly at one half."""
    table, said = shown(alone("accuracy"), w=1.154)
    assert table[1][2:] == ["none", "none"]
    assert "The accuracy has slope none" in said


def test_steps_up_the_accuracy_lead_nowhere_and_steps_down_the_cross_entropy_to_seven_of_eight(alone):
    """Catches a button of accuracy that moves something, the other sign, and another step size than the slider's."""
    element = alone("accuracy")
    w = 0.8
    for _ in range(3):
        element.locator("button[name=climb]").press("Enter")
    assert element.evaluate("element => element.state.w") == w
    rights = [round(8 * share_right(w, B))]
    for _ in range(4):
        element.locator("button[name=descend]").press("Enter")
        expected = w - 0.1 * slope(w, B)
        w = element.evaluate("element => element.state.w")
        assert w == pytest.approx(expected, abs=1e-3)
        rights.append(round(8 * share_right(w, B)))
    assert rights[0] == 5
    assert rights[-1] >= 6


# Frames whose clock shows sixty a second, however few the machine draws.
SIXTY_A_SECOND = """let now = 0; const frame = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (draw) => frame(() => draw(now += 1000 / 60));"""


def test_with_motion_a_step_is_seen_on_its_way_and_ends_in_the_same_place(browser, tmp_path):
    """Catches a glide that overshoots, or that leaves a student who crosses one half unseen."""
    from lrlib.explorables import notebook_html

    (tmp_path / "page.html").write_text(
        f'<!doctype html><meta charset="utf-8"><title>a</title>{notebook_html("accuracy", {}, "key")}', encoding="utf-8"
    )
    tab = browser.new_page()
    tab.add_init_script(SIXTY_A_SECOND)
    tab.goto((tmp_path / "page.html").as_uri())
    element = tab.locator("lr-accuracy")
    element.evaluate(
        "element => { element.seen = []; const set = element.set.bind(element); "
        "element.set = (changes) => { set(changes); element.seen.push(element.state.w); } }"
    )
    element.locator("button[name=descend]").press("Enter")
    element.evaluate(
        """async (element) => {
        for (let frame = 0; frame < 600 && element.seen.length < 14; frame++) await new Promise(requestAnimationFrame);
        for (let frame = 0; frame < 60; frame++) await new Promise(requestAnimationFrame);
    }"""
    )
    end = element.evaluate("element => element.state.w")
    assert end == pytest.approx(0.8 - 0.1 * slope(0.8, B), abs=1e-3)
    seen = element.evaluate("element => element.seen")
    assert seen == sorted(seen)
    assert len(set(seen)) >= 4
    tab.close()


def test_it_begins_with_the_chapters_model_and_walks_with_its_step_size():
    """Catches a chapter whose numbers change while its figure keeps the old ones."""
    path = ROOT / "chapters/accuracy.md"
    [figure] = [figure for figure in myst.directives(path, "explorable") if figure.argument == "accuracy"]
    text = path.read_text(encoding="utf-8")
    assert f"w_start, b = {figure.options['w']}, {figure.options['b']}\n" in text
    eta = figure.options.get("eta", spec("accuracy")["state"]["eta"]["start"])
    assert f"path[-1] - {eta} * slope(cross_entropy, path[-1])" in text
