"""The colours of the pages and figures: the book's own, or plain ones where it brings none."""

from collections.abc import Mapping
from typing import NamedTuple

from coursebook.source import settings


class Palette(NamedTuple):
    """The colour of each name, on a light page and on a dark one, each as #rrggbb."""

    light: Mapping[str, str]
    dark: Mapping[str, str]

    @property
    def twins(self) -> dict[str, str]:
        """Return the dark page's colour for each colour of the light page."""
        found = {colour: self.dark[name] for name, colour in self.light.items()}
        # Black and white are what Matplotlib takes where nobody chose: on a dark page they are its ink and its paper.
        return {"#000000": self.dark["ink"], "#ffffff": self.dark["paper"], **found}


# The names that the style sheets use: words, remarks, faint lines, the page, and five colours to tell things apart.
PLAIN = Palette(
    {"ink": "#1f2328", "muted": "#59606a", "grid": "#d0d7de", "paper": "#ffffff", "zero": "#0b57d0", "one": "#a65a00",
     "model": "#1a7f4b", "accent": "#6a1b7a", "warn": "#80150a"},
    {"ink": "#e6edf3", "muted": "#8f969f", "grid": "#3d444d", "paper": "#121212", "zero": "#8ab8ee", "one": "#f9982a",
     "model": "#2fe39a", "accent": "#da66f7", "warn": "#ee6b59"},
)  # fmt: skip


def palette(module_name: str) -> Palette:
    """Return the palette of the module with COLORS and DARK, the plain one for an empty name."""
    module = settings.module(module_name)
    if module is None:
        return PLAIN
    return Palette(module.COLORS, {name: module.DARK[colour] for name, colour in module.COLORS.items()})
