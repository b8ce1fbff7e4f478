"""The data sets and their cards: what a card says is what the arrays hold."""

import inspect
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lrlib import data
from lrlib.data import Card, Dataset, gaussian_log_odds, line_with_noise, two_gaussians
from lrlib.fit import fit_binary
from lrlib.functions import sigmoid
from lrlib.linear import least_squares

REAL = {"diabetes": data.diabetes, "breast_cancer": data.breast_cancer, "digits": data.digits}
TABLES = {
    "admissions": data.admissions,
    "beetles": data.beetles,
    "crashes": data.crashes,
    "o_rings": data.o_rings,
    "seattle_rain": data.seattle_rain,
    "smoking": data.smoking,
}
LOADERS = {
    "exam": data.exam,
    "line_with_noise": lambda: line_with_noise(np.random.default_rng(0)),
    "two_gaussians": lambda: two_gaussians(np.random.default_rng(0)),
    **REAL,
    **TABLES,
}
CLASSES = {"exam": 2, "two_gaussians": 2, "breast_cancer": 2, "digits": 10, **dict.fromkeys(TABLES, 2)}
# Of the files as they were bundled: the numbers in the chapters are those of these tables and no others.
SHA_256 = {
    "admissions.csv": "ebb3b5e62ce1e77f333d5a6f3152cb417cf75977cc5938e16e8ba2d4eb752e1e",
    "beetles.csv": "435fbd169e9bdd02339c631f0bc5cdc38f40e930b4b81f35d830c7245477cfda",
    "crashes.csv.gz": "095a5f40812ef15f2ad9a45b7823105abcecdf886a34e21b933ffaac76496db8",
    "o-rings.csv": "db580cfbfa9d48b91d48ccf19eed4e45bb710177b3cf7deb74db1616d4aa1ee8",
    "rain.csv": "e9df8062c6ea2442c078a543ee8acec50e490e173d96cfb91b9584ff25909ef8",
    "smoking.csv": "5940ab5196ffc64d7d576fa9115519bf345fd992504331fc90a3dfe9ab3240b0",
}


@pytest.fixture(params=LOADERS, scope="module")
def dataset(request):
    return LOADERS[request.param]()


def test_every_public_loader_is_tested_here():
    """Catches a new loader that nobody added to LOADERS, whose card nobody would read."""
    public = {
        name
        for name, thing in vars(data).items()
        if inspect.isfunction(thing) and not name.startswith("_") and thing.__annotations__.get("return") is Dataset
    }
    assert public == set(LOADERS)


def test_every_card_is_filled_in(dataset):
    """Catches a card with an empty line: 'not stated by the source' is an answer, nothing is not."""
    assert isinstance(dataset.card, Card)
    assert all(dataset.card)
    assert all(problem.endswith(".") for problem in dataset.card.known_problems)


def test_the_card_counts_the_rows_and_columns_of_the_arrays(dataset):
    """Catches a card copied from elsewhere: 1797 rows ship with scikit-learn, not the 5620 of the original."""
    assert dataset.X.shape == (dataset.card.rows, dataset.card.columns)
    assert dataset.y.shape == (dataset.card.rows,)


def test_arrays_are_finite_float64(dataset):
    """Catches integer labels or pixels, which change the arithmetic of the code that gets them."""
    for array in (dataset.X, dataset.y):
        assert array.dtype == np.float64
        assert np.isfinite(array).all()


def test_every_column_has_its_own_name(dataset):
    """Catches names that slip by one column."""
    assert len(dataset.feature_names) == dataset.X.shape[1]
    assert len(set(dataset.feature_names)) == len(dataset.feature_names)
    assert all(type(name) is str for name in (*dataset.feature_names, *dataset.class_names))


@pytest.mark.parametrize("name", LOADERS)
def test_class_names_match_the_labels(name):
    """Catches a class without a name, and names on a set whose y is a number to predict."""
    dataset = LOADERS[name]()
    assert len(dataset.class_names) == CLASSES.get(name, 0)
    if name in CLASSES:
        assert_array_equal(np.unique(dataset.y), np.arange(CLASSES[name]))


def test_a_printed_card_says_everything_in_short_lines(dataset):
    """Catches a fact lost in printing, and lines that run off a telephone's code block."""
    printed = str(dataset.card)
    words = " ".join(printed.split())
    for fact in (dataset.card.source, dataset.card.licence, dataset.card.target, *dataset.card.known_problems):
        assert fact in words
    assert max(map(len, printed.splitlines())) <= 88


def test_a_set_of_one_column_prints_the_singular():
    """Catches '1 columns'."""
    assert "8 rows, 1 column\n" in str(data.exam().card)


def test_the_exam_overlaps_and_both_fits_part_it_in_the_middle():
    """Catches labels that a threshold parts, which have no finite fit, or that are not symmetric."""
    hours, passed = data.exam().X, data.exam().y
    line, curve = least_squares(hours, passed), fit_binary(hours, passed)
    assert hours[passed == 0].max() > hours[passed == 1].min()
    assert_allclose([(0.5 - line.b) / line.w[0], -curve.b / curve.w[0]], 4.5, rtol=1e-9)


def test_a_far_student_who_passed_moves_the_lines_boundary_and_not_the_sigmoids():
    """Catches an exam on which chapter 1's failure cannot be seen, or chapter 2's repair fails."""
    hours, passed = np.append(data.exam().X, [[80.0]], axis=0), np.append(data.exam().y, 1.0)
    line, curve = least_squares(hours, passed), fit_binary(hours, passed)
    assert (0.5 - line.b) / line.w[0] > 5.5
    assert_allclose(-curve.b / curve.w[0], 4.5, rtol=1e-6)


@pytest.mark.parametrize("loader", [line_with_noise, two_gaussians])
def test_the_same_seed_gives_the_same_numbers(loader):
    """Catches a loader that draws from anything but its generator."""
    first, again = (loader(np.random.default_rng(7)) for _ in range(2))
    other = loader(np.random.default_rng(8))
    assert_array_equal(first.X, again.X)
    assert_array_equal(first.y, again.y)
    assert not np.array_equal(first.X, other.X)


@pytest.mark.parametrize("name", LOADERS)
def test_no_loader_touches_the_global_random_state(name):
    """Catches np.random.seed or np.random.normal, which change the numbers of whoever comes after."""
    before = np.random.get_state()  # noqa: NPY002 - the legacy state is what must stay as it was
    LOADERS[name]()
    after = np.random.get_state()  # noqa: NPY002
    assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]


def test_changing_a_loaded_set_leaves_the_next_one_alone():
    """Catches arrays shared between calls."""
    for load in LOADERS.values():
        changed = load()
        changed.X[:], changed.y[:] = -1.0, -1.0
        assert not (load().X == -1.0).all()
        assert not (load().y == -1.0).all()


def test_without_noise_the_points_lie_on_the_line():
    """Catches w and b exchanged, or noise that is always added."""
    made = line_with_noise(np.random.default_rng(0), n=50, w=3.0, b=-2.0, noise=0.0, low=5.0, high=6.0)
    assert_allclose(made.y, 3.0 * made.X[:, 0] - 2.0, rtol=1e-12)
    assert made.X.min() >= 5.0
    assert made.X.max() < 6.0


def test_the_noise_has_the_standard_deviation_that_was_asked_for():
    """Catches a variance taken for a standard deviation: 2 would become 1.41 or 4."""
    made = line_with_noise(np.random.default_rng(0), n=20_000, noise=2.0)
    errors = made.y - 2.0 * made.X[:, 0] - 1.0
    # The standard error of a standard deviation is s / sqrt(2 n) = 0.01, and of the mean 0.014: four of each.
    assert_allclose(errors.std(), 2.0, atol=0.04)
    assert_allclose(errors.mean(), 0.0, atol=0.057)


CLOUDS = {"mean_zero": [-1.0, 0.5, 2.0], "mean_one": [1.0, 1.5, -1.0], "spread": 1.7, "share_one": 0.2}


def test_the_true_log_odds_are_those_of_the_two_densities():
    """Catches a lost minus sign, a missing half, or a forgotten share in the closed form, by Bayes's rule in SciPy."""
    from scipy.stats import multivariate_normal

    X = np.random.default_rng(3).normal(size=(20, 3), scale=4.0)
    truth = gaussian_log_odds(**CLOUDS)
    variance = CLOUDS["spread"] ** 2
    one = multivariate_normal(CLOUDS["mean_one"], variance).logpdf(X) + np.log(CLOUDS["share_one"])
    zero = multivariate_normal(CLOUDS["mean_zero"], variance).logpdf(X) + np.log(1 - CLOUDS["share_one"])
    # Sums of a dozen terms of size 100: a relative 1e-10 leaves room for their rounding.
    assert_allclose(X @ truth.w + truth.b, one - zero, rtol=1e-10, atol=1e-10)


def test_the_clouds_have_the_share_means_and_spread_that_were_asked_for():
    """Catches classes exchanged, or a spread taken for a variance."""
    n = 40_000
    made = two_gaussians(np.random.default_rng(1), n=n, **CLOUDS)
    assert_allclose(made.y.mean(), 0.2, atol=4 * np.sqrt(0.2 * 0.8 / n))  # four standard errors
    for label, name in ((0, "mean_zero"), (1, "mean_one")):
        cloud = made.X[made.y == label]
        assert_allclose(cloud.mean(axis=0), CLOUDS[name], atol=4 * 1.7 / np.sqrt(len(cloud)))
        assert_allclose(cloud.std(axis=0), 1.7, atol=4 * 1.7 / np.sqrt(2 * len(cloud)))


def test_the_clouds_probabilities_are_calibrated():
    """Catches a gaussian_log_odds that does not describe what two_gaussians draws."""
    made = two_gaussians(np.random.default_rng(2), n=40_000, **CLOUDS)
    truth = gaussian_log_odds(**CLOUDS)
    p = sigmoid(made.X @ truth.w + truth.b)
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        here = (p >= low) & (p < low + 0.2)
        # Four standard errors of a share of that many draws.
        assert abs(made.y[here].mean() - p[here].mean()) < 4 * np.sqrt(0.25 / here.sum())


def test_the_card_of_the_clouds_states_the_true_parameters():
    """Catches a card that gives the truth about other clouds than these."""
    made = two_gaussians(np.random.default_rng(0), n=5, mean_zero=[0.0], mean_one=[2.0])
    assert "w = [2], b = -2" in made.card.target


def test_a_bare_number_is_a_mean_of_one_feature():
    """Catches a scalar mean that breaks instead of meaning one feature."""
    assert two_gaussians(np.random.default_rng(0), n=4, mean_zero=0.0, mean_one=1.0).X.shape == (4, 1)


def test_the_diabetes_columns_are_in_their_own_units():
    """Catches scikit-learn's scaled copy, in which an age is 0.038."""
    made = data.diabetes()
    age, sex = made.X[:, made.feature_names.index("age")], made.X[:, made.feature_names.index("sex")]
    assert 18 < age.min() < age.max() < 90
    assert_array_equal(np.unique(sex), [1.0, 2.0])


def test_the_diabetes_card_tells_the_truth():
    """Catches facts on the card that the arrays deny: the target's range, and which columns say the same."""
    made = data.diabetes()
    assert (made.y.min(), made.y.max()) == (25.0, 346.0)
    assert "from 25 to 346" in made.card.target
    column = dict(zip(made.feature_names, made.X.T, strict=True))
    assert np.corrcoef(column["s1"], column["s2"])[0, 1] > 0.85
    assert np.corrcoef(column["s4"], column["s1"] / column["s3"])[0, 1] > 0.95


def test_malignant_is_the_positive_class():
    """Catches scikit-learn's own coding, malignant 0, under which recall would count the healthy."""
    from sklearn.datasets import load_breast_cancer

    made, raw = data.breast_cancer(), load_breast_cancer()
    assert made.class_names == ("benign", "malignant")
    assert_array_equal(made.y == 1, raw.target_names[raw.target] == "malignant")
    # Malignant nuclei are larger: the coding is right by what is measured too.
    assert made.X[made.y == 1, 0].mean() > made.X[made.y == 0, 0].mean()


def test_the_breast_cancer_card_tells_the_truth():
    """Catches facts on the card that the arrays deny."""
    made = data.breast_cancer()
    assert np.bincount(made.y.astype(int)).tolist() == [357, 212]
    assert "malignant (1, 212 rows)" in made.card.target
    assert "benign (0, 357 rows)" in made.card.target
    column = dict(zip(made.feature_names, made.X.T, strict=True))
    sizes = np.corrcoef([column["mean radius"], column["mean perimeter"], column["mean area"]])
    assert sizes.min() > 0.98
    assert column["mean area"].max() == 2501.0
    assert column["mean fractal dimension"].max() < 0.1
    concave = np.array([values for name, values in column.items() if "conca" in name])
    assert concave.shape[0] == 6
    assert int((concave == 0).all(axis=0).sum()) == 13


def test_the_digits_card_tells_the_truth():
    """Catches facts on the card that the arrays deny."""
    made = data.digits()
    counts = np.bincount(made.y.astype(int))
    assert (counts.min(), counts.max()) == (174, 183)
    assert "174 to 183 rows of each" in made.card.target
    assert (made.X.min(), made.X.max()) == (0.0, 16.0)
    assert int((made.X == 0).all(axis=0).sum()) == 3


def test_the_tables_are_those_that_were_bundled():
    """Catches a number changed in a table, a line ending changed by Git, and a table that no hash guards."""
    folder = Path(data.__file__).parent / "tables"
    tables = [path for path in folder.iterdir() if path.name != "cards.toml"]  # words, which the next tests hold
    assert {path.name: sha256(path.read_bytes()).hexdigest() for path in tables} == SHA_256


def test_the_crashes_card_tells_the_truth():
    """Catches facts on the card that the arrays deny, and labels exchanged with another column."""
    made = data.crashes()
    assert np.bincount(made.y.astype(int)).tolist() == [14549, 363]
    assert "died (1, 363 rows)" in made.card.target
    assert "lived (0, 14549 rows)" in made.card.target
    column = dict(zip(made.feature_names, made.X.T, strict=True))
    assert np.unique(column["impact speed"]).tolist() == [1, 10, 25, 40, 55]
    assert (column["age of car"].min(), column["age"].min()) == (-1, 16)
    for name in ("frontal", "airbag", "deployed", "female"):
        assert np.unique(column[name]).tolist() == [0, 1]
    assert (column["deployed"] <= column["airbag"]).all()  # no bag opens that is not there
    deaths = [made.y[column["impact speed"] == speed].mean() for speed in (1, 10, 25, 40, 55)]
    assert np.diff(deaths).min() > 0


@pytest.mark.parametrize("name", ["admissions", "beetles", "o_rings", "smoking"])
def test_the_cards_of_the_counted_tables_tell_the_truth(name):
    """Catches counts of the two classes exchanged, and a row that was counted once too often."""
    made = TABLES[name]()
    zeros, ones = np.bincount(made.y.astype(int))
    assert f"(1, {ones} rows)" in made.card.target
    assert f"(0, {zeros} rows)" in made.card.target


def test_the_counted_rows_are_those_of_the_table():
    """Catches rows repeated by another row's count: in Berkeley's department F, 24 of 341 women were admitted."""
    made = data.admissions()
    women_of_f = (made.X[:, 0] == 1) & (made.X[:, made.feature_names.index("department F")] == 1)
    assert (women_of_f.sum(), made.y[women_of_f].sum()) == (341, 24)
    dose, died = data.beetles().X[:, 0], data.beetles().y
    assert [int(died[dose == d].sum()) for d in np.unique(dose)] == [6, 13, 18, 28, 52, 53, 61, 60]
    assert np.bincount(np.unique(dose, return_inverse=True)[1]).tolist() == [59, 60, 62, 56, 63, 59, 62, 60]
    assert data.o_rings().X[data.o_rings().y == 1].ravel().tolist() == [53, 57, 58, 63, 70, 70, 75]


def test_the_rain_card_tells_the_truth():
    """Catches facts on the card that the arrays deny, and a day joined to any day but the next."""
    made = data.seattle_rain()
    assert np.bincount(made.y.astype(int)).tolist() == [837, 623]
    column = dict(zip(made.feature_names, made.X.T, strict=True))
    assert_array_equal(column["rain today"][1:], made.y[:-1])
    assert_array_equal(column["rain today"] == 1, column["precipitation"] > 0)
    assert column["precipitation"][column["precipitation"] > 0].min() == 0.3
    assert (column["lowest temperature"] <= column["highest temperature"]).all()
    # The days before those rows are the 366, 365 and 365 of three years: July is dry, December is wet.
    days = np.arange("2012-01-01", "2015-12-31", dtype="datetime64[D]")
    assert len(days) == len(made.y)
    assert days[1096] == np.datetime64("2015-01-01")
    month = days.astype("datetime64[M]").astype(int) % 12
    assert column["rain today"][month == 6].mean() < 0.1
    assert column["rain today"][month == 11].mean() > 0.6


@pytest.mark.parametrize("loader", [line_with_noise, two_gaussians])
@pytest.mark.parametrize("n", [0, -3, 2.0, True, "5", None])
def test_n_must_be_a_positive_whole_number(loader, n):
    """Catches an empty set, or a silent rounding of n."""
    with pytest.raises(ValueError, match="n must be a positive whole number"):
        loader(np.random.default_rng(0), n=n)


@pytest.mark.parametrize("loader", [line_with_noise, two_gaussians])
@pytest.mark.parametrize("generator", [0, None, np.random, np.random.RandomState(0)])
def test_the_generator_must_be_numpys(loader, generator):
    """Catches a seed or the global state passed for a generator."""
    with pytest.raises(ValueError, match=r"numpy\.random\.Generator.*default_rng\(seed\)"):
        loader(generator, n=3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"noise": -1.0}, "noise is a standard deviation"),
        ({"noise": np.nan}, "noise must be a finite number"),
        ({"w": np.inf}, "w must be a finite number"),
        ({"b": "one"}, "b must be a finite number"),
        ({"low": 2.0, "high": 2.0}, "low must be smaller than high"),
    ],
)
def test_a_line_refuses_options_without_a_meaning(options, words):
    """Catches options that would draw nan, or nothing."""
    with pytest.raises(ValueError, match=words):
        line_with_noise(np.random.default_rng(0), **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mean_zero": [0.0]}, "as many coordinates"),
        ({"mean_zero": [], "mean_one": []}, "list of finite numbers"),
        ({"mean_zero": [np.nan, 0.0]}, "list of finite numbers"),
        ({"mean_zero": [[0.0]], "mean_one": [[1.0]]}, "list of finite numbers"),
        ({"spread": 0.0}, "spread is a standard deviation"),
        ({"share_one": 0.0}, "share_one is the probability"),
        ({"share_one": 1.0}, "share_one is the probability"),
    ],
)
def test_clouds_refuse_options_without_a_meaning(options, words):
    """Catches means that would broadcast, a spread of 0, or a class that never comes."""
    with pytest.raises(ValueError, match=words):
        two_gaussians(np.random.default_rng(0), **options)
    with pytest.raises(ValueError, match=words):
        gaussian_log_odds(**options)


@pytest.mark.parametrize("name", REAL)
def test_without_scikit_learn_the_error_says_what_to_install(name, monkeypatch):
    """Catches a bare 'No module named sklearn' from a package called scikit-learn."""
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        REAL[name]()


def test_the_synthetic_sets_do_not_load_scikit_learn():
    """Catches an import at the top of the module, which would cost every chapter a second."""
    code = (
        "import sys, numpy as np, lrlib.data as data; data.exam(); "
        "data.two_gaussians(np.random.default_rng(0)); sys.exit('sklearn' in sys.modules)"
    )
    root = Path(data.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=root).returncode == 0
