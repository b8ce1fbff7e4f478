"""The notebooks say what the pages say, in Markdown that every notebook program reads, and hold the outputs."""

import importlib.metadata
import json
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from coursebook.claims.card.marks import Mark
from coursebook.run import execution, install_cell, notebooks
from lrlib import explorables
from tests.assignments.leaks import FOLDERS
from tests.binder.conftest import CHAPTERS
from tests.paths import ROOT

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table").use(dollarmath_plugin, allow_digits=False)
SENTENCES = "p, li, h1, h2, h3, h4, summary, th, td"
every_chapter = pytest.mark.parametrize("name", CHAPTERS)


def read(folder: Path, name: str):
    return nbformat.read(folder / f"{name}.ipynb", as_version=4)


def markdown(notebook) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def sentences(page: BeautifulSoup, formulas: str) -> set[str]:
    """Return the words of each paragraph, item, heading and cell of a table, without formulas and blanks."""
    for formula in page.select(formulas):
        formula.replace_with("")
    found = set()
    for part in page.select(SENTENCES):
        if part.find(["p", "ul", "ol", "table", "details", "div"]) is None:
            found.add(re.sub(r"\s+", "", part.get_text()))
    return found


def source_of(name: str) -> nbformat.NotebookNode:
    """Return a chapter's notebook as its source describes it, tags included."""
    return execution.read_chapter(ROOT, Path(f"chapters/{name}.md")).notebook


def page_of(path: Path) -> BeautifulSoup:
    """Return a chapter's article, without what only a page has: outputs, links to itself, figures that move."""
    article = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").select_one("article")
    gone = ".cell, .headerlink, .evidence, .check-letter, .check-number, .check-head, .visually-hidden, nav, .run"
    for part in article.select(
        f"{gone}, lr-softmax, .exercise .admonition-title, details.solution > summary, .explorable > :first-child"
    ):
        part.decompose()
    return article


@every_chapter
def test_a_notebook_says_every_sentence_of_its_page(made, name):
    """Catches a paragraph, a table or an answer left out, a result not filled in, and a sign that Markdown swallows."""
    page = sentences(page_of(made.parent / "chapters" / f"{name}.html"), ".math, .eqno")
    html = BeautifulSoup(MARKDOWN.render(markdown(read(made, name))), "html.parser")
    for summary in html.select("summary"):
        if summary.b:  # the letter of an answer
            summary.b.decompose()
        summary.string = re.sub(r"\$[^$]*\$", "", summary.get_text())  # JupyterLab sets formulas in HTML too
    for mark in html.find_all("a", string="✓"):  # there, where the site has an address
        mark.decompose()
    for number in html.find_all("strong", string=re.compile(r"^Question \d+\.$")):
        number.decompose()
    notebook = sentences(html, ".math, eqn, eq")
    assert len(page) > 50
    assert sorted(page - notebook - {""}) == []


@every_chapter
def test_a_notebook_begins_with_its_title_and_how_to_run_it(made, name):
    """Catches code as the first thing in sight, and outputs that look as if this kernel had made them."""
    notebook = read(made, name)
    title, how, *_ = notebook.cells[0].source.split("\n\n")
    assert re.fullmatch(r"# \S.*", title)
    assert how == notebooks.HOW_TO_RUN
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.id for cell in code if cell.execution_count is not None] == []
    assert [cell.id for cell in code for output in cell.outputs if output.get("execution_count") is not None] == []
    assert any(cell.outputs for cell in code)


@every_chapter
def test_a_notebook_holds_its_outputs_and_installs_the_library_before_it_is_needed(made, name):
    """Catches a notebook without figures, one of an older run, and one that fails on a machine without lrlib."""
    notebook = read(made, name)
    nbformat.validate(notebook)
    first, *code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert first.metadata == {"tags": ["install"], **notebooks.CODE_HIDDEN}
    assert "lrlib" in first.source
    explorables = [cell for cell in code if "explorable(" in cell.source]
    assert len(explorables) == len(re.findall(r"^```\{explorable\}", (ROOT / f"chapters/{name}.md").read_text(), re.M))
    tags = [cell.metadata.get("tags", []) for cell in source_of(name).cells if cell.cell_type == "code"]
    executed = read(ROOT / "tests" / "references", name).cells
    reviewed = [cell for cell, tagged in zip(executed, tags, strict=True) if "remove-cell" not in tagged]
    cells = [cell for cell in code if cell not in explorables]
    assert [cell.source for cell in cells] == [cell.source for cell in reviewed]
    for cell, reference in zip(cells, reviewed, strict=True):
        assert [output.output_type for output in cell.outputs] == [o.output_type for o in reference.outputs]
    assert any("image/svg+xml" in output.get("data", {}) for cell in cells for output in cell.outputs)


@every_chapter
def test_nothing_of_the_sources_language_is_left(made, name):
    """Catches a directive or a role that a reader would see as such."""
    text = re.sub(r"`+[^`]*`+|\$+[^$]*\$+", "", markdown(read(made, name)))
    assert re.findall(r"\{[a-z:]+\}|^:::|^\+\+\+|^:[a-z]+:", text, re.M) == []


@every_chapter
def test_only_solutions_and_deeper_parts_are_folded(made, name):
    """Catches a chapter whose end disappears in the fold of its last solution, and text in the fold before it."""
    notebook, depth, hidden = read(made, name), None, []
    for cell in notebook.cells:
        heading = re.match(r"(#+) ", cell.source) if cell.cell_type == "markdown" else None
        if heading and depth and len(heading[1]) <= depth:
            depth = None
        if depth:
            hidden.append(cell.source)
        if cell.metadata.get("jp-MarkdownHeadingCollapsed"):
            depth = len(heading[1])
    chapter = (ROOT / f"chapters/{name}.md").read_text(encoding="utf-8")
    folds = "".join(re.findall(r"\{(?:solution|deeper)-start\}.*?\{(?:solution|deeper)-end\}", chapter, re.DOTALL))
    folds = re.sub(r"```\{code-cell\}[^\n]*\n[^`]*?remove-cell.*?\n```", "", folds, flags=re.DOTALL)
    cells = re.findall(r"```\{code-cell\}[^\n]*\n(?:---.*?---\n|(?::[^\n]*\n)+)?(.*?)\n```", folds, re.DOTALL)
    assert [source.strip() for source in hidden if source.strip() in {cell.strip() for cell in cells}] == [
        cell.strip() for cell in cells
    ]
    assert not any(source.startswith(("# ", "## ", "### ")) for source in hidden)


def test_the_start_leads_to_every_chapter_and_assignment(made):
    """Catches one that the landing notebook forgets."""
    text = markdown(read(made, "start"))
    assert sorted(re.findall(r"\]\(([\w-]+)\.ipynb\)", text)) == sorted([*CHAPTERS, *FOLDERS])


# From a page's tree


def tree(*children: nodes.Node) -> nodes.document:
    from docutils.utils import new_document

    document = new_document("chapter")
    document += nodes.section("", nodes.title("", "One"), *children)
    return document


def written(*children: nodes.Node, **place) -> str:
    made = notebooks.chapter(tree(*children), None, "one", "import lrlib", notebooks.Place(**place))
    return markdown(made).removeprefix("# One").strip()


@pytest.mark.parametrize(
    "text", ["*a*_b_ `c` \\d", "cost $5 or $6", "a<b>c &amp; d", "~1~ | 2", "- no list", "1. no list"]
)
def test_words_come_back_as_they_were(text):
    """Catches a sign that turns half a sentence into italics, a formula or a list."""
    html = BeautifulSoup(MARKDOWN.render(written(nodes.paragraph("", text))), "html.parser")
    assert [part.name for part in html.find_all(True)] == ["p"]
    assert html.get_text().strip() == text


def test_a_formula_in_a_quotation_or_a_table_stays_one():
    """Catches a formula that a line break in a box, or a bar in a table, tears in two."""
    formula = nodes.math_block("", "a\n= |b|", label="eq-a")
    assert written(nodes.block_quote("", formula), number=lambda node: "7") == r"> $$a = |b| \tag{7}$$"
    cell = notebooks.formula_in_words(r"p(y|x) < \|w\|", table=True)
    assert "|" not in cell
    assert "<" not in cell


def test_the_evidence_is_one_link_in_each_title_and_one_at_the_end():
    """Catches a line below every formula, and marks that lead nowhere from a notebook."""
    formula = nodes.math_block("", "a = b", label="eq-a", ids=["equation-eq-a"])
    formula["beside"] = Mark(refuri="../book/checked.html#check-eq-a", of="it")
    box = nodes.admonition("", nodes.title("", "A fact", Mark(refuri="../book/checked.html#check-prop-a", of="it")))
    assert "✓" not in written(formula, box)
    text = written(formula, box, address=lambda uri: f"https://a/{uri}")
    assert "> **A fact [✓](https://a/../book/checked.html#check-prop-a)**" in text
    assert text.splitlines()[-1].endswith("(https://a/../book/checked.html#checked-one).")
    assert text.count("](") == 2


def test_a_link_leads_to_the_site_or_is_left_out():
    """Catches links that are relative to a page, in a notebook that is somewhere else."""
    link = nodes.reference("", "there", refuri="../book/x.html#y")
    assert written(nodes.paragraph("", "", link)) == "there"
    link = nodes.reference("", "there", refid="y")
    assert written(nodes.paragraph("", "", link), address=lambda uri: f"https://a/{uri}") == "[there](https://a/#y)"


def test_what_no_notebook_can_show_is_refused():
    """Catches a directive that silently disappears from the notebooks."""
    with pytest.raises(notebooks.UnknownContent, match="footnote"):
        written(nodes.footnote("", nodes.paragraph("", "x")))
    with pytest.raises(notebooks.UnknownContent, match="superscript"):
        written(nodes.paragraph("", "", nodes.superscript("", "x")))


def test_the_install_cell_installs_only_what_is_missing(monkeypatch):
    """Catches a reinstallation at each start, an old library kept, and another repository's."""

    from IPython.core.inputtransformer2 import TransformerManager

    here = importlib.metadata.version("lrlib")
    for found, installs in ((here, False), ("0.0", True), (None, True)):
        asked = []

        class Shell:
            def run_line_magic(self, name, line, _stack_depth=1):
                asked.append((name, line))  # noqa: B023 - called in this turn only

        def version(name):
            if found is None:  # noqa: B023
                raise importlib.metadata.PackageNotFoundError(name)
            return found  # noqa: B023

        monkeypatch.setattr(importlib.metadata, "version", version)
        code = install_cell.install_code("lrlib[torch]", "https://github.com/someone/fork", "c0ffee")
        exec(TransformerManager().transform_cell(code), {"get_ipython": Shell})
        wanted = ("pip", 'install --quiet "lrlib[torch] @ git+https://github.com/someone/fork@c0ffee"')
        assert asked == ([wanted] if installs else [])


def test_without_a_repository_the_install_cell_says_what_to_do(monkeypatch, capsys):
    """Catches a notebook from a zip that begins with an error, and one that says nothing."""
    code = install_cell.install_code("lrlib[torch]", "", "")
    exec(code, {})
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.0")
    exec(code, {})
    assert "pip install '.[torch]'" in capsys.readouterr().out


def test_a_notebook_is_the_same_in_each_build():
    """Catches a file that changes at every build, with nothing changed."""
    cells = [[notebooks.explorable_cell(explorables, "sigmoid", {"w": 2}, "here")] for _ in range(2)]
    one, two = (json.dumps(notebooks.notebook(made, "n")) for made in cells)
    assert one == two
