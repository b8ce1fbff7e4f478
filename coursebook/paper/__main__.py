"""Make the whole book as one file, from the built site: a PDF to print, an EPUB for e-readers.

    python -m coursebook.paper pdf            what `make pdf` calls; needs Chromium
    python -m coursebook.paper epub           what `make epub` calls
    python -m coursebook.paper pdf epub

The files go to _build/paper and, for the site's readers, to _build/html/downloads. SOURCE_DATE_EPOCH, if set, dates
them.
"""

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from coursebook import build
from coursebook.paper.downloads import KINDS, file_of, made, megabytes, offer, remember


def main(arguments: list[str] | None = None) -> int:
    """Make what is asked for; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("format", nargs="+", choices=KINDS, help="pdf or epub, or both")
    wanted = list(dict.fromkeys(parser.parse_args(arguments).format))
    root = Path.cwd()
    if not (root / "_toc.yml").is_file():
        return build.fail(f"{root} holds no _toc.yml. Run this in the book's root folder.")
    inputs = build.inputs_hash(root)
    if not build.up_to_date(root, inputs):
        return build.fail("the site is not built, or not from the present sources. Run make book first.")
    done = made(root, inputs)
    if not set(wanted) - set(done):
        for kind in wanted:
            print(f"{file_of(root, kind).relative_to(root)}: nothing changed since it was made.")
        return 0
    return _make_alone(root, inputs, [kind for kind in wanted if kind not in done])


def _make_alone(root: Path, inputs: str, kinds: list[str]) -> int:
    """Make the files while no other build of the folder runs, and put them on the site."""
    from filelock import FileLock, Timeout  # what follows is slow to import: only when there is something to do

    from coursebook.paper.pages import PaperError

    try:
        with FileLock(root / build.BUILD / ".lock", timeout=0):
            for kind in kinds:
                _make(root, kind)
                remember(root, [*made(root, inputs), kind], inputs)
            offer(root, root / build.HTML, inputs)
            if problems := build.write_pages(root):  # those with links to the files
                return build.fail("the pages that lead to the files could not be written:\n" + "\n".join(problems))
            build.write_stamp(root, inputs)
    except Timeout:
        return build.fail("another build of this folder is running. Wait for it, then run this again.")
    except PaperError as error:
        return build.fail(str(error))
    except OSError as error:
        return build.fail(f"{error.strerror or error}. Is _build a folder that you may write to, on a disk with room?")
    except KeyboardInterrupt:
        return build.fail("interrupted. Run this again.")
    return 0


def _make(root: Path, kind: str) -> None:
    from coursebook.paper.epub import write_epub
    from coursebook.paper.pages import assemble
    from coursebook.paper.pdf import write_pdf

    begin = time.perf_counter()
    say(f"{kind}: reading the pages of the site")
    book = assemble(root, root / build.HTML)
    for link in book.lost:
        say(f"without a link on paper: {link}")
    target = file_of(root, kind)
    unfinished = target.with_name(f".unfinished-{target.name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    when = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH") or time.time()), UTC)
    if kind == "pdf":
        size = f"{write_pdf(book, root, unfinished, when, say)} pages"
    else:
        size = f"{write_epub(book, root, unfinished, when)} chapters and lists"
    unfinished.replace(target)
    print(f"{target.relative_to(root)}: {size}, {megabytes(target)}, {time.perf_counter() - begin:.0f} s.", flush=True)


def say(text: str) -> None:
    """Show how far it is."""
    print(f"  {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
