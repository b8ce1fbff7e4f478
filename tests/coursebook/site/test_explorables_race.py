"""The explorable of the race: both descents are lrlib's, and they start where the chapter starts."""

import numpy as np
import pytest

from coursebook.source import myst
from lrlib.functions import sigmoid
from lrlib.losses import binary_cross_entropy, brier
from lrlib.optimize import gradient_descent
from tests.pages import glued
from tests.paths import ROOT

torch = pytest.importorskip("torch")
LOSSES = {"cross": binary_cross_entropy, "squared": brier}
both = pytest.mark.parametrize("side", LOSSES)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def logits():
    """Return logits: those of the race, and extreme ones."""
    rng = np.random.default_rng(6)
    edges = [0.0, 37.0, -37.0, 709.0, -709.0, -745.0, 1e4, -1e4]
    return np.concatenate([rng.uniform(-8, 8, 300), rng.uniform(-30, 30, 100), edges])


def gradient(side, z):
    """Return the slope of a loss of lrlib at label 1, by PyTorch."""
    z = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    LOSSES[side](z, torch.ones_like(z)).sum().backward()
    return z.grad.numpy()


def descend(side, starts, steps):
    """Return the library's path with the step size of the race, the start first."""
    return gradient_descent(lambda z: gradient(side, z), starts, step_size=1.0, steps=steps).parameters


@both
def test_the_losses_are_the_librarys(in_browser, logits, side):
    """Catches the loss of the other label, and one that is not finite."""
    expected = LOSSES[side](logits, np.ones_like(logits))
    # Where the model is surely right, lrlib's squared error has only the digits that 1 - p has left.
    found = in_browser("race", f"{side}Loss", logits[:, None])
    np.testing.assert_allclose(found, expected, rtol=1e-12 if side == "cross" else 1e-6, atol=1e-15)


@both
def test_the_slopes_are_those_of_the_librarys_losses(in_browser, logits, side):
    """Catches a lost factor 2 or p(1 - p), a sign, and a slope that is said to be infinite or is not a number."""
    found = in_browser("race", f"{side}Slope", logits[:, None])
    np.testing.assert_allclose(found, gradient(side, logits), rtol=1e-12, atol=1e-15)
    assert np.abs(found).max() <= 1


def test_a_squared_error_without_its_factor_would_be_noticed(logits):
    """The planted failure of the test above: p - y, cross entropy's slope, and the slope without its 2."""
    for wrong in (sigmoid(logits) - 1, gradient("squared", logits) / 2):
        with pytest.raises(AssertionError):
            np.testing.assert_allclose(wrong, gradient("squared", logits), rtol=1e-12, atol=1e-15)


@both
def test_the_paths_are_the_librarys_gradient_descent(in_browser, side):
    """Catches a step too many, another step size, and a path that starts after its first step."""
    starts = np.arange(-7.0, -0.5, 0.5)
    path = descend(side, starts, 600)
    steps = [0, 1, 2, 6, 7, 8, 50, 213, 599, 600]
    rows = np.array([(z, step) for step in steps for z in starts])
    found = np.reshape(in_browser("race", f"{side}After", rows), (len(steps), -1))
    np.testing.assert_allclose(found, path[steps], rtol=1e-9, atol=1e-12)
    assert (path[-1] > 0).all(), "a race that does not end within the slider"


@pytest.mark.parametrize(("z", "step"), [(-6, 0), (-6, 7), (-6, 300), (-7, 8), (-7, 600), (-1, 1), (-3.5, 25)])
def test_what_it_shows_and_says_is_what_the_library_computes(touch, shown, z, step):
    """Catches a typed number, the two losses exchanged, and a crossing counted one step off."""
    table, said = shown(touch("cross-entropy", "race"), z=z, step=step)
    for row, side in zip(table[1:], LOSSES, strict=True):
        path = descend(side, np.array(float(z)), step)
        now = float(path[-1])
        crossed = np.flatnonzero(path > 0)
        p, slope = f"{float(sigmoid(now)):.4f}", f"{float(gradient(side, now)):.4f}".replace("-", "−")
        assert row[1:] == [p, slope, str(crossed[0]) if crossed.size else "not yet"]
        assert f"{row[0]} has the probability {p}, with slope {slope}" in said


def test_the_run_ends_when_squared_error_has_passed_one_half(touch):
    """Catches an animation that stops early, and one that goes on to an empty end."""
    element = touch("cross-entropy", "race")
    element.locator("button[name=run]").press("Enter")
    path = descend("squared", np.array(-6.0), 600)
    assert element.evaluate("element => element.state.step") == int(np.argmax(path > 0))


def test_it_begins_where_the_chapters_cross_entropy_has_just_crossed():
    """Catches a chapter whose race changes while its figure keeps the old start or the old number of steps."""
    path = ROOT / "chapters/cross-entropy.md"
    [figure] = [figure for figure in myst.directives(path, "explorable") if figure.argument == "race"]
    assert figure.options["step"] == glued("cross-entropy")["ce-race-steps-c"]
    start = f"took = steps_to_zero(slope, {float(figure.options['z'])}, 400)"
    assert start in path.read_text(encoding="utf-8")
