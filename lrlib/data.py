"""The book's data sets, each with a card: where it comes from, what it holds, what is wrong with it.

Every loader returns a Dataset of float64 NumPy arrays. The small sets are made here; the real ones ship with
scikit-learn or lie in lrlib/tables, so nothing is fetched. Randomness comes only from the NumPy Generator that the
caller passes.
"""

import csv
import gzip
import io
import math
import textwrap
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Card(NamedTuple):
    """What a reader should know about a data set before using it; print it to read it."""

    name: str  #: as people call it
    source: str  #: who collected it, and where it was published
    licence: str  #: on what terms it may be used
    rows: int  #: examples
    columns: int  #: features, without the target
    target: str  #: what is to be predicted
    known_problems: tuple[str, ...]  #: a sentence or two each

    def __str__(self) -> str:
        """Return the card as lines of at most 88 characters."""
        size = f"{self.rows} rows, {self.columns} {'column' if self.columns == 1 else 'columns'}"
        facts = [
            ("name", self.name),
            ("source", self.source),
            ("licence", self.licence),
            ("size", size),
            ("target", self.target),
        ]
        lines = [_wrap(title, fact) for title, fact in facts]
        problems = [_wrap("" if i else "known problems", f"- {p}") for i, p in enumerate(self.known_problems)]
        return "\n".join(lines + problems)


class Dataset(NamedTuple):
    """X (rows, columns) and y (rows,) in float64, the names of the columns and of the classes, and the card.

    class_names[k] is the name of label k; it is empty where y is a number to predict, not a class.
    """

    X: NDArray[np.float64]  #: (rows, columns)
    y: NDArray[np.float64]  #: (rows,)
    feature_names: tuple[str, ...]  #: one per column
    class_names: tuple[str, ...]  #: one per label, or none
    card: Card  #: source, licence and known problems


class LogOdds(NamedTuple):
    """The log-odds of class 1 at x are x @ w + b: w (D,), b a number."""

    w: NDArray[np.float64]  #: (D,)
    b: float  #: at the origin


_MADE_HERE = "BSD-3-Clause, as the code that makes it"
_EXAM = Card(
    name="Exam",
    source="invented for this book",
    licence="CC BY 4.0, as the book's text",
    rows=8,
    columns=1,
    target="passed the exam (1) or failed it (0)",
    known_problems=(
        "Invented: one pass at 4 hours and one fail at 5 make the classes overlap; their middle is 4.5.",
        "Eight rows teach nothing about exams.",
    ),
)
_DIABETES = Card(
    name="Diabetes",
    source="B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, Least Angle Regression, Annals of Statistics 32 "
    "(2004), 407-499; the copy that ships with scikit-learn, its columns not scaled",
    licence="not stated by the source",
    rows=442,
    columns=10,
    target="a quantitative measure of disease progression one year after baseline, from 25 to 346; the source "
    "names no unit",
    known_problems=(
        "sex is coded 1 and 2, and the source does not say which is which.",
        "The paper only says 'six blood serum measurements'. What s1 to s6 are was worked out later by others: total "
        "cholesterol, LDL, HDL, total cholesterol over HDL, possibly the logarithm of triglycerides, blood sugar.",
        "s1 and s2 carry nearly the same information, and s4 is nearly s1 divided by s3.",
        "When, where and how the patients were chosen is not stated.",
    ),
)
_BREAST_CANCER = Card(
    name="Breast Cancer Wisconsin (Diagnostic)",
    source="W. Wolberg, O. Mangasarian, N. Street and W. Street (1993), UCI Machine Learning Repository, "
    "doi:10.24432/C5DW2B; the copy that ships with scikit-learn",
    licence="CC BY 4.0, as the UCI repository states",
    rows=569,
    columns=30,
    target="malignant (1, 212 rows) or benign (0, 357 rows); scikit-learn numbers them the other way round, "
    "recoded here so that 1 is the class one looks for",
    known_problems=(
        "The columns are strongly correlated: ten measurements come as mean, standard error and 'worst', and radius, "
        "perimeter and area say nearly the same.",
        "The columns have very different scales: mean area reaches 2501, mean fractal dimension stays below 0.1.",
        "'worst' is the mean of the three largest values, not the single largest.",
        "In 13 rows all six columns about concavity are exactly 0.",
        "Cases of one hospital in the United States, all examined with a needle: the share of malignant ones is "
        "not the share among the public.",
    ),
)
_ADMISSIONS = Card(
    name="Admissions to graduate school, Berkeley, autumn 1973",
    source="P. Bickel, E. Hammel and J. O'Connell, Sex Bias in Graduate Admissions, Science 187 (1975), 398-404; the "
    "counts of the six largest departments as in D. Freedman, R. Pisani and R. Purves, Statistics",
    licence="twelve pairs of published counts: facts, not protected",
    rows=4526,
    columns=6,
    target="admitted (1, 1755 rows) or rejected (0, 2771 rows)",
    known_problems=(
        "Nothing is recorded of the applicants but sex and department: no grades, no scores.",
        "Six departments of many, called A to F: over a third of all applicants.",
        "In department A, 825 men and 108 women applied. A mean over all rows leans on such lopsided cells.",
    ),
)
_BEETLES = Card(
    name="Beetles",
    source="C. I. Bliss, The Calculation of the Dosage-Mortality Curve, Annals of Applied Biology 22 (1935), 134-167",
    licence="eight pairs of published counts: facts, not protected",
    rows=481,
    columns=1,
    target="died within five hours of carbon disulphide (1, 291 rows) or survived (0, 190 rows)",
    known_problems=(
        "The dose is the logarithm to base 10 of mg/l, rounded to four decimals as in later textbooks.",
        "Two batches at each dose were added up, so that whether batches differed can no longer be seen.",
    ),
)
_CRASHES = Card(
    name="Car crashes, belted drivers",
    source="National Highway Traffic Safety Administration, National Automotive Sampling System, Crashworthiness Data "
    "System 1997-2002; the belted drivers of the extract nassCDS in the R package DAAG (M. Meyer and T. Finney, Who "
    "Wants Airbags?, Chance 18 (2005), number 2, 3-16)",
    licence="a work of the United States Government, in the public domain there (17 U.S.C. 105)",
    rows=14912,
    columns=7,
    target="the driver died (1, 363 rows) or lived (0, 14549 rows)",
    known_problems=(
        "A sample in which severe crashes were drawn more often; the survey's weights are left out here, so the share "
        "of deaths is not the share among all crashes.",
        "Only crashes after which at least one car was towed, and of these only drivers who wore a belt.",
        "impact speed, in km/h, was estimated afterwards and comes in five bands: each row holds the lowest speed of "
        "its band, 1, 10, 25, 40 or 55. A car that calls for help would send its own estimate.",
        "age of car is the year of the crash less the model's year, so that some cars are -1 years old. One driver in "
        "a car of unknown age is left out.",
        "The two drivers of one crash may both be rows, and nothing here says which belong together.",
    ),
)
_O_RINGS = Card(
    name="O-rings",
    source="S. Dalal, E. Fowlkes and B. Hoadley, Risk Analysis of the Space Shuttle, Journal of the American "
    "Statistical Association 84 (1989), 945-957, after the report of the Presidential Commission (1986)",
    licence="23 published pairs of numbers, from a report of the United States Government: facts, not protected",
    rows=23,
    columns=1,
    target="some O-ring of the field joints was distressed by heat (1, 7 rows) or none (0, 16 rows)",
    known_problems=(
        "One flight of the 24 is missing: its boosters were lost at sea.",
        "The coldest flight was at 53 degrees Fahrenheit. Challenger was launched at 31.",
        "A flight with two distressed rings counts as one with one.",
    ),
)
_SMOKING = Card(
    name="Smoking and carcinoma of the lung, men",
    source="R. Doll and A. B. Hill, Smoking and Carcinoma of the Lung, British Medical Journal (30 September 1950), "
    "739-748, table IV",
    licence="four published counts: facts, not protected",
    rows=1298,
    columns=1,
    target="in hospital with carcinoma of the lung (1, 649 rows) or with another disease (0, 649 rows)",
    known_problems=(
        "Patients were chosen by their disease, as many with it as without: the share with cancer says nothing about "
        "people outside.",
        "The others were patients too, some with diseases that smoking causes as well.",
        "A smoker is anyone who ever smoked one cigarette a day for a year.",
    ),
)
_DIGITS = Card(
    name="Optical Recognition of Handwritten Digits",
    source="E. Alpaydin and C. Kaynak (1998), UCI Machine Learning Repository, doi:10.24432/C50P49; the copy of its "
    "test part that ships with scikit-learn",
    licence="CC BY 4.0, as the UCI repository states",
    rows=1797,
    columns=64,
    target="the digit, 0 to 9, with 174 to 183 rows of each",
    known_problems=(
        "13 people wrote all of these digits, and who wrote which is not recorded: a random split puts the same hand "
        "on both sides, so the score says little about a new hand.",
        "Each pixel counts the ink in a block of 4 by 4 from a picture of 32 by 32: fine strokes are lost.",
        "Three of the pixels are 0 in every row and carry nothing.",
    ),
)
_RAIN = Card(
    name="Rain in Seattle",
    source="National Oceanic and Atmospheric Administration, daily observations of 2012 to 2015; the copy "
    "seattle-weather.csv in the Python package vega_datasets 0.9.0, each day joined here to the rain of the next",
    licence="a work of the United States Government, in the public domain there (17 U.S.C. 105)",
    rows=1460,
    columns=5,
    target="it rained on the next day (1, 623 rows) or did not (0, 837 rows)",
    known_problems=(
        "Rain is any precipitation, melted snow too, of which the smallest amount above 0 is 0.3 mm.",
        "Rows follow each other day by day, and the label of one row is the first column of the next: rows are not "
        "independent draws.",
        "Precipitation in mm, temperatures in degrees Celsius, wind in m/s. Which station measured is not stated by "
        "the package.",
        "Neither air pressure nor cloud nor yesterday: a weather service knows far more than these five columns.",
    ),
)


def exam() -> Dataset:
    """Return the eight students who go through the whole book: hours of revision, and whether the exam was passed.

    The classes overlap, so no threshold on the hours is right about all and logistic regression has a finite fit. A
    fit of either kind, line or sigmoid, has its boundary at 4.5 hours. Returns a Dataset, X (8, 1) in hours, y (8,) of
    0.0 (failed) and 1.0 (passed).

    >>> exam().y
    array([0., 0., 0., 1., 0., 1., 1., 1.])
    """
    X = np.arange(1.0, 9.0)[:, None]
    y = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0])
    return Dataset(X, y, ("hours of revision",), ("failed", "passed"), _EXAM)


def line_with_noise(
    generator: np.random.Generator,
    *,
    n: int = 100,
    w: float = 2.0,
    b: float = 1.0,
    noise: float = 1.0,
    low: float = -3.0,
    high: float = 3.0,
) -> Dataset:
    """Return n points of y = w x + b + noise * e, with e standard normal and x uniform between low and high.

    generator: numpy.random.Generator. Returns a Dataset, X (n, 1), y (n,). ValueError unless n >= 1, noise >= 0
    and low < high.

    >>> line_with_noise(np.random.default_rng(0), n=3).X.shape
    (3, 1)
    """
    _check_generator(generator)
    n = _count(n)
    w, b, low, high = _finite("w", w), _finite("b", b), _finite("low", low), _finite("high", high)
    noise = _finite("noise", noise)
    if noise < 0:
        raise ValueError(f"noise is a standard deviation and must be 0 or more; got {noise:g}.")
    if low >= high:
        raise ValueError(f"low must be smaller than high; got low={low:g} and high={high:g}.")
    x = generator.uniform(low, high, size=n)
    y = w * x + b + noise * generator.standard_normal(n)
    card = Card(
        name="A line with noise",
        source="drawn by lrlib.data.line_with_noise",
        licence=_MADE_HERE,
        rows=n,
        columns=1,
        target=f"y = {w:g} x + {b:g} + e, with e normal of mean 0 and standard deviation {noise:g}",
        known_problems=("Made, not measured: the line and the noise are exactly what the model assumes.",),
    )
    return Dataset(x[:, None], y, ("x",), (), card)


def gaussian_log_odds(
    *,
    mean_zero: ArrayLike = (-1.0, -1.0),
    mean_one: ArrayLike = (1.0, 1.0),
    spread: float = 1.0,
    share_one: float = 0.5,
) -> LogOdds:
    """Return the truth about two_gaussians: w = (m1 - m0)/s^2, b = (m0 @ m0 - m1 @ m1)/(2 s^2) + log(q/(1 - q)).

    m0, m1: the means (D,) of the two classes; s: the standard deviation they share; q: the probability of class 1.
    Takes the same options as two_gaussians. Returns LogOdds(w (D,), b): the log-odds of class 1 at x are x @ w + b.

    >>> gaussian_log_odds(mean_zero=[0.0], mean_one=[2.0])
    LogOdds(w=array([2.]), b=-2.0)
    """
    zero, one, spread, share_one = _two_clouds(mean_zero, mean_one, spread, share_one)
    w = (one - zero) / spread**2
    b = float(zero @ zero - one @ one) / (2.0 * spread**2) + math.log(share_one) - math.log1p(-share_one)
    return LogOdds(w, b)


def two_gaussians(
    generator: np.random.Generator,
    *,
    n: int = 200,
    mean_zero: ArrayLike = (-1.0, -1.0),
    mean_one: ArrayLike = (1.0, 1.0),
    spread: float = 1.0,
    share_one: float = 0.5,
) -> Dataset:
    """Return n points of two round normal clouds, one per class; gaussian_log_odds gives their true w and b.

    Each label is 1 with probability share_one, whatever the others are; then x is normal around the mean of its
    class, with standard deviation spread in every direction. generator: numpy.random.Generator. Returns a Dataset,
    X (n, D), y (n,) of 0.0 and 1.0.
    """
    _check_generator(generator)
    n = _count(n)
    zero, one, spread, share_one = _two_clouds(mean_zero, mean_one, spread, share_one)
    y = (generator.random(n) < share_one).astype(np.float64)
    X = np.where(y[:, None] == 1.0, one, zero) + spread * generator.standard_normal((n, zero.size))
    truth = gaussian_log_odds(mean_zero=zero, mean_one=one, spread=spread, share_one=share_one)
    weights = ", ".join(f"{weight:.4g}" for weight in truth.w)
    card = Card(
        name="Two round clouds",
        source="drawn by lrlib.data.two_gaussians",
        licence=_MADE_HERE,
        rows=n,
        columns=zero.size,
        target=f"class 1 or 0; the true log-odds of class 1 are x @ w + b with w = [{weights}], b = {truth.b:.4g}",
        known_problems=("Made, not measured: the true log-odds are a straight line, which real data never promise.",),
    )
    names = tuple(f"x{i}" for i in range(1, zero.size + 1))
    return Dataset(X, y, names, ("class 0", "class 1"), card)


def admissions() -> Dataset:
    """Return 4,526 who applied to six departments at Berkeley in 1973: sex, department, and whether they were admitted.

    Returns a Dataset, X (4526, 6) of zeros and ones: female, and departments B to F (A is where all five are 0).

    >>> made = admissions()
    >>> [round(float(made.y[made.X[:, 0] == female].mean()), 3) for female in (0, 1)]
    [0.445, 0.304]
    """
    return _from_counts("admissions.csv", ("rejected", "admitted"), _ADMISSIONS)


def beetles() -> Dataset:
    """Return 481 beetles in carbon disulphide: the dose, log10 mg/l, and which died (C. I. Bliss, 1935).

    Returns a Dataset, X (481, 1) of eight doses, y (481,) of 0.0 (survived) and 1.0 (died).

    >>> beetles().y.mean().round(3)
    np.float64(0.605)
    """
    return _from_counts("beetles.csv", ("survived", "died"), _BEETLES)


def o_rings() -> Dataset:
    """Return 23 flights of the space shuttle before Challenger's last: temperature, and whether an O-ring suffered.

    Returns a Dataset, X (23, 1) in degrees Fahrenheit, y (23,) of 0.0 (no O-ring distressed) and 1.0 (some).

    >>> o_rings().y.sum()
    np.float64(7.0)
    """
    names, table = _table("o-rings.csv")
    y = (table[:, 1] > 0).astype(np.float64)
    return Dataset(table[:, :1].copy(), y, names[:1], ("none", "some"), _O_RINGS)


def smoking() -> Dataset:
    """Return the 1,298 men of the first British study of smoking and cancer of the lung (R. Doll and A. B. Hill, 1950).

    Returns a Dataset, X (1298, 1) of 1.0 for a smoker, y (1298,) of 1.0 (carcinoma of the lung) and 0.0 (other).

    >>> made = smoking()
    >>> [int(made.y[made.X[:, 0] == smoker].sum()) for smoker in (0, 1)]
    [2, 647]
    """
    return _from_counts("smoking.csv", ("other", "cancer"), _SMOKING)


def diabetes() -> Dataset:
    """Return 442 diabetes patients: ten measurements, and how far the disease went on within a year.

    Returns a Dataset, X (442, 10) in the columns' own units, y (442,) a score to predict. ImportError where
    scikit-learn, which carries the file, is not installed.
    """
    raw = _scikit_learn_datasets().load_diabetes(scaled=False)
    return Dataset(_float64(raw.data), _float64(raw.target), _names(raw.feature_names), (), _DIABETES)


def breast_cancer() -> Dataset:
    """Return 569 breast masses: thirty measurements of their cell nuclei, and whether they were malignant.

    Malignant is 1: the positive class is the one looked for, so that recall is the share of cancers found.
    scikit-learn says 0. Returns a Dataset, X (569, 30), y (569,) of 0.0 and 1.0. ImportError where scikit-learn is
    not installed.
    """
    raw = _scikit_learn_datasets().load_breast_cancer()
    y = _float64(raw.target == list(raw.target_names).index("malignant"))
    return Dataset(_float64(raw.data), y, _names(raw.feature_names), ("benign", "malignant"), _BREAST_CANCER)


def crashes() -> Dataset:
    """Return 14,912 drivers who wore a belt when their car crashed: seven facts that a car could send, and who died.

    Death is 1, and rare: 2.4 % of the rows. Returns a Dataset, X (14912, 7), y (14912,) of 0.0 and 1.0. frontal,
    airbag (the car has one), deployed (it opened) and female are 0 or 1; impact speed is in km/h, both ages in years.

    >>> crashes().feature_names
    ('impact speed', 'frontal', 'airbag', 'deployed', 'female', 'age', 'age of car')
    """
    names, table = _table("crashes.csv.gz")
    return Dataset(table[:, :-1].copy(), table[:, -1].copy(), names[:-1], ("lived", "died"), _CRASHES)


def seattle_rain() -> Dataset:
    """Return 1,460 days in Seattle, 2012 to 2015, in order: today's weather, and whether it rained on the next day.

    The first 1,096 rows are the days of 2012 to 2014. Returns a Dataset, X (1460, 5), y (1460,) of 0.0 and 1.0.
    """
    names, table = _table("rain.csv")
    return Dataset(table[:, :-1].copy(), table[:, -1].copy(), names[:-1], ("dry", "rain"), _RAIN)


def digits() -> Dataset:
    """Return 1,797 handwritten digits, rows of 64 pixels from 0 (paper) to 16 (ink).

    Returns a Dataset, X (1797, 64), y (1797,) of 0.0 to 9.0; X.reshape(-1, 8, 8) are the images. ImportError where
    scikit-learn is not installed.
    """
    raw = _scikit_learn_datasets().load_digits()
    return Dataset(_float64(raw.data), _float64(raw.target), _names(raw.feature_names), tuple("0123456789"), _DIGITS)


def _table(name: str) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Return the names of the columns and the numbers of a table in lrlib/tables: CSV with a header, .gz or not."""
    packed = files("lrlib").joinpath("tables", name).read_bytes()
    text = (gzip.decompress(packed) if name.endswith(".gz") else packed).decode("utf-8")
    header, *rows = csv.reader(io.StringIO(text))
    return tuple(header), np.array(rows, dtype=np.float64)


def _from_counts(name: str, class_names: tuple[str, str], card: Card) -> Dataset:
    """Return a row for each that was counted, from a table whose last columns count those of class 1 and of class 0."""
    names, table = _table(name)
    counts = table[:, -2:].astype(np.int64).ravel()
    X = np.repeat(np.repeat(table[:, :-2], 2, axis=0), counts, axis=0)
    y = np.repeat(np.tile([1.0, 0.0], len(table)), counts)
    return Dataset(X, y, names[:-2], class_names, card)


def _scikit_learn_datasets() -> Any:
    # Imported only when a real data set is asked for: scikit-learn takes longer to load than all of lrlib.
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError(
            "This data set ships with scikit-learn, which is not installed. "
            "Install it with: python -m pip install scikit-learn"
        ) from error
    return datasets


def _float64(values: ArrayLike) -> NDArray[np.float64]:
    return np.ascontiguousarray(values, dtype=np.float64)


def _names(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(name) for name in names)


def _wrap(title: str, text: str) -> str:
    indent = " " * (18 if text.startswith("- ") else 16)
    return textwrap.fill(text, 88, initial_indent=f"{title:<16}", subsequent_indent=indent, break_on_hyphens=False)


def _check_generator(generator: object) -> None:
    if not isinstance(generator, np.random.Generator):
        raise ValueError(
            f"generator must be a numpy.random.Generator; got {type(generator).__name__}. "
            "Make one with np.random.default_rng(seed)."
        )


def _count(n: object) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"n must be a positive whole number of rows; got {n!r}.")
    return int(n)


def _finite(name: str, value: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{name} must be a finite number; got {value!r}.")
    return number


def _two_clouds(
    mean_zero: ArrayLike, mean_one: ArrayLike, spread: float, share_one: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, float]:
    """Return the options of two_gaussians, checked."""
    zero, one = _float64(mean_zero), _float64(mean_one)
    if zero.shape != one.shape:
        raise ValueError(
            f"mean_zero and mean_one must have as many coordinates as each other; got {zero.size} and {one.size}."
        )
    if zero.ndim != 1 or zero.size == 0 or not (np.isfinite(zero).all() and np.isfinite(one).all()):
        raise ValueError("mean_zero and mean_one must each be a list of finite numbers, one per feature.")
    spread, share_one = _finite("spread", spread), _finite("share_one", share_one)
    if spread <= 0:
        raise ValueError(f"spread is a standard deviation and must be above 0; got {spread:g}.")
    if not 0 < share_one < 1:
        raise ValueError(f"share_one is the probability of class 1 and must lie in (0, 1); got {share_one:g}.")
    return zero, one, spread, share_one
