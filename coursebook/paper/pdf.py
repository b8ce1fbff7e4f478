"""Print the book: one document, made of the site's pages, that Chromium lays out in B5 pages."""

import contextlib
import copy
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
from lxml import html

from coursebook.paper.cover import drawing
from coursebook.paper.pages import Book, Page, PaperError, words
from coursebook.site import maths
from coursebook.source import settings

if TYPE_CHECKING:  # Playwright is there only where a PDF is made
    from playwright.sync_api import Browser

STYLE = Path(__file__).with_name("print.css")
OLDEST_CHROMIUM = 131  # the first Chromium that prints page numbers from a style sheet
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SHORT_CODE = 12  # lines: such code is kept on one page
LONG_TABLE = 20  # rows: such a table may be broken
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
MOST_ROUNDS = 5  # of laying out, until the contents name the right pages


def write_pdf(book: Book, root: Path, target: Path, made: datetime, say: Callable[[str], None]) -> int:
    """Print the book into the file `target`, dated `made`; return the number of pages."""
    with tempfile.TemporaryDirectory() as folder:
        source, text = Path(folder, "book.html"), document(book, root)
        source.write_text(text, encoding="utf-8")
        pdf = _print(source, say)
    headings = [words(tag) for tag in html.fromstring(text).iter(*HEADINGS)]
    return _finish(pdf, book, headings, made, target)


def document(book: Book, root: Path) -> str:
    """Return the whole book as one page of HTML, that needs no other place than the files of `root` and the site."""
    running = "\n".join(
        f"@page p-{page.anchor} {{ @top-right {{ content: {_css_string(page.title)}; "
        f'font: 9pt "Book serif", serif; color: #59606a; }} }}\n#{page.anchor} {{ page: p-{page.anchor}; }}'
        for page in book.pages
    )
    links = "".join(f'<link rel="stylesheet" href="{sheet.as_uri()}">' for sheet in (maths.STYLE, STYLE))
    bodies = "\n".join(_body(page, book) for page in book.pages)
    return (
        f'<!doctype html>\n<html lang="{book.language}"><head><meta charset="utf-8">'
        f'<title>{escape(book.title)}</title><meta name="author" content="{escape(book.author)}">{links}'
        f"<style>{running}</style></head>"
        f"<body>{_front(book, root)}{_contents(book)}{bodies}</body></html>"
    )


def _front(book: Book, root: Path) -> str:
    """Return the title page and, on its back, who may do what with the book."""
    licences = ", ".join(book.about["license"])
    return (
        f'<section class="title-page">{drawing(settings.of(root))}<p class="title">{escape(book.title)}</p>'
        f'<p class="about">{escape(" ".join(book.about["abstract"].split()))}</p>'
        f'<p class="author">{escape(book.author)}</p></section>'
        f'<section class="imprint"><p>{escape(book.title)}. Version {escape(str(book.about["version"]))}.</p>'
        f"<p>Licences: {escape(licences)}.</p>"
        "<p>Made from the pages of the site: what moves there is still here, and what is folded there is open.</p>"
        "</section>"
    )


def _contents(book: Book) -> str:
    """Return the list of parts, chapters and sections; the numbers are filled in when the pages are known."""
    lines, part = [], ""
    for page in book.pages:
        if page.part != part:
            part = page.part
            lines.append(f'<li class="part">{escape(part)}</li>')
        sections = "".join(f"<li>{_entry(anchor, title)}</li>" for anchor, title in page.sections)
        inner = f"<ol>{sections}</ol>" if sections else ""
        lines.append(f'<li><p class="chapter">{_entry(page.anchor, page.title)}</p>{inner}</li>')
    return f'<nav class="contents"><p class="heading">Contents</p><ol>{"".join(lines)}</ol></nav>'


def _entry(anchor: str, title: str) -> str:
    return f'<a href="#{anchor}"><span>{escape(title)}</span><span class="number" data-page-of="{anchor}"></span></a>'


def _body(page: Page, book: Book) -> str:
    """Return a page's text, its headings one step down where it belongs to a part, for the outline."""
    body = copy.deepcopy(page.body)
    for formula in body.iter("math"):
        formula.set("role", "img")  # a reader's voice gets the TeX: PDF knows no MathML here
        formula.set("aria-label", formula.get("alttext", ""))
    for tag in body.iter():
        if tag.tag == "pre" and tag.text_content().count("\n") <= SHORT_CODE:
            tag.set("class", f"{tag.get('class', '')} short".strip())
        if tag.tag == "table" and len(tag.findall(".//tr")) > LONG_TABLE:
            tag.set("class", f"{tag.get('class', '')} long".strip())
        if tag.tag in HEADINGS:
            level = int(tag.tag[1])
            tag.set("class", f"title-{level}")
            tag.tag = f"h{min(level + bool(page.part), 6)}"
    first = page.part and next(other for other in book.pages if other.part == page.part) is page
    part = f'<h1 class="part">{escape(page.part)}</h1>' if first else ""
    body.tag = "div"
    body.attrib.clear()
    for image in body.iter("img"):
        if not image.get("src").startswith("data:"):
            image.set("src", Path(image.get("src")).as_uri())
    return f'<article class="page" id="{page.anchor}">{part}{html.tostring(body, encoding="unicode")}</article>'


def _css_string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# Chromium


def _print(source: Path, say: Callable[[str], None]) -> bytes:
    """Lay the document out until its contents name the right pages; return the PDF."""
    with chromium() as browser:
        tab = browser.new_page()
        missing: list[str] = []
        tab.on("requestfailed", lambda request: missing.append(request.url))
        tab.goto(source.as_uri(), wait_until="load", timeout=120_000)
        tab.evaluate("document.fonts.ready.then(() => null)")
        if missing:
            raise PaperError(
                f"the book's document asks for files that are not there: {', '.join(sorted(set(missing)))}"
            )
        places: dict[str, int] = {}
        for number in range(1, MOST_ROUNDS + 1):
            say(f"laying out the pages, round {number}")
            if places:  # laid out anew: in a page that was printed before, Chromium can break one elsewhere
                tab.reload(wait_until="load", timeout=120_000)
                tab.evaluate("document.fonts.ready.then(() => null)")
            tab.evaluate(FILL_IN_PAGE_NUMBERS, places)
            pdf = tab.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
            found = page_of(pdf)
            if found == places:
                return pdf
            places = found
    raise PaperError(f"the page numbers of the contents still moved after {MOST_ROUNDS} rounds.")


FILL_IN_PAGE_NUMBERS = """places => document.querySelectorAll('[data-page-of]').forEach(
    tag => { tag.textContent = places[tag.dataset.pageOf] ?? '' })"""


@contextlib.contextmanager
def chromium() -> Iterator["Browser"]:
    """Start Chromium; say what to install where there is none, or only an old one."""
    advice = (
        f"Install Chromium {OLDEST_CHROMIUM} or newer (Debian: apt-get install chromium; anywhere: "
        f"{Path(sys.executable).as_posix()} -m playwright install chromium), or set CHROMIUM to the path of one."
    )
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise PaperError("the PDF needs the Python package playwright. Install it: pip install playwright") from None
    with sync_playwright() as playwright:
        switches = ["--disable-gpu", "--disable-background-networking", "--font-render-hinting=none"]
        try:
            browser = playwright.chromium.launch(executable_path=browser_path(), args=switches)
        except Error as error:
            reason = str(error).splitlines()[0]
            raise PaperError(f"the PDF needs Chromium, and none could be started ({reason}). {advice}") from None
        try:
            if int(browser.version.split(".")[0]) < OLDEST_CHROMIUM:
                raise PaperError(f"this Chromium is of version {browser.version}, too old to number pages. {advice}")
            yield browser
        finally:
            browser.close()


def browser_path() -> str | None:
    """Return the browser that CHROMIUM names, else the first one found; None leaves it to Playwright's own."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def page_of(pdf: bytes) -> dict[str, int]:
    """Return the number of the page on which each linked place of the PDF is."""
    with pikepdf.open(io.BytesIO(pdf)) as book:
        numbers: dict[object, int] = {page.objgen: number for number, page in enumerate(book.pages, 1)}
        places = book.Root.Dests.items()
        return {str(name)[1:]: numbers[place[0].objgen] for name, place in places}


def _finish(pdf: bytes, book: Book, headings: list[str], made: datetime, target: Path) -> int:
    """Say in the file what it is, and write it small; return the number of its pages."""
    when = made.strftime("D:%Y%m%d%H%M%SZ")
    with pikepdf.open(io.BytesIO(pdf)) as file:
        facts = {
            "/Title": book.title,
            "/Author": book.author,
            "/Subject": " ".join(book.about["abstract"].split()),
            "/Keywords": ", ".join(book.about["keywords"]),
            "/CreationDate": when,
            "/ModDate": when,
        }
        for name in file.docinfo.keys():  # noqa: SIM118 - pikepdf's dictionaries give strings as keys() only
            del file.docinfo[name]  # Chromium's own name and clock
        for name, value in facts.items():
            file.docinfo[name] = pikepdf.String(value)
        file.Root.Lang = pikepdf.String(book.language)
        file.Root.PageMode = pikepdf.Name.UseOutlines
        file.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        _retitle(file, headings)
        # The tags for screen readers are most of the file, and shrink to a tenth.
        file.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
        return len(file.pages)


def _retitle(file: pikepdf.Pdf, headings: list[str]) -> None:
    """Write each heading into the outline as the text has it: Chromium doubles those at the top of a page."""

    def in_order(items: list[pikepdf.OutlineItem]) -> Iterator[pikepdf.OutlineItem]:
        for item in items:
            yield item
            yield from in_order(item.children)

    with file.open_outline() as outline:
        items = list(in_order(outline.root))
        if len(items) != len(headings):
            raise PaperError(f"the outline of the PDF has {len(items)} entries for {len(headings)} headings.")
        for item, heading in zip(items, headings, strict=True):
            item.title = heading
