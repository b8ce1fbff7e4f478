"""What a chapter shows in place of retyping it: the library's own source, tables, and numbers for its sentences."""

import inspect
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
