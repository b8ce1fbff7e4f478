"""Cells out of sight and folded parts, on the page, on paper and in the notebook, in a course of one chapter."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from coursebook.paper.pages import assemble
from coursebook.source import gated, measures
from tests.coursebook import course

pytestmark = pytest.mark.xdist_group("folds")  # one process builds the course that they share
FOLDED = """
The mean is {glue:text}`means-it`, as the table says too.

```{code-cell} ipython3
:tags: [remove-cell]
from lrlib.notebook import glue

hidden_name = mean([1, 2, 6])
glue("means-it", f"{hidden_name:.1f}")
```

```{code-cell} ipython3
:tags: [remove-input]
print("one table, without its code:", mean([2, 4]))  # table_code
```

```{code-cell} ipython3
---
tags: [hide-input]
mystnb:
  image:
    alt: "A line that rises evenly from the lower left to the upper right corner."
---
import matplotlib.pyplot as plt

fig, ax = plt.subplots()  # plot_code
ax.plot([0, 1], [0, 1])
plt.show()
```

````{deeper-start} Why the *sum* is shared, $n$ times
````

Because all count alike, says {eq}`eq-all-alike`.

```{math}
:label: eq-all-alike
w_i = \\frac{1}{n}
```

```{code-cell} ipython3
deep = mean([5, 7])
print("deep down:", deep)
```

````{deeper-end}
````

This stands below the first fold.

````{deeper-start} In words alone
````

Only words, and $m$.

````{deeper-end}
````

```{admonition} Answer
:class: dropdown
It is *three*.
```

This stands below the answer. {eq}`eq-all-alike` is a formula in a fold.
"""
BOX = "```{admonition} In this chapter\n:class: tip\nThe mean.\n\nneeds: {doc}`../index`\n```\n\n"
CHAPTER = course.FILES["chapters/means.md"].replace("# The mean\n\n", f"# The mean\n\n{BOX}") + FOLDED
TESTED = course.FILES["tests/claims/test_means.py"] + (
    '\n\n@pytest.mark.claim("eq-all-alike")\ndef test_all_count_alike():\n    """Catches n."""\n'
    "    assert mean([4]) == 4\n"
)


INDEX = course.FILES["index.md"] + "\n```{study-times}\n```\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """Return the folder of the course, built; a warning would have stopped it."""
    folder = course.write(
        tmp_path_factory.mktemp("folds"),
        **{"chapters/means.md": CHAPTER, "tests/claims/test_means.py": TESTED, "index.md": INDEX},
    )
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "coursebook.build"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def page(built) -> BeautifulSoup:
    return BeautifulSoup((built / "_build/html/chapters/means.html").read_text(encoding="utf-8"), "html.parser").article


@pytest.fixture
def notebook(built):
    return nbformat.read(built / "_build/html/notebooks/means.ipynb", as_version=4)


def test_a_removed_cell_is_seen_nowhere_and_its_result_is_in_the_sentence(built, page, notebook):
    """Catches glue in sight, and a result lost with the cell that made it."""
    assert "The mean is 3.0, as the table says too." in page.text
    assert "hidden_name" not in page.text
    assert "hidden_name" not in "".join(cell.source for cell in notebook.cells)
    assert "hidden_name" not in "".join(
        page.body.text_content() for page in assemble(built, built / "_build/html").pages
    )
    files = [path for path in (built / "_build/html").rglob("*") if path.is_file()]
    assert [path.name for path in files if b"hidden_name" in path.read_bytes()] == []  # the search's index is one


def test_an_output_without_its_code_is_on_the_page_and_collapsed_in_the_notebook(page, notebook):
    """Catches code in sight that makes a table, and a notebook that cannot make it."""
    assert "one table, without its code: 3.0" in page.text
    assert "table_code" not in page.text
    (cell,) = [cell for cell in notebook.cells if "table_code" in cell.source]
    assert cell.metadata["jupyter"] == {"source_hidden": True}
    assert cell.metadata["cellView"] == "form"
    assert "one table" in cell.outputs[0].text


def test_the_code_of_a_figure_is_folded_below_it(page, notebook):
    """Catches plotting code above its figure, in sight, or lost."""
    (fold,) = page.select("details.how")
    assert not fold.has_attr("open")
    assert fold.summary.text == "How it was drawn"
    assert "plot_code" in fold.text
    assert [part.name for part in fold.parent.find_all(["img", "details"])] == ["img", "details"]
    (cell,) = [cell for cell in notebook.cells if "plot_code" in cell.source]
    assert cell.metadata["jupyter"] == {"source_hidden": True}


def test_a_part_that_goes_deeper_is_a_closed_box_that_a_link_into_it_opens(page):
    """Catches a part in sight, one that a browser cannot open, a title without its formula, an id on the box itself."""
    first, second = page.select("details.deeper")
    assert not first.has_attr("open")
    assert first.summary.text.startswith("Deeper: Why the sum is shared, ")
    assert first.summary.select("math")
    assert first.select_one("#equation-eq-all-alike")
    assert "deep down: 6.0" in first.text
    assert not first.has_attr("id")
    assert first.select_one("#deeper-why-the-sum-is-shared-n-times") or first.select_one("[id^=deeper-why]")
    assert second.summary.text == "Deeper: In words alone"
    for words in ("This stands below the first fold.", "This stands below the answer."):
        (paragraph,) = page.find_all("p", string=re.compile(re.escape(words))) or [None]
        assert paragraph is None or paragraph.find_parent("details") is None


def test_an_answer_is_folded_under_its_own_name(page):
    """Catches an answer in sight below its question."""
    (answer,) = page.select("details.dropdown")
    assert answer.summary.text == "Answer"
    assert "It is three." in answer.text
    assert "below" not in answer.text


def test_a_notebook_folds_a_part_with_cells_and_ends_the_fold(notebook):
    """Catches the text below a part that disappears in its fold."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    (title,) = [cell for cell in cells if "jp-MarkdownHeadingCollapsed" in cell.metadata]
    assert title.source.startswith("## Deeper: Why the *sum* is shared, $n$ times")
    (after,) = [cell for cell in cells if "below the first fold" in cell.source]
    assert after.source.startswith("## Back to the chapter\n")
    assert "<details><summary>Deeper: In words alone</summary>\n\nOnly words, and $m$.\n\n</details>" in after.source
    assert "<details><summary>Answer</summary>" in after.source


def test_on_paper_parts_are_open_and_figures_without_code(built):
    """Catches a proof that nobody can open on paper, and pages of plotting code."""
    (chapter,) = [page for page in assemble(built, built / "_build/html").pages if page.name == "chapters/means"]
    assert chapter.body.xpath(".//details") == []
    text = chapter.body.text_content()
    assert "deep down: 6.0" in text
    assert "Deeper: In words alone" in text
    assert "plot_code" not in text
    assert "How it was drawn" not in text


def test_the_box_of_a_chapter_and_the_table_say_the_times_that_are_computed(built, page, notebook):
    """Catches typed times, times of another chapter, and a notebook or a table that says something else."""
    times = measures.times(measures.of(built / "chapters/means.md"))
    reading, code, exercises = map(measures.spoken, times)
    said = f"About {reading} to read · {code} with the code · {exercises} with the exercises · needs: "
    assert page.select_one(".admonition.tip p:last-child").text.startswith(said)
    assert said in notebook.cells[0].source + notebook.cells[1].source
    start = BeautifulSoup((built / "_build/html/index.html").read_text(encoding="utf-8"), "html.parser")
    rows = [[cell.text.strip() for cell in row.find_all(["th", "td"])] for row in start.select("article table tr")]
    assert rows[1:] == [["The mean", reading, code, exercises]]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("{deeper-start} A\n````\n", 3, "deeper-start without a deeper-end: write ````{deeper-end}"),
        ("{deeper-end}\n````\n", 3, "deeper-end without a deeper-start: write ````{deeper-start}"),
        (
            "{deeper-start} A\n````\n\n````{deeper-start} B\n````\n\n````{deeper-end}\n````\n",
            6,
            "that begins on line 3",
        ),
        ("{deeper-start} A\n````\n\n## Heading\n\n````{deeper-end}\n````\n", 6, "a heading inside the part"),
        ("{deeper-start}\n````\n\n````{deeper-end}\n````\n", 3, "deeper-start without a title"),
        ("{solution-start} ex-a\n````\n\n````{deeper-start} A\n````\n\n````{deeper-end}\n````\n", 6, "inside solution"),
        ("{deeper-start} A\n````\n\n````{solution-start} ex-a\n````\n\n````{deeper-end}\n````\n", 6, "end it first"),
    ],
)
def test_a_part_that_cannot_be_folded_is_named_with_its_line_and_a_remedy(tmp_path, text, line, words):
    """Catches a chapter whose end disappears in a fold, and a message that does not say where."""
    path = tmp_path / "one.md"
    path.write_text(f"# One\n\n````{text}")
    found = list(gated.problems(path))
    assert any(at == line and words in said for at, said in found), found


def test_parts_side_by_side_are_sound(tmp_path):
    """Catches a check that refuses what is right."""
    path = tmp_path / "one.md"
    part = "````{deeper-start} A\n````\n\nText.\n\n```{note}\nA box.\n```\n\n````{deeper-end}\n````\n\n"
    path.write_text(f"# One\n\n{part}## Two\n\n{part}")
    assert list(gated.problems(path)) == []
