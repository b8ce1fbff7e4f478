"""The picture on the title page, and the cover of the e-book: title and author, and the book's mark if it has one."""

import io
import textwrap
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from coursebook.site.palette import palette
from coursebook.site.social_card import NO_LAYOUT
from coursebook.source import settings
from coursebook.source.settings import Settings

COVER_SIZE = (1600, 2400)  # pixels


def drawing(book: Settings) -> str:
    """Return the picture as an SVG element, the same bytes at each call; empty for a book without a mark."""
    emblem = settings.module(book.emblem)
    if emblem is None:
        return ""
    figure = Figure(figsize=(140 / 25.4, 84 / 25.4), layout=NO_LAYOUT, facecolor="none")
    emblem.draw(figure.add_axes((0, 0, 1, 1)), width=2.2)
    file = io.StringIO()
    # Matplotlib names the parts of a drawing by a random salt: with one that is fixed, the bytes repeat.
    with rc_context({"svg.hashsalt": "cover", "svg.fonttype": "none"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    svg = file.getvalue()
    return svg[svg.index("<svg") :].replace("<svg", '<svg class="drawing" aria-hidden="true"', 1)


def cover(title: str, author: str, book: Settings) -> bytes:
    """Return the cover as PNG."""
    dots = 200
    colours = palette(book.palette).light
    figure = Figure(figsize=(COVER_SIZE[0] / dots, COVER_SIZE[1] / dots), layout=NO_LAYOUT, facecolor=colours["paper"])
    if emblem := settings.module(book.emblem):
        emblem.draw(figure.add_axes((0.08, 0.12, 0.84, 0.4)), width=4)
    words: dict[str, Any] = {
        "family": ["STIXGeneral", "DejaVu Serif"],
        "color": colours["ink"],
        "linespacing": 1.15,
        "va": "top",
    }
    figure.text(0.08, 0.93, "\n".join(textwrap.wrap(title, 20)), size=48, weight="bold", **words)
    figure.text(0.08, 0.07, author, size=17, **words)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dots, metadata={"Software": None})
    return file.getvalue()
