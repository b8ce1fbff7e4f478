"""Each claim is marked and leads to its evidence, the list shows every one, and both follow an edited test."""

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

    def build(self, then=None, **config):
        """Build what is out of date; return the warnings and the pages that were read.

        then: what happens before the same application builds once more, as that of `make watch` does.
        """
        source, out = str(self.folder), str(self.folder / "_build")
        settings = {
            "extensions": ["myst_parser", "sphinx_proof", "sphinx_exercise", "coursebook.claims.card"],
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
            if then:
                then()
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


def marks(page):
    """Return what each mark of a page leads to, and what says that there is no evidence."""
    return [mark.get("href") or mark.get_text() for mark in page.select(".evidence, .unchecked")]


def test_each_claim_is_marked_beside_its_number_or_title(site):
    """Catches marks that are missing, stand elsewhere, have no name of their own, or lead nowhere."""
    assert site.build()[0] == ""
    page = site.page("chapters/sigmoid.html")
    listed = site.page("book/checked.html")
    beside = {
        "check-eq-symmetry": page.select_one("#equation-eq-symmetry > .eqno > .evidence"),
        "check-prop-inverse": page.select_one("#prop-inverse > .admonition-title > .evidence"),
        "check-eq-inverse": page.select_one("#equation-eq-inverse > .eqno > .evidence"),
    }
    for anchor, mark in beside.items():
        assert mark["href"] == f"../book/checked.html#{anchor}"
        assert listed.find(id=anchor) is not None
    assert len(marks(page)) == len(beside)
    names = [mark["aria-label"] for mark in page.select(".evidence")]
    assert names == [
        "How equation (1) is checked",
        "How “It undoes the logit” is checked",
        "How equation (2) is checked",
    ]


ELSEWHERE = """
- In a list:

  ```{math}
  :label: eq-listed
  a = b
  ```

```{list-table}
* - ~~~{math}
    :label: eq-in-table
    c = d
    ~~~
```

````{exercise}
:label: ex-one
```{math}
:label: eq-in-exercise
e = f
```
````
"""


def test_a_formula_in_a_list_a_table_or_an_exercise_is_marked_too(site):
    """Catches a mark that is placed by what is around the formula."""
    site.write("chapters/plain.md", PAGES["chapters/plain.md"] + ELSEWHERE)
    more = "".join(f'@pytest.mark.claim("{label}")\n' for label in ("eq-listed", "eq-in-table"))
    site.replace(TESTS, '@pytest.mark.claim("prop-inverse")', f'{more}@pytest.mark.claim("prop-inverse")')
    warnings, _ = site.build()
    assert warnings.count("no test checks the claim") == warnings.count("the claim eq-in-exercise: write one") == 1
    page = site.page("chapters/plain.html")
    assert page.select_one("li .eqno .evidence")["href"].endswith("#check-eq-listed")
    assert page.select_one("td .eqno .evidence")["href"].endswith("#check-eq-in-table")
    assert page.select_one(".exercise .eqno").get_text().startswith("(5) not checked")


def test_the_list_has_a_line_for_each_claim_and_what_unfolds(site):
    """Catches a list that drops a claim, miscounts, shows another test's source, or is open all over."""
    site.build()
    page = site.page("book/checked.html")
    text = page.get_text()
    assert "3 claims, checked by 3 tests." in text
    assert "0 claims, checked by 0 tests." in text  # the plain chapter
    lines = [line.get_text() for line in page.select(".claims > details:not([open]) > summary")]
    assert lines == [
        "(1) What is lost on one side is won on the other 2 tests",
        "Property 1: It undoes the logit 1 test",
        "(2) The logit undoes the sigmoid 1 test",
    ]
    assert not page.select("summary a")  # a click on it unfolds
    entry = page.find(id="check-eq-symmetry")
    assert entry.find("a")["href"] == "../chapters/sigmoid.html#equation-eq-symmetry"
    assert entry.find("a").get_text() == "Equation (1)"
    assert "The two sides sum to one. Catches a lost one." in page.find(id="check-eq-symmetry-2").get_text()
    assert [code.get_text() for code in entry.select("p code")] == ["eq-symmetry", "sigmoid(-z)"]
    source = entry.select_one("details pre").get_text()
    assert source.startswith('@pytest.mark.claim("eq-symmetry")\ndef test_what_is_lost')
    assert "def test_the_two_sides_sum_to_one():" in source
    assert "tests/claims/test_sigmoid.py, line 4, line 10" in entry.get_text()
    assert "Tried" not in text  # there are no worlds


def test_the_list_leads_to_the_part_of_each_chapter(site):
    """Catches a filter that needs a script, or forgets a chapter."""
    site.build()
    page = site.page("book/checked.html")
    links = [link["href"] for link in page.select(".claim-filter a")]
    assert links[0] == "#"
    assert {link[1:] for link in links[1:]} == {section["id"] for section in page.select("section.claims")}


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


def test_an_edited_test_or_chapter_refreshes_the_list_and_nothing_else(site):
    """Catches a list that quotes a test or a chapter as it was, and rebuilds of everything for one test."""
    site.build()
    assert site.build() == ("", [])
    site.replace(TESTS, "the_two_sides_sum_to_one", "both_sides_together_are_one")
    assert site.build() == ("", ["book/checked"])
    site.write("tests/claims/test_more.py", PAGES[TESTS].replace("the_logit_undoes_the_sigmoid", "a_new_test_says_so"))
    assert site.build() == ("", ["book/checked"])
    site.replace("chapters/sigmoid.md", "It undoes the logit", "It takes the logit back")
    assert site.build() == ("", ["book/checked", "chapters/sigmoid"])
    text = site.page("book/checked.html").get_text()
    assert "Both sides together are one" in text
    assert "A new test says so" in text
    assert "It takes the logit back" in text


def test_a_claim_without_a_test_has_no_mark_and_is_a_warning_at_every_build(site):
    """Catches a green mark without a test, and a strict build that passes the second time, when nothing is read."""
    site.replace(TESTS, 'claim("prop-inverse")', 'claim("prop-other")')
    for _ in range(2):
        warnings, _ = site.build()
        assert "no test checks the claim prop-inverse" in warnings
        assert "chapters/sigmoid.md" in warnings
    assert "not checked" in marks(site.page("chapters/sigmoid.html"))
    assert len(site.page("chapters/sigmoid.html").select(".evidence")) == 2
    site.replace(TESTS, 'claim("prop-other")', 'claim("prop-inverse")')
    assert site.build() == ("", ["book/checked", "chapters/sigmoid"])
    assert len(site.page("chapters/sigmoid.html").select(".evidence")) == 3


WORLD = """\
import numpy as np

from coursebook.claims.world import Worlds

WORLDS = Worlds()


@WORLDS("eq-symmetry")
def score(draw):
    \"\"\"Shares of two powers.\"\"\"
    return {"z": draw.real(-4, 4), r"\\sigma": lambda z: np.exp(z) / (np.exp(z) + 1)}
"""


def test_a_false_formula_has_no_mark_and_a_true_one_tells_what_was_tried(site):
    """Catches a green mark beside a formula that is false as it is printed, and numbers of another formula's trials."""
    site.write("_toc.yml", "format: jb-book\nroot: index\nchapters:\n- file: chapters/sigmoid\n")
    site.write("tests/claims/worlds/sigmoid.py", WORLD)
    site.replace("chapters/sigmoid.md", "1 - \\sigma(z)", "1 + \\sigma(z)")
    warnings, _ = site.build()
    assert "chapters/sigmoid.md:5: eq-symmetry:" in warnings
    assert "is false" in warnings
    assert marks(site.page("chapters/sigmoid.html"))[0] == "not checked"
    site.replace("chapters/sigmoid.md", "1 + \\sigma(z)", "1 - \\sigma(z)")
    assert site.build()[0] == ""
    assert marks(site.page("chapters/sigmoid.html"))[0].endswith("#check-eq-symmetry")
    page = site.page("book/checked.html")
    entry = page.find(id="check-eq-symmetry")
    assert "an independent computation: the formula. Shares of two powers." in entry.get_text()
    tried = re.search(r"Tried: (\d+) wrong versions, .* All failed", entry.get_text())[1]
    assert f"{tried} wrong versions" in entry.parent.select_one("summary").get_text()
    assert f"{tried} wrong versions of their formulas tried, all failed." in page.get_text()
    assert entry.select_one(".highlight-python pre").get_text().strip() == "1 - sigma(z)"
    assert "def score(draw):" in entry.select_one(".web-only pre").get_text()
    assert "tests/claims/worlds/sigmoid.py, line 8" in entry.get_text()
    site.build(then=lambda: site.replace("chapters/sigmoid.md", "1 - \\sigma(z)", "\\sigma(z) - 1"))
    assert "Tried" not in site.page("book/checked.html").find(id="check-eq-symmetry").get_text()
