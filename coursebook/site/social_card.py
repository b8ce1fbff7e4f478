"""The card that other sites show for a link to a page: its title, above the book's mark.

One PNG for each page, in the book's colours and Matplotlib's own letters: drawn without a network, and the same bytes
at each run of the same Matplotlib. A card is named after a hash of what is on it, so a new title or a new
look is a new file, which nobody shows from memory.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from coursebook.site.palette import palette
from coursebook.source import settings
from coursebook.source.settings import Settings

WIDTH, HEIGHT = 1200, 630  # pixels, what the sites ask for
DPI = 100
NO_LAYOUT: Any = "none"  # whatever this process has set before; Matplotlib's own types leave this value out
CHARACTERS_PER_LINE = 24  # of the title


def file_name(title: str, site: str) -> str:
    """Return the name of the page's card."""
    return hashlib.sha256(f"{title}\0{site}\0".encode() + Path(__file__).read_bytes()).hexdigest()[:16] + ".png"


def words(title: str, site: str) -> str:
    """Return what the card says."""
    return title if title == site else f"{title}. {site}"


def write_all(folder: Path, titles: Iterable[str], site: str, book: Settings) -> None:
    """Draw the cards that are missing, and remove those that no page uses."""
    wanted = {file_name(title, site): title for title in titles}
    for card in folder.glob("*.png"):
        if card.name not in wanted:
            card.unlink()
    for name, title in wanted.items():
        if not (folder / name).is_file():
            folder.mkdir(parents=True, exist_ok=True)
            draw(folder / name, title, site, book)


def draw(path: Path, title: str, site: str, book: Settings) -> None:
    """Draw one card."""
    import textwrap

    from matplotlib.figure import Figure

    # Without a layout of its own, whatever the process has set: a chapter that ran in it may have asked for one.
    colours = palette(book.palette).light
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=colours["paper"], layout=NO_LAYOUT)
    if emblem := settings.module(book.emblem):
        emblem.draw(figure.add_axes((0.42, 0.06, 0.56, 0.36)), width=4.5)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    axes.axis("off")
    lines = textwrap.wrap(title, CHARACTERS_PER_LINE, max_lines=3, placeholder=" …")
    size = 46 if len(lines) < 3 else 38
    where: dict[str, Any] = {"x": 80, "verticalalignment": "top", "family": "DejaVu Sans", "parse_math": False}
    axes.text(y=80, s="\n".join(lines), fontsize=size, weight="bold", color=colours["ink"], linespacing=1.15, **where)
    if title != site:
        axes.text(y=318, s=site, fontsize=21, color=colours["muted"], **where)
    figure.savefig(path, metadata={"Software": None})
