"""Set the formulas in a student's text, for the page on which it is marked.

Matplotlib's mathtext, which the library needs anyway, turns TeX into outlines. Only numbers reach the page: whatever a
formula says, it can be no markup. What mathtext does not know is shown as it was typed. (The book's own Temml needs
Node, which an instructor need not have.)
"""

import re
import warnings
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

FORMULA = re.compile(
    r"`[^`\n]*`"  # code: a dollar in it is a dollar
    r"|(?P<display>\$\$(?P<a>.+?)\$\$|\\\[(?P<b>.+?)\\\])"
    r"|(?<![\\$])\$(?![\s$])(?P<c>(?:\\.|[^$\\\n]){1,600}?)(?<!\s)\$(?!\d)"
    r"|\\\((?P<d>.+?)\\\)",
    re.DOTALL,
)
MOST_LETTERS, MOST_IN_ALL, MOST_DEEP = 600, 6000, 20
SPELT = {r"\tfrac": r"\frac", r"\lvert": "|", r"\rvert": "|", r"\lVert": r"\|", r"\rVert": r"\|"}
SPELT |= {r"\bigl": r"\left", r"\bigr": r"\right", r"\operatorname": r"\mathrm", r"\le": r"\leq", r"\ge": r"\geq"}
COMMAND = re.compile(r"\\[A-Za-z]+")
SIZE, AXIS = 10.0, 2.5  # points; the height above the line on which fractions lie
CODES = {1: "M", 2: "L", 3: "Q", 4: "C"}


class Piece(NamedTuple):
    """A part of a text: plain, or a formula with its outline; the box is left, top, width and height, in tenths of em.

    `path` is empty where the formula could not be set: then the text is what there is to show.
    """

    text: str
    path: str = ""
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    display: bool = False


def pieces(text: str) -> list[Piece]:
    """Return a text in its parts, each formula set as far as it can be."""
    found, at, letters = [], 0, 0
    for match in FORMULA.finditer(text):
        tex = next((part for part in (match[name] for name in "abcd") if part), "")
        letters += len(tex)
        if not tex or letters > MOST_IN_ALL:  # to set one takes milliseconds a letter
            continue
        display = bool(match["display"])
        path, box = outline(re.sub(r"\\frac\b", r"\\dfrac", tex) if display else tex)
        before, at = text[at : match.start()], match.end()
        if display and path:  # it stands on a line of its own: no further line is broken around it
            before = before.rstrip("\n")
            at += len(text[at:]) - len(text[at:].lstrip("\n"))
        found += [Piece(before), Piece(match[0], path, box, display)]
    return [piece for piece in [*found, Piece(text[at:])] if piece.text]


@lru_cache(maxsize=4096)
def outline(tex: str) -> tuple[str, tuple[float, float, float, float]]:
    """Return the outline of a formula as the data of an SVG path, and its box; nothing if it cannot be set."""
    nothing = "", (0.0, 0.0, 0.0, 0.0)
    if len(tex) > MOST_LETTERS or depth(tex) > MOST_DEEP or r"\hspace" in tex:
        return nothing
    plain = COMMAND.sub(lambda match: SPELT.get(match[0], match[0]), " ".join(tex.split())).replace("$", "")
    try:
        from matplotlib.font_manager import FontProperties
        from matplotlib.textpath import TextPath

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = TextPath((0, 0), f"${plain}$", size=SIZE, prop=FontProperties(math_fontfamily="stix"))
        box = made.get_extents()
        steps = [_step(int(code), points.tolist()) for points, code in made.iter_segments(simplify=False)]
    except Exception:  # a parser of a language that students write: whatever it raises, the text is shown as it is
        return nothing
    half = max(box.y1 - AXIS, AXIS - box.y0, SIZE / 2) + 0.5  # as far above the axis as below it: CSS centres it there
    left, width = float(box.x0) - 0.5, float(box.x1 - box.x0) + 1
    return "".join(steps), (left, float(-AXIS - half), width, float(2 * half))


def depth(tex: str) -> int:
    """Return how deep braces are nested: whether mathtext gives up at many depends on who has called it."""
    levels = accumulate((letter == "{") - (letter == "}") for letter in tex)
    return max(levels, default=0)


def _step(code: int, values: list[float]) -> str:
    """Return a step of an outline as SVG writes it, whose y goes down."""
    if code not in CODES:
        return "Z"
    return CODES[code] + " ".join(f"{-value if odd % 2 else value:.2f}" for odd, value in enumerate(values))
