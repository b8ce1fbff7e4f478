"""The book on paper: what is taken from the pages, and the two files made of them. The small site here is ours."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from coursebook.paper import __main__ as paper
from coursebook.paper import downloads as paper_downloads
from coursebook.paper.epub import write_epub
from coursebook.paper.pages import PaperError, assemble
from coursebook.paper.pdf import document

WHEN = datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)
FORMULA = (
    '<span class="math"><math alttext="\\ell_{\\log}"><msub style="math-depth:0"><mi>ℓ</mi><mi>log</mi></msub></math>'
    "</span>"
)
ONE = f"""<!DOCTYPE html><html lang="en"><head><link rel="stylesheet" href="../_static/site.css"></head>
<body><nav>menu</nav>
<main id="content"><article><section id="top"><h1>One<a class="headerlink" href="#top">#</a></h1>
<button>Copy</button><p class="web-only">Try it here</p><p hidden>not yet</p>
<details class="hide above-input"><summary>Show code cell source</summary><pre
style="contain-intrinsic-block-size:1lh">code = 1
</pre></details>
<section id="first part"><h2>First {FORMULA}</h2>
<details><summary>Is it so?</summary><p id="same">Yes, it is.</p></details>
<img class="figure-light" alt="a curve" src="../_images/a.svg">
<img class="figure-dark" alt="a curve" src="../_images/a-dark.svg">
<figure><lr-demo role="group" aria-label="a line to move"><svg viewBox="0 0 9 9" aria-hidden="true">
<path id="p" class="curve" d="M0 0L9 9"/>
<text class="word">w</text></svg><label>w<input type="range"></label>
<button>Reset</button><output>0.3</output></lr-demo>
<figcaption>Move the line.</figcaption></figure>
<p><a href="../book/two.html#same">there</a> <a href="two.html">nowhere</a> <a href="https://a.example/?q=<1>">outside</a></p>
</section></section></article></main></body></html>"""
TWO = """<!DOCTYPE html><html lang="en"><body><main><article><section id="top"><h1>Two</h1><p id="same">here</p>
<p><a href="../chapters/one.html#first%20part">back</a> <a href="../chapters/one.html">to one</a></p>
</section></article></main></body></html>"""
CSS = """:root{--zero:#123456;--own:#abcdef;--deep:var(--own)} html[data-theme="dark"]{--own:#000}
lr-demo .curve{stroke:var(--zero);fill:none} main .word{fill:var(--deep)} .curve:hover{fill:red}
@media (max-width:40rem){.curve{stroke:red}} .nav{color:red}"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0L9 9"/></svg>'


TOC = """
format: jb-book
root: book/two
parts:
  - caption: A part
    chapters:
      - file: chapters/one
"""


@pytest.fixture
def site(tmp_path) -> Path:
    """Return the root of a small book whose site is built."""
    return small_book(tmp_path)


def small_book(folder: Path) -> Path:
    files = {
        "_config.yml": "title: A book\nauthor: Somebody\nsphinx: {config: {course_file_name: logistic-regression}}\n",
        "CITATION.cff": 'abstract: About it.\nversion: 1.0.0\nkeywords: [a line]\nlicense: ["CC-BY-4.0"]\n',
        "_toc.yml": TOC,
        "_build/html/chapters/one.html": ONE,
        "_build/html/book/two.html": TWO,
        "_build/html/_static/site.css": CSS,
        "_build/html/_images/a.svg": SVG,
        "_build/html/_images/a-dark.svg": SVG,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def edit(site: Path, page: str, old: str, new: str) -> None:
    file = site / "_build/html" / page
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def printed(site: Path) -> BeautifulSoup:
    """Return the document that Chromium would print."""
    return BeautifulSoup(document(assemble(site, site / "_build/html"), site), "html.parser")


# What is taken from the pages


def test_each_id_stands_once_and_each_link_inside_the_book_finds_its_place(site):
    """Catches ids that two pages share, an anchor with a space, and links that still lead to files of the site."""
    page = printed(site)
    ids = Counter(tag["id"] for tag in page.find_all(id=True))
    assert [name for name, times in ids.items() if times > 1] == []
    inside = {link.get_text(): link["href"] for link in page.select("article a[href^='#']")}
    assert inside == {"there": "#two-same", "back": "#one-first-part", "to one": "#one"}
    assert set(inside.values()) <= {f"#{name}" for name in ids}


def test_a_link_without_a_place_keeps_its_words_and_is_named(site):
    """Catches a link on paper that leads nowhere, and one lost in silence."""
    assert assemble(site, site / "_build/html").lost == ["chapters/one: two.html"]
    assert printed(site).find("span", string="nowhere")


def test_an_outside_link_stays_with_its_odd_letters_escaped(site):
    """Catches a DOI with < in it, which epubcheck refuses."""
    assert printed(site).find("a", string="outside")["href"] == "https://a.example/?q=%3C1%3E"


def test_folded_text_is_open_and_nothing_asks_for_a_click(site):
    """Catches answers that paper would hide, and buttons that paper cannot press."""
    page = printed(site)
    assert page.find(["details", "summary", "button", "input", "output", "script", "label"]) is None
    text = page.get_text()
    assert "Is it so?" in text
    assert "Yes, it is." in text
    assert "code = 1" in text
    for gone in ("Show code", "Copy", "Reset", "Try it here", "not yet", "0.3", "menu", "#\n"):
        assert gone not in text


def test_what_styles_a_box_for_screens_stays_on_the_site(site):
    """Catches style attributes that lay out code on a screen, on paper or in an e-reader that does not know them."""
    assert [tag["style"] for tag in printed(site).select("article pre[style]")] == []


def test_only_the_light_figure_is_printed(site):
    """Catches each figure printed twice, the second one unreadable."""
    images = printed(site).find_all("img")
    assert [Path(image["src"]).name for image in images] == ["a.svg"]
    assert images[0]["alt"] == "a curve"


def test_an_explorable_is_a_picture_in_the_colours_of_the_light_page(site):
    """Catches drawings without colours, in those of dark mode or of a phone, cut off (viewbox), or without a name."""
    text = document(assemble(site, site / "_build/html"), site)
    svg = re.search(r'<div class="explorable">(<svg.*?</svg>)</div>', text, re.DOTALL)[1]
    assert 'viewBox="0 0 9 9"' in svg
    assert 'aria-label="a line to move"' in svg
    assert re.search(
        r'class="curve"[^>]*style="stroke: ?#0b57d0; ?fill: ?none;?"', svg
    )  # the palette's, not the sheet's
    assert re.search(r'class="word"[^>]*style="fill: ?#abcdef;?"', svg)
    assert "var(" not in svg
    assert "aria-hidden" not in svg
    assert "Move the line." in text


def test_a_formula_is_there_once_with_its_measures_and_its_name(site):
    """Catches letters printed twice, and formulas that lose the measures which Temml gave them."""
    page = printed(site)
    assert page.select_one("h3 math")["aria-label"] == r"\ell_{\log}"
    assert len(page.select("math")) == 1
    assert page.select_one("h3 math msub")["style"] == "math-depth:0"
    assert page.select_one(".contents li li a span").string == "First ℓlog"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('<p id="same">', '<p id="a/b"></p><p id="a b">', "would be called one-a-b"),
        ("../_images/a.svg", "../_images/gone.svg", "shows '../_images/gone.svg', which is not a file"),
        ("../_images/a.svg", "https://a.example/a.svg", "is not a file of the site"),
        ("<article>", "<div>", "has no text"),
        ("<h1>", "<p>", "has no title"),
        ("<text", "<svg></svg><text", "holds another one"),
    ],
)
def test_what_cannot_be_printed_is_named(site, old, new, words):
    """Catches a broken book printed in silence."""
    edit(site, "chapters/one.html", old, new)
    with pytest.raises(PaperError, match=re.escape(words)):
        assemble(site, site / "_build/html")


# The e-book


@pytest.fixture
def epub(site) -> Path:
    write_epub(assemble(site, site / "_build/html"), site, site / "book.epub", WHEN)
    return site / "book.epub"


def test_the_e_book_is_well_formed_and_its_formulas_are_mathml_with_their_tex(epub):
    """Catches XHTML that an e-reader refuses, and a formula without words."""
    package = zipfile.ZipFile(epub)
    for name in package.namelist():
        if name.endswith((".xhtml", ".opf", ".ncx", ".xml", ".svg")):
            ET.fromstring(package.read(name))
    text = package.read("EPUB/one.xhtml").decode()
    assert re.search(r'<math [^>]*xmlns="http://www.w3.org/1998/Math/MathML"[^>]*>', text)
    assert r'alttext="\ell_{\log}"' in text
    assert '<a href="two.xhtml#two-same">there</a>' in text


def test_the_e_book_says_what_it_is_and_how_it_can_be_read(epub):
    """Catches missing metadata: language, rights, date, and what a reader who does not see has to know."""
    text = zipfile.ZipFile(epub).read("EPUB/package.opf").decode()
    for fact in (
        "<dc:title>A book</dc:title>",
        "<dc:language>en</dc:language>",
        "<dc:rights>CC-BY-4.0</dc:rights>",
        "2026-01-02T03:04:06Z",
        'href="one.xhtml" media-type="application/xhtml+xml" properties="mathml svg"',
        'properties="cover-image"',
        '<meta property="schema:accessibilityFeature">alternativeText</meta>',
    ):
        assert fact in text


def test_the_same_book_and_date_give_the_same_bytes(site, epub):
    """Catches a clock or an order of chance in the file, which would make two builds differ for no reason."""
    write_epub(assemble(site, site / "_build/html"), site, site / "again.epub", WHEN)
    assert (site / "again.epub").read_bytes() == epub.read_bytes()


# The command, and the links on the site


def build(site: Path, monkeypatch) -> None:
    """Note that the small site is built, and go there; its pages, which no Sphinx has written, stay as they are."""
    monkeypatch.chdir(site)
    monkeypatch.setattr(paper.build, "write_pages", lambda root: [])
    paper.build.write_stamp(site, paper.build.inputs_hash(site))


def test_the_site_offers_the_files_that_were_made_from_its_sources_and_no_other(site, monkeypatch, capsys):
    """Catches the book of yesterday among the downloads, and a file made twice for nothing."""
    build(site, monkeypatch)
    html = site / "_build/html"
    assert paper.main(["epub"]) == 0
    assert [file.name for file in (html / "downloads").iterdir()] == ["logistic-regression.epub"]
    assert paper.build.up_to_date(site, paper.build.inputs_hash(site))  # make book has nothing to do
    capsys.readouterr()
    assert paper.main(["epub"]) == 0
    assert "nothing changed" in capsys.readouterr().out
    (site / "_config.yml").write_text("title: Another book\nauthor: Somebody\n")
    assert paper.main(["epub"]) == 1
    assert "Run make book first" in capsys.readouterr().err
    paper_downloads.offer(site, html, paper.build.inputs_hash(site))  # as make book does
    assert not (html / "downloads").exists()


def test_a_page_that_cannot_be_written_with_its_links_fails_the_command(site, monkeypatch, capsys):
    """Catches success while the site leads to no file, and a site that counts as built all the same."""
    build(site, monkeypatch)
    monkeypatch.setattr(paper.build, "write_pages", lambda root: ["index.md:3: WARNING: broken"])
    assert paper.main(["epub"]) == 1
    assert "index.md:3: WARNING: broken" in capsys.readouterr().err
    assert not paper.build.up_to_date(site, paper.build.inputs_hash(site))


def linked(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Build a site of two pages, one in a folder; return of each page the addresses and words of its links to files."""
    command = [sys.executable, "-m", "sphinx", "-qW", ".", "html"]
    subprocess.run(command, cwd=folder, check=True, timeout=300)
    pages = {
        name: BeautifulSoup((folder / f"html/{name}.html").read_bytes(), "html.parser") for name in ("index", "a/b")
    }
    return {
        name: [(link["href"], link.string) for link in page.select("p.downloads.web-only a[download]")]
        for name, page in pages.items()
    }


@pytest.mark.slow
def test_each_page_with_the_directive_leads_to_the_files_that_the_site_offers(tmp_path):
    """Catches a link that misses by one level, one to a file that is gone, and a page that is not written again."""
    (tmp_path / "conf.py").write_text('extensions = ["myst_parser", "coursebook.paper.links"]\nhtml_theme = "basic"\n')
    (tmp_path / "a").mkdir()
    (tmp_path / "index.md").write_text("# A\n\n```{downloads}\n```\n\n```{toctree}\na/b\n```\n")
    (tmp_path / "a/b.md").write_text("# B\n\n```{downloads}\n```\n")
    assert linked(tmp_path) == {"index": [], "a/b": []}
    (tmp_path / "html/downloads").mkdir()
    for ending, size in (("epub", 1_200_000), ("pdf", 3_400_000)):
        (tmp_path / f"html/downloads/book.{ending}").write_bytes(bytes(size))
    words = "PDF to print (3.4 MB)", "EPUB for e-readers (1.2 MB)"
    assert linked(tmp_path) == {
        "index": list(zip(("downloads/book.pdf", "downloads/book.epub"), words, strict=True)),
        "a/b": list(zip(("../downloads/book.pdf", "../downloads/book.epub"), words, strict=True)),
    }
    (tmp_path / "html/downloads/book.pdf").unlink()
    assert linked(tmp_path)["a/b"] == [("../downloads/book.epub", words[1])]


@pytest.mark.slow
def test_without_chromium_the_command_says_what_to_install(site, monkeypatch, capsys):
    """Catches a traceback, and success without a file."""
    build(site, monkeypatch)
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    assert paper.main(["pdf"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: the PDF needs Chromium, and none could be started")
    assert "apt-get install chromium" in said
    assert not (site / paper_downloads.PAPER / "logistic-regression.pdf").exists()


def test_what_was_not_built_is_not_printed(site, monkeypatch, capsys):
    """Catches a book made of pages that are older than their sources, and a run in another folder."""
    monkeypatch.chdir(site)
    assert paper.main(["epub"]) == 1
    assert "Run make book first" in capsys.readouterr().err
    (site / "book").mkdir()
    monkeypatch.chdir(site / "book")
    assert paper.main(["epub"]) == 1
    assert "holds no _toc.yml" in capsys.readouterr().err
