"""Points only for knowing: ready-made answers are refused, tables and constants earn nothing, copies are found."""

import dataclasses
import time

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from lrgrader import assignment, checking, forbidden, grading, likeness, probing, report, sandbox, store
from lrgrader.grading import Result

from .conftest import TINY, on

ROOT = TINY.parents[2]
READY = {"*": ["scipy"], "q3": ["torch.sigmoid", ".sigmoid", "torch.nn.functional.logsigmoid"]}
USES = {
    "plainly": ("def f(z):\n    return torch.sigmoid(z)", ["import torch"]),
    "under another name": ("def f(z): return t.sigmoid(z)", ["import torch as t"]),
    "imported in the line": ("def f(z): import torch as t; return t.sigmoid(z)", []),
    "as a method": ("def f(z):\n    return z.sigmoid()", []),
    "from the module": ("def f(z): return g(z)", ["from scipy.special import expit as g"]),
    "all of the module": ("def f(z): return g(z)", ["from torch import *", "g = sigmoid"]),
    "by a helper elsewhere": ("def f(z): return helper(z)", ["import torch", "def helper(z): return torch.sigmoid(z)"]),
    "by a helper of a helper": (
        "def f(z): return a(z)",
        ["def a(z): return b(z)", "if True:\n    def b(z): return torch.sigmoid(z)", "import torch"]
    ),
    "by a name for the module": ("def f(z): return m.sigmoid(z)", ["import torch", "m = n = torch"]),
    "by getattr in pieces": ("def f(z): return getattr(torch, 'sig' + 'moid')(z)", ["import torch"]),
    "by vars": ("def f(z): return vars(torch)['sigmoid'](z)", ["import torch"]),
    "by __import__": ("f = __import__('torch').sigmoid", []),
    "by import_module": ("f = import_module('torch').sigmoid", ["from importlib import import_module"]),
    "kept in another object": ("def f(z): return np.g(z)", ["import numpy as np, torch", "np.g = torch.sigmoid"]),
    "kept in a list": ("def f(z): return kept[0](z)", ["import torch", "kept = [torch.sigmoid]"]),
    "in a submodule": ("def f(z): return F.logsigmoid(z)", ["import torch.nn.functional as F"]),
    "in a cell with a magic": ("%matplotlib inline\ndef f(z): return torch.sigmoid(z)", ["import torch"]),
    "in a cell that is timed": ("%%time\ndef f(z): return torch.sigmoid(z)", ["import torch"]),
    "in a line that is timed": ("def f(z): return g(z)", ["import torch", "%time g = torch.sigmoid"]),
    "in text that is run": ("exec('def f(z): return torch.sigmoid(z)')", ["import torch"]),
    "in text within the answer": ("def f(z): return eval('torch.sigmoid')(z)", ["import torch"]),
    "in text for the shell": ("get_ipython().run_cell('def f(z): return torch.sigmoid(z)')", ["import torch"]),
    "in text in text": ("exec(\"exec('def f(z): return torch.sigmoid(z)')\")", ["import torch"]),
    "in a module that a cell writes": ("from h import f", ["%%writefile h.py\nfrom torch import sigmoid as f"]),
    "in a module that code writes": ("from h import f", ["open('h.py', 'w').write('from torch import sigmoid as f')"]),
    "by a name made of pieces": ("def f(z): return getattr(torch, ''.join(['sig', 'moid']))(z)", ["import torch"]),
    "by a name in a format": ("def f(z): return getattr(torch, f'{\"sig\"}moid')(z)", ["import torch"]),
    "in another cell, the answer's left empty": ("", ["import torch", "def f(z): return torch.sigmoid(z)"]),
}  # fmt: skip


@pytest.mark.parametrize("how", USES)
def test_a_forbidden_function_is_found_however_it_is_reached(how):
    """Catches `torch.sigmoid` for 13 of 14 points, and the ways round a search of the text."""
    answer, others = USES[how]
    assert forbidden.uses("q3", ["f"], answer, [*others, answer], READY) != []


@pytest.mark.parametrize(
    ("answer", "others"),
    [
        ("def f(z): return 1 / (1 + np.exp(-z))", ["import numpy as np, torch", "plt.plot(torch.sigmoid(x))"]),
        ("def f(z): return sigmoid(z)", ["def sigmoid(z): return 1 / (1 + np.exp(-z))"]),
        ("def f(z):\n    'torch.sigmoid'\n    return z", ["f.log.write('torch.sigmoid')"]),
        ("import re, torch\ndef f(z): return re.compile('torch.sigmoid') and z", []),
        ("class A:\n    def sigmoid(self): return 1\n    def g(self): return self.sigmoid()\nf = A().g", []),
        ("# torch.sigmoid(z)\ndef f(z):\n    'torch.sigmoid'\n    return z", ["import torch"]),
        ("x = ", ["("]),
    ],
)  # fmt: skip
def test_an_honest_answer_uses_nothing_that_is_forbidden(answer, others):
    """Catches points lost to a comment, to a comparison elsewhere, or to the name of one's own function."""
    assert forbidden.uses("q3", ["f"], answer, [*others, answer], READY) == []


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_a_forbidden_answer_earns_nothing_and_is_told_why(tiny, bench):
    """Catches a rule that is only reported."""
    ours = dataclasses.replace(tiny, facts={**tiny.facts, "FORBIDDEN": {"q1": ["numpy.multiply"]}})
    cell = "import numpy as np\ndef double(x): return np.multiply(2, x)\ndef share(x): return x / x.sum()\nrate = 0"
    (result,) = on(bench, ours, [new_notebook(cells=[new_code_cell(cell)])])
    assert result.marks == {"q1": 0, "q2": 1.5}
    assert result.checks[0].why == "the answer uses numpy.multiply, which this question forbids"


def test_constant_hidden_inputs_and_constant_answers_are_noticed():
    """The planted failures of what `check` asks of the book's own assignments."""
    checks = (TINY / "checks.py").read_text()
    master = (TINY / "master.md").read_text()
    constant = checks.replace("rng.normal(size=(3, 4))", "np.ones((3, 4))")
    known = assignment.from_texts("tiny", master, constant, "public")
    assert any("q1-many" in line for line in probing.hidden_constants(known, probing.other_terms(known)))
    table = checks.replace("(rng.normal(size=(3, 4)),)", "(0 * rng.normal(size=(3, 4)) + [[rng.integers(2)]] * 0,)")
    blind = assignment.from_texts("tiny", master, table.replace("+ [[rng.integers(2)]] * 0", ""), "public")
    assert any("q1-many" in line for line in probing.tabled(blind, probing.other_terms(blind)))


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_check_tries_answers_that_know_nothing(bench):
    """Catches a check that one word passes: sigmoid(z) = z far to the left, zeros where zeros are asked for."""
    checks = (TINY / "checks.py").read_text().replace("expected=lambda x: 2 * x", "expected=lambda x: 0 * x + x")
    known = assignment.from_texts("tiny", (TINY / "master.md").read_text(), checks, "public")
    bench.key = grading.Key(known)
    said = [line for _, _, problems in checking.check(known, TINY, bench=bench) for line in problems]
    assert "q1-many: it passes, and knows nothing" in said


def project(tmp=None):
    return assignment.load(ROOT / "assignments/5-project", "a secret of sixteen letters")


@pytest.fixture(scope="module")
def report_check():
    known = project()
    check = next(check for check in known.checks if check.name == "q5-report")
    key = grading.Key.__new__(grading.Key)
    key.assignment, key.inputs, key.expected = known, {check.name: ()}, {check.name: None}
    n, c_fp, c_fn = 147, known.numbers["c_fp"], known.numbers["c_fn"]
    cost = np.repeat([c_fn, c_fp, 0], [6, 50, n - 56]).astype(float)
    return key, check, {"n": n, "cost": cost.mean(), "error": cost.std(ddof=1) / n**0.5, "baseline": c_fp * 100 / n}


def test_a_true_report_passes_rounded_or_not(report_check):
    """Catches honest numbers that a judge of truth refuses."""
    key, check, true = report_check
    assert key.verdict(check, true) == ""
    assert key.verdict(check, {name: round(value, 3) for name, value in true.items()}) == ""


@pytest.mark.parametrize("name", ["n", "cost", "error", "baseline"])
@pytest.mark.parametrize("change", [float("nan"), float("inf"), 1.0037, 0.0])
def test_a_made_up_report_fails(report_check, name, change):
    """Catches `n = nan`, and numbers that look right and that no decisions about these patients give."""
    key, check, true = report_check
    assert key.verdict(check, {**true, name: true[name] * change}) != ""


ODD = [None, "x", 1, [], [[1], [1, 2]], {"a": 1}, np.zeros((2, 40_000)), np.zeros(0), (1, 2, 3), True, "1" * 100,
       ([], []), (np.zeros(3), "x"), {"n": None, "cost": 1, "error": 1, "baseline": 1}, ["a"] * 3]  # fmt: skip


@pytest.mark.parametrize("name", ["2-accuracy", "3-cross-entropy", "4-softmax", "5-project", "6-alarms"])
def test_no_odd_answer_makes_a_judge_of_the_book_fail_or_pass(name):
    """Catches a judge that is at fault where the student is, and one that computes before it looks at shapes."""
    key = grading.Key(assignment.load(ROOT / "assignments" / name))
    for check in (check for check in key.assignment.checks if check.judge):
        for answer in ODD:
            start = time.process_time()
            ruling = key.ruling(check, answer)
            assert (ruling.fault, time.process_time() - start < 5) == (grading.STUDENT, True), (check.name, answer)


# Copies

LONG = """
def predict(X, w, b, threshold):
    scores = []
    for row in X:
        total = b
        for value, weight in zip(row, w):
            total = total + value * weight
        scores.append(total)
    labels = [1 if score > threshold else 0 for score in scores]
    return labels, max(scores) - min(scores)
"""
RENAMED = LONG.replace("total", "t").replace("scores", "zz").replace("row", "example").replace("weight", "v")
UNUSED = "\n\ndef unused(a):\n    while a > 3:\n        a = a // 2 + sum(k * k for k in range(a))\n    return {a: a}\n"
OTHER = """
def predict(X, w, b, threshold):
    z = np.einsum("nd,d->n", np.asarray(X), np.asarray(w)) + b
    decided = np.where(z > threshold, 1, 0)
    spread = np.ptp(z)
    assert decided.shape == z.shape, f"{decided.shape} and {z.shape}"
    return decided.tolist(), float(spread)
"""
EVASIONS = {
    "names changed": Result(code={"q1": RENAMED}),
    "an unused function in front": Result(code={"q1": UNUSED + RENAMED}),
    "in another cell": Result(code={"q1": "double = predict"}, other=RENAMED),
    "in another question's cell": Result(code={"q1": "double = predict", "q2": RENAMED}),
    "brackets": Result(code={"q1": RENAMED.replace("t + value * v", "((t) + ((value) * (v)))")}),
    "a shell line": Result(code={"q1": "!echo it's (not) 'code\n%time x = 1\n" + RENAMED}),
    "comments and docstrings": Result(code={"q1": RENAMED.replace("    zz = []", "    'a'\n    # b\n    zz = []")}),
    "annotations": Result(code={"q1": RENAMED.replace("(X, w, b, threshold)", "(X: list, w: list, b, threshold=0)")}),
    "imports between": Result(code={"q1": RENAMED.replace("    zz = []", "    import os\n    zz: list = []")}),
    "the order of functions": Result(code={"q1": RENAMED + UNUSED}),
}  # fmt: skip


def row(student, result):
    return store.Graded(student, student, 1, f"{student}.ipynb", False, result)


@pytest.mark.parametrize("how", EVASIONS)
def test_a_copy_is_found_however_it_is_hidden(tiny, how):
    """Catches the ways to keep a copy from being listed, and honest work that is accused with it."""
    rows = [
        row("ann", Result(code={"q1": LONG + "double = predict"})),
        row("bob", EVASIONS[how]),
        row("eve", Result(code={"q1": OTHER})),
    ]
    pairs = [(pair.first, pair.second) for pair in report.alike(tiny, rows) if pair.question == "q1"]
    assert pairs == [("ann #1", "bob #1")]


def test_the_time_to_compare_grows_with_the_text_and_not_with_its_square(tiny):
    """Catches a report that one answer of 32 kB, or a class of copies, keeps busy for an hour."""
    times = []
    for size in (1, 4):
        text = (
            "kept = '"
            + "x" * 32_000 * size
            + "'\n"
            + "".join(f"a{n} = f(b[{n}] + c.d * {n})\n" for n in range(300 * size))
        )
        start = time.process_time()
        likeness.alike(tiny, [row(f"s{n}", Result(code={"q1": text})) for n in range(3)])
        times.append(time.process_time() - start)
    assert times[1] < 12 * times[0] + 0.3


# What lies within reach


def test_every_copy_of_a_library_is_found_whatever_installed_it(tmp_path, monkeypatch):
    """Catches a second copy of `lrlib` beside the virtual environment's: conda's, pyenv's, the system's, a wheel."""
    places = ["lib/python3.11/site-packages/lrlib", "pkgs/lrlib-1/site-packages/lrlib", "envs/x/lib/lrlib"]
    for place in places:
        (tmp_path / place).mkdir(parents=True)
    for name in ("lrlib-1.0-py3-none-any.whl", "lib/lrlib.py", "lrlibrary.txt"):
        (tmp_path / name).touch()
    monkeypatch.setattr(sandbox, "shown", lambda library=True: [(tmp_path, "/x")])
    found = dict(sandbox.copies("lrlib"))
    files = {"/x/lrlib-1.0-py3-none-any.whl": False, "/x/lib/lrlib.py": False}
    assert found == {**{f"/x/{place}": True for place in places}, **files}


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_a_library_that_can_be_seen_where_it_may_not_stops_the_grader(monkeypatch):
    """The planted failure: a copy that was not found is found by the probe at the start."""
    monkeypatch.setattr(sandbox, "_copies", lambda package: [])
    shown = sandbox.shown
    monkeypatch.setattr(sandbox, "shown", lambda library=True: shown(True))
    with pytest.raises(sandbox.SandboxError, match="lrlib can be imported where no answer may do so"):
        sandbox.Sandbox(library=False)
