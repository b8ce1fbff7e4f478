"""Nothing that a cell shows can vanish unseen: a value that is computed and not displayed is refused."""

import pytest

from coursebook.gates import cells, vanished
from tests.paths import ROOT

MODULE = '''
def table(columns) -> Markdown:
    """Return a table."""

def dots(ax: Axes, x) -> Axes:
    """Draw."""

def style() -> None:
    """Set."""

def fit(model) -> History:
    """Learn."""

def guess(model):
    """Say nothing of what is returned."""
'''
IMPORTS = """\
import numpy as np
import torch
import matplotlib.pyplot as plt
from own.room import dots, fit, guess, style, table"""
FIRST_LINE = 11  # of the first cell after that of the imports


def found(tmp_path, *sources: str, folder: str = "chapters/one.md") -> list[str]:
    """Return what the gate says of a book with one page of these cells; the tags of a cell stand before a |."""
    (tmp_path / "own").mkdir(exist_ok=True)
    (tmp_path / "own/__init__.py").write_text("")
    (tmp_path / "own/room.py").write_text(MODULE)
    path = tmp_path / folder
    path.parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n- file: chapters/one\n")
    text = ["# One\n"]
    for source in (IMPORTS, *sources):
        tags, bar, code = source.partition("|")
        tags, code = (f":tags: [{tags}]\n", code) if bar and tags in cells.TAGS else ("", source)
        text.append(f"```{{code-cell}} ipython3\n{tags}{code}\n```\n")
    path.write_text("\n".join(text))
    return cells.problems(tmp_path)


@pytest.mark.parametrize(
    ("above", "code"),
    [
        ("", "table({'a': [1]})"),  # what happened: a table above a glue
        ("from pandas import DataFrame\n", "DataFrame({'a': [1]})"),
        ("", "frame.head()"),
        ("", "frame.describe().round(2)"),
        ("", "frame"),
        ("", "frame.loc[0]"),
        ("", "frame.a"),
        ("", "f'{x:.2f}'"),
        ("", "'words'"),
        ("", "3.14"),
        ("", "x == y"),
        ("", "x + y"),
        ("", "-x"),
        ("", "x and y"),
        ("", "x if y else z"),
        ("", "[v for v in x]"),
        ("", "{v: 1 for v in x}"),
        ("", "(x, y)"),
        ("", "lambda v: v"),
        ("", "np.mean(x)"),
        ("", "np.sort(x)"),
        ("", "np.append(x, y)"),
        ("", "np.add(x, y)"),
        ("", "torch.sigmoid(x)"),
        ("", "x.mean()"),
        ("", "len(x)"),
        ("", "sorted(x)"),
        ("", "guess(model)"),
        ("", "model(x)"),
        ("", "model.predict(x)"),
        ("", "result.summary()"),
        ("", "ax.get_xlim()"),
        ("", "fig"),
        ("", "', '.join(words)"),
        ("def half(v):\n    return v / 2\n", "half(3)"),
    ],
)
def test_a_value_above_the_last_line_is_refused(tmp_path, above, code):
    """Catches a table, a number or a text that the author sees in the code and the reader nowhere."""
    (problem,) = found(tmp_path, f"{above}{code}\nprint(x)")
    line = FIRST_LINE + above.count("\n")
    assert problem.startswith(f"chapters/one.md:{line}: {code} stands above the cell's last line")
    assert "print it, make it the last line of a cell that is shown" in problem
    assert found(tmp_path, f"{above}print(x)\n{code}") == []


@pytest.mark.parametrize(
    ("code", "where"),
    [
        ("for v in x:\n    table(v)", "stands inside a block"),
        ("if x:\n    x", "stands inside a block"),
        ("with open('a') as file:\n    file.read()", "stands inside a block"),
        ("def f(v):\n    '''Say.'''\n    v + 1\n    return v", "stands inside a block"),
        ("match x:\n    case 1:\n        x", "stands inside a block"),
        ("try:\n    f()\nexcept ValueError:\n    x", "stands inside a block"),
        ("try:\n    show_table(x)\nexcept ValueError:\n    pass", "stands inside a block"),
        ("with warnings.catch_warnings():\n    show_source(f)", "stands inside a block"),
        ("table(x);", "ends in a semicolon"),
        ("remove-cell|table(x)", "stands in a cell that is removed"),
        ("remove-cell|x", "stands in a cell that is removed"),
        ("remove-cell|print(x)", "shows something in a cell that is removed"),
        ("remove-cell|display(x)", "shows something in a cell that is removed"),
        ("remove-cell|fig, ax = plt.subplots()\nplt.show()", "shows something in a cell that is removed"),
        ("kept = show_table(x)", "keeps what it is to show, and nothing shows it"),
        ("for v in x:\n    _ = show_source(v)", "keeps what it is to show, and nothing shows it"),
        ("Markdown('**a**')\nx = 1", "stands above the cell's last line"),
        ("remove-input|table(x)\nglue('k', 'v')", "stands above the cell's last line"),
        ("hide-input|frame.head()\nplt.show()", "stands above the cell's last line"),
    ],
)
def test_a_value_that_its_place_or_its_tag_keeps_from_the_reader_is_refused(tmp_path, code, where):
    """Catches a table in a loop, which Jupyter never shows, and one in a cell that is taken out of the page."""
    (problem,) = found(tmp_path, code)
    assert where in problem


@pytest.mark.parametrize(
    "code",
    [
        "print(x)",
        "display(table(x))",
        "glue('k', 'v')",
        "style()",
        "dots(ax, x)",
        "fit(model)",
        "plt.plot(x)",
        "plt.subplots()",
        "ax.plot(x)",
        "ax.set(xlabel='x')",
        "axes[0].set_title('a')",
        "fig.suptitle('a')",
        "ax.xaxis.set_major_formatter('{x}')",
        "ax.spines[['top', 'right']].set_visible(False)",
        "words.append(1)",
        "words.sort()",
        "table_of.update(a=1)",
        "seen.add(1)",
        "assert x == 1",
        "np.testing.assert_allclose(x, y)",
        "torch.testing.assert_close(x, y)",
        "torch.manual_seed(0)",
        "np.fill_diagonal(x, 0)",
        "np.add.at(x, [0], 1)",
        "rng.shuffle(x)",
        "loss.backward()",
        "(1 - (hard - y).abs()).mean().backward()",
        "optimizer.step()",
        "optimizer.zero_grad()",
        "model.eval()",
        "model.train()",
        "model.fit(x, y)",
        "nn.init.zeros_(model.weight)",
        "frame.drop(columns='a', inplace=True)",
        "np.exp(x, out=y)",
        "warnings.simplefilter('error')",
        "Path('a').write_text('b')",
        "file.write('a')",
        "next(batches)",
        "_ = unknown(x)",
        "kept = show_table(x)\ndisplay(kept)",
        "kept = showers(x)\nx = kept",
        "(n := 3)",
        "def f(v):\n    '''Say.'''\n    return v",
        "class A:\n    '''Say.'''\n    def f(self): ...",
        "def show(v):\n    print(v)\nshow(3)",
        "try:\n    x / 0\nexcept ZeroDivisionError as error:\n    print(error)",
        "try:\n    naive(x)\nexcept OverflowError as error:\n    print(error)",
        "with warnings.catch_warnings(record=True) as caught:\n    naive(x)",
        "with pytest.raises(ValueError):\n    naive(x)",
        "for v in x:\n    ax.plot(v)\n    words.append(v)",
    ],
)
def test_a_line_that_is_there_for_its_effect_passes(tmp_path, code):
    """Catches a gate that is in the way of drawing, printing, learning and checking."""
    assert found(tmp_path, f"{code}\nprint(x)") == []


def test_an_assignments_cells_are_read_as_well(tmp_path):
    """Catches a table that students never see; what is to be filled in is no Python yet, and no problem."""
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters/one.md").write_text("# One\n")
    (problem,) = found(tmp_path, "table(x)\nprint(x)", "a = @cost@", folder="assignments/1/master.md")
    assert problem.startswith(f"assignments/1/master.md:{FIRST_LINE}: table(x) stands above")


def test_a_table_planted_above_a_glue_in_a_chapter_of_this_book_is_found(tmp_path):
    """Catches a rule that knows only invented names: the chapter's own table, moved to where it was lost."""
    text = (ROOT / "chapters/sigmoid.md").read_text()
    begin = text.index("show_table({")
    end = text.index("```", begin)
    path = tmp_path / "chapters" / "one.md"
    path.parent.mkdir()
    path.write_text(text[:end] + 'glue("sigmoid-planted", "1")\n' + text[end:])
    ((line, problem),) = vanished.problems(path, ROOT)
    assert line == text[:begin].count("\n") + 1
    assert problem.startswith("show_table(")
