"""The alt-text gate: a reader who cannot see a figure is told what it shows and what follows from it.

    python -m coursebook.gates.alt_text [executed.ipynb | page.html ...]   by default sources of all chapters and pages

check_images looks at an executed notebook, where it is known which cells drew; check_sources at the chapters
before that; check_page at a built page, where nothing can have been lost on the way. Each returns its problems,
one line each.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup, Tag

from coursebook.source import contents, myst

LEAST_WORDS = 8
EMPTY_OPENING = re.compile(
    r"(?:an? |the )?(?:plot|figure|image|picture|graph|chart|diagram)s?(?: of\b| showing\b|[:.]|\s*\d)", re.I
)
FILE_NAME = re.compile(r"\S+\.(?:png|jpe?g|svg|gif|webp|pdf)", re.I)
DRAWING = {"show", "subplots", "figure", "plot", "scatter", "imshow", "hist", "contourf"}
ADVICE = "say in a sentence or two what is seen and what follows from it"
CELL_ADVICE = f"set mystnb: {{image: {{alt: ...}}}} at the top of the cell and {ADVICE}"


def weakness(alt: str | None) -> str:
    """Return what is wrong with an alt text, or nothing."""
    alt = (alt or "").strip()
    words = alt.split()
    if not words:
        return "has no alt text"
    if FILE_NAME.fullmatch(alt):
        return f'has a file name for alt text ("{alt}")'
    if len(words) < LEAST_WORDS:
        return f'has an alt text too short to say anything ("{alt}"; it takes {LEAST_WORDS} words)'
    if EMPTY_OPENING.match(alt):
        return f'begins its alt text with "{" ".join(words[:2])}", which every reader is told anyway'
    return ""


def cell_alt(metadata: Mapping[str, Any]) -> str | None:
    """Return the alt text that a code cell's metadata gives its images."""
    alt = ((metadata.get("mystnb") or {}).get("image") or {}).get("alt")
    return None if alt is None else str(alt)


def check_images(notebook: nbformat.NotebookNode, name: str) -> list[str]:
    """Return the images of an executed notebook without a good alt text, and alt texts without an image."""
    found = []
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(cells, start=1):
        where = f"{name}: code cell {number} ({_first_line(cell.source)})"
        alt = cell_alt(cell.metadata)
        if any("image/" in kind for output in cell.outputs for kind in output.get("data", {})):
            if problem := weakness(alt):
                found.append(f"{where}: the image {problem}: {CELL_ADVICE}")
        elif alt:
            found.append(f"{where}: an alt text, but the cell draws no image: move it to the cell that does")
        for output in cell.outputs:
            found += [f"{where}: {problem}" for problem in _html_problems(output.get("data", {}).get("text/html", ""))]
    return found


def check_sources(paths: Iterable[Path]) -> list[str]:
    """Return the figures of these chapters and pages without a good alt text, and alt texts used twice."""
    found: list[str] = []
    first: dict[str | None, str] = {}
    for path in paths:
        for line, alt, what, advice in _figures(path):
            where = f"{path}:{line}"
            if problem := weakness(alt):
                found.append(f"{where}: {what} {problem}: {advice}")
            elif other := first.get(alt):
                found.append(f"{where}: {what} repeats the alt text of {other}: {ADVICE}")
            else:
                first[alt] = where
    return found


def check_page(html: str, name: str) -> list[str]:
    """Return the images of a built page that a screen reader would pass over or spell out."""
    page = BeautifulSoup(html, "html.parser")
    found = [f"{name}: {_shown(image)} has no alt attribute" for image in page.select("img:not([alt])")]
    # In the text nothing is decoration; around it (a logo beside its own name) an empty alt is right.
    for image in page.select("article img[alt]"):
        alt = _alt(image) or ""
        if not alt.strip() or FILE_NAME.fullmatch(alt.strip()):
            found.append(f'{name}: {_shown(image)} has the alt text "{alt}": {ADVICE}')
    return found


def _figures(path: Path) -> Iterator[tuple[int, str | None, str, str]]:
    """Yield (line, alt text, what it is, what to do) for each figure of a source file."""
    for piece in myst.pieces(path):
        if isinstance(piece, myst.Sentence):
            for alt, address in piece.images:
                yield piece.line, alt, f"the image {address}", f"write ![alt](address), and {ADVICE}"
        elif isinstance(piece, myst.Block) and piece.kind == "html":
            for image in BeautifulSoup(piece.text, "html.parser").find_all("img"):
                yield piece.line, _alt(image), _shown(image), f'add alt="...", and {ADVICE}'
        elif isinstance(piece, myst.Directive) and piece.name in ("image", "figure"):
            yield piece.line, piece.options.get("alt"), f"the {piece.name} {piece.argument}", f"add :alt:, and {ADVICE}"
        elif isinstance(piece, myst.Directive) and piece.name == "code-cell":
            given = cell_alt(piece.options)
            if given is not None or _draws(piece.body):
                yield piece.line, given, "the cell's image", CELL_ADVICE


def _draws(source: str) -> bool:
    """Tell whether a cell calls plt.show() or draws on axes; the executed notebook has the last word."""
    try:
        calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    except SyntaxError:
        return False
    return any(getattr(function, "attr", "") in DRAWING for function in calls)


def _html_problems(html: str) -> list[str]:
    """Return the images inside an HTML output without a name; the cell's metadata cannot give them one."""
    page = BeautifulSoup(html, "html.parser")
    found = [f"{_shown(image)} in an HTML output {weakness(_alt(image))}: {ADVICE}"
             for image in page.find_all("img") if weakness(_alt(image))]  # fmt: skip
    for drawing in page.find_all("svg"):
        if not (drawing.get("aria-label") or drawing.get("aria-hidden") or drawing.find("title")):
            found.append("an SVG in an HTML output has no <title> and no aria-label: give it one")
    return found


def _alt(image: Tag) -> str | None:
    alt = image.get("alt")
    return None if alt is None else str(alt)


def _shown(image: Tag) -> str:
    return f'<img src="{str(image.get("src", ""))[:60]}">'


def _first_line(source: str) -> str:
    return next((line.strip() for line in source.splitlines() if line.strip()), "empty")


def main(arguments: list[str]) -> int:
    """Check the named notebooks and pages, or all sources."""
    root = Path.cwd()
    found = [] if arguments else check_sources(contents.written(root))
    for name in arguments:
        if name.endswith(".ipynb"):
            found += check_images(nbformat.read(name, as_version=4), name)
        else:
            found += check_page(Path(name).read_text(encoding="utf-8"), name)
    print("\n".join(myst.shortened(found, root)) if found else "every figure says what it shows")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
