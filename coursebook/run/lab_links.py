"""Part of the Jupyter server: links to a chapter lead to its notebook, also links to its text and to its old names.

/lab/tree/chapters/odds.md is a text that plain JupyterLab would show as such; the chapter's notebook opens instead.
book/renamed.toml lists the old names. What follows the path (a token, a place) is kept.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from jupyter_server.utils import url_path_join
from tornado.httputil import HTTPServerRequest
from tornado.routing import PathMatches, Rule
from tornado.web import RequestHandler

CHAPTER = r"(.*/tree)/(?:chapters/([\w-]+)\.(?:md|ipynb)|notebooks/([\w-]+)\.ipynb)"


def destination(path: str, root: Path) -> str:
    """Return the path that a path of JupyterLab leads to; an empty string if it is right as it is."""
    found = re.fullmatch(CHAPTER, path)
    if not found:
        return ""
    renamed = root / "book" / "renamed.toml"
    names = tomllib.loads(renamed.read_text(encoding="utf-8")) if renamed.is_file() else {}
    tree, text, notebook = found.groups()
    name = names.get(text or notebook, text or notebook)
    right = f"{tree}/notebooks/{name}.ipynb"
    there = (root / "notebooks" / f"{name}.ipynb").is_file()
    return right if right != path and there else ""


class NotebookRedirect(RequestHandler):
    """Sends the browser on; JupyterLab asks for the password or token there."""

    def initialize(self, root: Path) -> None:
        """Take the book's folder."""
        self.root = root

    def get(self) -> None:
        """Answer with the address of the chapter's notebook."""
        query = f"?{self.request.query}" if self.request.query else ""
        self.redirect(destination(self.request.path, self.root) + query)


class LeadsElsewhere(PathMatches):
    """Matches the paths that lead elsewhere in the book at root."""

    def __init__(self, pattern: str, root: Path) -> None:
        super().__init__(pattern)
        self.root = root

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Return the arguments of the handler, none, or None where JupyterLab itself is to answer."""
        return {} if super().match(request) is not None and destination(request.path, self.root) else None


def _load_jupyter_server_extension(app: Any) -> None:
    """Answer before JupyterLab does."""
    root = Path(app.root_dir)
    pattern = url_path_join(app.base_url, r"lab(?:/workspaces/[^/]+)?/tree/.*")
    app.web_app.default_router.rules.insert(0, Rule(LeadsElsewhere(pattern, root), NotebookRedirect, {"root": root}))
