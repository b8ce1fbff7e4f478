"""The matrix of versions: what it varies, and that a failure in one place fails the whole."""

import sys

import pytest

from tools import matrix

PROJECT = '[project]\ndependencies = ["numpy>=2.0", "matplotlib>=3.9", "scikit-learn>=1.5", "tqdm"]\n'


def test_the_oldest_versions_are_those_of_pyproject():
    """Catches a bound that is written down and never tried."""
    assert matrix.bounds(PROJECT) == {"numpy": "2.0", "matplotlib": "3.9", "scikit-learn": "1.5"}
    with pytest.raises(ValueError, match="matplotlib"):
        matrix.bounds(PROJECT.replace("matplotlib>=3.9", "matplotlib"))


def test_the_oldest_python_is_tried_with_the_oldest_and_the_newest(monkeypatch):
    """Catches a matrix without its corner."""
    monkeypatch.setattr(matrix, "version", lambda python: python)
    found = [(python, kind) for python, kind, _ in matrix.combinations(["3.11", "3.13"], matrix.bounds(PROJECT))]
    assert found == [("3.11", "oldest"), ("3.11", "newest"), ("3.13", "newest")]


def test_one_failure_fails_the_matrix_and_the_others_are_still_tried(monkeypatch, capsys):
    """Catches a red environment between two green ones."""
    tried = []
    monkeypatch.setattr(sys, "argv", ["matrix.py", sys.executable])
    monkeypatch.setattr(matrix, "version", lambda python: "3.11")
    monkeypatch.setattr(matrix, "attempt", lambda python, kind, packages: tried.append(kind) or kind == "newest")
    assert matrix.main() == 1
    assert tried == ["oldest", "newest"]
    assert "FAILED  Python 3.11, oldest" in capsys.readouterr().out
