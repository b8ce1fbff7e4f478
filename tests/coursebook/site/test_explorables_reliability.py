"""The explorable of the bent forecaster: its days are the chapter's, its bins and scores are lrlib's at every bend."""

import re

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lrlib import data
from lrlib.calibration import brier_parts, calibration_line, reliability_bins
from lrlib.explorables import module, spec
from lrlib.functions import sigmoid
from lrlib.losses import binary_cross_entropy, brier
from lrlib.metrics import accuracy
from lrlib.ranking import roc_auc

NAMES = ("loss", "brier", "reliability", "resolution", "uncertainty", "within", "accuracy", "area")
SLIDERS = spec("reliability")["state"]
pytestmark = pytest.mark.slow


def typed(name):
    """Return the log-odds that the module holds."""
    written = re.search(rf"^const {name} = \[(.*?)\];", module("reliability").read_text(encoding="utf-8"), re.M | re.S)[
        1
    ]
    return np.array([float(number) for number in re.findall(r"-?\d+", written)]) / 1000


DRY, WET = typed("DRY"), typed("WET")
Z, Y = np.concatenate([DRY, WET]), np.repeat([0, 1], [len(DRY), len(WET)])


def bends(n=60):
    """Return rows of slope and shift, on the sliders: the ends, the start, and others at random."""
    rng = np.random.default_rng(9)
    w = np.round(np.append([0.25, 0.25, 3, 3, 1, 2], rng.integers(5, 61, n) / 20), 2)
    b = np.round(np.append([-2, 2, -2, 2, 0, 0], rng.integers(-20, 21, n) / 10), 1)
    return np.stack([w, b], axis=1)


def expected(w, b, y=Y):
    """Return what the library says of the bent log-odds, in the order of NAMES."""
    z = w * Z + b
    p = sigmoid(z)
    scores = (binary_cross_entropy(z, y).mean(), brier(z, y).mean(), *brier_parts(y, p, bins=10))
    return [float(score) for score in (*scores, accuracy(y, (p > 0.5).astype(int)), roc_auc(y, z))]


# The days and the maths


def year(C=np.inf):
    """Return the log-odds of rain of each day of the last year, and whether it came, computed as in the chapter."""
    rain = data.seattle_rain()
    model = make_pipeline(StandardScaler(), LogisticRegression(C=C)).fit(rain.X[:1096], rain.y[:1096])
    return model.decision_function(rain.X[1096:]), rain.y[1096:]


def test_its_days_are_those_of_the_chapters_model():
    """Catches a module that keeps the numbers of an older model, of other days, or with the labels exchanged."""
    z, y = year()
    for label, held in enumerate((DRY, WET)):
        np.testing.assert_allclose(held, np.sort(z[y == label]), rtol=0, atol=6e-4)


def test_days_of_another_model_would_be_noticed():
    """The planted failure of the test above: the same days with a penalty."""
    z, y = year(C=0.1)
    assert np.abs(np.sort(z[y == 1]) - WET).max() > 0.01


def test_the_scores_are_the_librarys_at_every_bend(in_browser):
    """Catches a day in another bin, a part of the Brier score with a wrong weight, and a tie counted as won."""
    found = np.array(in_browser("reliability", "scores", bends()))
    for (w, b), scores in zip(bends(), found, strict=True):
        np.testing.assert_allclose(scores, expected(w, b), rtol=1e-10, atol=1e-14, err_msg=f"w = {w}, b = {b}")
    parts = dict(zip(NAMES, found.T, strict=True))
    whole = parts["reliability"] - parts["resolution"] + parts["uncertainty"] + parts["within"]
    np.testing.assert_allclose(parts["brier"], whole, rtol=1e-12)


def test_labels_exchanged_would_be_noticed():
    """The planted failure of the test above: only the parts that know no class stay as they are."""
    right, wrong = np.array(expected(2, 0.5)), np.array(expected(2, 0.5, 1 - Y))
    differ = np.abs(right - wrong) > 1e-6
    assert [name for name, differs in zip(NAMES, differ, strict=True) if not differs] == ["resolution", "uncertainty"]


def test_the_bins_and_their_intervals_are_the_librarys_at_every_bend(in_browser):
    """Catches an interval of another level, and a bin that is empty and yet drawn."""
    for (w, b), found in zip(bends(), in_browser("reliability", "bins", bends()), strict=True):
        bins = reliability_bins(Y, sigmoid(w * Z + b), bins=10)
        table = np.stack([bins.count, bins.mean_probability, bins.positive_share, bins.lower, bins.upper], axis=1)
        np.testing.assert_allclose(found, table[bins.count > 0], rtol=1e-9, atol=1e-12, err_msg=f"w = {w}, b = {b}")


def test_recalibration_is_the_librarys_line_and_the_sliders_least_loss(in_browser, alone):
    """Catches a line fitted to other rows, and a button whose stop is beside the best one."""
    line = calibration_line(Y, Z)
    np.testing.assert_allclose(in_browser("reliability", "line", [[]])[0], [line.w, line.b], rtol=1e-8)
    element = alone("reliability")
    element.evaluate("element => element.set({ w: 3, b: 2 })")
    element.locator("button[name=recalibrate]").press("Enter")
    stop = element.evaluate("element => element.state")
    steps = {key: np.arange(s["min"], s["max"] + 0.01, s["step"]) for key, s in SLIDERS.items()}
    losses = {(w, b): float(binary_cross_entropy(w * Z + b, Y).mean()) for w in steps["w"] for b in steps["b"]}
    np.testing.assert_allclose(min(losses, key=losses.get), [stop["w"], stop["b"]], atol=1e-9)
    assert stop == {"w": 0.9, "b": -0.1}


# What the reader is to find out


def test_what_notices_a_bend_and_what_sleeps():
    """Catches days on which the caption would be wrong: AUC sleeps always, accuracy while there is no shift."""
    unbent = dict(zip(NAMES, expected(1, 0), strict=True))
    for w in (0.25, 0.5, 2, 3):
        bent = dict(zip(NAMES, expected(w, 0), strict=True))
        assert bent["area"] == unbent["area"]
        assert bent["accuracy"] == unbent["accuracy"]
        assert bent["loss"] > unbent["loss"] + 0.01
        assert bent["reliability"] > 2 * unbent["reliability"]
    for b in (-2, -1, 1, 2):
        bent = dict(zip(NAMES, expected(1, b), strict=True))
        assert bent["area"] == unbent["area"]
        assert bent["accuracy"] < unbent["accuracy"]


def test_after_recalibration_the_diagram_is_not_perfect():
    """Catches a caption that promises points on the diagonal: ten bins of a year's days lie beside it."""
    bins = reliability_bins(Y, sigmoid(0.9 * Z - 0.1), bins=10)
    there = bins.count > 0
    assert np.abs(bins.mean_probability - bins.positive_share)[there].max() > 0.05
    outside = (bins.mean_probability < bins.lower) | (bins.mean_probability > bins.upper)
    assert not outside[there].any()


# What is shown


@pytest.mark.parametrize(("w", "b"), [(1, 0), (2, 0), (0.25, -2), (3, 2), (0.9, -0.1)])
def test_what_it_shows_and_says_is_computed(alone, shown, w, b):
    """Catches a typed number, a change with the wrong sign, and a top bin that is said to be there when it is empty."""
    table, said = shown(alone("reliability"), w=w, b=b)
    for cells, now, before, name in zip(table[1:9], expected(w, b), expected(1, 0), NAMES, strict=True):
        digits = 3 if name in ("loss", "accuracy", "area") else 4
        one, other = (f"{value:.{digits}f}" for value in (now, before))
        change = float(one) - float(other)
        assert cells[1].replace("−", "-") == one, name
        assert cells[2].replace("−", "-") == (f"{change:+.{digits}f}" if one != other else "0"), name
        if name in ("loss", "brier", "accuracy", "area"):
            assert re.search(rf"\b{one}\b", said), name
    p = sigmoid(w * Z + b)
    top = p >= 0.9
    expected_top = [str(top.sum()), f"{p[top].mean():.2f}", str(Y[top].sum())] if top.any() else ["0", "–", "–"]
    assert [cells[1] for cells in table[9:]] == expected_top
    assert (f"on {top.sum()} days" in said) == bool(top.any())
    assert (f"rain came on {Y[top].sum()} of them" in said) == bool(top.any())


def test_each_slider_alone_changes_table_and_words(alone, shown):
    """Catches what was computed for one state and is kept for another."""
    element = alone("reliability")
    seen = [shown(element, w=w, b=b) for w, b in ((2, 0), (2, 1), (1, 1), (1, 0))]
    for (w, b), (table, said) in zip(((2, 0), (2, 1), (1, 1), (1, 0)), seen, strict=True):
        loss = f"{expected(w, b)[0]:.3f}"
        assert table[1][1] == loss
        assert f"Log loss {loss}" in said


@pytest.mark.parametrize(("w", "b"), [(1, 0), (2, 0), (0.25, -2), (3, 2)])
def test_the_diagram_shows_the_bins(alone, shown, w, b):
    """Catches a dot beside its interval, a hollow one that should be filled, and a bar or a count of another bin."""
    element = alone("reliability")
    _, said = shown(element, w=w, b=b)
    bins = reliability_bins(Y, sigmoid(w * Z + b), bins=10)
    there = bins.count > 0
    place = element.locator("svg").evaluate(
        """svg => {
          const all = (query, f) => [...svg.querySelectorAll(query)].map(f);
          const numbers = (e, ...names) => names.map((name) => Number(e.getAttribute(name)));
          return {
            dots: all("circle", (e) => numbers(e, "cx", "cy")),
            hollow: all("circle", (e) => e.getAttribute("fill") === "var(--paper)"),
            bars: all("rect", (e) => numbers(e, "x", "height")),
            lines: all("path[stroke-width='2.5']", (e) => e.getAttribute("d").match(/[\\d.]+/g).map(Number)),
            words: all("text", (e) => e.textContent),
          };
        }"""
    )
    dots = np.array(place["dots"])
    np.testing.assert_allclose((dots[:, 0] - 40) / 305, bins.mean_probability[there], atol=1e-4)
    np.testing.assert_allclose((300 - dots[:, 1]) / 274, bins.positive_share[there], atol=1e-4)
    lines = np.array(place["lines"]).reshape(-1, 4)
    np.testing.assert_allclose((300 - lines[:, 1]) / 274, bins.lower[there], atol=1e-3)
    np.testing.assert_allclose((300 - lines[:, 3]) / 274, bins.upper[there], atol=1e-3)
    outside = (bins.mean_probability < bins.lower) | (bins.mean_probability > bins.upper)
    assert place["hollow"] == outside[there].tolist()
    assert f"intervals of {outside[there].sum()} of {there.sum()} bins miss the diagonal" in said
    bars = np.array(place["bars"])
    np.testing.assert_allclose((bars[:, 0] - 41.5) / 30.5, np.flatnonzero(there), atol=1e-3)
    np.testing.assert_allclose(bars[:, 1] / bars[:, 1].max(), (bins.count / bins.count.max())[there], atol=1e-3)
    counts = [str(int(count)) for count in bins.count[there]]
    assert [word for word in place["words"] if word.isdigit()][-len(counts) :] == counts
