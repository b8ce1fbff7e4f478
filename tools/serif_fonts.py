"""Make the faces of the text: the letters of Source Serif 4 that nearly every page needs, and the rest in other files.

    python tools/serif_fonts.py roman.ttf italic.ttf

A browser fetches the rest for the letters that theme.css names. Words in italics are hardly ever bold: the italic face
has one weight, the upright one all from 400 to 700. The variable faces come from Adobe.
"""

import sys
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FOLDER = Path(__file__).resolve().parents[1] / "coursebook/site/theme/static/fonts"
COMMON = [*range(0x20, 0x7F), 0xA0, *map(ord, "©°±²·½×é–—‘’“”…−")]
RARE = [*range(0xA1, 0x100), *map(ord, "‚„•↑↓")]


def make(source: Path, target: Path, weights: float | tuple[float, float], letters: Iterable[int]) -> None:
    """Write the part of the variable face `source` that sets these letters, in one weight or from one to another."""
    whole, cut = TTFont(source), BytesIO()
    others = {axis.axisTag: axis.defaultValue for axis in whole["fvar"].axes}
    instantiateVariableFont(whole, others | {"wght": weights}).save(cut)
    font = TTFont(cut)  # read again: the tables of variations that were made anew lack what the subsetter looks for
    options = subset.Options(layout_features=["ccmp", "kern", "liga", "locl", "mark"], hinting=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(target)
    sys.stdout.write(f"{target}: {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    for slant, source, weights in zip(("normal", "italic"), sys.argv[1:], ((400, 700), 400), strict=True):
        make(Path(source), FOLDER / f"book-serif-{slant}.woff2", weights, COMMON)
        make(Path(source), FOLDER / f"book-serif-{slant}-rare.woff2", weights, set(RARE) - set(COMMON))
