"""What a chapter shows in place of retyping it: the library's own source, and tables."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from IPython.display import Markdown


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
