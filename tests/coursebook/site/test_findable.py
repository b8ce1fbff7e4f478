"""A page can be found and quoted: it says what it is, has one address, and so has each claim and exercise on it."""

import functools
import shutil
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup, SoupStrainer
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from coursebook.claims.gate import claims_in
from coursebook.site import findable, social_card
from coursebook.source import myst
from coursebook.source.settings import Settings
from tests.pages import eventually
from tests.paths import ROOT

pytestmark = pytest.mark.slow

HEADER = '---\nmyst:\n  html_meta:\n    description: "{}"\n---\n\n'
LONG_ENOUGH = "A page about {}, said in a sentence that is long enough to be shown."
PAGES = {
    "index.md": HEADER.format(LONG_ENOUGH.format("the <whole> & all"))
    + "# Book\n\n```{toctree}\nchapters/two\nchapters/one\n```\n",
    "chapters/one.md": HEADER.format(LONG_ENOUGH.format("one"))
    + """\
# One & only

```{math}
:label: eq-one
1 = 1
```

```{prf:property} It is one
:label: prop-one
One is one.
```

```{exercise} Count
:label: ex-one
How many?
```

````{solution-start} ex-one
:class: dropdown
````

One. $1$

````{solution-end}
````
""",
    "chapters/two.md": HEADER.format(LONG_ENOUGH.format("two")) + "# Two\n\n{ref}`ex-one`, {prf:ref}`prop-one`.\n",
}
FORK = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "someone/fork",
    "GITHUB_REF_NAME": "trunk",
    "GITHUB_SHA": "c0ffee",
}
LRLIB = Settings(palette="lrlib.plotting", emblem="lrlib.emblem")
SITE = "https://someone.github.io/fork/"


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Return a small book in a folder that no repository knows, and no workflow builds."""
    for variable in [*FORK, "GITHUB_BASE_REF", "BOOK_URL"]:
        monkeypatch.delenv(variable, raising=False)
    return Book(tmp_path, monkeypatch)


class Book:
    def __init__(self, folder, monkeypatch):
        self.folder, self.out, self.monkeypatch = folder, folder / "_build", monkeypatch
        for name, text in PAGES.items():
            self.write(name, text)
        self.write("_toc.yml", "format: jb-book\nroot: index\nchapters: [{file: chapters/two}, {file: chapters/one}]\n")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def build(self, environment=()):
        """Build what is out of date; return the warnings. What the templates were given stands in self.contexts."""
        for name, value in dict(environment).items():
            self.monkeypatch.setenv(name, value)
        source, self.contexts, warnings = str(self.folder), {}, Lines()
        settings = {
            "extensions": [
                "myst_parser",
                "sphinx_proof",
                "sphinx_exercise",
                "coursebook.site.findable",
                "coursebook.site.permalinks",
            ],
            "myst_enable_extensions": ["dollarmath"],
            "exclude_patterns": ["_build"],
            "html_theme": "basic",
            "html_use_index": False,
            "html_domain_indices": False,
            "html_title": "The Book",
        }
        with patch_docutils(source), docutils_namespace():
            app = Sphinx(source, None, str(self.out), f"{self.out}/doctrees", "html", settings, None, warnings)
            app.connect("html-page-context", self._keep, priority=999)
            app.build()
        return warnings.text

    def _keep(self, app, pagename, templatename, context, doctree):
        self.contexts[pagename] = context

    def page(self, name):
        return soup(self.out / name)


class Lines:
    text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def soup(path: Path, only: str | None = None) -> BeautifulSoup:
    """Return the page, or only its elements of this kind: a page with many formulas takes seconds to read whole."""
    strainer = SoupStrainer(only) if only else None
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser", parse_only=strainer)


def descriptions(folder: Path) -> dict[str, list[str]]:
    """Return the descriptions of each page below the folder; a page that only sends its readers on needs none."""
    pages = {page.relative_to(folder).as_posix(): soup(page, "meta") for page in sorted(folder.rglob("*.html"))}
    return {
        name: [tag["content"] for tag in page.find_all("meta", attrs={"name": "description"})]
        for name, page in pages.items()
        if "_static" not in name and not page.find("meta", attrs={"http-equiv": "Refresh"})
    }


def permalinks(page: BeautifulSoup, anchor: str) -> list:
    return page.select(f'a.headerlink[href="#{anchor}"]')


def tag(page: BeautifulSoup, name: str) -> str | None:
    found = page.find("meta", attrs={"property": name}) or page.find("meta", attrs={"name": name})
    return found and found["content"]


# Descriptions


def test_every_page_of_the_book_says_in_one_sentence_what_is_on_it(built):
    """Catches a page without a description, two with the same, and one that a search engine would cut."""
    found = descriptions(built)
    assert {"404.html", "search.html", "chapters/sigmoid.html"} <= found.keys()
    assert {name: texts for name, texts in found.items() if len(texts) != 1 or findable.weakness(texts[0])} == {}
    texts = [text for [text] in found.values()]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("", "has no description"),
        (HEADER.format("Too short."), "10 characters"),
        (HEADER.format("x" * 161), "161 char"),
    ],
)
def test_a_page_without_a_good_description_is_a_warning(book, header, words):
    """Catches a new page that a search engine describes with its first formula; a strict build fails."""
    assert book.build() == ""
    book.write("chapters/two.md", header + "# Two\n")
    assert words in book.build()


# Addresses


def test_without_an_address_nothing_is_absolute_and_nothing_is_missed(book):
    """Catches canonical links and sitemaps with a made-up address, and a warning for everybody who builds a zip."""
    assert book.build() == ""
    for path in book.out.rglob("*.html"):
        page = soup(path)
        assert page.select("link[rel=canonical]") == page.select("[property]") == page.select("base") == [], path.name
    assert not (book.out / "sitemap.xml").exists()
    assert not (book.out / "robots.txt").exists()
    given = book.contexts["chapters/one"]
    assert given["repository_url"] == given["edit_url"] == given["report_url"] == given["canonical_url"] == ""


def test_a_page_names_its_one_address_and_its_card(book):
    """Catches a tag with another page's words or address, unescaped words, and a card that is not there."""
    assert book.build(FORK) == ""
    page = book.page("chapters/one.html")
    assert page.select_one("link[rel=canonical]")["href"] == f"{SITE}chapters/one.html" == tag(page, "og:url")
    assert tag(page, "og:title") == "One & only"
    assert tag(page, "og:description") == tag(page, "description") == LONG_ENOUGH.format("one")
    assert tag(page, "og:site_name") == "The Book"
    assert (tag(page, "og:type"), tag(page, "twitter:card")) == ("article", "summary_large_image")
    assert tag(page, "og:image:alt") == "One & only. The Book"
    first = book.page("index.html")
    assert first.select_one("link[rel=canonical]")["href"] == SITE
    assert tag(first, "og:type") == "website"
    assert tag(first, "og:description") == LONG_ENOUGH.format("the <whole> & all")
    cards = [tag(page, "og:image").removeprefix(SITE), tag(first, "og:image").removeprefix(SITE)]
    assert len(set(cards)) == 2
    for card in cards:
        with Image.open(book.out / card) as image:
            assert image.size == (int(tag(page, "og:image:width")), int(tag(page, "og:image:height")))


def test_the_sitemap_lists_every_page_once_also_after_a_small_change(book):
    """Catches a sitemap of only the pages that the last build wrote."""
    everything = [SITE, f"{SITE}chapters/two.html", f"{SITE}chapters/one.html"]
    book.build(FORK)
    assert listed(book.out) == everything
    book.write("chapters/two.md", PAGES["chapters/two.md"] + "\nMore.\n")
    book.build(FORK)
    assert list(book.contexts) != []
    assert "chapters/one" not in book.contexts
    assert listed(book.out) == everything
    assert f"Sitemap: {SITE}sitemap.xml" in (book.out / "robots.txt").read_text()


def listed(out: Path) -> list[str]:
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    root = ElementTree.parse(out / "sitemap.xml").getroot()
    assert root.tag == f"{space}urlset"
    return [place.text for place in root.iter(f"{space}loc")]


def test_a_site_that_has_lost_its_address_loses_its_sitemap(book, monkeypatch):
    """Catches an old sitemap that is published with a fork."""
    book.build(FORK)
    for name in FORK:
        monkeypatch.delenv(name)
    book.build()
    assert not (book.out / "sitemap.xml").exists()
    assert list((book.out / findable.CARDS).iterdir()) == []
    assert book.page("chapters/one.html").select("link[rel=canonical]") == []


def test_a_card_says_the_title_and_is_drawn_the_same_way_twice(tmp_path):
    """Catches cards that change at each build, and one card for all titles."""
    social_card.draw(tmp_path / "a.png", "A title", "The Book", LRLIB)
    social_card.draw(tmp_path / "b.png", "A title", "The Book", LRLIB)
    social_card.draw(tmp_path / "c.png", "Another title", "The Book", LRLIB)
    same, again, other = [(tmp_path / name).read_bytes() for name in ("a.png", "b.png", "c.png")]
    assert same == again != other
    assert social_card.file_name("A title", "The Book") != social_card.file_name("Another title", "The Book")
    assert len(same) < 100_000


# Back to the sources


def test_edit_and_report_lead_to_the_repository_that_builds_the_page(book):
    """Catches a fork whose readers edit and report at the original, and a report that does not say where."""
    book.build(FORK)
    given = book.contexts["chapters/one"]
    assert given["repository_url"] == "https://github.com/someone/fork"
    assert given["edit_url"] == "https://github.com/someone/fork/edit/trunk/chapters/one.md"
    report = urlsplit(given["report_url"])
    assert report._replace(query="").geturl() == "https://github.com/someone/fork/issues/new"
    fields = parse_qs(report.query)
    assert fields["title"] == ['Error on the page "One & only"']
    assert "Page: chapters/one.md\nSection: \nBuilt from: c0ffee\n" in fields["body"][0]
    assert book.contexts["search"]["edit_url"] == ""
    assert "Page: search\n" in parse_qs(urlsplit(book.contexts["search"]["report_url"]).query)["body"][0]


def test_every_link_of_a_forks_clone_leads_to_the_fork(book):
    """Catches a page that leads to the original; nothing was edited but the address that git knows."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    for command in (["init", "-q"], ["remote", "add", "origin", "git@github.com:someone/fork.git"]):
        subprocess.run(["git", *command], cwd=book.folder, check=True)
    assert book.build() == ""
    names = ("repository_url", "edit_url", "report_url", "canonical_url")
    given = [context[name] for context in book.contexts.values() for name in names if context[name]]
    given += [tag["content"] for path in book.out.rglob("*.html") for tag in soup(path).select('[property="og:url"]')]
    assert len(given) > 15
    assert [address for address in given if not address.startswith(("https://github.com/someone/fork", SITE))] == []


def test_another_repository_rewrites_every_page(book):
    """Catches pages left over from the original in a fork's folder, which a build of changes only would keep."""
    book.build({"GITHUB_SERVER_URL": "https://gitlab.com", "GITHUB_REPOSITORY": "someone/original"})
    book.build({"GITHUB_REPOSITORY": "someone/fork"})  # neither has an address that the book can know
    assert {"index", "chapters/one", "chapters/two"} <= book.contexts.keys()
    assert book.contexts["chapters/one"]["repository_url"] == "https://gitlab.com/someone/fork"


# The page for a lost address


def test_the_page_for_a_lost_address_offers_search_start_and_chapters(book):
    """Catches a dead end."""
    book.build()
    page = book.page("404.html")
    assert [link["href"] for link in page.select("section li a")] == ["chapters/two.html", "chapters/one.html"]
    assert page.select_one("section p a")["href"] == "index.html"
    form = page.select_one("section form[role=search]")
    assert form["action"] == "search.html"
    assert form.find("label")["for"] == form.find("input", attrs={"name": "q"})["id"]


def test_the_page_for_a_lost_address_works_at_every_depth_below_the_sites_path(book, browser):
    """Catches a page that loses its style sheet and its links two folders down, and on a site that is not a root."""
    book.build({**FORK, "BOOK_URL": SITE})
    with serving(book.out, "/fork/") as root:
        tab = browser.new_page()
        failed = []
        tab.on("requestfailed", lambda request: failed.append(request.url))
        tab.on("response", lambda answer: failed.append(answer.url) if answer.status == 404 else None)
        for lost in ("gone.html", "chapters/gone.html", "a/b/c/gone"):
            failed.clear()
            assert tab.goto(f"{root}/fork/{lost}").status == 404
            assert [url for url in failed if not url.endswith((lost, "favicon.ico"))] == [], lost
            with tab.expect_navigation():
                tab.click("section li a >> nth=1")
            assert tab.url == f"{root}/fork/chapters/one.html"
        tab.goto(f"{root}/fork/a/b/gone")
        tab.fill("section input", "one")
        with tab.expect_navigation():
            tab.click("section button")
        assert tab.url == f"{root}/fork/search.html?q=one"
        tab.close()


class serving:
    """Show the folder below a path on a free port of this machine, as GitHub Pages does: 404.html for what is not."""

    def __init__(self, folder, path):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Below, folder=folder, path=path))

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Below(SimpleHTTPRequestHandler):
    def __init__(self, *arguments, folder, path):
        self.below = path
        super().__init__(*arguments, directory=str(folder))

    def translate_path(self, path):
        return super().translate_path("/" + path.removeprefix(self.below) if path.startswith(self.below) else "/none")

    def send_error(self, code, message=None, explain=None):
        body = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


# A link of its own


def test_every_claim_exercise_and_solution_of_the_book_has_one_link_that_leads_to_itself(built):
    """Catches a claim that cannot be quoted, and an address that changes when a neighbour is added."""
    for chapter in sorted((ROOT / "chapters").glob("*.md")):
        page = soup(built / f"chapters/{chapter.stem}.html")
        anchors = [f"equation-{c.label}" if c.kind == "math" else c.label for c in claims_in(chapter)]
        exercises = [box.options["label"] for box in myst.directives(chapter, "exercise", "exercise-start")]
        solutions = [box.argument for box in myst.directives(chapter, "solution", "solution-start")]
        assert len(anchors) > 3
        assert len(exercises) >= 3
        assert without_link(page, [*anchors, *exercises, *(f"solution-{name}" for name in solutions)]) == []


def without_link(page: BeautifulSoup, anchors: list[str]) -> list[str]:
    """Return the anchors that have no link, more than one, or one that stands elsewhere."""
    return [
        anchor
        for anchor in anchors
        if len(links := permalinks(page, anchor)) != 1 or not any(up.get("id") == anchor for up in links[0].parents)
    ]


def test_a_claim_without_a_link_to_itself_is_found():
    """The planted failures of the test above: no link, two links, a link that stands outside; the last is whole."""
    link = '<a class="headerlink" href="#{}">#</a>'
    page = "".join(
        [
            '<p id="none">a</p>',
            f'<p id="two">{link.format("two") * 2}</p>',
            f'<p id="outside">a</p>{link.format("outside")}',
            f'<p id="whole">{link.format("whole")}</p>',
        ]
    )
    anchors = ["none", "two", "outside", "whole"]
    assert without_link(BeautifulSoup(page, "html.parser"), anchors) == ["none", "two", "outside"]


def test_every_link_to_a_place_has_a_name_for_the_ear(built):
    """Catches a link that a screen reader reads out as "number sign"."""
    links = [link for path in built.rglob("*.html") for link in soup(path, "a").select("a.headerlink")]
    assert len(links) > 300
    assert [link for link in links if not link.get("aria-label", "").startswith("Link to this ")] == []


def test_a_link_to_a_place_is_seen_by_pointer_and_keyboard_and_never_on_paper(book, browser):
    """Catches a link that only a mouse can find, one that is always in the way, and signs on a printed page."""
    book.build()
    tab = browser.new_page()
    tab.goto((book.out / "chapters/one.html").as_uri())
    for anchor, near in (("one-only", "h1"), ("equation-eq-one", ".math"), ("ex-one", "#ex-one .admonition-title")):
        link = tab.locator(f'a.headerlink[href="#{anchor}"]')
        opacity = functools.partial(link.evaluate, "link => getComputedStyle(link).opacity")
        tab.mouse.move(0, 0)
        assert opacity() == "0"
        tab.hover(near)
        assert opacity() == "1", anchor
        tab.mouse.move(0, 0)
        for _ in range(40):
            tab.keyboard.press("Tab")
            if link.evaluate("link => link === document.activeElement"):
                break
        assert link.evaluate("link => link === document.activeElement"), anchor
        assert opacity() == "1", anchor
    tab.emulate_media(media="print")
    assert not tab.locator("a.headerlink >> visible=true").count()
    tab.close()


def test_on_a_touch_screen_a_heading_that_is_hovered_shows_its_link(site, browser):
    """Catches signs beside every heading and formula of a phone, and links that no thumb can find.

    Phones count a tap as hovering; Chromium's headless shell does not, so the pointer hovers here.
    """
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    tab = context.new_page()
    tab.goto(f"{site}chapters/sigmoid.html")
    opacity = functools.partial(tab.locator("h1 a.headerlink").evaluate, "link => getComputedStyle(link).opacity")
    assert opacity() == "0"
    tab.locator("h1").hover()
    assert eventually(opacity, lambda found: found == "1")
    context.close()


def test_each_kind_of_box_says_what_its_link_leads_to(book):
    """Catches one name for all, a link in the title that opens a solution, and a title that is not whole any more."""
    assert book.build() == ""
    page = book.page("chapters/one.html")
    names = {
        "equation-eq-one": "Link to this equation",
        "prop-one": "Link to this property",
        "ex-one": "Link to this exercise",
        "solution-ex-one": "Link to this solution",
    }
    for anchor, name in names.items():
        [link] = permalinks(page, anchor)
        assert link["aria-label"] == link["title"] == name
        assert page.find(id=anchor) in link.parents
    assert page.find(id="ex-one").find(class_="admonition-title").get_text().split() == ["Exercise", "1", "(Count)"]
    assert not page.select(".solution .admonition-title .headerlink")
    other = book.page("chapters/two.html")
    assert [link["href"] for link in other.select("p a.reference")] == ["one.html#ex-one", "one.html#prop-one"]
