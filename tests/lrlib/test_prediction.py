"""Probabilities and decisions of a model against the formulas, and what is refused."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lrlib.fit import fit_binary
from lrlib.functions import sigmoid, softmax
from lrlib.prediction import predict, predict_proba

X = np.array([[0.0, 1.0], [2.0, -1.0], [0.5, 0.5]])
BINARY = (np.array([1.0, 2.0]), -0.5)
MANY = (np.array([[1.0, 0.0, -1.0], [0.0, 2.0, 0.5]]), np.array([0.1, 0.0, -0.2]))


def of(library, model):
    return tuple(library.make(part, library.default_float) for part in model)


class TestValues:
    def test_two_classes_have_one_probability_each(self, library):
        """Catches a table of two columns, and the probability of class 0."""
        got = predict_proba(library.make(X, library.default_float), of(library, BINARY))
        assert isinstance(got, library.array_type)
        assert_allclose(library.numpy(got), sigmoid(X @ BINARY[0] - 0.5), rtol=1e-6)

    def test_many_classes_have_a_row_of_probabilities(self, library):
        """Catches a sigmoid for each class, whose row does not sum to 1."""
        got = predict_proba(library.make(X, library.default_float), of(library, MANY))
        assert_allclose(library.numpy(got), softmax(X @ MANY[0] + MANY[1]), rtol=1e-6)

    def test_the_threshold_decides_for_two_classes(self, library):
        """Catches a threshold that is ignored or meant for the logit. The probabilities are 0.82, 0.38 and 0.73."""
        made, model = library.make(X, library.default_float), of(library, BINARY)
        decided = {t: library.numpy(predict(made, model, threshold=t)).tolist() for t in (0, 0.3, 0.5, 0.75, 1)}
        assert decided == {0: [1, 1, 1], 0.3: [1, 1, 1], 0.5: [1, 0, 1], 0.75: [1, 0, 0], 1: [0, 0, 0]}
        assert_array_equal(library.numpy(predict(made, model)), decided[0.5])

    def test_the_most_probable_of_many_wins(self, library):
        """Catches an argmax over the examples."""
        got = predict(library.make(X, library.default_float), of(library, MANY))
        assert_array_equal(library.numpy(got), [1, 0, 1])

    def test_exactly_one_half_is_not_more_than_one_half(self):
        """Catches >= in one place and > in another: p > threshold says the same as predict."""
        assert predict([[0.0]], ([1.0], 0.0)).tolist() == [0]
        assert predict([[0.0]], ([[1.0, 1.0]], [0.0, 0.0])).tolist() == [0]

    def test_a_fit_of_dask_arrays_predicts_dask_arrays(self):
        """Catches the refusal of a fit whose parameters are NumPy arrays beside an X of Dask."""
        dask_array = pytest.importorskip("dask.array")
        y = np.array([1, 0, 0])
        made = dask_array.from_array(X, chunks=(2, 2))
        fit = fit_binary(made, dask_array.from_array(y, chunks=2), l2=0.1)
        assert isinstance(predict(made, fit), dask_array.Array)
        assert_allclose(predict_proba(made, fit), predict_proba(X, fit_binary(X, y, l2=0.1)), rtol=1e-6)

    def test_a_class_without_examples_has_probability_zero(self):
        """Catches nan from an intercept of -inf, which says that a class never occurs."""
        assert_allclose(predict_proba([[1.0]], ([[0.0, 0.0]], [0.0, -np.inf])), [[1.0, 0.0]])


class TestInputs:
    @pytest.mark.parametrize("bad", [math.nan, math.inf])
    def test_missing_features_are_refused(self, bad, eager_library):
        """Catches nan > 0.5, which is a decision for class 0 without a word."""
        rows = eager_library.make([[0.0, 1.0], [bad, 1.0]], eager_library.default_float)
        for function in (predict, predict_proba):
            with pytest.raises(ValueError, match=r"X must hold finite numbers.*(?i:fill in)"):
                function(rows, of(eager_library, BINARY))

    def test_missing_features_on_dask_are_refused_when_they_are_computed(self):
        """Catches a lazy array whose decisions for missing rows are a silent 0."""
        dask_array = pytest.importorskip("dask.array")
        rows = dask_array.from_array(np.array([[0.0, 1.0], [math.nan, 1.0]]), chunks=1)
        with pytest.raises(ValueError, match="X must hold finite numbers; got nan in row 1, column 0"):
            predict(rows, BINARY).compute(scheduler="synchronous")

    @pytest.mark.parametrize("threshold", [-0.1, 1.5, math.nan])
    def test_a_threshold_that_is_no_probability_is_refused(self, threshold):
        """Catches a logit as a threshold, which calls nobody positive."""
        with pytest.raises(ValueError, match=r"threshold must be a probability.*sigmoid"):
            predict(X, BINARY, threshold=threshold)

    def test_a_threshold_for_many_classes_is_refused(self):
        """Catches a threshold that is silently ignored."""
        with pytest.raises(ValueError, match="two classes"):
            predict(X, MANY, threshold=0.3)

    @pytest.mark.parametrize("model", [None, 1.0, (), ([1.0, 2.0],)])
    def test_what_is_no_model_is_refused(self, model):
        """Catches an IndexError without a word of advice."""
        with pytest.raises(ValueError, match=r"model must be a fit, or a pair \(w, b\)"):
            predict(X, model)

    def test_rows_of_another_width_are_refused(self):
        """Catches a broadcast of one feature over all weights."""
        with pytest.raises(ValueError, match=r"w must have shape \(1,\) to match X"):
            predict(X[:, :1], BINARY)
