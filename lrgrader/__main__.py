"""python -m lrgrader: the same as `lrgrade`."""

import sys

from .cli import main

sys.exit(main())
