"""The explorable of the draws: numbers evenly spread, fits and intervals as lrlib has them, and counts that count."""

from functools import cache

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import kstest, norm

from lrlib.explorables import spec
from lrlib.fit import SeparableError, fit_binary
from lrlib.inference import wald

HOURS = np.arange(1.0, 9.0)
FIRST = 3100  # of the module's seeds
SETTINGS = [(1.0, 8), (1.0, 16), (1.0, 40), (1.0, 160), (0.0, 40), (2.0, 40), (2.0, 8), (0.5, 400)]
pytestmark = pytest.mark.slow


@cache
def mulberry32(seed, count):
    """Return the generator's first numbers, in Python's whole numbers, which know no 32 bits."""
    word, found = 2**32 - 1, []
    for _ in range(count):
        seed = (seed + 0x6D2B79F5) & word
        t = ((seed ^ (seed >> 15)) * (seed | 1)) & word
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & word)) & word
        found.append((t ^ (t >> 14)) / 2**32)
    return np.array(found)


def drawn(w, n, k):
    """Return hours and labels of the k-th draw."""
    x = np.resize(HOURS, n)
    return x, (mulberry32(FIRST + k, n) < expit(w * (x - 4.5))).astype(int)


@cache
def fitted(w, n, k):
    """Return weight, intercept, standard error and interval by the library; nothing where it finds no finite weight."""
    x, y = drawn(w, n, k)
    if len(set(y)) < 2:
        return []
    try:
        fit = fit_binary(x[:, None], y, tolerance=1e-12)
    except SeparableError:
        return []
    found = wald(x[:, None], y, fit)
    return [float(v) for v in (fit.w[0], fit.b, found.standard_error[0], found.lower[0], found.upper[0])]


def fate(w, interval):
    return "separable" if not interval else "inside" if interval[3] <= w <= interval[4] else "missed"


@pytest.fixture(scope="module")
def hundred(in_browser):
    """Return the module's fits of the first hundred draws, for each of the settings."""
    return {(w, n): in_browser("sampling", "fit", [[w, n, k] for k in range(1, 101)]) for w, n in SETTINGS}


# The draws


def test_the_numbers_are_the_generators(in_browser):
    """Catches a shift with a sign, and a product that loses its low bits."""
    for seed in (0, 1, FIRST + 1, 2**31 - 1):
        assert in_browser("sampling", "random", [[seed, 50]])[0] == mulberry32(seed, 50).tolist()


def test_the_numbers_are_evenly_spread_within_a_draw_and_from_one_to_the_next(in_browser):
    """Catches seeds beside each other that give draws which resemble each other."""
    numbers = np.array(in_browser("sampling", "random", [[FIRST + k, 400] for k in range(1, 101)]))
    assert kstest(numbers.ravel(), "uniform").pvalue > 0.01
    assert kstest(numbers[:, :8].ravel(), "uniform").pvalue > 0.01
    correlations = np.corrcoef(numbers)[np.triu_indices(100, 1)] * np.sqrt(400)
    assert kstest(correlations, "norm").pvalue > 0.01
    assert np.abs(correlations).max() < 5


def test_those_who_pass_are_drawn_from_the_true_curve(in_browser):
    """Catches another middle than 4.5 hours, a weight with its sign exchanged, rows that are not dealt out in turn."""
    for w, n in SETTINGS:
        for k in (1, 2, 100):
            x, y = drawn(w, n, k)
            counts = [int(y[x == hours].sum()) for hours in HOURS]
            assert in_browser("sampling", "passed", [[w, n, k]]) == [counts]


# The fits


def test_weights_errors_and_intervals_are_the_librarys(hundred):
    """Catches an error from the wrong end of the inverse, another level, and separable rows that a fit runs away on."""
    for (w, n), found in hundred.items():
        for k in range(1, 101, 1 if n <= 16 or (w, n) == (1, 40) else 10):
            expected = fitted(w, n, k)
            assert len(found[k - 1]) == len(expected), f"w = {w}, n = {n}, draw {k}"
            np.testing.assert_allclose(
                found[k - 1], expected, rtol=1e-6, atol=1e-12, err_msg=f"w = {w}, n = {n}, draw {k}"
            )


def test_an_interval_of_another_level_would_be_noticed(hundred):
    """The planted failure of the test above: 90 % in place of 95 %."""
    weight, _, error, lower, _ = hundred[1.0, 40][0]
    assert abs(weight - norm.ppf(0.95) * error - lower) > 0.05


def test_the_tally_counts_the_intervals(in_browser, hundred):
    """Catches a draw counted twice, or separable ones among those that miss."""
    for (w, n), found in hundred.items():
        for k in (1, 37, 100):
            fates = [fate(w, interval) for interval in found[:k]]
            expected = [fates.count(word) for word in ("inside", "missed", "separable")]
            assert in_browser("sampling", "tally", [[w, n, k]]) == [expected]


def test_the_hundred_draws_are_as_draws_are_in_the_long_run(in_browser, hundred):
    """Catches a seed that shows an exception: each count is within two standard errors of 5,000 draws' share."""
    for (w, n), found in hundred.items():
        if n > 160:
            continue
        fates = [fate(w, interval) for interval in found]
        long = np.array(in_browser("sampling", "tally", [[w, n, 5000]])[0]) / 5000
        for word, share in zip(("inside", "missed", "separable"), long, strict=True):
            assert abs(fates.count(word) - 100 * share) <= max(1, 2 * np.sqrt(100 * share * (1 - share))), (w, n, word)


# What the reader is to find out


def test_four_times_the_rows_halve_the_interval(hundred):
    """Catches a caption that the numbers leave."""
    widths = [np.median([end[4] - end[3] for end in hundred[1.0, n] if end]) for n in (40, 160)]
    assert widths[1] / widths[0] == pytest.approx(0.5, abs=0.07)


def test_of_few_rows_many_are_separable_and_without_an_effect_some_intervals_miss_zero(hundred):
    """Catches a small class of which every draw has a finite weight, and a weight of 0 that no interval misses."""
    separable = {key: sum(not interval for interval in found) for key, found in hundred.items()}
    assert separable[1.0, 8] > 30
    assert separable[2.0, 8] > separable[1.0, 8]
    assert separable[1.0, 160] == 0
    missed = [fate(0, interval) for interval in hundred[0.0, 40]].count("missed")
    assert 2 <= missed <= 8
    weights = [interval[0] for interval in hundred[1.0, 40] if interval]
    assert min(weights) < 0.6
    assert max(weights) > 1.8


# What is shown


@pytest.mark.parametrize(("w", "n", "k"), [(1, 40, 1), (1, 40, 100), (0, 40, 30), (2, 8, 3), (2, 8, 50), (1, 400, 12)])
def test_what_it_shows_and_says_is_computed(alone, shown, w, n, k):
    """Catches a typed number, the table of another draw, and a separable draw that is said to have a weight."""
    table, said = shown(alone("sampling"), w=w, n=n, k=k)
    found = [fitted(w, n, draw) for draw in range(1, k + 1)]
    fates = [fate(w, interval) for interval in found]
    tally = [str(fates.count(word)) for word in ("inside", "missed", "separable")]
    assert [cells[1] for cells in table[5:]] == tally
    assert f"so far, {tally[0]} have an interval with the truth in it, {tally[1]} miss it, and {tally[2]} are" in said
    assert table[0][1] == f"draw {k}"
    if fates[-1] == "separable":
        assert [cells[1] for cells in table[1:5]] == ["none", "–", "–", "–"]
        assert "a separable draw" in said
        return
    weight, error, lower, upper = (f"{found[-1][i]:.2f}".replace("-", "−") for i in (0, 2, 3, 4))
    assert [cells[1] for cells in table[1:5]] == [weight, error, f"{lower} to {upper}", fates[-1]]
    verb = {"inside": "contains", "missed": "misses"}[fates[-1]]
    assert f"is {weight}, with standard error {error}; its interval from {lower} to {upper} {verb} the truth" in said


PICTURE = """(element, state) => {
  element.state = state;
  element.show();
  const [people, stack] = element.querySelectorAll("svg");
  const all = (svg, query, f) => [...svg.querySelectorAll(query)].map(f);
  const numbers = (e) => e.getAttribute("d").match(/-?[\\d.]+/g).map(Number);
  const bars = "path[stroke-width='2']:not([stroke='var(--truth)']), path[stroke-width='4']";
  return {
    bars: all(stack, bars, (e) => [...numbers(e), e.hasAttribute("stroke-dasharray")]),
    separable: all(stack, "path[stroke-dasharray='1 5']", (e) => numbers(e)[1]),
    truth: all(stack, "path[stroke='var(--truth)']", numbers)[0][0],
    curves: all(people, "path[stroke='var(--accent)']", numbers),
    ghosts: people.querySelectorAll("path[stroke-opacity]").length,
    rings: all(people, "circle", (e) => Number(e.getAttribute("cx"))),
    triangles: all(people, "path[fill='var(--one)']", (e) => numbers(e)[0]),
    words: all(people, "text", (e) => e.textContent),
  };
}"""


@pytest.mark.parametrize(("w", "n", "k"), [(1, 40, 12), (1, 40, 100), (2, 8, 40), (0, 16, 30)])
def test_the_stack_shows_the_last_thirty_intervals(alone, w, n, k):
    """Catches a bar in another row or with other ends, and one that misses and looks as if it did not."""
    picture = alone("sampling").evaluate(PICTURE, {"w": w, "n": n, "k": k})
    seen = [fitted(w, n, draw) for draw in range(max(1, k - 29), k + 1)]
    height = 305 / 32.5
    rows = [26 + height * (0.7 + i + 0.5) for i in range(len(seen))]
    there = [i for i, interval in enumerate(seen) if interval]
    assert [bar[4] for bar in picture["bars"]] == [fate(w, seen[i]) == "missed" for i in there]
    expected = [[np.clip(seen[i][3], -1, 4), rows[i], np.clip(seen[i][4], -1, 4), rows[i]] for i in there]
    found = np.array([bar[:4] for bar in picture["bars"]])
    found[:, [0, 2]] = -1 + (found[:, [0, 2]] - 40) / 61
    np.testing.assert_allclose(found, expected, atol=0.06)
    apart = [row for row, interval in zip(rows, seen, strict=True) if not interval]
    np.testing.assert_allclose(picture["separable"], apart, atol=0.06)
    assert picture["truth"] == pytest.approx(40 + 61 * (w + 1), abs=0.06)
    assert picture["ghosts"] == sum(bool(interval) for interval in seen[:-1])


@pytest.mark.parametrize(("w", "n", "k"), [(1, 40, 1), (2, 8, 40), (1, 8, 5)])
def test_the_curve_and_the_marks_are_those_of_the_newest_draw(alone, w, n, k):
    """Catches marks of another draw than the curve's, and a curve where there is no finite weight."""
    picture = alone("sampling").evaluate(PICTURE, {"w": w, "n": n, "k": k})
    x, y = drawn(w, n, k)
    place = 40 + (HOURS - 0.4) * 305 / 8.2
    for name, label in (("rings", 0), ("triangles", 1)):
        there = [bool((y[x == hours] == label).any()) for hours in HOURS]
        np.testing.assert_allclose(picture[name], place[there], atol=0.06)
    found = fitted(w, n, k)
    assert len(picture["curves"]) == bool(found)
    assert ("separable: no finite weight" in picture["words"]) == (not found)
    if found:
        px, py = np.array(picture["curves"][0]).reshape(-1, 2).T
        curve = expit(found[0] * (0.4 + (px - 40) * 8.2 / 305) + found[1])
        np.testing.assert_allclose(-0.15 + (331 - py) * 1.3 / 305, curve, atol=0.002)


def test_the_buttons_draw_once_more_and_to_the_last(alone):
    """Catches a button that begins anew, and draws that go beyond the last."""
    element, most = alone("sampling"), spec("sampling")["state"]["k"]["max"]
    for k in (2, 3):
        element.locator("button[name=again]").press("Enter")
        assert element.evaluate("element => element.state.k") == k
    element.locator("button[name=all]").press("Enter")
    assert element.evaluate("element => element.state.k") == most
    element.locator("button[name=again]").press("Enter")
    assert element.evaluate("element => element.state.k") == most
