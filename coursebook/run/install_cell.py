"""The cell of a notebook that installs the book's library where that is missing or another one."""

from importlib.metadata import version

INSTALL = """\
# @title Set up: install the book's library where it is missing (Binder and `make lab` have it)
from importlib.metadata import PackageNotFoundError, version

try:
    ready = version("{name}") == "{version}"
except PackageNotFoundError:
    ready = False
if not ready:
    {action}"""
PIP = '%pip install --quiet "{library} @ git+{url}@{ref}"'
BY_HAND = "print(\"This chapter needs {name} {version}. In the book's folder: pip install '.{extras}'\")"


def install_code(library: str, url: str, ref: str) -> str:
    """Return the code that installs the library where it is missing or another one.

    library: its name with its extras, such as mylib[plots]. Without a repository the code says what to do by hand.
    """
    name, bracket, extras = library.partition("[")
    wanted = {"library": library, "name": name, "version": version(name), "extras": bracket + extras}
    return INSTALL.format(**wanted, action=(PIP if url else BY_HAND).format(**wanted, url=url, ref=ref))
