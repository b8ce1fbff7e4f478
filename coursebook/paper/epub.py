"""Pack the book as an EPUB 3: a file for each page of the site, formulas in MathML, figures as SVG.

An EPUB is a zip file of XHTML with three lists: what is in it (package.opf), the contents for readers (nav.xhtml), and
the same for older devices (toc.ncx).
"""

import copy
import uuid
import zipfile
from datetime import datetime
from html import escape
from pathlib import Path

from lxml import etree

from coursebook.paper.cover import cover
from coursebook.paper.pages import Book, Page, PaperError
from coursebook.source import settings

STYLE = Path(__file__).with_name("epub.css")
SVG, MATHML = "http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"
MEDIA_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
}
CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
ACCESSIBILITY = {
    "accessMode": ["textual", "visual"],
    "accessModeSufficient": ["textual"],
    "accessibilityFeature": ["structuralNavigation", "tableOfContents", "readingOrder", "alternativeText", "MathML"],
    "accessibilityHazard": ["none"],
    "accessibilitySummary": [
        "Each figure has a text that says what is seen and what follows from it, formulas are MathML with their TeX as "
        "alternative (no pictures of them for reading systems without MathML), and every chapter and section can be "
        "reached from the contents. Not assessed by a third party."
    ],
}


def write_epub(book: Book, root: Path, target: Path, made: datetime) -> int:
    """Pack the book into the file `target`, dated `made`; return the number of its text files."""
    pictures: dict[Path, str] = {}
    files: dict[str, bytes] = {
        "style.css": STYLE.read_bytes(),
        "cover.png": cover(book.title, book.author, settings.of(root)),
        "cover.xhtml": _xhtml(
            book, book.title, f'<div class="cover"><img src="cover.png" alt="{escape(_cover_words(book))}"/></div>'
        ),
    }
    items = [("cover.png", "image/png", "cover-image"), ("style.css", "text/css", "")]
    homes = {tag.get("id"): page.anchor for page in book.pages for tag in page.body.xpath(".//*[@id]")}
    homes |= {page.anchor: page.anchor for page in book.pages}
    for page in book.pages:
        text, has = _chapter(page, book, homes, pictures)
        files[f"{page.anchor}.xhtml"] = _xhtml(book, page.title, text)
        items.append((f"{page.anchor}.xhtml", "application/xhtml+xml", has))
    for picture, name in pictures.items():
        files[name] = _picture(picture)
        items.append((name, MEDIA_TYPES[picture.suffix.lower()], ""))
    files["nav.xhtml"] = _xhtml(book, "Contents", _nav(book))
    files["toc.ncx"] = _ncx(book).encode()
    files["package.opf"] = _package(book, items, made).encode()
    _zip(files, target, made)
    return len(book.pages)


def _cover_words(book: Book) -> str:
    return f"Cover: {book.title}. A curve rises from examples at 0 to examples at 1."


# One page of the site


def _chapter(page: Page, book: Book, homes: dict[str, str], pictures: dict[Path, str]) -> tuple[str, str]:
    """Return the page's XHTML and the properties that the package must state of it."""
    body = copy.deepcopy(page.body)
    for formula in body.iter("math"):
        formula.set("xmlns", MATHML)
    for svg in body.iter("svg"):
        svg.set("xmlns", SVG)
    for image in body.iter("img"):
        image.set("src", _packed(image.get("src"), page, pictures))
    for link in body.xpath(".//a[starts-with(@href, '#')]"):
        home = homes[link.get("href")[1:]]
        link.set("href", ("" if home == page.anchor else f"{home}.xhtml") + link.get("href"))
    has = [name for name, tag in (("mathml", "math"), ("svg", "svg")) if body.find(f".//{tag}") is not None]
    first = page.part and next(other for other in book.pages if other.part == page.part) is page
    part = f'<p class="part">{escape(page.part)}</p>' if first else ""
    body.tag, body.tail = "section", None
    body.attrib.clear()
    body.set("id", page.anchor)
    return part + etree.tostring(body, encoding="unicode"), " ".join(has)


def _packed(source: str, page: Page, pictures: dict[Path, str]) -> str:
    """Return the name of a picture in the EPUB."""
    path = Path(source)
    if path.suffix.lower() not in MEDIA_TYPES:
        raise PaperError(
            f"{page.name} shows {source[:60]}, a format that e-books may not contain: make it SVG, PNG, JPEG or GIF."
        )
    return pictures.setdefault(path, f"images/{len(pictures) + 1:02d}{path.suffix.lower()}")


def _picture(path: Path) -> bytes:
    """Return a picture's bytes; a drawing without the notes about the program that made it."""
    if path.suffix.lower() != ".svg":
        return path.read_bytes()
    svg = etree.parse(path, etree.XMLParser(remove_comments=True)).getroot()
    for notes in svg.findall(f"{{{SVG}}}metadata"):
        svg.remove(notes)
    return bytes(etree.tostring(svg, xml_declaration=True, encoding="utf-8"))  # without its document type


def _xhtml(book: Book, title: str, body: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops" lang="{book.language}" xml:lang="{book.language}"><head>'
        f'<title>{escape(title)}</title><link rel="stylesheet" type="text/css" href="style.css"/></head>'
        f"<body>{body}</body></html>"
    ).encode()


# The lists


def _by_part(book: Book) -> list[tuple[str, list[Page]]]:
    parts: list[tuple[str, list[Page]]] = []
    for page in book.pages:
        if not parts or parts[-1][0] != page.part:
            parts.append((page.part, []))
        parts[-1][1].append(page)
    return parts


def _nav(book: Book) -> str:
    """Return the contents for readers."""

    def entry(page: Page) -> str:
        inner = "".join(f'<li><a href="{page.anchor}.xhtml#{a}">{escape(title)}</a></li>' for a, title in page.sections)
        return f'<li><a href="{page.anchor}.xhtml">{escape(page.title)}</a>{f"<ol>{inner}</ol>" if inner else ""}</li>'

    lines = []
    for part, pages in _by_part(book):
        entries = "".join(map(entry, pages))
        lines.append(f"<li><span>{escape(part)}</span><ol>{entries}</ol></li>" if part else entries)
    return (
        f'<nav epub:type="toc" role="doc-toc"><h1>Contents</h1><ol>{"".join(lines)}</ol></nav>'
        '<nav epub:type="landmarks" hidden="hidden"><h2>Guide</h2><ol>'
        '<li><a epub:type="toc" href="nav.xhtml">Contents</a></li>'
        f'<li><a epub:type="bodymatter" href="{book.pages[0].anchor}.xhtml">Start of the text</a></li></ol></nav>'
    )


def _ncx(book: Book) -> str:
    """Return the contents for devices that know only EPUB 2."""
    points = "".join(
        f'<navPoint id="n{number}"><navLabel><text>{escape(page.title)}</text></navLabel>'
        f'<content src="{page.anchor}.xhtml"/></navPoint>'
        for number, page in enumerate(book.pages, 1)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1">'
        f'<head><meta name="dtb:uid" content="{_identifier(book)}"/></head>'
        f"<docTitle><text>{escape(book.title)}</text></docTitle><navMap>{points}</navMap></ncx>"
    )


def _identifier(book: Book) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, book.title)}"


def _package(book: Book, items: list[tuple[str, str, str]], made: datetime) -> str:
    """Return the list of everything in the EPUB, after what is to be known about it."""
    access = "".join(
        f'<meta property="schema:{name}">{escape(value)}</meta>'
        for name, values in ACCESSIBILITY.items()
        for value in values
    )
    subjects = "".join(f"<dc:subject>{escape(word)}</dc:subject>" for word in book.about["keywords"])
    items = [*items, ("nav.xhtml", "application/xhtml+xml", "nav"), ("cover.xhtml", "application/xhtml+xml", "")]
    manifest = "".join(
        f'<item id="{_item(name)}" href="{name}" media-type="{kind}"' + (f' properties="{has}"/>' if has else "/>")
        for name, kind, has in items
    )
    files = ["cover.xhtml", "nav.xhtml", *(f"{page.anchor}.xhtml" for page in book.pages)]
    spine = "".join(f'<itemref idref="{_item(name)}"/>' for name in files)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" '
        f'xml:lang="{book.language}">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">{_identifier(book)}</dc:identifier><dc:title>{escape(book.title)}</dc:title>'
        f"<dc:creator>{escape(book.author)}</dc:creator><dc:language>{book.language}</dc:language>"
        f"<dc:description>{escape(' '.join(book.about['abstract'].split()))}</dc:description>{subjects}"
        f"<dc:rights>{escape(', '.join(book.about['license']))}</dc:rights>"
        f'<meta property="dcterms:modified">{made:%Y-%m-%dT%H:%M:%SZ}</meta>{access}'
        f'<meta name="cover" content="{_item("cover.png")}"/></metadata>'
        f'<manifest>{manifest}<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/></manifest>'
        f'<spine toc="ncx">{spine}</spine></package>'
    )


def _item(name: str) -> str:
    """Return the name of a file as an id, which may not begin with a digit or hold a slash."""
    return "file-" + name.replace("/", "-")


def _zip(files: dict[str, bytes], target: Path, made: datetime) -> None:
    """Write the EPUB; the same files and date give the same bytes."""

    def put(name: str, content: bytes, how: int) -> None:
        info = zipfile.ZipInfo(name, made.timetuple()[:6])
        info.compress_type = how
        package.writestr(info, content)

    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as package:
        put("mimetype", b"application/epub+zip", zipfile.ZIP_STORED)  # first, and as it is: so readers know the file
        put("META-INF/container.xml", CONTAINER.encode(), zipfile.ZIP_DEFLATED)
        for name, content in files.items():
            put(f"EPUB/{name}", content, zipfile.ZIP_DEFLATED)
