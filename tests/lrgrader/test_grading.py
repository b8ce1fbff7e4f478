"""Grading: what counts as right, what a notebook may look like, and the same score in every run."""

import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lrgrader import comparing, grading, notebook, sandbox
from lrgrader.checks import AssignmentError, Check, Code
from lrgrader.inside.wire import Table

from .conftest import on

needs_sandbox = [pytest.mark.slow, pytest.mark.usefixtures("bubblewrap")]
RIGHT = "import numpy as np\ndef double(x): return 2 * np.asarray(x)"


def marks(assignment, *books, **options):
    """Return the points of question 1 for each notebook, given as lists of cells."""
    made = [new_notebook(cells=[c if not isinstance(c, str) else new_code_cell(c) for c in book]) for book in books]
    results = grading.grade(assignment, made, **options)
    return [result.marks["q1"] for result in results]


# What counts as right


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (2, 2.0),
        (np.float32(2), 2),
        (np.array(2.0), 2),
        ([1.0, 2.0], np.array([1.0, 2.0])),
        (np.array([1.0, 2.0]), [1.0, 2.0]),
        ((1, [2, 3]), [1, (2, 3)]),
        ({"a": 1.0}, {"a": 1}),
        ("word", "word"),
        (np.True_, True),
        (np.array([True, False]), [True, False]),
        (np.array([1, np.nan]), np.array([1, np.nan])),
        (None, None),
        (float("inf"), np.inf),
    ],
)
def test_an_answer_of_the_same_value_passes_in_any_dress(answer, expected):
    """Catches a grader that wants float64 arrays where it asked for numbers."""
    assert comparing.difference(answer, expected, 1e-9, 1e-12) == ""


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        (None, 2.0, "None"),
        (np.array([2.0]), 2.0, r"shape \(1,\), expected is \(\)"),
        (np.ones((3, 1)), np.ones(3), "shape"),
        (Table(np.arange(2), {"a": np.ones(2)}), np.ones((2, 1)), "is a DataFrame"),
        (True, 1.0, "numbers"),
        (1, True, "a different answer"),
        (2.1, 2.0, "differs"),
        (np.array([1, np.nan]), np.ones(2), "nan"),
        (np.array([1, np.inf]), np.ones(2), "inf"),
        ("2", 2, "numbers"),
        ("Word", "word", "a different"),
        ([1, 2, 3], [1, 2], "2 parts"),
        ({"a": 1}, {"b": 1}, "keys"),
        ([[1], [1, 2]], np.ones(2), "."),
        (2**63, 2**63 - 1, "differs"),
    ],
)
def test_an_answer_that_differs_is_told_how_and_not_what(tiny, answer, expected, words):
    """Catches a wrong shape that broadcasts, and feedback that tells the answer."""
    check = Check("q1-x", calls="double", points=1, says="x", expected=lambda: expected)
    key = grading.Key(dataclasses.replace(tiny, checks=(check,)))
    assert re.search(words, key.verdict(check, answer))


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(answer=anything)
def test_no_answer_makes_the_verdict_raise_or_pass(tiny, answer):
    """Catches a comparison or a judge that a strange answer crashes, and one that it fools."""
    key = grading.Key(tiny)
    for check in tiny.checks:
        if check.name in ("q1-many", "q2-sums", "q2-after"):
            assert key.verdict(check, answer) != ""


@pytest.mark.parametrize("said", ["words", 1, None, [True], np.array([True, True])])
def test_a_judge_passes_only_with_true(tiny, said):
    """Catches a judge that forgets to return, or returns the words of a problem, and gives the points."""
    check = Check("q1-x", calls="double", points=1, says="x", judge=lambda answer, inputs: said)
    assert grading.Key(dataclasses.replace(tiny, checks=(check,))).verdict(check, 1) != ""


def test_a_judge_that_says_true_passes(tiny):
    """Catches a verdict that nothing passes."""
    check = Check("q1-x", calls="double", points=1, says="x", judge=lambda answer, inputs: np.bool_(True))
    assert grading.Key(dataclasses.replace(tiny, checks=(check,))).verdict(check, 1) == ""


def test_inputs_that_are_no_tuple_are_the_authors_mistake(tiny):
    """Catches an array that is unpacked into many arguments."""
    check = Check("q1-x", calls="double", points=1, says="x", inputs=lambda rng, numbers: np.ones(3), expected=1)
    with pytest.raises(AssignmentError, match="must return a tuple"):
        grading.Key(dataclasses.replace(tiny, checks=(check,)))


# What a notebook may look like

NOTEBOOKS = {
    "plain": [RIGHT],
    "a helper defined below": ["def double(x): return helper(x)", "def helper(x): return x + x"],
    "executed out of order": ["factor = two", "def double(x): return factor * x", "two = 2"],
    "magics": ["%matplotlib inline\n!pip install numpy\nfiles = !ls\n" + RIGHT, "%%time\nunused = 1", "double?"],
    "a cell in another language": ["%%bash\necho 'def double(x): return 3'", RIGHT],
    "a cell that is not Python": ["this is prose", RIGHT],
    "a cell that fails": ["1 / 0", "raise ValueError", RIGHT],
    "a cell that fails halfway": ["y = 1 / 0\n" + RIGHT],
    "two versions, the last one right": ["def double(x): return None", RIGHT],
    "torch": ["import torch\ndef double(x): return 2 * torch.as_tensor(x).requires_grad_()"],
    "a list": ["def double(x): return (2 * x).tolist()"],
    "printing": [RIGHT.replace("return", "print('hello', x); return")],
    "warnings as it goes": ["import warnings\n" + RIGHT.replace("return", "warnings.warn('careful'); return")],
    "a main block": [RIGHT + "\nif __name__ == '__main__': print(double(3))"],
    "a class and a dataclass": [
        "from dataclasses import dataclass\n@dataclass\nclass Two:\n    n: int = 2\ndef double(x): return Two().n * x"
    ],
    "input()": ["name = input('Your name?')", RIGHT],
    "a plot": ["import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()", RIGHT],
    "markdown cells between": [new_markdown_cell("# Me"), RIGHT, new_markdown_cell("done")],
    "display": ["display('hello'); from IPython.display import display, Markdown", "display(Markdown('x'))", RIGHT],
    "get_ipython in a function": ["def where(): return get_ipython().user_ns\nwhere()", RIGHT],
    "get_ipython of IPython": [
        "from IPython import get_ipython\nget_ipython().run_line_magic('matplotlib', 'inline')",
        RIGHT,
    ],
    "a timed assignment": ["%time factor = 2\n%timeit -n 1 -r 1 pass", "def double(x): return factor * x"],
    "a timed cell": ["%%time\n" + RIGHT],
    "a captured cell": ["%%capture out\n" + RIGHT, "out.show()"],
    "a magic that goes on in the next line": ["!pip install \\\n    numpy \\\n    torch\n" + RIGHT],
    "a module that the notebook writes": [
        "%%writefile clock.py\nfactor = 2",
        "import clock\ndef double(x): return clock.factor * x",
    ],
    "lines that end as on Windows": [RIGHT.replace("\n", "\r\n").replace("return", "return \\\r\n   ")],
    "lines that end as on old Macs": [RIGHT.replace("\n", "\r")],
    "await": [
        "import asyncio\nawait asyncio.sleep(0.01)\nasync def two(): return 2\nfactor = await two()",
        "def double(x): return factor * x",
    ],
    "an answer that is awaited": ["import asyncio\nasync def double(x):\n    await asyncio.sleep(0)\n    return 2 * x"],
    "a loop of its own": ["import asyncio\nasync def two(): return 2\ndef double(x): return asyncio.run(two()) * x"],
    "from __future__ in another cell": [
        "from __future__ import annotations",
        "def double(x: Undefined) -> AlsoUndefined: return 2 * x",
    ],
    "characters that no page shows": [
        "word = '\x1b\u200b'\nassert len(word) == 2\nfactor = len(word)\n\x0c",
        "def double(x): return factor * x",
    ],
    "a megabyte of honest code": ["kept = " + repr("x" * 1_300_000), RIGHT],
    "a file of its own": [
        "open('notes.txt', 'w').write('2')",
        "def double(x): return int(open('notes.txt').read()) * x",
    ],
    "a checked cell left in": [RIGHT, 'assert double(np.array(1.0)) == 2, "double(1) should be 2"'],
}


@pytest.fixture(scope="module")
def of_notebooks(tiny, bubblewrap):
    """Grade them all at once."""
    return dict(zip(NOTEBOOKS, marks(tiny, *NOTEBOOKS.values()), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_right_answer_gets_its_points_in_any_notebook(of_notebooks, name):
    """Catches points lost to how a notebook is written and not to what it computes."""
    assert of_notebooks[name] == 3.0


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_the_handed_out_notebook_solved_and_stripped_is_graded_the_same(tiny, bench):
    """Catches a grader that needs the tags, ids and metadata that some editors drop."""
    whole = tiny.solution_notebook()
    bare = tiny.solution_notebook()
    for cell in bare.cells:
        cell.metadata = {}
        cell.pop("id")
    bare.metadata = {}
    first, second = on(bench, tiny, [whole, bare])
    assert first.marks == second.marks == {"q1": 3.0, "q2": 2.0}
    assert first.written == second.written == {"q3": "It divides by zero, which has no inverse."}
    assert first.code == second.code


def test_a_written_answer_in_cells_of_its_own_is_found(tiny):
    """Catches an answer that a student put below the place for it, and a placeholder taken for an answer."""
    book = tiny.student_notebook()
    place = next(n for n, cell in enumerate(book.cells) if "q3" in cell.metadata.get("tags", ()))
    book.cells.insert(place + 1, new_markdown_cell("Because of the sum."))
    cells = notebook.from_nodes(book.cells)
    assert notebook.answers(tiny, cells).written == {"q3": "Because of the sum."}
    stripped = [dataclasses.replace(cell, tags=frozenset(), id="") for cell in cells]
    assert notebook.answers(tiny, stripped).written == {"q3": "Because of the sum."}


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_the_same_input_gets_the_same_score_alone_and_among_others(tiny):
    """Catches scores that depend on order, on the number of sandboxes, or on global random numbers."""
    lucky = "import random\nimport numpy as np\ndef double(x): return 2 * x + (random.random() + np.random.rand() > 1)"
    books = [[RIGHT], [lucky], ["def double(x): return float(x) * 2"]]
    runs = [marks(tiny, *books, workers=n) for n in (1, 2, 3)]
    assert runs[0] == runs[1] == runs[2]
    assert [marks(tiny, book)[0] for book in books] == runs[0]


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_arguments_arrive_as_tensors_and_functions(tiny):
    """Catches tensors that arrive as arrays, and a function that does not arrive."""
    torch = pytest.importorskip("torch")
    slope = Check(
        "q1-slope",
        calls="slope",
        points=3,
        says="the slope of any function",
        inputs=lambda rng, numbers: (Code("lambda w: (w ** 2).sum()"), torch.tensor([1.0, 2.0])),
        expected=lambda f, w: 2 * w,
    )
    answer = (
        "import torch\ndef slope(f, w):\n    w = w.clone().requires_grad_()\n    f(w).backward()\n    return w.grad"
    )
    assert marks(dataclasses.replace(tiny, checks=(slope,)), [answer], ["def slope(f, w): return 2"]) == [3.0, 0.0]


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_a_check_that_waits_for_another_is_not_asked_before(tiny, bench):
    """Catches points for a special case whose general case fails."""
    special = "def share(x):\n    import numpy as np\n    return np.full(4, 0.25)"
    (result,) = on(bench, tiny, [new_notebook(cells=[new_code_cell(special)])])
    after = next(outcome for outcome in result.checks if outcome.name == "q2-after")
    assert (after.points, after.why) == (0, "is asked only when the check before it is passed")


# Without a sandbox


def test_what_is_not_to_be_seen_may_not_lie_where_it_would_be(tmp_path):
    """Catches an assignment below a folder that the sandbox shows."""
    import numpy

    package = sandbox.Path(numpy.__file__)
    assert sandbox.visible([tmp_path, package]) == [package]


def test_a_machine_without_bubblewrap_is_told_so(monkeypatch, capsys, tmp_path):
    """Catches students' code run bare because a program is missing."""
    from lrgrader import cli

    from .conftest import TINY

    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    assert cli.main(["grade", str(TINY), str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "bubblewrap is not installed" in said
    assert "--unsafe-no-sandbox" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_the_library_can_be_imported_only_where_it_may_be(tiny):
    """Catches an assignment whose answer is an import of what the student should write."""
    answer = ["from lrlib.functions import sigmoid\ndef double(x): return 2 * x + 0 * sigmoid(x)"]
    assert marks(tiny, answer) == [3.0]
    assert marks(dataclasses.replace(tiny, facts={**tiny.facts, "MAY_USE": ["numpy"]}), answer) == [0.0]
    assert marks(dataclasses.replace(tiny, facts={**tiny.facts, "MAY_USE": ["numpy", "lrlib"]}), answer) == [3.0]
