"""What a chapter shows: the library's own source, tables, numbers for its sentences; and figures to be touched."""

import inspect
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from IPython.display import Markdown, display


def glue(key: str, text: str) -> None:
    """Hand a result over to the page, where {glue:text}`key` shows it in a sentence; a notebook shows nothing.

    key: unique in the book. text: the result as it is to be read, rounded; anything but a string is a TypeError.
    It stores what myst_nb.glue stores, without the second that loading Sphinx into every kernel takes.
    """
    if not isinstance(text, str):
        raise TypeError(f'text must be a string, rounded as it is to be read; got {text!r}. Use f"{{value:.2f}}".')
    kept = "application/papermill.record/"
    metadata = {"scrapbook": {"name": key, "mime_prefix": kept}}
    display({f"{kept}text/plain": repr(text)}, raw=True, metadata=metadata)


def show_source(function: Callable[..., Any]) -> Markdown:
    """Return the source of a function as a highlighted block, for the last line of a cell.

    TypeError for what has no Python source (NumPy's own functions, for example).
    """
    return Markdown(f"```python\n{inspect.getsource(function).rstrip()}\n```")


def show_table(columns: Mapping[str, Sequence[object]]) -> Markdown:
    """Return a table with a heading and the cells of each column, for the last line of a cell.

    columns: heading -> cells, all of one length, else ValueError. Cells are shown as str() writes them: round first.
    """
    lengths = {heading: len(cells) for heading, cells in columns.items()}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"all columns must have one length; got {lengths}.")
    rows = [list(columns), ["---"] * len(columns), *zip(*columns.values(), strict=True)]
    return Markdown("\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows))


class Explorable:
    """A figure to be touched; a notebook shows it, and text-only places show its description."""

    def __init__(self, name: str, values: Mapping[str, float]) -> None:
        self.name, self.values = name, dict(values)

    def __repr__(self) -> str:
        """Return what the figure is about, and where it starts."""
        from lrlib.explorables import said

        return said(self.name, self.values)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from lrlib.explorables import notebook_html

        # A key of its own each time: one figure may be shown in several cells.
        html = notebook_html(self.name, self.values, key=f"explorable-{uuid.uuid4().hex[:12]}")
        return {"text/html": html, "text/plain": repr(self)}


def explorable(name: str, **values: float) -> Explorable:
    """Return one of the book's explorables, for the last line of a cell: it moves where the notebook runs scripts.

    values: where its sliders start, for example explorable("sigmoid", w=2, b=-1). ValueError for a name that does not
    exist and for a value that its slider cannot have; the message says which can be had.

    >>> explorable("sigmoid", w=2)
    Explorable sigmoid: The curve p = σ(xw + b), and what one more unit of x does to the probability, the odds and the
    log-odds. It starts at w = 2, b = 0, x = 0.
    """
    from lrlib.explorables import starting_values

    return Explorable(name, starting_values(name, values))
