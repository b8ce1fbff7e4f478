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
import tomllib
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
    return Dataset(X, y, ("hours of revision",), ("failed", "passed"), _card("exam"))


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
    return _from_counts("admissions.csv", ("rejected", "admitted"), _card("admissions"))


def beetles() -> Dataset:
    """Return 481 beetles in carbon disulphide: the dose, log10 mg/l, and which died (C. I. Bliss, 1935).

    Returns a Dataset, X (481, 1) of eight doses, y (481,) of 0.0 (survived) and 1.0 (died).

    >>> beetles().y.mean().round(3)
    np.float64(0.605)
    """
    return _from_counts("beetles.csv", ("survived", "died"), _card("beetles"))


def o_rings() -> Dataset:
    """Return 23 flights of the space shuttle before Challenger's last: temperature, and whether an O-ring suffered.

    Returns a Dataset, X (23, 1) in degrees Fahrenheit, y (23,) of 0.0 (no O-ring distressed) and 1.0 (some).

    >>> o_rings().y.sum()
    np.float64(7.0)
    """
    names, table = _table("o-rings.csv")
    y = (table[:, 1] > 0).astype(np.float64)
    return Dataset(table[:, :1].copy(), y, names[:1], ("none", "some"), _card("o_rings"))


def smoking() -> Dataset:
    """Return the 1,298 men of the first British study of smoking and cancer of the lung (R. Doll and A. B. Hill, 1950).

    Returns a Dataset, X (1298, 1) of 1.0 for a smoker, y (1298,) of 1.0 (carcinoma of the lung) and 0.0 (other).

    >>> made = smoking()
    >>> [int(made.y[made.X[:, 0] == smoker].sum()) for smoker in (0, 1)]
    [2, 647]
    """
    return _from_counts("smoking.csv", ("other", "cancer"), _card("smoking"))


def diabetes() -> Dataset:
    """Return 442 diabetes patients: ten measurements, and how far the disease went on within a year.

    Returns a Dataset, X (442, 10) in the columns' own units, y (442,) a score to predict. ImportError where
    scikit-learn, which carries the file, is not installed.
    """
    raw = _scikit_learn_datasets().load_diabetes(scaled=False)
    return Dataset(_float64(raw.data), _float64(raw.target), _names(raw.feature_names), (), _card("diabetes"))


def breast_cancer() -> Dataset:
    """Return 569 breast masses: thirty measurements of their cell nuclei, and whether they were malignant.

    Malignant is 1: the positive class is the one looked for, so that recall is the share of cancers found.
    scikit-learn says 0. Returns a Dataset, X (569, 30), y (569,) of 0.0 and 1.0. ImportError where scikit-learn is
    not installed.
    """
    raw = _scikit_learn_datasets().load_breast_cancer()
    y = _float64(raw.target == list(raw.target_names).index("malignant"))
    return Dataset(_float64(raw.data), y, _names(raw.feature_names), ("benign", "malignant"), _card("breast_cancer"))


def crashes() -> Dataset:
    """Return 14,912 drivers who wore a belt when their car crashed: seven facts that a car could send, and who died.

    Death is 1, and rare: 2.4 % of the rows. Returns a Dataset, X (14912, 7), y (14912,) of 0.0 and 1.0. frontal,
    airbag (the car has one), deployed (it opened) and female are 0 or 1; impact speed is in km/h, both ages in years.

    >>> crashes().feature_names
    ('impact speed', 'frontal', 'airbag', 'deployed', 'female', 'age', 'age of car')
    """
    names, table = _table("crashes.csv.gz")
    return Dataset(table[:, :-1].copy(), table[:, -1].copy(), names[:-1], ("lived", "died"), _card("crashes"))


def seattle_rain() -> Dataset:
    """Return 1,460 days in Seattle, 2012 to 2015, in order: today's weather, and whether it rained on the next day.

    The first 1,096 rows are the days of 2012 to 2014. Returns a Dataset, X (1460, 5), y (1460,) of 0.0 and 1.0.
    """
    names, table = _table("rain.csv")
    return Dataset(table[:, :-1].copy(), table[:, -1].copy(), names[:-1], ("dry", "rain"), _card("seattle_rain"))


def digits() -> Dataset:
    """Return 1,797 handwritten digits, rows of 64 pixels from 0 (paper) to 16 (ink).

    Returns a Dataset, X (1797, 64), y (1797,) of 0.0 to 9.0; X.reshape(-1, 8, 8) are the images. ImportError where
    scikit-learn is not installed.
    """
    raw = _scikit_learn_datasets().load_digits()
    return Dataset(
        _float64(raw.data), _float64(raw.target), _names(raw.feature_names), tuple("0123456789"), _card("digits")
    )


def _card(name: str) -> Card:
    """Return a card of lrlib/tables/cards.toml."""
    facts = tomllib.loads(files("lrlib").joinpath("tables", "cards.toml").read_text(encoding="utf-8"))[name]
    return Card(**{**facts, "known_problems": tuple(facts["known_problems"])})


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
