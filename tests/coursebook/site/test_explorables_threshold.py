"""The explorable of the threshold: its rows are those of the chapter's model, its counts and rates are lrlib's."""

import json
import re

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from coursebook.source import myst
from lrlib.data import breast_cancer
from lrlib.explorables import FOLDER, spec
from lrlib.fit import fit_binary
from lrlib.functions import sigmoid
from lrlib.linear import logits
from lrlib.metrics import accuracy, confusion_table, f1, precision, recall
from tests.pages import glued, settle
from tests.paths import ROOT

RATES = {"precision": precision, "recall": recall, "f1": f1, "accuracy": accuracy}
pytestmark = pytest.mark.slow


def rows_of_a_model(strength):
    """Return the logits and labels of the held-out rows, computed as in the chapter, with the penalty strength / N."""
    cancer = breast_cancer()
    train, test = train_test_split(np.arange(len(cancer.y)), test_size=0.3, stratify=cancer.y, random_state=0)
    X = (cancer.X - cancer.X[train].mean(axis=0)) / cancer.X[train].std(axis=0)
    fit = fit_binary(X[train], cancer.y[train], l2=strength / len(train), method="newton")
    return logits(X[test], fit.w, fit.b), cancer.y[test]


@pytest.fixture(scope="module")
def held_out():
    return rows_of_a_model(1)


def typed(name):
    """Return the numbers that the module holds."""
    text = (FOLDER / "threshold.js").read_text(encoding="utf-8")
    numbers = re.search(rf"^const {name} = \[([^\]]*)\];$", text, re.M)[1]
    return np.array([float(number) for number in numbers.replace("\n", "").split(",") if number.strip()])


def counted(y, called):
    return confusion_table(y.astype(int), called.astype(int)).ravel().tolist()


def cost(r, counts):
    return counts[1] + r * counts[2]


# The rows


def test_the_rows_are_the_held_out_rows_of_the_chapters_model(held_out):
    """Catches a module that keeps the numbers of an older model, split or penalty."""
    z, y = held_out
    for name, label in (("benign", 0), ("malignant", 1)):
        np.testing.assert_allclose(typed(name), np.sort(z[y == label]), rtol=0, atol=6e-5, err_msg=name)


def test_rows_of_another_penalty_would_be_noticed():
    """The planted failure of the test above: half of the penalty, the same split."""
    with pytest.raises(AssertionError):
        test_the_rows_are_the_held_out_rows_of_the_chapters_model(rows_of_a_model(0.5))


def test_the_table_is_the_librarys_at_every_place_of_the_slider_and_at_every_named_threshold(in_browser, held_out):
    """Catches rounding that carries a row over the threshold, and a threshold that is compared on the wrong side."""
    z, y = held_out
    slider = spec("threshold")["state"]["t"]
    places = np.round(np.arange(slider["min"], slider["max"] + 0.01, slider["step"]), 2)[1:-1]
    named = -np.log(np.arange(1, spec("threshold")["state"]["r"]["max"] + 1))
    tried = np.append(places, named)
    for t, found in zip(tried, in_browser("threshold", "held", tried[:, None]), strict=True):
        assert found == counted(y, sigmoid(z) > sigmoid(t)), t
    ends = in_browser("threshold", "held", [[slider["min"]], [slider["max"]]])
    assert ends == [counted(y, sigmoid(z) > 0), counted(y, sigmoid(z) > 1)]


def test_it_begins_with_the_table_of_the_chapter(in_browser):
    """Catches a figure beside a text with other counts: those that the chapter's cell has handed over."""
    [figure] = myst.directives(ROOT / "chapters/binary-classification.md", "explorable")
    text = glued("binary-classification")
    [[_, false_alarms, missed, found]] = in_browser("threshold", "held", [[float(figure.options["t"])]])
    assert text["binary-false-alarms"] == str(false_alarms)
    assert text["binary-missed"] == str(missed)
    assert text["binary-found"] == f"{found} of {found + missed}"


# The maths


@pytest.fixture(scope="module")
def inputs():
    """Return (threshold, p, y): random ones, many ties p = t, nobody called positive, one class only."""
    rng = np.random.default_rng(7)
    made = []
    for _ in range(100):
        n = rng.integers(1, 40)
        made.append((rng.uniform(), rng.uniform(size=n), rng.integers(0, 2, size=n)))
        made.append((rng.integers(0, 11) / 10, rng.integers(0, 11, size=n) / 10, rng.integers(0, 2, size=n)))
    some = rng.uniform(size=20)
    ones = np.ones(20, dtype=int)
    return [*made, (1.0, some, ones), (0.0, some, ones), (1.0, some, 0 * ones), (0.0, some, 0 * ones)]


@pytest.fixture(scope="module")
def tables(inputs):
    """Return what the module is to count, by the rule: 1 if p is above the threshold, 0 if it is equal or below."""
    return [counted(y, p > t) for t, p, y in inputs]


def row(t, p, y):
    """Return the arguments of maths.table: the values of class 0 first."""
    return [t, np.sum(y == 0), *p[y == 0], *p[y == 1]]


def test_the_counts_are_the_librarys_confusion_table(in_browser, inputs, tables):
    """Catches a transposed table, and a tie that is called 1."""
    assert [in_browser("threshold", "table", [row(*each)])[0] for each in inputs] == tables


def test_a_tie_called_positive_would_be_noticed(inputs, tables):
    """The planted failure of the test above: p >= t in place of p > t."""
    assert [counted(y, p >= t) for t, p, y in inputs] != tables


@pytest.mark.parametrize("name", RATES)
def test_the_rates_are_the_librarys(in_browser, inputs, tables, name):
    """Catches a rate by the wrong total, and a 0/0 that is made up rather than not a number."""
    expected = [float(RATES[name](y, (p > t).astype(int))) for t, p, y in inputs]
    assert name == "accuracy" or np.isnan(expected).any()
    np.testing.assert_allclose(in_browser("threshold", name, tables), expected, rtol=1e-14)


def test_the_named_threshold_is_that_of_the_costs(in_browser):
    """Catches the quotient upside down: c_FP / (c_FP + c_FN) with the costs 1 and r, as a logit."""
    r = np.arange(1, 21)
    np.testing.assert_allclose(
        sigmoid(np.array(in_browser("threshold", "theory", r[:, None]))), 1 / (1 + r), rtol=1e-13
    )


def test_the_cheapest_threshold_is_cheapest_among_all(in_browser, held_out):
    """Catches a minimum that was missed, by trying a threshold just at and below each row, and in between."""
    z, y = held_out
    every = [-np.inf, *np.sort(z), *(np.sort(z) - 1e-6), np.inf]
    for r in range(1, 21):
        least = min(cost(r, counted(y, z > t)) for t in every)
        [[low, high]] = in_browser("threshold", "cheapest", [[r]])
        for t in (low + 1e-3, (low + high) / 2, high - 1e-3):
            assert cost(r, counted(y, z > t)) == least, (r, t)


def test_the_words_below_the_figure_hold(held_out):
    """Catches a text that the data have left: 9 to 1, one miss, and the costs at which one half is cheaper."""
    z, y = held_out
    half, named = counted(y, z > 0), {r: counted(y, sigmoid(z) > 1 / (1 + r)) for r in range(1, 21)}
    assert named[9][2] == 1
    assert cost(9, named[9]) == min(cost(9, counted(y, z > t)) for t in [-np.inf, *z])
    for name in ("precision", "accuracy"):
        both = [float(RATES[name](y, (z > t).astype(int))) for t in (0, -np.log(9))]
        assert both[1] < both[0]
    assert [r for r in named if cost(r, half) < cost(r, named[r])] == [2, 3, 4, 5, 6]


# On the page


@pytest.fixture
def tab(built, browser):
    tab = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    tab.goto((built / "chapters/binary-classification.html").as_uri())
    tab.wait_for_selector("lr-threshold:defined", state="attached")
    tab.locator("lr-threshold").scroll_into_view_if_needed()
    settle(tab)
    yield tab
    tab.close()


def readout(tab):
    return tab.evaluate(
        """new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(Object.fromEntries(
           [...document.querySelectorAll("lr-threshold tr")].map(
             tr => [...tr.children].map(cell => cell.textContent)).map(([head, ...rest]) => [head, rest]))))))"""
    )


def test_the_keys_end_and_home_reach_the_thresholds_one_and_zero(tab):
    """Catches a precision of 0/0 that is shown as a number, and a slider whose ends leave some rows out."""
    slider = tab.locator("lr-threshold input[name=t]")
    slider.press("End")
    shown = readout(tab)
    assert (shown["threshold"][0], shown["precision"][0], shown["recall"][0]) == ("1.000", "–", "0.000")
    assert slider.get_attribute("aria-valuetext") == "1"
    assert "precision undefined" in tab.locator("lr-threshold .lr-stage").get_attribute("aria-label")
    slider.press("Home")
    shown = readout(tab)
    assert (shown["threshold"][0], shown["misses"][0], shown["recall"][0]) == ("0.000", "0", "1.000")


def test_the_button_goes_where_the_middle_column_stands(tab):
    """Catches a slider whose step misses the named threshold by a row: both columns must agree for each r."""
    for r in range(1, 21):
        tab.evaluate("r => document.querySelector('lr-threshold').touch({ r })", r)
        tab.locator("lr-threshold button[name=theory]").click()
        shown = readout(tab)
        assert [cells[0] for cells in list(shown.values())[2:]] == [cells[1] for cells in list(shown.values())[2:]], r


def test_the_counts_in_the_drawing_are_the_marks_on_their_sides(tab):
    """Catches a mark that is drawn on one side of the line and counted on the other."""
    for t in (-3.4, -1.0, 0, 0.05, 2.2):
        tab.evaluate("t => document.querySelector('lr-threshold').touch({ t })", t)
        readout(tab)
        found = tab.locator("lr-threshold svg").evaluate(
            """svg => {
              const line = Number(svg.querySelector("[data-handle]").getAttribute("cx"));
              const marks = path => [...svg.querySelectorAll("path")].map(e => e.getAttribute("d"))
                .filter(d => d.includes(path)).flatMap(d => d.split("M").slice(1)).map(d => parseFloat(d) > line);
              const [rings, triangles] = [marks("a2.9"), marks("h-8z")];
              const words = [...svg.querySelectorAll("text")].map(e => e.textContent);
              const number = name => Number(words.find(w => w.startsWith(name + " ")).split(" ")[1]);
              const beyond = words.filter(w => w.includes("more")).map(w => Number(w.match(/[0-9]+/)[0]));
              const count = (marks, side) => marks.filter(right => right === side).length;
              return [
                [number("TN"), count(rings, false) + beyond[0]], [number("FP"), count(rings, true)],
                [number("FN"), count(triangles, false)], [number("TP"), count(triangles, true) + beyond[1]],
              ];
            }"""
        )
        assert all(said == seen for said, seen in found), (t, json.dumps(found))


@pytest.mark.parametrize("width", [1280, 320])
def test_the_table_fits_into_its_column_with_the_longest_numbers(tab, width):
    """Catches a column that is cut off on the smallest screen, with costs of four digits."""
    tab.set_viewport_size({"width": width, "height": 900})
    tab.evaluate("document.querySelector('lr-threshold').touch({ t: 8, r: 20 })")
    assert readout(tab)["cost"][0] == "1280"
    right = "query => document.querySelector('lr-threshold ' + query).getBoundingClientRect().right"
    assert tab.evaluate(right, "table") <= tab.evaluate(right, ".lr-side") + 0.5
