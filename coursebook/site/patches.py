"""Everything that this package changes inside other packages, each with what the package lacks.

An upgrade that brings what is missing makes its patch superfluous: look here first when one of them changes.
"""

import sys


def skip_web_address_grammars() -> None:
    """Make jsonschema do without rfc3987_syntax.

    jsonschema imports it where it is installed, to check web addresses. It compiles 38 grammars, which takes a second,
    and no schema that a build reads has such an address. jsonschema has no setting for that.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: the import is refused
