"""Assignments of an instructor's own: data files, pandas, text and sets as answers."""

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from lrgrader import assignment, comparing, grading
from lrgrader.inside.wire import Table

MASTER = """
# Of one's own

```{code-cell} ipython3
:tags: [answer, q1]

### BEGIN SOLUTION
solution = 1
### END SOLUTION
```
"""
CHECKS = """
import numpy as np, pandas as pd
from lrgrader.checks import Check

def check(name, expected, inputs=None):
    return Check(f"q1-{name}", calls=name, points=1, says=name, expected=expected, inputs=inputs)

TABLE = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "x"]})
CHECKS = [
    check("total", lambda: pd.read_csv(DATA / "x.csv")["a"].sum()),
    check("series", TABLE["a"] * 2, lambda rng, numbers: (TABLE,)),
    check("frame", TABLE[TABLE["a"] > 1], lambda rng, numbers: (TABLE,)),
    check("words", ["x", "y"], lambda rng, numbers: (TABLE,)),
    check("letters", {"x", "y"}, lambda rng, numbers: (TABLE,)),
    check("text", "x, y"),
    check("means", TABLE.groupby("b")["a"].mean()),
]
MAY_USE = ["numpy", "pandas"]
"""
RIGHT = """
import pandas as pd
total = pd.read_csv("data/x.csv")["a"].sum()
def series(t): return t["a"] * 2
def frame(t): return t[t["a"] > 1]
def words(t): return t["b"].unique()
def letters(t): return set(t["b"])
text = ", ".join(["x", "y"])
means = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "x"]}).groupby("b")["a"].mean()
"""
WRONG = """
import pandas as pd
total = 7
def series(t): return t["a"]
def frame(t): return t.rename(columns={"a": "c"})[t["a"] > 1]
def words(t): return ["x", "z"]
def letters(t): return {"x"}
text = "x,y"
means = [1.0, 2.0]
"""


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_files_and_answers_of_pandas_text_and_sets_are_graded(tmp_path):
    """Catches a Series that "raises TypeError", and a file that is not there."""
    pytest.importorskip("pandas")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/x.csv").write_text("a\n20\n22\n")
    (tmp_path / "master.md").write_text(MASTER)
    (tmp_path / "checks.py").write_text(CHECKS)
    known = assignment.load(tmp_path)
    right, wrong = grading.grade(known, [new_notebook(cells=[new_code_cell(code)]) for code in (RIGHT, WRONG)])
    assert [(o.name, o.detail) for o in right.checks if o.why] == []
    assert [o.name for o in wrong.checks if not o.why] == []


@pytest.mark.parametrize(
    ("answer", "expected", "same"),
    [
        (["a", "b"], np.array(["a", "b"]), True),
        (["a", "c"], np.array(["a", "b"]), False),
        (["a", 1.0], np.array(["a", 1], dtype=object), True),
        (["1"], np.array([1], dtype=object), False),
        (frozenset([1, 2]), {2, 1}, True),
        ([1, 2], {1, 2}, False),
        (Table([0, 1], {"a": [1, 2]}), Table(np.arange(2), {"a": np.array([1, 2])}), True),
        (Table([0, 1], {"b": [1, 2]}), Table(np.arange(2), {"a": np.array([1, 2])}), False),
        ([0, 1], Table(np.arange(2), {"a": np.array([1, 2])}), False),
        (["2020-01-01"], np.array(["2020-01-01"], dtype="datetime64[D]"), True),
    ],
)
def test_text_sets_and_tables_are_compared_part_by_part(answer, expected, same):
    """Catches text that is taken for numbers, and a set that a list passes for."""
    assert (comparing.difference(answer, expected, 1e-9, 0) == "") == same
