"""The explorable of the two curves: bells as SciPy has them, rates as lrlib has them, the cheapest threshold."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from lrlib.explorables import spec
from lrlib.metrics import precision, recall
from lrlib.ranking import average_precision, roc_auc, roc_curve

SHARES = (0.5, 0.2, 0.1, 0.02, 0.01, 0.001)
pytestmark = pytest.mark.slow


def states(n=200):
    """Return rows of t, d, share and r, at random between the ends of the sliders."""
    return np.random.default_rng(8).uniform([-3, 0, 0.001, 1], [6, 3.5, 0.5, 100], (n, 4))


def population(d, share, rows=2000):
    """Return scores, labels and weights: the quantiles of both bells, each class with its share of the weight."""
    quantiles = norm.ppf((np.arange(rows) + 0.5) / rows)
    y = np.repeat([0, 1], rows)
    return np.concatenate([quantiles, quantiles + d]), y, np.where(y == 1, share, 1 - share) / rows


def cost(t, d, share, r):
    return (1 - share) * norm.sf(t) + r * share * norm.cdf(t - d)


# The maths


def test_the_normal_distribution_is_scipys_in_its_tails_too(in_browser):
    """Catches a coefficient that is mistyped, and a tail with no digits: precision is a quotient of two of them."""
    x = np.append(np.linspace(-8, 8, 641), [-30, 30])
    np.testing.assert_allclose(in_browser("roc", "below", x[:, None]), norm.cdf(x), rtol=2e-7)
    assert in_browser("roc", "below", [[-np.inf], [np.inf]]) == [0, 1]


def test_the_share_is_what_the_slider_says(in_browser):
    """Catches a slider that says 2 % and computes with 1.995 %."""
    slider = spec("roc")["state"]["s"]
    s = np.round(np.arange(slider["min"], slider["max"] + 0.01, slider["step"]), 2)
    found = np.array(in_browser("roc", "share", s[:, None]))
    assert found.tolist() == [float(f"{10**each:.2g}") for each in s]
    assert {0.001, 0.01, 0.02, 0.1, 0.5} <= set(found)


def test_the_rates_are_those_of_the_bells(in_browser):
    """Catches the two classes exchanged, a share that is left out, and an area with another root."""
    t, d, share, _ = states().T
    hits, alarms = share * norm.sf(t - d), (1 - share) * norm.sf(t)
    close = {"rtol": 5e-7}
    np.testing.assert_allclose(in_browser("roc", "recall", np.stack([t, d], 1)), norm.sf(t - d), **close)
    np.testing.assert_allclose(in_browser("roc", "falseRate", t[:, None]), norm.sf(t), **close)
    found = in_browser("roc", "precision", np.stack([t, d, share], 1))
    np.testing.assert_allclose(found, hits / (hits + alarms), **close)
    np.testing.assert_allclose(in_browser("roc", "auc", d[:, None]), norm.cdf(d / np.sqrt(2)), **close)
    np.testing.assert_allclose(in_browser("roc", "cost", states()), cost(*states().T), **close)


def test_the_library_finds_the_same_in_a_population_of_such_scores(in_browser):
    """Catches formulas that belong to each other but not to the curves of the chapter."""
    for d, share in ((1.8, 0.02), (0.0, 0.3), (3.0, 0.001)):
        score, y, weight = population(d, share)
        [area] = in_browser("roc", "auc", [[d]])
        assert float(roc_auc(y, score, sample_weight=weight)) == pytest.approx(area, abs=1e-4)
        for t in (-0.5, 1.4, 2.5):
            called = (score > t).astype(int)
            found = [in_browser("roc", "recall", [[t, d]])[0], in_browser("roc", "precision", [[t, d, share]])[0]]
            expected = [float(rate(y, called, sample_weight=weight)) for rate in (recall, precision)]
            np.testing.assert_allclose(found, expected, rtol=0.05, atol=1e-3)


def test_with_no_distance_precision_is_the_share_and_the_roc_the_diagonal(in_browser):
    """Catches a baseline other than the share of positives, which is what the reader is to find out."""
    for share in SHARES:
        rows = [[t, 0, share] for t in np.linspace(-4, 7, 23)]
        np.testing.assert_allclose(in_browser("roc", "precision", rows), share, rtol=1e-12)
        score, y, weight = population(0, share)
        assert float(average_precision(y, score, sample_weight=weight)) == pytest.approx(share, rel=0.02)
    assert in_browser("roc", "auc", [[0]])[0] == pytest.approx(0.5, abs=1e-7)


def test_the_cheapest_threshold_is_cheapest(in_browser):
    """Catches the share or the costs upside down, by minimising the cost, and a division by a distance of 0."""
    for d in (0.5, 1.8, 3.5):
        for share in SHARES:
            for r in (1, 10, 100):
                least = minimize_scalar(cost, (-40, 0, 40), (-60, 60), args=(d, share, r), method="bounded")
                [t] = in_browser("roc", "cheapest", [[d, share, r]])
                assert cost(t, d, share, r) <= least.fun * (1 + 1e-9)
    # No score tells the classes apart: all are called positive, or none.
    assert in_browser("roc", "cheapest", [[0, 0.02, 10], [0, 0.5, 10]]) == [np.inf, -np.inf]


def test_a_threshold_beside_the_cheapest_would_be_noticed():
    """The planted failure of the test above: the log-odds of the share without the costs."""
    d, share = 1.8, 0.02
    [wrong, right] = [d / 2 + np.log((1 - share) / (share * r)) / d for r in (1, 10)]
    assert cost(wrong, d, share, 10) > 1.1 * cost(right, d, share, 10)


# What is shown


def curves(element, **state):
    """Return the points of the drawn curves, ROC and precision-recall, in their own units."""
    drawn = element.evaluate(
        """(element, state) => {
          element.state = { ...element.state, ...state };
          element.show();
          const lines = element.querySelectorAll("svg")[1].querySelectorAll("path[stroke='var(--model)']");
          return [...lines].map((line) => line.getAttribute("d").match(/-?[\\d.]+/g).map(Number));
        }""",
        state,
    )
    found = []
    for numbers, (top, bottom) in zip(drawn, ((26, 176), (250, 400)), strict=True):
        place = np.array(numbers).reshape(-1, 2)
        found.append(np.stack([(place[:, 0] - 40) / 305, (bottom - place[:, 1]) / (bottom - top)], axis=1))
    return found


def test_as_positives_get_rarer_the_roc_stays_and_precision_falls(alone, in_browser):
    """Catches a ROC curve that depends on the share, and a precision that does not: the figure's whole point."""
    element = alone("roc")
    drawn = [curves(element, s=s, d=1.8) for s in (-0.3, -1, -2, -3)]
    for roc, _ in drawn[1:]:
        np.testing.assert_array_equal(roc, drawn[0][0])
    middle = [float(np.interp(0.5, pr[:, 0], pr[:, 1])) for _, pr in drawn]
    assert (np.diff(middle) < -0.05).all()
    at = [in_browser("roc", "precision", [[1.8, 1.8, share]])[0] for share in (0.5, 0.1, 0.01, 0.001)]
    np.testing.assert_allclose(middle, at, atol=0.01)


def test_the_curves_of_the_drawing_are_the_bells(alone):
    """Catches axes exchanged, and a curve drawn in part."""
    element = alone("roc")
    for s, share, d in ((-1.7, 0.02, 1.8), (-0.3, 0.5, 0.6), (-3, 0.001, 3.5)):
        roc, pr = curves(element, s=s, d=d)
        at = norm.isf(np.clip(roc[:, 0], 1e-9, 1 - 1e-9))
        assert np.abs(roc[:, 1] - norm.sf(at - d))[(roc[:, 0] > 0.01) & (roc[:, 0] < 0.99)].max() < 0.02
        inside = (pr[:, 0] > 0.02) & (pr[:, 0] < 0.99)
        t = d + norm.isf(pr[inside, 0])
        hits, alarms = share * norm.sf(t - d), (1 - share) * norm.sf(t)
        np.testing.assert_allclose(pr[inside, 1], hits / (hits + alarms), atol=0.02)
        assert np.ptp(roc[:, 0]) > 0.99
        assert np.ptp(pr[:, 0]) > 0.99
        score, y, weight = population(d, share)
        found = roc_curve(y, score, sample_weight=weight)
        inside = roc[(roc[:, 0] > 0.01) & (roc[:, 0] < 0.99)]
        # The library's steps, at the drawn false alarm rates.
        steps = np.interp(inside[:, 0], np.asarray(found[0]), np.asarray(found[1]))
        np.testing.assert_allclose(inside[:, 1], steps, atol=0.02)


def test_the_dots_and_the_baseline_stand_where_the_threshold_puts_them(alone):
    """Catches a dot of another threshold, a baseline other than the share, and a shade on the wrong side."""
    element = alone("roc")
    drawn = element.evaluate(
        """element => {
          element.state = { t: 0.5, s: -1, d: 1.8, r: 5 };
          element.show();
          const [bells, curves] = element.querySelectorAll("svg");
          const path = (svg, query) => svg.querySelector(query).getAttribute("d").match(/-?[\\d.]+/g).map(Number);
          return {
            dots: [...curves.querySelectorAll("circle")].map((e) => ["cx", "cy"].map((name) => +e.getAttribute(name))),
            base: [...curves.querySelectorAll("path[stroke='var(--muted)']")].map((e) => e.getAttribute("d"))[1],
            at: path(bells, "path[stroke='var(--accent)']"),
            best: path(bells, "path[stroke='var(--truth)']"),
            shades: [...bells.querySelectorAll("path[stroke='none']")].map((e) =>
              e.getAttribute("d").match(/-?[\\d.]+/g).map(Number)),
          };
        }"""
    )
    best = 0.9 + np.log(0.9 / (0.1 * 5)) / 1.8
    dots = np.array(drawn["dots"])
    for (roc, pr), t in zip(((dots[0], dots[1]), (dots[2], dots[3])), (best, 0.5), strict=True):
        hits, alarms = 0.1 * norm.sf(t - 1.8), 0.9 * norm.sf(t)
        np.testing.assert_allclose(
            [(roc[0] - 40) / 305, (176 - roc[1]) / 150], [norm.sf(t), norm.sf(t - 1.8)], atol=1e-4
        )
        at = [norm.sf(t - 1.8), hits / (hits + alarms)]
        np.testing.assert_allclose([(pr[0] - 40) / 305, (400 - pr[1]) / 150], at, atol=1e-4)
    assert drawn["base"] == "M40.0 385.0L345.0 385.0"
    place = [-3.5 + (drawn[name][0] - 40) / 30.5 for name in ("at", "best")]
    np.testing.assert_allclose(place, [0.5, best], atol=0.002)
    for numbers, mean in zip(drawn["shades"], (0, 1.8), strict=True):
        x, y = np.array(numbers).reshape(-1, 2)[1:-1].T
        score, density = -3.5 + (x - 40) / 30.5, (290 - y) / 264 * 0.46
        assert score.min() == pytest.approx(0.5, abs=0.002)
        np.testing.assert_allclose(density, norm.pdf(score - mean), atol=0.002)


def counts(t, d, share):
    hits, alarms = share * norm.sf(t - d), (1 - share) * norm.sf(t)
    return 10_000 * np.array([hits, share - hits, alarms])


def number(text):
    return float(text.replace(",", "").replace("−", "-"))


@pytest.mark.parametrize(
    ("t", "s", "share", "d", "r"),
    [(1.4, -1.7, 0.02, 1.8, 10), (-3, -0.3, 0.5, 3.5, 1), (6, -3, 0.001, 0.1, 100), (2.5, -2, 0.01, 2.5, 35)],
)
def test_what_it_shows_and_says_is_computed(alone, shown, t, s, share, d, r):
    """Catches a typed number, misses and false alarms exchanged, and costs of another threshold."""
    table, said = shown(alone("roc"), t=t, s=s, d=d, r=r)
    best = d / 2 + np.log((1 - share) / (share * r)) / d
    for column, at in ((1, t), (2, best)):
        rows = {cells[0]: cells[column] for cells in table[1:]}
        hits, misses, alarms = counts(at, d, share)
        assert number(rows["threshold"]) == pytest.approx(at, abs=0.0051)
        for name, expected in (("hits", hits), ("misses", misses), ("false alarms", alarms)):
            assert number(rows[name]) == pytest.approx(expected, abs=0.051 if expected < 99.9 else 0.51), name
        assert number(rows["false alarms per hit"]) == pytest.approx(alarms / hits, abs=0.051)
        assert number(rows["recall"]) == pytest.approx(hits / (hits + misses), abs=6e-4)
        assert number(rows["false alarm rate"]) == pytest.approx(norm.sf(at), abs=6e-4)
        assert number(rows["precision"]) == pytest.approx(hits / (hits + alarms), abs=6e-4)
        assert number(rows["cost per case"]) == pytest.approx(cost(at, d, share, r), abs=6e-5)
    said_rates = f"recall {table[6][1]}, false alarm rate {table[7][1]}, precision {table[8][1]}"
    assert said_rates in said
    assert f"{table[2][1]} hits, {table[3][1]} misses and {table[4][1]} false alarms" in said
    assert said.startswith(f"{100 * share:g} % of the cases are positive")
    assert f"ROC curve is {norm.cdf(d / np.sqrt(2)):.3f}" in said


def test_where_nobody_is_called_there_is_no_precision(alone, shown):
    """Catches 0/0 written as a number: at distance 0, with few positives, the cheapest is to call nobody."""
    table, said = shown(alone("roc"), d=0, s=-1.7, r=10)
    rows = {cells[0]: cells[2] for cells in table[1:]}
    assert [rows[name] for name in ("threshold", "hits", "precision", "false alarms per hit")] == ["∞", "0.0", "–", "–"]
    assert said.endswith("the cheapest threshold is ∞.")
    assert rows["cost per case"] == f"{0.02 * 10:.4f}"


def test_the_bar_shares_out_the_alarms(alone, shown):
    """Catches a bar that is not what the precision says: its two parts, read back from the drawing."""
    element = alone("roc")
    table, _ = shown(element, t=1.4, s=-1.7, d=1.8)
    widths = element.locator("svg").first.locator("rect").evaluate_all("all => all.map(e => +e.getAttribute('width'))")
    hits, _, alarms = counts(1.4, 1.8, 0.02)
    assert widths[0] / sum(widths) == pytest.approx(hits / (hits + alarms), abs=1e-3)
    words = element.locator("svg").first.locator("text").all_text_contents()
    assert "▲ hits 14 %" in words
    assert "○ false alarms 86 %" in words
    assert table[8][1] == "0.142"


def test_the_buttons_go_to_the_cheapest_threshold_and_to_the_rarest_positives(alone, shown):
    """Catches a button that goes to the threshold of other costs, and one that leaves the slider's ends."""
    element = alone("roc")
    for d, r, expected in ((1.8, 10, 1.8), (1.8, 100, 0.5), (0, 10, 6), (0, 100, -3)):
        shown(element, d=d, r=r, s=-1.7)
        element.locator("button[name=theory]").press("Enter")
        assert element.evaluate("element => element.state.t") == expected
    element.locator("button[name=rarer]").press("Enter")
    assert element.evaluate("element => element.state.s") == -3
