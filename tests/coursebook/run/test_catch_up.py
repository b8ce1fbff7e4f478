"""A cell in the middle of a chapter can be the first that is run: those above it run before it, out of sight."""

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from coursebook.run import catch_up

CELLS = (
    ("install", "print('installing')", ["install"]),
    ("imports", "import math as m\nprint('noise')", []),
    ("answer", "raise NotImplementedError", ["answer"]),
    ("data", "x = m.floor(2.5)", []),
    ("again", "x = x + 1", []),
    ("use", "print(x)", []),
    ("after", "x = 100", []),
)


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Return a shell that knows its notebook, and a function that runs a cell of it, by its id and with other code."""
    write(tmp_path / "one.ipynb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(catch_up.NOTEBOOK, str(tmp_path / "one.ipynb"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    shell = InteractiveShell()
    catch_up.load_ipython_extension(shell)
    return shell


def write(path, cells=CELLS):
    made = []
    for name, source, tags in cells:
        made.append(nbformat.v4.new_code_cell(source, id=name, metadata={"tags": tags} if tags else {}))
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)


def run(shell, cell, code=""):
    code = code or {name: source for name, source, _ in CELLS}[cell]
    return shell.run_cell(code, cell_id=cell, store_history=True)


def test_the_cells_above_run_before_the_first_edit(kernel, capsys):
    """Catches NameError: np, and outputs of other cells in this one's."""
    assert run(kernel, "use", "print(x * 10)").success
    assert capsys.readouterr().out == "The 3 cells above, as they are saved, ran first.\n30\n"


def test_a_value_that_a_cell_above_shows_stays_with_that_cell(kernel, tmp_path, monkeypatch):
    """Catches tables of the cells above in the output of the one that was run: a kernel's values bypass its prints."""
    write(tmp_path / "one.ipynb", [("table", "y = 1\n'a table'", []), ("use", "", [])])
    shown = []
    monkeypatch.setattr(kernel.displayhook, "write_format_data", lambda data, _: shown.append(data["text/plain"]))
    run(kernel, "use", "y + 1")
    assert shown == ["2"]


def test_no_cell_runs_twice_and_none_that_stands_below(kernel, capsys):
    """Catches a counter that is one too high, and a result of the end of the chapter in its middle."""
    for cell in ("imports", "data", "again"):
        assert run(kernel, cell).success
    capsys.readouterr()
    run(kernel, "use")
    run(kernel, "use")
    assert capsys.readouterr().out == "3\n3\n"


def test_what_was_left_out_between_two_cells_runs_too(kernel, capsys):
    """Catches a reader who jumps: the second jump needs what lies between."""
    run(kernel, "imports")
    run(kernel, "data")
    capsys.readouterr()
    run(kernel, "use")
    assert capsys.readouterr().out == "The cell above ran first.\n3\n"


def test_nobodys_answer_and_no_installation_runs_unasked(kernel, capsys):
    """Catches an unfilled answer that raises, and a network that is asked, before another question's cell."""
    assert run(kernel, "use").success
    out = capsys.readouterr().out
    assert "NotImplementedError" not in out
    assert "installing" not in out


def test_a_cell_above_that_fails_is_shown_and_ends_it(kernel, capsys, tmp_path):
    """Catches an error that is swallowed with the outputs."""
    write(tmp_path / "one.ipynb", [("bad", "1 / 0", []), ("worse", "y = 1", []), ("use", "", [])])
    kernel.showtraceback = lambda *_, **__: shown.append("ZeroDivisionError")
    shown = []
    run(kernel, "use", "print('here')")
    assert shown == ["ZeroDivisionError"]
    assert "y" not in kernel.user_ns
    assert capsys.readouterr().out == "here\n"


def test_a_new_cell_gets_the_names_that_it_uses_and_no_more(kernel, capsys):
    """Catches a cell that is not saved yet, whose place nobody knows."""
    assert run(kernel, "new", "m.pi").success
    assert "x" not in kernel.user_ns
    assert run(kernel, "newer", "def f(v):\n    return v + x\nf(0)").success
    assert kernel.user_ns["x"] == 2
    assert run(kernel, "newest", "import json\nw = [v for v in range(3)]\nlen(w)").success
    assert kernel.user_ns["x"] == 2


@pytest.mark.parametrize("gone", ["moved", "broken", "empty"])
def test_without_the_notebook_a_cell_just_runs(kernel, capsys, tmp_path, gone):
    """Catches a kernel that stops because a notebook was renamed."""
    path = tmp_path / "one.ipynb"
    path.rename(tmp_path / "two.ipynb") if gone == "moved" else path.write_text("{" if gone == "broken" else "{}")
    assert run(kernel, "use", "print('here')").success
    assert capsys.readouterr().out == "here\n"


def test_a_jupyter_that_does_not_name_its_cells_is_left_alone(kernel, capsys):
    """Catches a console, or an old JupyterLab, in which every line would run the notebook."""
    assert kernel.run_cell("print('here')").success
    assert capsys.readouterr().out == "here\n"


def test_a_kernel_of_no_notebook_is_not_watched(monkeypatch):
    """Catches an extension that needs Jupyter's server."""
    monkeypatch.delenv(catch_up.NOTEBOOK, raising=False)
    catch_up.load_ipython_extension(None)


def test_the_kernel_that_reads_the_names_of_a_cell_takes_no_parameter_for_one():
    """Catches parameters, attributes and names of its own counted as missing: the chapter would run for nothing."""
    assert catch_up.names_used("f = lambda v: v.real + a\n[b for b in c]\nimport d\nd.e\nprint(f)") == {"a", "c"}
    assert catch_up.names_used("%matplotlib inline") == set()
