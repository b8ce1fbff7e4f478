"""The alt-text gate holds for this book, and fails for each way in which a figure can say nothing."""

import nbformat
import pytest

from coursebook.gates import alt_text
from coursebook.run.execution import chapters, executed_notebook
from tests.paths import ROOT

GOOD = "The curve rises from 0 to 1 and is steepest at the boundary, where it crosses one half."
OTHER = "Three points lie above the line and two below, so the line leaves the data on both sides."


@pytest.fixture
def chapter(tmp_path):
    """Return a function that writes a chapter with this text and returns its problems."""

    def problems(*texts):
        paths = [tmp_path / f"chapter{number}.md" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(f"# Title\n\n{text}\n", encoding="utf-8")
        return alt_text.check_sources(paths)

    return problems


def cell(alt=None, source="ax.plot(x, y)\nplt.show()"):
    """Return a code cell as a chapter writes it, with this alt text."""
    metadata = f'---\nmystnb:\n  image:\n    alt: "{alt}"\n---\n' if alt is not None else ""
    return f"```{{code-cell}} ipython3\n{metadata}{source}\n```\n"


def notebook(*cells):
    """Return an executed notebook of (alt text, outputs) cells."""
    made = nbformat.v4.new_notebook()
    for alt, *outputs in cells:
        metadata = {} if alt is None else {"mystnb": {"image": {"alt": alt}}}
        made.cells.append(nbformat.v4.new_code_cell("fig, ax = plt.subplots()", metadata=metadata))
        made.cells[-1].outputs = [nbformat.v4.new_output("display_data", data=data) for data in outputs]
    return made


SVG, PNG, TEXT = {"image/svg+xml": "<svg/>", "text/plain": "<Figure>"}, {"image/png": "iVBOR"}, {"text/plain": "3"}

SAYS_NOTHING = [
    (None, "has no alt text"),
    ("", "has no alt text"),
    ("   ", "has no alt text"),
    ("images/sigmoid-curve.svg", "has a file name for alt text"),
    ("The sigmoid curve in blue", "too short"),
    ("Plot of the loss against the score for each of the five surrogates", "which every reader is told anyway"),
    ("A figure showing the loss of each of the models as the steps go on", "which every reader is told anyway"),
    ("Figure: the loss of each of the models as the steps go on", "which every reader is told anyway"),
]


def test_every_figure_of_this_book_says_what_it_shows():
    """Catches a figure added without alt text, or with another figure's."""
    pages = [*sorted(ROOT.glob("chapters/*.md")), *sorted(ROOT.glob("book/*.md"))]
    assert alt_text.check_sources(pages) == []


def test_this_book_has_figures_at_all():
    """Catches a gate that passes because it finds no figure."""
    assert all(len(list(alt_text._figures(path))) >= 1 for path in ROOT.glob("chapters/*.md"))


@pytest.mark.parametrize("executed", chapters(ROOT), ids=lambda chapter: chapter.name)
def test_every_image_that_a_chapter_drew_says_what_it_shows(executed):
    """Catches a drawing that the sources did not announce."""
    try:
        drawn = executed_notebook(executed)
    except KeyError:
        pytest.skip("not executed as it stands: make book")
    assert alt_text.check_images(drawn, executed.name) == []


def test_every_image_of_the_built_site_has_its_alt_text():
    """Catches an alt text lost between source and page."""
    built = sorted((ROOT / "_build" / "html").rglob("*.html"))
    if not built:
        pytest.skip("nothing is built: make book")
    pages = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in built}
    assert [problem for name, html in pages.items() for problem in alt_text.check_page(html, name)] == []


@pytest.mark.parametrize("image", [SVG, PNG])
def test_an_executed_image_with_a_good_alt_text_passes(image):
    """Catches a gate that always complains, whose planted failures would prove nothing."""
    assert alt_text.check_images(notebook((GOOD, image), (None, TEXT)), "sigmoid") == []


@pytest.mark.parametrize("image", [SVG, PNG])
@pytest.mark.parametrize(("alt", "words"), SAYS_NOTHING)
def test_an_executed_image_whose_alt_text_says_nothing_fails(image, alt, words):
    """Catches a figure that only those who see it can read."""
    (problem,) = alt_text.check_images(notebook((GOOD, SVG), (alt, image)), "sigmoid")
    assert words in problem
    assert problem.startswith("sigmoid: code cell 2 (fig, ax = plt.subplots())")


def test_an_image_kept_by_glue_needs_alt_text_too():
    """Catches figures that are glued and shown elsewhere."""
    glued = {"application/papermill.record/image/png": "iVBOR"}
    assert len(alt_text.check_images(notebook((None, glued)), "sigmoid")) == 1


def test_an_alt_text_on_a_cell_that_draws_nothing_fails():
    """Catches metadata left behind when the drawing moved to another cell."""
    (problem,) = alt_text.check_images(notebook((GOOD, TEXT)), "sigmoid")
    assert "draws no image" in problem


@pytest.mark.parametrize(
    ("html", "number"),
    [
        ('<img src="a.png">', 1),
        ('<img src="a.png" alt="a.png">', 1),
        (f'<img src="a.png" alt="{GOOD}">', 0),
        ("<svg><path/></svg>", 1),
        (f"<svg><title>{GOOD}</title></svg>", 0),
        ("<table><tr><td>3</td></tr></table>", 0),
    ],
)
def test_a_picture_inside_an_html_output_needs_a_name(html, number):
    """Catches pictures that the cell's metadata cannot describe."""
    assert len(alt_text.check_images(notebook((None, {"text/html": html})), "sigmoid")) == number


@pytest.mark.parametrize(("alt", "words"), SAYS_NOTHING)
def test_a_drawing_cell_without_a_good_alt_text_fails_before_it_is_run(chapter, alt, words):
    """Catches the same in the editor, in a second."""
    (problem,) = chapter(cell(GOOD) + cell(alt))
    assert words in problem
    assert "chapter0.md:" in problem


@pytest.mark.parametrize("source", ["plt.show()", "fig, ax = plt.subplots()", "ax.plot(x, y)", "axes[0].scatter(x, y)"])
def test_a_cell_that_draws_in_any_of_these_ways_needs_alt_text(chapter, source):
    """Catches a static check that knows one way to draw."""
    assert len(chapter(cell(source=source))) == 1


def test_a_cell_that_only_computes_needs_no_alt_text(chapter):
    """Catches a static check that takes any call for a drawing."""
    assert chapter(cell(source='print("plt.show()")\nshow_table({"a": [1]})')) == []


@pytest.mark.parametrize(
    "text",
    ["![](a.png)", "![a.png](a.png)", "```{image} a.png\n```", "```{figure} a.png\nA caption.\n```",
     "```{figure} a.png\n:alt: A curve.\nA caption.\n```", '<p><img src="a.png"></p>', "- ![short](a.png)"],
)  # fmt: skip
def test_a_picture_in_the_text_without_a_good_alt_text_fails(chapter, text):
    """Catches pictures that no code drew."""
    (problem,) = chapter(text)
    assert "a.png" in problem
    assert "chapter0.md:3" in problem


@pytest.mark.parametrize(
    "text",
    [
        f"![{GOOD}](a.png)",
        f"```{{image}} a.png\n:alt: {GOOD}\n```",
        f'<p>\n<img src="a.png" alt="{GOOD}">\n</p>',
        cell(GOOD),
    ],
)
def test_a_picture_that_says_what_it_shows_passes(chapter, text):
    """Catches a gate that misreads one of the ways to write a picture."""
    assert chapter(text) == []


def test_two_figures_with_one_alt_text_fail_across_chapters(chapter):
    """Catches an alt text that was copied along with its cell."""
    assert chapter(cell(GOOD), cell(OTHER)) == []
    (problem,) = chapter(cell(GOOD), cell(GOOD))
    assert "chapter1.md:3" in problem
    assert "chapter0.md:3" in problem


@pytest.mark.parametrize(
    ("html", "number"),
    [
        (f'<article><img src="a.svg" alt="{GOOD}"></article>', 0),
        ('<article><img src="a.svg"></article>', 1),
        ('<article><img src="a.svg" alt=""></article>', 1),
        ('<article><img src="a.svg" alt="_images/a.svg"></article>', 1),
        ('<nav><img src="logo.svg" alt=""></nav><article></article>', 0),
        ('<nav><img src="logo.svg"></nav><article></article>', 1),
    ],
)
def test_a_built_page_names_its_images(html, number):
    """Catches an alt text that got lost between source and page, and the theme's own images."""
    assert len(alt_text.check_page(f"<html><body>{html}</body></html>", "sigmoid.html")) == number


def test_the_command_names_the_cell_and_fails(tmp_path, capsys):
    """Catches a command that prints problems and still exits 0."""
    path = tmp_path / "sigmoid.ipynb"
    nbformat.write(notebook((None, SVG)), path)
    assert alt_text.main([str(path)]) == 1
    assert "sigmoid.ipynb: code cell 1" in capsys.readouterr().out
    nbformat.write(notebook((GOOD, SVG)), path)
    assert alt_text.main([str(path)]) == 0
    page = tmp_path / "sigmoid.html"
    page.write_text('<article><img src="a.svg"></article>', encoding="utf-8")
    assert alt_text.main([str(page)]) == 1
