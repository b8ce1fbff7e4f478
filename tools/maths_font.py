"""Make the font of the formulas: the part of Latin Modern Math that formulas use, with its MATH table, in two files.

    python tools/maths_font.py latinmodern-math.otf

math.woff2 is what nearly every page needs, math-rare.woff2 the rest: a browser fetches it for the letters that
maths.css names. The font comes from the GUST e-foundry and with Debian's fonts-lmodern.
Some things are changed, so it has a name of its own, as its licence asks:
- A subscript hangs from the lower edge of its letter only where that is lower than TeX would put it:
  SubscriptBaselineDropMin is meant for boxes, and browsers apply it to p and y, which pushes lines apart.
  SuperscriptBaselineDropMax likewise.
- The bar over a letter is in the place where Temml looks for it.
- A prime is the large form that browsers raise and shrink: they know no `ssty` for it.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).resolve().parents[1] / "coursebook/site/maths"
NAME = "Course Math"
PRIME = 0x2032
ALSO_DRAWN_AS = {0x203E: 0xAF, 0xA0: 0x20}  # the bar over a letter, the space that does not break
PLANCK = 0x210E  # the italic h
# What formulas may hold: ASCII, Greek, the italic letters that browsers take for a letter alone, and signs.
COMMON = [
    *ALSO_DRAWN_AS,
    *range(0x20, 0x7F),
    *map(ord, "ΓΔΘΛΞΠΣΥΦΨΩ"),
    *map(ord, "αβγδεηθλμπρστφ"),  # Chromium asks for the upright letter where it draws the italic one
    *range(0x1D434, 0x1D468),  # italic letters
    PLANCK,
    *range(0x1D6FC, 0x1D71C),  # italic Greek, small
    *map(ord, "±×·…′‖–¯ˆ˜⁡ℓℝ𝔼𝟏→←↦∂∇∈∏∑−∗∘√∝∞∣∥∼∫≈≡≠≤≥≪≫⊗⊤⊥⋅⋮⋯"),
]
RARE = [
    *range(0x391, 0x3CA),
    0x3D1,
    0x3D5,
    0x3F5,
    *range(0x1D6E2, 0x1D6FC),  # italic Greek, large
    *range(0x1D670, 0x1D6A4),  # typewriter
    *range(0x1D7F6, 0x1D800),
    *range(0x1D7CE, 0x1D7D8),  # bold digits
    *map(ord, "÷″—↔⇒⇔∉∧∨∩∪⊂⊆⊕⌈⌉⌊⌋⟨⟩´`¨˙ˇ˘≃∅∀∃¬ℏℜℑℕℙ𝟙ℒ𝒪"),
]


def make(source: Path, target: Path, letters: Iterable[int]) -> None:
    """Write the part of the font `source` that sets these letters."""
    font = TTFont(source)
    constants = font["MATH"].table.MathConstants
    constants.SubscriptBaselineDropMin.Value = 50
    constants.SuperscriptBaselineDropMax.Value = 386
    large = f"{font.getBestCmap()[PRIME]}.st"
    for table in font["cmap"].tables:
        if PRIME in table.cmap:
            table.cmap[PRIME] = large
        table.cmap.update({code: table.cmap[other] for code, other in ALSO_DRAWN_AS.items() if other in table.cmap})
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16):
            record.string = NAME.replace(" ", "" if record.nameID == 6 else " ")
    options = subset.Options(layout_features=[], notdef_outline=True, hinting=False, desubroutinize=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(target)
    sys.stdout.write(f"{target}: {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]), FOLDER / "math.woff2", COMMON)
    make(Path(sys.argv[1]), FOLDER / "math-rare.woff2", set(RARE) - set(COMMON))
