"""The server of `make serve`: the policy, compression, types, the 404 page, and nothing outside its folder."""

import gzip
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from coursebook.serve import serving
from coursebook.site.strict_policy import POLICY


@pytest.fixture
def folder(tmp_path):
    site = tmp_path / "site"
    (site / "chapters").mkdir(parents=True)
    for name in ("index.html", "404.html", "chapters/a b é.html", "chapters/index.html"):
        (site / name).write_text(f"<p>{name}</p>" * 50, encoding="utf-8")
    (site / "style.css").write_text("p{color:red}")
    (site / "code.js").write_text("1")
    (site / "font.woff2").write_bytes(b"wOF2")
    (tmp_path / "secret.txt").write_text("secret")
    return site


def ask(folder, path, method="GET", **headers):
    """Return the status, the headers and the body of the answer."""
    with serving(folder) as address:
        connection = HTTPConnection(urlsplit(address).netloc, timeout=10)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        result = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
    return result


def test_a_page_comes_with_the_strict_policy_and_other_files_without(folder):
    """Catches a policy that no page is held to."""
    assert ask(folder, "/")[1]["Content-Security-Policy"] == POLICY
    assert ask(folder, "/no-such-page")[1]["Content-Security-Policy"] == POLICY
    assert "Content-Security-Policy" not in ask(folder, "/style.css")[1]


def test_text_is_compressed_for_those_who_ask(folder):
    """Catches figures of weight that no reader would see, and garbage for a client without gzip."""
    _, headers, body = ask(folder, "/index.html", Accept_Encoding="gzip, br")
    assert headers["Content-Encoding"] == "gzip"
    assert int(headers["Content-Length"]) == len(body)
    assert gzip.decompress(body) == (folder / "index.html").read_bytes()
    _, headers, body = ask(folder, "/index.html")
    assert "Content-Encoding" not in headers
    assert body == (folder / "index.html").read_bytes()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/chapters/a%20b%20%C3%A9.html", "text/html; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/code.js", "text/javascript; charset=utf-8"),
        ("/font.woff2", "font/woff2"),
    ],
)
def test_each_file_has_its_type(folder, path, kind):
    """Catches a script that browsers refuse because a machine's own table calls it plain text."""
    status, headers, _ = ask(folder, path)
    assert (status, headers["Content-Type"]) == (200, kind)


@pytest.mark.parametrize("path", ["/gone.html", "/chapters/gone", "/../secret.txt", "/%2e%2e/secret.txt", "/gone/"])
def test_an_unknown_address_gets_the_404_page(folder, path):
    """Catches a server's own error page, a status of 200, and a way out of the folder."""
    status, _, body = ask(folder, path)
    assert status == 404
    assert body == (folder / "404.html").read_bytes()


def test_without_a_404_page_the_status_is_still_404(folder):
    """Catches a crash where the theme has no such page."""
    (folder / "404.html").unlink()
    assert ask(folder, "/gone.html")[0] == 404


def test_a_folder_without_a_slash_leads_to_the_one_with_it(folder):
    """Catches relative links that miss by one level."""
    status, headers, _ = ask(folder, "/chapters")
    assert (status, urlsplit(headers["Location"]).path) == (301, "/chapters/")
    assert ask(folder, "/chapters/")[2] == (folder / "chapters/index.html").read_bytes()


def test_what_has_not_changed_is_not_sent_again(folder):
    """Catches a stale page after a build, and a page sent whole at each visit."""
    first = ask(folder, "/")[1]
    assert first["Cache-Control"] == "no-cache"
    assert ask(folder, "/", If_None_Match=first["ETag"])[0] == 304
    (folder / "index.html").write_text("another")
    assert ask(folder, "/", If_None_Match=first["ETag"])[2] == b"another"


def test_what_has_a_version_in_its_address_is_kept(folder):
    """Catches a style sheet that is asked for on every page."""
    assert "immutable" in ask(folder, "/style.css?v=1234")[1]["Cache-Control"]
    assert ask(folder, "/style.css")[1]["Cache-Control"] == "no-cache"


def test_head_sends_the_headers_alone(folder):
    """Catches a body that the client would take for the next answer."""
    status, headers, body = ask(folder, "/", "HEAD")
    assert (status, headers["Content-Length"], body) == (200, str((folder / "index.html").stat().st_size), b"")
