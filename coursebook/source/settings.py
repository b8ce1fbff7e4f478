"""What the machinery must know of one book: a few values under `sphinx: config:` in its _config.yml.

Every one may be left out: a book without a library of its own is built in plain colours and without explorables.
"""

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

if TYPE_CHECKING:  # JupyterLab's environment, where these settings are read too, has no Sphinx
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

CONFIG = "_config.yml"


def sphinx_config(root: Path) -> dict[str, Any]:
    """Return what the book's _config.yml gives under `sphinx: config:`; nothing where there is no such file."""
    path = root / CONFIG
    config = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    return ((config or {}).get("sphinx") or {}).get("config") or {}


class Settings(NamedTuple):
    """The values, by the names that they have in _config.yml after `course_`."""

    palette: str = ""  # module with COLORS {name: colour} and DARK {colour: colour on a dark page}; see site/palette.py
    explorables: str = ""  # module with the figures that readers can move; see site/explorables.py
    first_explorable: str = ""  # the one that the start notebook shows
    emblem: str = ""  # module whose draw(ax, width=...) draws the book's mark on the cover and on cards for links
    library: str = ""  # what notebooks install from the repository, such as mylib[extra]
    warm_up: str = ""  # statement that Binder's image runs once, so that readers need not wait for slow imports
    file_name: str = "book"  # of the PDF and the EPUB, without their ending
    words: str = ""  # most words of a chapter's main text; see gates/lengths.py
    visible_lines: str = ""  # most lines of code in sight in all chapters together


def of(root: Path) -> Settings:
    """Return the settings of the book at root; ValueError for a name that does not exist."""
    config = sphinx_config(root)
    given = {name.removeprefix("course_"): str(config[name]) for name in config if name.startswith("course_")}
    if unknown := given.keys() - set(Settings._fields):
        known = ", ".join(f"course_{name}" for name in Settings._fields)
        raise ValueError(f"{CONFIG}: there is no setting course_{min(unknown)}. There are: {known}.")
    return Settings(**given)


@cache
def module(name: str) -> ModuleType | None:
    """Return the module that a setting names, None where it names none."""
    return import_module(name) if name else None


def setup(app: "Sphinx") -> "ExtensionMetadata":
    """Register the values with Sphinx; a change of one of them makes it read every page anew."""
    from coursebook.source import extension

    for name, default in Settings()._asdict().items():
        app.add_config_value(f"course_{name}", default, "env", [str, int])
    return extension.metadata()


def of_app(app: "Sphinx") -> Settings:
    """Return the settings of the book that Sphinx is building."""
    return Settings(*(str(getattr(app.config, f"course_{name}")) for name in Settings._fields))
