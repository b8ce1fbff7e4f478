"""A course of one chapter, of another subject, for the tests that build one: what coursebook needs, and no more."""

from pathlib import Path

FILES = {
    "_config.yml": """\
title: Means, step by step
author: Somebody
only_build_toc_files: true
execute:
  execute_notebooks: cache
parse:
  myst_enable_extensions: [colon_fence, dollarmath]
sphinx:
  config:
    extensions: [coursebook]
""",
    "_toc.yml": "format: jb-book\nroot: index\nchapters:\n- file: chapters/means\n- file: book/checked\n",
    "CITATION.cff": "cff-version: 1.2.0\ntitle: Means\nversion: 1.0.0\nkeywords: [mean]\nlicense: [CC-BY-4.0]\n",
    "constraints.txt": "",
    "index.md": """\
---
myst:
  html_meta:
    description: A course of a single chapter about the mean of some numbers, made only to try the machinery.
---
# Means, step by step

Read {doc}`chapters/means`.
""",
    "book/checked.md": """\
---
myst:
  html_meta:
    description: Every claim of this course about means, each with the test that is its evidence and its outcome.
---
# What is checked

```{claims-table}
```
""",
    "chapters/means.md": """\
---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  name: python3
  display_name: Python 3
myst:
  html_meta:
    description: The mean of some numbers is their sum divided by how many there are. Computed, claimed, checked.
---
# The mean

It is the sum, shared out:

```{math}
:label: eq-mean
m = \\frac{1}{n} \\sum_{i=1}^{n} x_i
```

```{code-cell} ipython3
from meanlib import mean

print(f"the mean is {mean([1, 2, 6]):.1f}")
```

```{question} What is the mean of one and three?
:label: check-means-two
- [ ] One.
  : That is the smaller one.
- [x] Two.
  : They add up to four, shared by two.
```
""",
    "meanlib/__init__.py": '''\
"""Means."""


def mean(x):
    """Return the mean of x  (eq-mean)."""
    return sum(x) / len(x)
''',
    "tests/claims/test_means.py": '''\
import pytest

from meanlib import mean


@pytest.mark.claim("eq-mean")
def test_the_mean_is_the_sum_over_the_count():
    """Catches a sum that is not divided."""
    assert mean([1, 2, 6]) == 3
''',
}


def write(folder: Path, **changes: str) -> Path:
    """Write the course into a folder and return it."""
    for name, text in {**FILES, **changes}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder
