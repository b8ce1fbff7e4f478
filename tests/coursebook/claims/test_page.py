"""Each claim on a page leads to its test, the list shows every one, and both follow an edited test."""

import re

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

pytestmark = pytest.mark.slow

PAGES = {
    "index.md": "# Book\n\n```{toctree}\nchapters/sigmoid\nchapters/plain\nbook/checked\n```\n",
    "chapters/plain.md": "# Plain\n\nNo claims.\n",
    "chapters/sigmoid.md": """\
# The sigmoid

```{math}
:label: eq-symmetry
\\sigma(-z) = 1 - \\sigma(z)
```

```{prf:property} It undoes the logit
:label: prop-inverse
For every $z$, logit and sigmoid cancel:

~~~{math}
:label: eq-inverse
\\operatorname{logit}(\\sigma(z)) = z
~~~
```
""",
    "book/checked.md": "# What is checked\n\n```{claims-table}\n```\n",
    "tests/claims/test_sigmoid.py": '''\
import pytest


@pytest.mark.claim("eq-symmetry")
def test_what_is_lost_on_one_side_is_won_on_the_other():
    """Catches a lost minus sign in `sigmoid(-z)`."""
    assert 1 < 2


@pytest.mark.claim("eq-symmetry")
def test_the_two_sides_sum_to_one():
    """Catches a lost one."""
    assert 2 < 3


@pytest.mark.claim("prop-inverse")
@pytest.mark.claim("eq-inverse")
def test_the_logit_undoes_the_sigmoid():
    """Catches a swapped quotient."""
    assert 3 < 4
''',
}
TESTS = "tests/claims/test_sigmoid.py"


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Return a small book that can be edited and built; build() returns its warnings and the pages it read."""
    for variable in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA"):
        monkeypatch.delenv(variable, raising=False)
    return Site(tmp_path)


class Site:
    def __init__(self, folder):
        self.folder = folder
        for name, text in PAGES.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def replace(self, name, old, new):
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def build(self, **config):
        """Build what is out of date; return the warnings and the pages that were read."""
        source, out = str(self.folder), str(self.folder / "_build")
        settings = {
            "extensions": ["myst_parser", "sphinx_proof", "coursebook.claims.page"],
            "myst_enable_extensions": ["dollarmath"],
            "exclude_patterns": ["_build"],
            "html_theme": "basic",
            "nitpicky": True,
            **config,
        }
        warnings, read = _Lines(), []
        with patch_docutils(source), docutils_namespace():
            app = Sphinx(source, None, out, f"{out}/doctrees", "html", settings, status=None, warning=warnings)
            app.connect("source-read", lambda app, name, text: read.append(name))
            app.build()
        return warnings.text, read

    def page(self, name):
        return BeautifulSoup((self.folder / "_build" / name).read_text(encoding="utf-8"), "html.parser")


class _Lines:
    text = ""

    def write(self, text):
        self.text += re.sub(r"\x1b\[[0-9;]*m", "", text)

    def flush(self):
        pass


def notes(page):
    """Return the text of the notes beside the claims."""
    return [note.get_text() for note in page.select("p.claim-note")]


def test_each_claim_of_a_page_leads_to_its_tests_source(site):
    """Catches notes that are missing, stand elsewhere, or lead nowhere; works without a network."""
    warnings, _ = site.build()
    assert warnings == ""
    page = site.page("chapters/sigmoid.html")
    assert notes(page) == [
        "checked by: what is lost on one side is won on the other · the two sides sum to one",
        "checked by: the logit undoes the sigmoid",
        "checked by: the logit undoes the sigmoid",
    ]
    equation = page.find(id="equation-eq-symmetry")
    assert "claim-note" in equation.find_next_sibling()["class"]
    assert page.find(id="prop-inverse").select("p.claim-note")
    listed = site.page("book/checked.html")
    for link in page.select("p.claim-note a"):
        address, anchor = link["href"].split("#")
        assert address == "../book/checked.html"
        assert listed.find(id=anchor) is not None


def test_a_claim_with_many_tests_names_two_and_counts_the_rest(site):
    """Catches notes longer than the claims they stand beside."""
    more = '\n\n@pytest.mark.claim("eq-symmetry")\ndef test_{}():\n    """Catches more."""\n    assert 5 < 6\n'
    site.write(TESTS, PAGES[TESTS] + more.format("third") + more.format("fourth"))
    assert site.build()[0] == ""
    note = site.page("chapters/sigmoid.html").select_one("p.claim-note")
    assert note.get_text().endswith(" · the two sides sum to one · 2 more tests")
    assert note.select("a")[-1]["href"].endswith("#check-eq-symmetry-3")


def test_the_list_shows_each_claim_with_statement_test_and_totals(site):
    """Catches a list that drops a claim, miscounts, or shows another test's source."""
    site.build()
    page = site.page("book/checked.html")
    text = page.get_text()
    assert "3 claims, checked by 3 tests." in text
    assert "0 claims, checked by 0 tests." in text  # the plain chapter
    entry = page.find(id="check-eq-symmetry")
    assert "\\sigma(-z) = 1 - \\sigma(z)" in entry.get_text()
    assert entry.find("a", string=None)["href"] == "../chapters/sigmoid.html#equation-eq-symmetry"
    assert entry.find("a").get_text().startswith("Equation (")
    assert [code.get_text() for code in entry.select(".claim-doc code")] == ["sigmoid(-z)"]
    sources = [source.get_text() for source in entry.select("details pre")]
    assert [source.splitlines()[1] for source in sources] == [
        "def test_what_is_lost_on_one_side_is_won_on_the_other():",
        "def test_the_two_sides_sum_to_one():",
    ]
    assert "tests/claims/test_sigmoid.py, line 4" in entry.get_text()
    assert "It undoes the logit" in page.find(id="check-prop-inverse").get_text()
    assert "For every" in page.find(id="check-prop-inverse").get_text()


def test_without_an_address_nothing_leads_out_of_the_site(site):
    """Catches links to somebody else's repository."""
    site.build()
    assert not site.page("book/checked.html").select("a.external")


def test_links_to_the_repository_follow_the_one_that_builds(site, monkeypatch):
    """Catches a fork whose pages send readers to the original, lines that are off, and a page that is not rebuilt."""
    site.build()
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "fork/b")
    monkeypatch.setenv("GITHUB_SHA", "c0ffee")
    assert site.build() == ("", ["book/checked"])
    links = [link["href"] for link in site.page("book/checked.html").select(".claim-where a")]
    assert links[0] == "https://github.com/fork/b/blob/c0ffee/tests/claims/test_sigmoid.py#L4-L7"


def test_an_edited_test_refreshes_its_chapter_and_the_list_and_nothing_else(site):
    """Catches pages that quote a test as it was, and rebuilds of everything for one test."""
    site.build()
    assert site.build() == ("", [])
    site.replace(TESTS, "the_two_sides_sum_to_one", "both_sides_together_are_one")
    assert site.build() == ("", ["book/checked", "chapters/sigmoid"])
    assert "both sides together are one" in notes(site.page("chapters/sigmoid.html"))[0]
    site.replace(TESTS, "assert 3 < 4", "assert 3 < 5")  # the chapter does not show this
    assert site.build() == ("", ["book/checked"])
    assert "assert 3 < 5" in site.page("book/checked.html").get_text()


def test_a_test_in_a_new_file_reaches_the_page(site):
    """Catches a build that watches only the files it has met."""
    site.build()
    new = PAGES[TESTS].replace("what_is_lost_on_one_side_is_won_on_the_other", "a_new_test_says_so")
    site.write("tests/claims/test_more.py", new)
    site.build()
    assert "a new test says so" in notes(site.page("chapters/sigmoid.html"))[0]


def test_an_edited_chapter_refreshes_the_list(site):
    """Catches a list that shows yesterday's formula."""
    site.build()
    site.replace("chapters/sigmoid.md", "1 - \\sigma(z)", "1 + \\sigma(z)")
    assert site.build()[1] == ["book/checked", "chapters/sigmoid"]
    assert "1 + \\sigma(z)" in site.page("book/checked.html").find(id="check-eq-symmetry").get_text()


def test_a_claim_without_a_test_is_a_warning_at_every_build(site):
    """Catches a strict build that passes the second time, when the page is no longer read."""
    site.replace(TESTS, 'claim("prop-inverse")', 'claim("prop-other")')
    for _ in range(2):
        warnings, _ = site.build()
        assert "no test checks the claim prop-inverse" in warnings
        assert "chapters/sigmoid.md" in warnings
    assert "not checked yet" in notes(site.page("chapters/sigmoid.html"))
