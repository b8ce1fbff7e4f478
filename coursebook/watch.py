"""Show the book on this machine while somebody writes it: what is saved is on the screen about a second later.

    python -m coursebook.watch [--port 8000]            what `make watch` calls

The site is built into _build/watch, apart from the one that `make book` makes and tests. A saved page is read and
written by an application that stays in memory; where code has changed, its cells run, from the first that differs, in
a kernel that stays alive (run/live.py). After a change of anything else (the library, a test, a setting) the whole
command begins again. What is wrong is said here and on the page, which stays as it was.
"""

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import parse_qs, urlsplit

from jupyter_book.config import get_final_config
from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.docutils import docutils_namespace, patch_docutils
from sphinx.util.typing import ExtensionMetadata
from watchfiles import watch

from coursebook import build
from coursebook.run.execution import CACHE, ChapterError, chapters, execute_stale
from coursebook.run.live import LiveChapters
from coursebook.serve import QuietPages, Server
from coursebook.site import assets
from coursebook.source import contents, extension

OUT = Path("_build/watch")
TREES = Path("_build/.watch-doctrees")
SCRIPT = Path(__file__).with_suffix(".js")
NEWS = "/_watch"  # the address that a page asks for news
PATIENCE = 25.0  # seconds that a page's question waits for an answer before it asks again
DEBOUNCE = 30  # milliseconds in which several saved files count as one change


class News:
    """How many times the site has changed, and what is wrong; pages wait for either to become another."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.version = time.time_ns()  # a command that began again has news for every page
        self.problem = ""

    def tell(self, problem: str = "") -> None:
        """Say that the pages are new, or what keeps them from being so."""
        with self.changed:
            self.version, self.problem = self.version + 1, problem
            self.changed.notify_all()

    def since(self, version: int) -> dict[str, Any]:
        """Return the news that a page which knows this version has not heard, or after some time that there is none."""
        with self.changed:
            self.changed.wait_for(lambda: self.version != version, PATIENCE)
            return {"version": str(self.version), "problem": self.problem}


class WatchedPages(QuietPages):
    """Pages of the site, and the news of it."""

    news: News

    def do_GET(self) -> None:
        """Answer a question for news when there are any; all else as the site's server does."""
        address = urlsplit(self.path)
        if address.path != NEWS:
            super().do_GET()
            return
        known = parse_qs(address.query).get("version", ["0"])[0]
        body = json.dumps(self.news.since(int(known) if known.isdecimal() else 0)).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)


class Book:
    """The book of a folder, and the application that has its pages in memory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.warnings = Warnings()
        config, _ = get_final_config(
            user_yaml=root / "_config.yml",
            cli_config={"latex_individualpages": False, "external_toc_path": (root / contents.TOC).as_posix()},
            sourcedir=root,
        )
        config["nb_execution_cache_path"] = str(root / CACHE)
        config["extensions"].append("coursebook.watch")
        self.app = Sphinx(
            root,
            None,
            root / OUT,
            root / TREES,
            "html",
            config,
            status=None,
            warning=cast(IO[str], self.warnings),
            freshenv=False,
        )
        self.live = LiveChapters()

    def write(self) -> str:
        """Write the pages whose text has changed; return what is wrong with them, an empty string if nothing is."""
        self.warnings.clear()
        try:
            self.app.build()
        except SphinxError as error:
            return str(error)
        return "\n".join(self.warnings).replace(f"{self.root}/", "")

    def save(self, changed: set[Path]) -> str:
        """Bring the site up to date after these files were saved; return what is wrong, or an empty string."""
        try:
            self.live.run([path for path in contents.chapters(self.root) if path in changed], self.root)
        except ChapterError as error:
            return str(error)
        return self.write()


class Warnings(list[str]):
    """What Sphinx warns of, one entry each, as a stream that it can write to."""

    def write(self, text: str) -> int:
        """Take a warning."""
        if text.strip():
            self.append(build.without_colours(text.strip()))
        return len(text)

    def flush(self) -> None:
        """Do nothing: entries are kept until they are cleared."""


def setup(app: Sphinx) -> ExtensionMetadata:
    """Let every page load the script that asks for news: this module is itself a part of the application."""
    assets.copy(app, SCRIPT)
    app.add_js_file(SCRIPT.name, loading_method="defer")
    return extension.metadata()


def is_text(path: Path, root: Path) -> bool:
    """Tell whether a file is text that the application in memory reads again by itself."""
    inside = path.relative_to(root)
    return inside.suffix == ".md" and (len(inside.parts) == 1 or f"{inside.parts[0]}/" in contents.WRITTEN)


def places(root: Path) -> list[Path]:
    """Return the files and folders to watch."""
    return [place for place in build.inputs(root) if place.exists()]


def changes(root: Path) -> Iterator[set[Path]]:
    """Yield the sets of files that were saved, made or removed; files that editors and Python leave do not count."""
    for found in watch(*places(root), debounce=DEBOUNCE * 10, step=DEBOUNCE, raise_interrupt=True):
        paths = {Path(name) for _, name in found}
        # What is gone again was an editor's; only of a page is it news.
        if kept := {path for path in paths if path.suffix == ".md" or path.is_file()}:
            yield kept


def follow(root: Path, book: Book, news: News) -> None:
    """Bring the site up to date after each change, until one needs the command to begin again."""
    for changed in changes(root):
        if not all(is_text(path, root) for path in changed):
            print(f"{min(changed).relative_to(root)} has changed: beginning again.", flush=True)
            return
        begin = time.perf_counter()
        problem = book.save(changed)
        named = ", ".join(sorted(str(path.relative_to(root)) for path in changed))
        print(problem or f"{named}: {time.perf_counter() - begin:.1f} s", flush=True)
        news.tell(problem)


def main() -> int:
    """Build, serve and follow until Ctrl-C; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8000, help="the port on 127.0.0.1 (default: 8000)")
    port = parser.parse_args().port
    root = Path.cwd()
    if not (root / contents.TOC).is_file():
        return build.fail(f"{root} holds no {contents.TOC}. Run this in the book's root folder.")
    news = News()
    try:
        for chapter in execute_stale(chapters(root)):  # its page is read again: else it would keep the old outputs
            (root / TREES / chapter.path.with_suffix(".doctree")).unlink(missing_ok=True)
        running = Server(("127.0.0.1", port), handler(root, news))
    except ChapterError as error:
        print(f"\n{error}\n", file=sys.stderr)
        return build.fail("nothing is shown: fix the chapter named above, then run make watch again.")
    except OSError as error:
        return build.fail(f"port {port}: {error.strerror}. Choose another: make watch PORT={port + 1}")
    except KeyboardInterrupt:
        return 0
    if show(root, port, running, news):
        os.execv(sys.executable, [sys.executable, "-m", "coursebook.watch", "--port", str(port)])
    return 0


def show(root: Path, port: int, running: Server, news: News) -> bool:
    """Serve the book and follow what is saved; return whether the command must begin again, not so after Ctrl-C."""
    # End as after Ctrl-C, kernels and all. Only now: what executes the chapters resets it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with running, patch_docutils(None), docutils_namespace():
        print("reading the pages (about ten seconds the first time) ...", flush=True)
        book = Book(root)
        print(book.write() or f"The book is at http://127.0.0.1:{port}/ and follows what you save (Ctrl-C ends this).")
        sys.stdout.flush()
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            follow(root, book, news)
        except KeyboardInterrupt:
            return False
        finally:
            book.live.close()
            running.shutdown()
    return True


def handler(root: Path, news: News) -> Any:
    """Return what makes an answerer of requests for the site below root."""

    class Here(WatchedPages):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(root / OUT))

    Here.news = news
    return Here


if __name__ == "__main__":
    sys.exit(main())
