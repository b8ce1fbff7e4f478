"""A wide table prints on one sheet of paper, and is read as cards on a phone."""

import pypdfium2
import pytest
from docutils import nodes

from coursebook.site import sheet
from tests.pages import HTML, PAGES, PHONE

SHEETS = [page for page in PAGES if page != "none" and 'class="sheet ' in (HTML / page).read_text(encoding="utf-8")]
A4_LANDSCAPE = (842, 595)  # points
LARGER = """() => {
  const larger = new CSSStyleSheet()
  larger.replaceSync('.sheet table { font-size: 24pt !important }')
  document.adoptedStyleSheets = [larger]
}"""


def table(head, *rows):
    """Return a table of these words."""
    lines = [nodes.row("", *(nodes.entry("", nodes.paragraph("", word)) for word in line)) for line in (head, *rows)]
    group = nodes.tgroup("", nodes.thead("", lines[0]), nodes.tbody("", *lines[1:]), cols=len(head))
    return nodes.table("", group)


def test_each_cell_but_the_first_of_a_row_is_told_its_column():
    """Catches names that are given to the head, or one column too far."""
    made = table(("Want", "Code"), ("a", "b"), ("c", "d"))
    sheet.name_cells(made)
    assert [entry.get("column") for entry in made.findall(nodes.entry)] == [None, None, None, "Code", None, "Code"]


def printed(tab):
    """Return the pages of the PDF that the browser prints: the size of each, and its words without spaces."""
    document = pypdfium2.PdfDocument(tab.pdf(prefer_css_page_size=True))
    sizes = [tuple(round(edge) for edge in page.get_size()) for page in document]
    return sizes, ["".join(page.get_textpage().get_text_range().split()) for page in document]


def on_one_sheet(tab):
    """Tell whether all code of the table is on the first page, in landscape, and the text below it begins the next."""
    codes = tab.locator(".sheet td code").all_text_contents()
    below = "".join(tab.locator("section:has(> .sheet) > section").first.inner_text().split())[:12]
    sizes, words = printed(tab)
    missing = [code for code in codes if "".join(code.split()) not in words[0]]
    return codes and not missing and below in words[1][:40] and sizes[0] == A4_LANDSCAPE


def test_there_is_a_sheet():
    """Catches a book whose sheet none of the tests below looks at."""
    assert SHEETS or PAGES == ["none"]


@pytest.mark.slow
@pytest.mark.parametrize("page", SHEETS)
def test_a_sheet_prints_on_one_page(browser, page):
    """Catches a row that slips onto a second sheet; the same with letters that are too large is its planted failure."""
    tab = browser.new_page()
    tab.goto((HTML / page).as_uri())
    assert on_one_sheet(tab)
    tab.evaluate(LARGER)  # a sheet by script, which the policy of the page allows
    assert not on_one_sheet(tab)
    tab.close()


@pytest.mark.slow
@pytest.mark.parametrize("page", SHEETS)
def test_a_sheet_is_a_row_of_cards_on_a_phone(browser, page):
    """Catches a table that a phone must push to and fro, and cells that nobody knows the meaning of."""
    tab = browser.new_page(viewport=PHONE)
    tab.goto((HTML / page).as_uri())
    above = "cells => cells.map(cell => getComputedStyle(cell, '::before').content)"
    said = tab.locator(".sheet tbody tr:first-child td").evaluate_all(above)
    heads = tab.locator(".sheet thead th").all_text_contents()
    assert said == ["none", *(f'"{head.strip()}"' for head in heads[1:])]
    hidden = "box => [...box.querySelectorAll('td')].filter(cell => cell.scrollWidth > cell.clientWidth + 1).length"
    assert tab.locator(".sheet").evaluate(hidden) == 0
    tab.close()
