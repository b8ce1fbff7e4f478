"""Links to other sites are asked whether they still lead somewhere, with the settings of the book."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from tests.paths import ROOT

pytestmark = pytest.mark.slow

PAGE = """# Links

[good]({0}/good) [moved]({0}/moved) [dead]({0}/dead) [by its number](https://doi.org/10.1000/182)
[a test](https://github.com/someone/fork/blob/c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00/tests/a.py#L1-L2)
"""


class Site(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response({"/good": 200, "/moved": 301}.get(self.path, 404))
        if self.path == "/moved":
            self.send_header("Location", "/good")
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *_):
        pass


@pytest.fixture
def address():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    socket.setdefaulttimeout(None)  # Sphinx sets another one for the whole process


def test_a_dead_link_fails_and_is_named(address, tmp_path):
    """Catches a check that never fails, one that calls a good link dead, and questions to sites that refuse robots."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]
    settings = {name: value for name, value in settings.items() if name.startswith("linkcheck_")}
    assert settings
    (tmp_path / "index.md").write_text(PAGE.format(address), encoding="utf-8")
    source, out = str(tmp_path), str(tmp_path / "_build")
    with patch_docutils(source), docutils_namespace():
        app = Sphinx(
            source, None, out, out, "linkcheck", {"extensions": ["myst_parser"], **settings}, status=None, warning=None
        )
        app.build()
    assert app.statuscode == 1
    found = [json.loads(line) for line in (tmp_path / "_build/output.json").read_text().splitlines()]
    assert {link["uri"].rsplit("/", 1)[-1]: link["status"] for link in found} == {
        "good": "working",
        "moved": "redirected",
        "dead": "broken",
        "182": "ignored",
        "a.py#L1-L2": "ignored",
    }
