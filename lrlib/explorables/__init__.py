"""Explorables: figures to be touched, each one module in lrlib/explorables/, for the book's pages and for JupyterLab.

What a module exports is said at the top of lrlib/explorables/kit.js. Here its description is read, starting values are
checked against it, and kit and module are made classic scripts, which also run from an opened folder: the kit once for
all figures of a page, and a small one for each.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lrlib.plotting import COLORS, DARK

FOLDER = Path(__file__).parent
KIT, STYLE = FOLDER / "kit.js", FOLDER / "explorables.css"
# In the order of the script.
DRAWING, FIELDS = FOLDER / "drawing.js", FOLDER / "fields.js"
PARTS = (DRAWING, FIELDS, KIT)
_KEPT = "globalThis.explorables"  # where a page keeps the kit
_SPEC = re.compile(r"^export const spec = (\{\n.*?^\});$", re.MULTILINE | re.DOTALL)
_IMPORT = re.compile(r'^import \{ (\w+(?:, \w+)*) \} from "\./(\w+\.js)";$', re.MULTILINE)
_FROM_DRAWING = re.compile(r'^(?:import \{ [\w, ]+ \}|export \*) from "\./drawing\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|function|class) (\w+))", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)


class ExplorableError(ValueError):
    """A name, a starting value or a module that cannot be used; the message says what can."""


def names() -> list[str]:
    """Return the names of all explorables, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.js") if path.name not in {part.name for part in PARTS})


def module(name: str) -> Path:
    """Return the file of an explorable; ExplorableError if there is none of this name."""
    if name not in names():
        raise ExplorableError(f'there is no explorable "{name}". There are: {", ".join(names())}.')
    return FOLDER / f"{name}.js"


def spec(name: str) -> dict[str, Any]:
    """Return what an explorable is made of, as its module writes it in JSON."""
    path = module(name)
    found = _SPEC.search(path.read_text(encoding="utf-8"))
    try:
        result: dict[str, Any] = json.loads(found[1] if found else "")
    except json.JSONDecodeError as error:
        raise ExplorableError(
            f"{path.name}: spec is not JSON between `export const spec = {{` and `}};` ({error})."
        ) from None
    return result


def starting_values(name: str, given: Mapping[str, object]) -> dict[str, float]:
    """Return the given starting values as numbers; ExplorableError unless the sliders can be set to each of them."""
    allowed = spec(name)["state"]
    values = {}
    for option, value in given.items():
        if option not in allowed:
            raise ExplorableError(f'{name} has no starting value "{option}". It has: {", ".join(allowed)}.')
        limits = allowed[option]
        low, high, step = limits["min"], limits["max"], limits["step"]
        try:
            number = float(value)  # type: ignore[arg-type]  # whatever it is, the next line says what it must be
        except (TypeError, ValueError):
            number = math.nan
        # The sliders' own steps: a value between two of them would change at the first touch.
        if not low <= number <= high or abs(math.remainder(number - low, step)) > 1e-6 * step:
            raise ExplorableError(
                f"{option} of {name} must be a number from {low} to {high} in steps of {step}; got {value}."
            )
        values[option] = number
    return values


def kit_script() -> str:
    """Return the parts of the kit as one script without import and export, comments and indentation.

    It runs before the scripts of modules, and keeps for them what the parts export.
    """
    sources, exported = zip(*(_part(path) for path in PARTS), strict=True)
    names = ", ".join(sorted(set().union(*exported)))
    return f'{_KEPT} = (() => {{\n"use strict";\n{"".join(sources)}return {{ {names} }};\n}})();\n'


def module_script(name: str) -> str:
    """Return an explorable's module as a script that runs after the kit's, without comments and indentation.

    ExplorableError for a module whose imports and exports have another form than kit.js asks for.
    """
    path = module(name)
    imports = {where: names.split(", ") for names, where in _IMPORT.findall(path.read_text(encoding="utf-8"))}
    if KIT.name not in imports or not imports.keys() <= {KIT.name, FIELDS.name}:
        raise ExplorableError(f'{path.name}: there must be one line `import {{ ... }} from "./kit.js";`.')
    exported = {FIELDS.name: _part(FIELDS)[1], KIT.name: _part(DRAWING)[1] | _part(KIT)[1]}
    for where, wanted in imports.items():
        if unknown := set(wanted) - exported[where]:
            said = "the kit" if where == KIT.name else where
            raise ExplorableError(f"{path.name}: {said} does not export {', '.join(sorted(unknown))}.")
    used = ", ".join(name for wanted in imports.values() for name in wanted)
    return f'(() => {{\n"use strict";\nconst {{ {used} }} = {_KEPT};\n{_part(path)[0]}}})();\n'


def classic_script(name: str) -> str:
    """Return the kit and the module as one script, for a page of its own."""
    return kit_script() + module_script(name)


def _part(path: Path) -> tuple[str, set[str]]:
    """Return a file's code without its imports and the word export, and the names it exports."""
    source, exported = _without_exports(path.read_text(encoding="utf-8"), path.name)
    source = _FROM_DRAWING.sub("", source if path in PARTS else _IMPORT.sub("", source))
    if left := re.search(r"^\s*(?:import|export)\b.*|\bimport\s*[({].*", source, re.MULTILINE):
        raise ExplorableError(f"{path.name}: this import or export is not understood: {left[0].strip()}")
    return source, exported


def _without_exports(source: str, where: str) -> tuple[str, set[str]]:
    """Return the source without the word export and full-line comments, and the names it exports."""
    source = _COMMENT.sub("", source)
    for line in source.splitlines():
        if line.count("`") % 2 or "/*" in line:
            raise ExplorableError(
                f"{where}: template literals end on their line, comments are lines of //: {line.strip()}"
            )
    exported = set(_EXPORT.findall(source))
    return _INDENT.sub("", _EXPORT.sub("", source)), exported


def palette(light: str, dark: str) -> str:
    """Return style rules that define the colours of the drawings for two selectors, of light and of dark pages."""
    rules = []
    for selector, twin in ((light, dict), (dark, lambda colours: {name: DARK[c] for name, c in colours.items()})):
        colours = twin(COLORS)
        words = "".join(f"--{name}:{colour};" for name, colour in colours.items())
        rules.append(f"{selector}{{{words}--surface:transparent;--link:{colours['zero']};--radius:4px}}\n")
    return "".join(rules)


def said(name: str, values: Mapping[str, float]) -> str:
    """Return in words what an explorable is about, and where it starts."""
    described = spec(name)
    numbers = {option: entry["start"] for option, entry in described["state"].items()} | dict(values)
    start = ", ".join(f"{option} = {value:g}" for option, value in numbers.items())
    return f"Explorable {name}: {described['about']} It starts at {start}."


def notebook_code(name: str, values: Mapping[str, float]) -> str:
    """Return the code that shows an explorable in a notebook."""
    arguments = "".join(f", {option}={value:g}" for option, value in sorted(values.items()))
    return f'from lrlib.notebook import explorable\n\nexplorable("{name}"{arguments})'


def notebook_html(name: str, values: Mapping[str, float], key: str) -> str:
    """Return an explorable with all that it needs, for the output of a notebook's cell."""
    attributes = "".join(f' {option}="{value:g}"' for option, value in values.items())
    # JupyterLab would take the arrow keys away from the sliders: kit.js hands this attribute on to each of them.
    host = f'<lr-{name} class="explorable" data-key="{key}" data-lm-suppress-shortcuts="true"{attributes}>'
    colours = palette(":where(.explorable)", ':where([data-jp-theme-light="false"] .explorable)')
    style = f"{colours}{STYLE.read_text(encoding='utf-8')}"
    # The element is in the page before its script, which fills it; without scripts, these words are what is left.
    words = f"<p>{spec(name)['about']}</p>"
    return f"{host}{words}</lr-{name}>\n<style>{style}</style>\n<script>{classic_script(name)}</script>"
