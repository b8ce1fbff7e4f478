"""Build the book into _build/html: execute what changed, then let Jupyter Book write the site, strictly.

    python -m coursebook.build            what `make book` calls

A warning is an error. A failed or interrupted build is never taken for a finished one: the next run starts the pages
again, while the outputs of chapters that did execute are kept.
"""

import contextlib
import hashlib
import importlib
import io
import json
import re
import shutil
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TextIO

from coursebook.source import contents, repository

BUILD = Path("_build")
HTML = BUILD / "html"
STAMP = BUILD / ".built.json"
# Everything that a page can show or that can change how it looks.
SETTINGS = ("_config.yml", "_toc.yml", "CITATION.cff", "constraints.txt")
FOLDERS = ("book", "chapters", "assignments", "tests/claims")
MACHINERY = Path(__file__).resolve().parent


def main() -> int:
    """Build the book of the current folder; return the exit status."""
    root = Path.cwd()
    if not (root / "_toc.yml").is_file():
        return fail(f"{root} holds no _toc.yml. Run this in the book's root folder.")
    try:
        return build(root)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return fail(f"{error.strerror or error}{where}. Is _build a folder that you may write to, on a disk with room?")
    except KeyboardInterrupt:
        return fail("interrupted. Run make book again: chapters that were executed are not executed again.")


def build(root: Path) -> int:
    """Execute, build and report; only one build of a folder at a time."""
    before = inputs_hash(root)
    if up_to_date(root, before):
        print(f"nothing changed since the last build.\n{how_to_open(root)}")
        return 0
    from filelock import FileLock, Timeout  # what follows is slow to import: only when there is something to do

    (root / BUILD).mkdir(exist_ok=True)
    try:
        with FileLock(root / BUILD / ".lock", timeout=0):
            return locked_build(root, before)
    except Timeout:
        return fail("another build of this folder is running. Wait for it, then run make book again.")


def locked_build(root: Path, before: str) -> int:
    """Do the work of build(), with the lock held."""
    from coursebook.site import patches

    patches.skip_web_address_grammars()
    from sqlalchemy.exc import SQLAlchemyError

    from coursebook.paper import downloads
    from coursebook.run.execution import CACHE, ChapterError, chapters, execute_stale

    begin = time.perf_counter()
    (root / STAMP).unlink(missing_ok=True)
    # Kernels keep one core busy each, and this process only waits for them.
    threading.Thread(target=prepare_pages, args=(root,), daemon=True).start()
    try:
        execute_stale(chapters(root))
    except SQLAlchemyError as error:
        reason = str(error).splitlines()[0]
        return fail(f"the outputs in {CACHE} cannot be read or written: {reason}. Is the disk full? Else: make clean")
    except ChapterError as error:
        print(f"\n{error}\n", file=sys.stderr)
        return fail("the book was not built: fix the chapter named above, then run make book again.")
    executed = time.perf_counter()
    if (root / "assignments").is_dir():
        from coursebook.source import assignment_pages  # needs the grader, which not every book has

        assignment_pages.write(root)
    downloads.offer(root, root / HTML, before)
    if problems := write_pages(root):
        print("\nthe pages have these problems:\n" + "\n".join(problems) + "\n", file=sys.stderr)
        return fail("the book was not built: fix what is listed above, then run make book again.")
    write_stamp(root, before)
    pages = time.perf_counter() - executed
    print(f"\nchapters {executed - begin:.1f} s, pages {pages:.1f} s.\n{how_to_open(root)}")
    return 0


def prepare_pages(root: Path) -> None:
    """Do ahead what writing the pages would do first: import the features, try the formulas that have changed.

    A problem is not reported: what is missing is done again by who needs it, and reported there.
    """
    with contextlib.suppress(Exception):
        for feature in sys.modules[__package__].FEATURES:
            importlib.import_module(feature)
        from coursebook.claims.card import trials

        trials.known(root)


def write_pages(root: Path) -> list[str]:
    """Run Jupyter Book on executed chapters; return its warnings and errors, an empty list where all is well."""
    unfinished = root / BUILD / ".unfinished"
    if unfinished.exists():  # Sphinx warns about a page only when it reads it: read all pages again
        shutil.rmtree(root / BUILD / ".doctrees", ignore_errors=True)
    unfinished.touch()
    # In this process, which has most of its imports already: a second one would take two seconds more to begin.
    from jupyter_book.cli.main import main as jupyter_book

    log = JupyterBookLog(sys.stdout)
    try:
        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            jupyter_book(["build", str(root), "-nW", "--keep-going"], standalone_mode=False)
    except OSError:
        raise
    except (Exception, SystemExit):  # jupyter-book exits on warnings, and wraps whatever its extensions raise
        problems = [line for line in log.lines if re.search(r"\b(WARNING|ERROR|CRITICAL)\b", line)]
        return [
            line.replace(f"{root}/", "")
            for line in problems or log.lines[-40:] or traceback.format_exc(limit=-3).split("\n")
        ]
    unfinished.unlink()
    return []


def without_colours(text: str) -> str:
    """Return what was printed for a terminal without the codes of its colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


class JupyterBookLog(io.TextIOBase):
    """Keeps all that Jupyter Book prints, without colours, and shows the lines that tell how far it is."""

    def __init__(self, screen: TextIO) -> None:
        self.screen, self.unfinished = screen, ""
        self.lines: list[str] = []

    def write(self, text: str) -> int:
        """Take some output; a line counts when it is complete."""
        *lines, self.unfinished = re.split(r"[\r\n]", self.unfinished + without_colours(text))
        for line in filter(None, map(str.rstrip, lines)):
            self.lines.append(line)
            if re.match(r"(building|reading|writing|updating|Running)", line):
                print(f"  {line[:110]}", file=self.screen, flush=True)
        return len(text)


def inputs(root: Path) -> list[Path]:
    """Return the files and folders that the site is made from: the text, the packages it imports, this machinery."""
    packages = {package.name: package for package in contents.packages(root)}
    named = [root / name for name in (*SETTINGS, "index.md", *FOLDERS)]
    return [*named, *({MACHINERY.name: MACHINERY} | packages).values()]


def inputs_hash(root: Path) -> str:
    """Return a hash of everything that the site is made from: names, contents, and the repository it leads to."""

    digest = hashlib.sha256(f"{sys.version} {repository.find(root)}".encode())
    for place in inputs(root):
        for file in [place] if place.is_file() else sorted(place.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{place.name}/{file.relative_to(place)}".encode() + b"\0")
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def outputs(root: Path) -> list[list[object]]:
    """Return name, size and time of every file of the site: a page deleted or changed by hand is built again."""
    files = sorted(file for file in (root / HTML).rglob("*") if file.is_file())
    return [[str(f.relative_to(root / HTML)), f.stat().st_size, f.stat().st_mtime_ns] for f in files]


def write_stamp(root: Path, inputs: str) -> None:
    """Note that the site is whole, and made from these inputs."""
    (root / STAMP).write_text(json.dumps({"inputs": inputs, "outputs": outputs(root)}))


def up_to_date(root: Path, inputs: str) -> bool:
    """Was the site built from exactly these inputs, and is it all still there?"""
    try:
        stamp = json.loads((root / STAMP).read_text())
    except (OSError, ValueError):
        return False
    return bool(stamp.get("inputs") == inputs and stamp.get("outputs") == outputs(root))


def how_to_open(root: Path) -> str:
    """Return the two ways to read the book."""
    return f"Read it: open {root / HTML / 'index.html'}\n     or: make serve"


def fail(message: str) -> int:
    """Say what went wrong in one line; return the exit status."""
    print(f"error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
