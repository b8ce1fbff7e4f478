"""Make math.woff2, the font of the formulas: the part of Latin Modern Math that formulas use, with its MATH table.

    python tools/maths_font.py latinmodern-math.otf

Needs the package brotli beside the pinned ones. The font comes from the GUST e-foundry and with Debian's fonts-lmodern.
Some things are changed, so it has a name of its own, as its licence asks:
- A subscript hangs from the lower edge of its letter only where that is lower than TeX would put it:
  SubscriptBaselineDropMin is meant for boxes, and browsers apply it to p and y, which pushes lines apart.
  SuperscriptBaselineDropMax likewise.
- The bar over a letter is in the place where Temml looks for it.
- A prime is the large form that browsers raise and shrink: they know no `ssty` for it.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FONT = Path(__file__).resolve().parents[1] / "coursebook/site/maths/math.woff2"
NAME = "Course Math"
PRIME = 0x2032
ALSO_DRAWN_AS = {0x203E: 0xAF, 0xA0: 0x20}  # the bar over a letter, the space that does not break
ITALIC_A, ITALIC_H, PLANCK = 0x1D44E, 0x1D455, 0x210E
# What formulas may hold: ASCII, Greek, the italic letters that browsers take for a letter alone, and signs.
LETTERS = [*range(0x20, 0x7F), *range(0x391, 0x3CA), 0x3D1, 0x3D5, 0x3F5, *range(0x1D434, 0x1D468), PLANCK]
ITALIC_GREEK = [*range(0x1D6E2, 0x1D71C)]
BOLD = [*range(0x1D7CE, 0x1D7D8)]
SCRIPT_AND_DOUBLE = [0x1D53C, 0x2115, 0x211D, 0x2119, 0x1D7D9, 0x2112, 0x1D4AA]
TYPEWRITER = [*range(0x1D670, 0x1D6A4), *range(0x1D7F6, 0x1D800)]
SIGNS = [ord(sign) for sign in "±×÷·…′″‖–—‾⁡ℓ→←↔⇒⇔↦∂∇∈∉∏∑−∗∘√∞∝∣∥∧∨∩∪∫≈≡≠≤≥≪≫⊂⊆⊕⊗⊤⊥⋅⋮⋯⌈⌉⌊⌋⟨⟩ˆ˜¯´`¨˙ˇ˘∼≃∅∀∃¬ℏℜℑ"]


def make(source: Path, target: Path) -> None:
    """Write the part of the font `source` that formulas use."""
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
    options = subset.Options(
        flavor="woff2", layout_features=[], notdef_outline=True, hinting=False, desubroutinize=False
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(
        unicodes=[*ALSO_DRAWN_AS, *LETTERS, *ITALIC_GREEK, *BOLD, *SCRIPT_AND_DOUBLE, *TYPEWRITER, *SIGNS]
    )
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(target)


if __name__ == "__main__":
    make(Path(sys.argv[1]), FONT)
    sys.stdout.write(f"{FONT}: {FONT.stat().st_size} bytes\n")
