"""How docutils' and Sphinx's own nodes become HTML where the book differs: valid roles, boxes, names of links."""

import subprocess
import sys

import pytest
from bs4 import BeautifulSoup

pytestmark = pytest.mark.xdist_group("translator")  # one process makes what they share

SOURCE = """
A title
=======

+---------+---------+
|         | right   |
+=========+=========+
| left    | .5      |
+---------+---------+

See [Two]_ and [One]_.

.. [One] The first.
.. [Two] The second.
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Return the built page."""
    folder = tmp_path_factory.mktemp("translated")
    (folder / "conf.py").write_text('extensions = ["coursebook.site.translator"]\nhtml_theme = "basic"\n')
    (folder / "index.rst").write_text(SOURCE)
    subprocess.run([sys.executable, "-m", "sphinx", "-qW", ".", "html"], cwd=folder, check=True, timeout=300)
    return BeautifulSoup((folder / "html/index.html").read_bytes(), "html.parser").select_one(".body")


def test_a_bibliography_is_a_list_of_its_entries(page):
    """Catches docutils' role doc-biblioentry, which ARIA has taken out of the standard."""
    (entries,) = page.select("[role=list]")
    assert [entry["role"] for entry in entries.find_all("div", recursive=False)] == ["listitem", "listitem"]
    assert page.select("[role=doc-biblioentry]") == []


def test_a_column_without_a_heading_has_no_empty_one(page):
    """Catches a heading without words, which a screen reader would announce, and a cell lost with it."""
    rows = [[(cell.name, cell.get_text().strip()) for cell in row.find_all(["th", "td"])] for row in page.select("tr")]
    assert rows == [[("td", ""), ("th", "right")], [("td", "left"), ("td", ".5")]]


def test_a_table_is_in_a_box_that_can_scroll(page):
    """Catches a wide table that widens the page of a phone."""
    assert [table.parent["class"] for table in page.select("table")] == [["table"]]


def test_a_heading_is_called_by_its_words_without_those_of_its_link(page):
    """Catches "A title Link to this heading" in the list of headings that a screen reader gives."""
    heading = page.h1
    assert page.find(id=heading["aria-labelledby"]).get_text() == "A title"
    assert heading.select_one("span a, a span") is None


def test_a_permanent_link_says_what_it_is(page):
    """Catches a link that a screen reader spells as a sign."""
    (link,) = page.select("h1 a.headerlink")
    assert (link["href"], link["aria-label"], link["title"]) == (
        "#a-title",
        "Link to this heading",
        "Link to this heading",
    )
