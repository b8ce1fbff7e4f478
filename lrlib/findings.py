"""Findings that took minutes to measure, as the chapters print them.

lrlib/findings.json holds one measurement for each split or seed; `make findings` measures all of them again
(tests/claims/measured/), and the tests a few.
"""

import json
from collections.abc import Iterable
from importlib.resources import files
from statistics import median
from typing import Any


def stored(name: str) -> list[Any]:
    """Return the measurements of one finding, one for each split or seed.

    name: a key of lrlib/findings.json. Raises ValueError for another.
    """
    measured: dict[str, list[Any]] = json.loads(files("lrlib").joinpath("findings.json").read_text(encoding="utf-8"))
    if name not in measured:
        raise ValueError(f"name must be one of {', '.join(measured)}; got {name!r}.")
    return measured[name]


def spread(values: Iterable[float], form: str = "g") -> str:
    """Return the median of the values and their range in words, with real minus signs; form is that of one number.

    >>> spread([5, -3, 15])
    '5 (−3 to 15)'
    """
    numbers = sorted(values)
    words = f"{median(numbers):{form}} ({numbers[0]:{form}} to {numbers[-1]:{form}})"
    return words.replace("-", "−")
