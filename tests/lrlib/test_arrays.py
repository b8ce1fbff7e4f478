"""What people bring as an array: each is fitted as what it holds, or refused in words that say what to do."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_allclose, assert_array_equal

from lrlib.fit import fit_binary, fit_multiclass
from lrlib.functions import logit, sigmoid
from lrlib.linear import logits
from lrlib.losses import binary_cross_entropy, multiclass_cross_entropy


@pytest.fixture(scope="module")
def data():
    """Return 60 examples of two overlapping classes."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    return X, (rng.random(60) < sigmoid(X @ [1.0, 2.0])).astype(int)


class TestFitted:
    @pytest.mark.parametrize(
        "change",
        [
            lambda X, y, path: (X.astype(">f8"), y.astype(">i2")),
            lambda X, y, path: (np.asfortranarray(X), y),
            lambda X, y, path: (np.load(path, mmap_mode="r"), y),
            lambda X, y, path: (X[::-1][::-1], y),
            lambda X, y, path: (X.tolist(), y.tolist()),
            lambda X, y, path: (X.astype(object), y.astype(object)),
            lambda X, y, path: (np.ma.array(X, mask=False), np.ma.array(y)),
            lambda X, y, path: (X, y.astype(bool)),
            lambda X, y, path: (X, y.astype(np.uint8)),
        ],
    )
    def test_the_same_numbers_give_the_same_weights(self, data, change, tmp_path):
        """Catches bytes read in the wrong order, and a refusal of what only looks unusual."""
        X, y = data
        np.save(tmp_path / "X.npy", X)
        X.flags.writeable, found = False, fit_binary(*change(X, y, tmp_path / "X.npy"))
        assert_allclose(found.w, fit_binary(X, y).w, rtol=1e-9)
        assert type(found.w) is np.ndarray

    def test_a_data_frame_of_numbers_and_truth_values(self, data):
        """Catches the array of objects that pandas makes of it."""
        pandas = pytest.importorskip("pandas")
        X, y = data
        frame = pandas.DataFrame(X, columns=["a", "b"]).assign(c=np.arange(60) % 2 == 0, d=np.arange(60) % 7)
        expected = fit_binary(frame.to_numpy(dtype=float), y)
        assert_allclose(fit_binary(frame, pandas.Series(y)).w, expected.w, rtol=1e-9)

    def test_tensors_that_require_a_gradient(self, data):
        """Catches weights that hold the graph of the whole search."""
        torch = pytest.importorskip("torch")
        X, y = torch.tensor(data[0], requires_grad=True), torch.tensor(data[1])
        fit = fit_binary(X, y)
        assert not fit.w.requires_grad
        assert_allclose(fit.w.numpy(), fit_binary(*data).w, rtol=1e-9)

    @pytest.mark.parametrize("chunks", [(60,), (1, 7, 52), (0, 30, 0, 30)])
    def test_dask_chunks_of_any_sizes(self, data, chunks):
        """Catches a chunk without rows, and labels in other chunks than their rows."""
        dask = pytest.importorskip("dask.array")
        X, y = dask.from_array(data[0], chunks=(20, 1)).rechunk((chunks, 2)), dask.from_array(data[1], chunks=13)
        assert_allclose(fit_binary(X, y).w, fit_binary(*data).w, rtol=1e-9)


class TestRefused:
    @pytest.mark.parametrize("name", ["X", "y"])
    def test_masked_entries(self, data, name):
        """Catches a fit to the numbers under the mask."""
        X, y = data
        mask = np.arange(60) < 20
        given = {"X": X, "y": y} | {
            name: np.ma.array(X if name == "X" else y, mask=np.c_[mask, mask] if name == "X" else mask)
        }
        with pytest.raises(TypeError, match=rf"{name} must hold no masked entries.*getmaskarray"):
            fit_binary(**given)

    def test_sparse_matrices(self, data):
        """Catches the array of no shape that NumPy makes of one."""
        X, y = data
        with pytest.raises(TypeError, match=r"X must be dense; got a sparse csr_array. Use X.toarray\(\)"):
            fit_binary(scipy.sparse.csr_array(X), y)
        torch = pytest.importorskip("torch")
        with pytest.raises(TypeError, match=r"sparse torch coo. Use X.to_dense\(\)"):
            fit_binary(torch.tensor(X).to_sparse(), torch.tensor(y))

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda X: X.astype(np.longdouble), "X must be float32 or float64"),
            (lambda X: X.astype(complex), "X must hold real numbers; got dtype complex128"),
            (lambda X: X.astype(str), "X must hold real numbers; got dtype <U.*Encode"),
            (lambda X: np.where(X > 1, None, X), "with None in row .*Drop or fill in"),
            (lambda X: np.where(X > 1, "tall", X.astype(object)), "with 'tall' in row .*get_dummies"),
            (lambda X: [[1.0], [1.0, 2.0]], "rows of one length"),
        ],
    )
    def test_what_holds_no_numbers_to_compute_with(self, data, change, words):
        """Catches errors of NumPy's own that say nothing of the data."""
        with pytest.raises(ValueError, match=words):
            fit_binary(change(data[0]), data[1])

    def test_dask_arrays_of_unknown_length(self, data):
        """Catches an eigenvalue that does not converge."""
        dask = pytest.importorskip("dask.array")
        X, y = dask.from_array(data[0], chunks=(20, 2)), dask.from_array(data[1], chunks=20)
        kept = X[:, 0] > -0.5
        with pytest.raises(ValueError, match="compute_chunk_sizes"):
            fit_binary(X[kept], y[kept])

    @pytest.mark.parametrize("loss", [multiclass_cross_entropy, lambda z, y: binary_cross_entropy(z[:, 0], y)])
    def test_dask_labels_outside_the_classes_when_they_are_computed(self, data, loss):
        """Catches a loss of 0 for a class that does not exist; the position is that in the whole array."""
        dask = pytest.importorskip("dask.array")
        y = data[1].copy()
        y[43] = 5
        found = loss(dask.from_array(data[0], chunks=(20, 2)), dask.from_array(y, chunks=20))
        with pytest.raises(ValueError, match="got 5 at position 43"):
            found.mean().compute()


class TestMessages:
    @pytest.mark.parametrize("fit", [fit_binary, fit_multiclass])
    def test_the_position_is_that_of_the_callers_labels(self, data, fit):
        """Catches the position among the distinct labels."""
        y = data[1].astype(float)
        y[17] = 0.5
        with pytest.raises(ValueError, match=r"got 0\.5 at position 17"):
            fit(data[0], y)

    def test_a_missing_number_is_named_by_row_and_column(self, data):
        """Catches a position in an array that the caller never made."""
        X = data[0].copy()
        X[7, 1] = np.nan
        with pytest.raises(ValueError, match="got nan in row 7, column 1"):
            fit_binary(X, data[1])

    def test_missing_labels_are_not_to_be_recoded(self, data):
        """Catches advice that makes nan a class."""
        with pytest.raises(ValueError, match=r"got nan at position 2\..*Drop the rows") as caught:
            fit_binary(np.arange(6.0)[:, None], [0, 1, np.nan, 1, 0, 1])
        assert "np.unique" not in str(caught.value)

    def test_a_number_is_shown_with_the_digits_that_make_it_wrong(self):
        """Catches 'must lie in [0, 1]; got 1'."""
        with pytest.raises(ValueError, match=r"got 1\.0000000000000002 at"):
            logit(1.0000000000000002)


class TestSampleWeight:
    @pytest.mark.parametrize("fit", [fit_binary, fit_multiclass])
    @pytest.mark.parametrize("l2", [0.0, 0.1])
    @pytest.mark.parametrize("method", ["newton", "lbfgs"])
    def test_counts_are_repeated_rows(self, data, fit, l2, method):
        """Catches a mean over rows in place of weights, a penalty that grows with them, and a zero that counts."""
        X, y = data
        counts = np.random.default_rng(1).integers(0, 4, 60)
        options = {"l2": l2, "method": method, "tolerance": 1e-13}
        weighted = fit(X, y, sample_weight=counts, **options)
        repeated = fit(np.repeat(X, counts, axis=0), np.repeat(y, counts), **options)
        assert_allclose(weighted.w, repeated.w, rtol=1e-10)
        assert_allclose(weighted.b, repeated.b, rtol=1e-10)

    def test_on_dask_they_count_as_well(self, data):
        """Catches weights in other chunks than their rows, and rows of weight 0 that stay."""
        dask = pytest.importorskip("dask.array")
        counts = np.random.default_rng(1).integers(0, 4, 60)
        given = [
            dask.from_array(a, chunks=(n, *a.shape[1:])) for a, n in zip((*data, counts), (20, 13, 60), strict=True)
        ]
        found = fit_binary(*given[:2], sample_weight=given[2])
        assert_allclose(found.w, fit_binary(*data, sample_weight=counts).w, rtol=1e-9)

    @pytest.mark.parametrize(
        ("bad", "words"), [(-1.0, "got -1 at position 3"), (np.nan, "got nan"), (np.inf, "got inf")]
    )
    def test_others_than_finite_ones_are_refused(self, data, bad, words):
        """Catches a negative weight, with which there is no minimum."""
        weights = np.ones(60)
        weights[3] = bad
        with pytest.raises(ValueError, match=f"sample_weight must hold finite weights >= 0; {words}"):
            fit_binary(*data, sample_weight=weights)
        with pytest.raises(ValueError, match="a weight > 0; got zeros only"):
            fit_binary(*data, sample_weight=np.zeros(60))


class TestClasses:
    def test_an_absent_class_has_probability_zero_and_changes_nothing(self, data):
        """Catches a class that takes part without an example."""
        X, y = data
        fit = fit_multiclass(X, np.where(y == 1, 3, 1), classes=5)
        present = fit_multiclass(X, y)
        assert_allclose(fit.w[:, [1, 3]], present.w, rtol=1e-9)
        assert_array_equal(fit.w[:, [0, 2, 4]], 0)
        assert_array_equal(fit.b[[0, 2, 4]], -np.inf)
        assert np.isfinite(multiclass_cross_entropy(logits(X, fit.w, fit.b), np.where(y == 1, 3, 1))).all()

    def test_one_class_alone_is_refused(self, data):
        """Catches a fit of nothing."""
        with pytest.raises(ValueError, match="at least two of the 3 classes; got 1"):
            fit_multiclass(data[0], 0 * data[1], classes=3)


class TestStart:
    @pytest.mark.parametrize("fit", [fit_binary, fit_multiclass])
    def test_a_fit_that_begins_at_its_end_takes_no_step(self, data, fit):
        """Catches a start in other units than the answer, and one that is not used."""
        X, y = data[0] * [1e-3, 50.0] + [0.0, 700.0], data[1]
        first = fit(X, y)
        again = fit(X, y, start=first)
        assert len(again.optimization.path) <= 2
        assert_allclose(again.w, first.w, rtol=1e-6)
        assert_allclose(fit(X, y, start=(first.w, first.b), method="lbfgs").w, first.w, rtol=1e-6)

    def test_another_shape_is_refused(self, data):
        """Catches weights that broadcast."""
        with pytest.raises(ValueError, match=r"start must hold w of shape \(2,\) and b of shape \(\); got \(3,\)"):
            fit_binary(*data, start=(np.zeros(3), np.zeros(())))


class TestRepr:
    @pytest.mark.parametrize("fit", [fit_binary, fit_multiclass])
    def test_it_is_three_lines(self, data, fit):
        """Catches the path printed point by point."""
        lines = repr(fit(*data)).splitlines()
        assert len(lines) == 3
        assert "converged in" in lines[0]
        assert max(map(len, lines)) < 100

    def test_it_says_when_a_fit_did_not_converge(self, data):
        """Catches one sentence for both."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert "did not converge in 1 steps" in repr(fit_binary(*data, max_steps=1))
