"""Show the built book on this machine only, as a careful web server would.

    python -m coursebook.serve [--port 8000]            what `make serve` calls

Pages come with the strict policy of site/strict_policy.py, text is compressed, an unknown address gets the book's
own 404 page. Tests and measurements use the same server through `serving`.
"""

import argparse
import functools
import gzip
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from coursebook.site.strict_policy import POLICY

HTML = Path("_build/html")
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".epub": "application/epub+zip",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
COMPRESSED = (".css", ".html", ".js", ".json", ".mjs", ".svg", ".txt", ".webmanifest", ".xml")
# What a version in its address names never changes; all else is asked for again, so that an author sees each build.
FOR_EVER, ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"


class Pages(SimpleHTTPRequestHandler):
    """Answers for one folder; see `serving`."""

    protocol_version = "HTTP/1.1"  # connections stay open, as on a real site
    # Whatever this machine's own table says.
    extensions_map = SimpleHTTPRequestHandler.extensions_map | TYPES

    def send_head(self) -> Any:
        """Send the headers; return the file's content to send after them, or None."""
        address = urlsplit(self.path)
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            if not address.path.endswith("/"):
                return super().send_head()  # the same with a slash
            path = path / "index.html"
        status = HTTPStatus.OK
        if not path.is_file():
            status, path = HTTPStatus.NOT_FOUND, Path(self.directory, "404.html")
            if not path.is_file():
                self.send_error(status)
                return None
        version = path.stat()
        tag = f'"{version.st_mtime_ns:x}-{version.st_size:x}"'
        if status == HTTPStatus.OK and self.headers.get("If-None-Match") == tag:
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.send_header("ETag", tag)
            self.end_headers()
            return None
        small = path.suffix in COMPRESSED and "gzip" in self.headers.get("Accept-Encoding", "")
        content = compressed(path, version.st_mtime_ns) if small else path.read_bytes()
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", tag)
        self.send_header("Cache-Control", FOR_EVER if address.query.startswith("v=") else ASK_AGAIN)
        self.send_header("X-Content-Type-Options", "nosniff")
        if path.suffix in COMPRESSED:
            self.send_header("Vary", "Accept-Encoding")
        if small:
            self.send_header("Content-Encoding", "gzip")
        if path.suffix == ".html":
            self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        return io.BytesIO(content)

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Say only what went wrong."""
        if isinstance(code, int) and code >= HTTPStatus.BAD_REQUEST:
            super().log_request(code, size)


class QuietPages(Pages):
    """Says nothing at all."""

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@functools.cache
def compressed(path: Path, time: int) -> bytes:
    """Return the file's content as gzip; `time` says which content."""
    return gzip.compress(path.read_bytes(), 6)


class Server(ThreadingHTTPServer):
    """Serves until it is shut down; a reader who leaves in the middle of an answer is no error."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over broken connections."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def server(folder: Path, port: int, handler: type[Pages] = Pages) -> Server:
    """Return a server for the folder on this port of 127.0.0.1, or on any free one where it is 0."""
    return Server(("127.0.0.1", port), functools.partial(handler, directory=str(folder)))


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the folder in a thread; give its address, which ends in a slash."""
    with server(folder, 0, QuietPages) as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}/"
        finally:
            running.shutdown()
            thread.join()


def main() -> int:
    """Serve until Ctrl-C; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8000, help="the port on 127.0.0.1 (default: 8000)")
    port = parser.parse_args().port
    if not (HTML / "index.html").is_file():
        print("error: there is no built book here. Run make book first.", file=sys.stderr)
        return 1
    try:
        running = server(HTML, port)
    except OSError as error:
        print(f"error: port {port}: {error.strerror}. Choose another: make serve PORT={port + 1}", file=sys.stderr)
        return 1
    with running:
        print(f"The book is at http://127.0.0.1:{port}/ (Ctrl-C ends this).", flush=True)
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
