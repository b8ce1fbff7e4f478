"""A bar for whatever takes longer than two seconds."""

import warnings
from typing import Any

SECONDS = 2


def progress_bar(*, unit: str, show: bool, total: int | None = None) -> Any:
    """Return a tqdm bar, for a with statement: drawn after two seconds, taken away at the end, never if not `show`.

    Where the environment says TQDM_DISABLE=1 there is none: a page of the book must not depend on the machine's speed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tqdm warns where ipywidgets is missing, and then draws the bar as text
        from tqdm.auto import tqdm
    never = {} if show else {"disable": True}  # an option that is given outdoes the environment
    return tqdm(total=total, unit=unit, delay=SECONDS, leave=False, **never)
