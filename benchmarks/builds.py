"""Time the build beside a plain jupyter-book build of the same tree, and print the tables that the README quotes.

    python -m benchmarks.builds [--runs 3] [--only WORD ...]      what `make bench` calls; about five minutes

Works on copies in a temporary folder, with the installed packages. The two ways are timed in turn in one run, so that
a busy machine is busy for both; quoted are medians. `make watch` is timed from the moment at which a chapter is saved
to the moment at which Chromium shows the page with the change.
"""

import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import lighthouse
from coursebook import build
from coursebook.source import assignment_pages

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [str(path.relative_to(ROOT)) for path in build.inputs(ROOT)]
OURS = [sys.executable, "-m", "coursebook.build"]
PLAIN = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", ".", "-nW", "--keep-going"]
Edit = Callable[[Path], None]
WATCHED = "chapters/sigmoid.md"
CELL = "use_style()"  # a line of one of its cells
WARM = 1  # changes of each kind before the clock counts: the first code starts a kernel


def main() -> int:
    """Run the benchmark; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="how often each step is timed (default: 3)")
    parser.add_argument("--only", nargs="+", default=[""], metavar="WORD", help="only the steps with such a word")
    options = parser.parse_args()
    runs = options.runs
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    executed: dict[str, str] = {}
    try:
        for number in range(1, runs + 1):
            print(f"run {number} of {runs} ...", file=sys.stderr, flush=True)
            one_run(number, options.only, times, executed)
    except subprocess.CalledProcessError as error:
        print(f"error: a build failed:\n{error.output[-2000:]}", file=sys.stderr)
        return 1
    print(table(times, executed, runs))
    print(watch_table(times))
    return 0


def one_run(number: int, words: list[str], times: dict[tuple[str, str], list[float]], executed: dict[str, str]) -> None:
    """Time every step that has one of the words once, in two fresh copies of the tree."""
    with tempfile.TemporaryDirectory() as folder:
        ours, plain = Path(folder) / "ours", Path(folder) / "plain"
        for copy in (ours, plain):
            copy_tree(copy)
        for step, edit in steps(number).items():
            if not any(word in step for word in words):
                continue
            edit(ours)
            seconds, output = timed(OURS, ours)
            times[step, "ours"].append(seconds)
            executed[step] = executed_chapters(output)
            edit(plain)
            assignment_pages.write(plain)  # Jupyter Book does not make these pages
            times[step, "plain"].append(timed(PLAIN, plain)[0])
            print(f"  {step}: {times[step, 'ours'][-1]:.1f} s, {times[step, 'plain'][-1]:.1f} s", file=sys.stderr)
        for step, seconds in watch_times(ours) if any(word in "watch" for word in words) else ():
            times[step, "watch"].append(seconds)
            print(f"  make watch, {step}: {seconds:.1f} s", file=sys.stderr)


def steps(number: int) -> dict[str, Edit]:
    """Return what is timed, in order: its name, and what is done to the tree before."""
    return {
        "from nothing": lambda tree: shutil.rmtree(tree / "_build", ignore_errors=True),
        "no change": lambda tree: None,
        "a sentence of one chapter": appends("chapters/sigmoid.md", f"\nThe benchmark adds sentence {number}.\n"),
        "a code cell of one chapter": replaces("chapters/sigmoid.md", "use_style()", f"use_style()  # {number}"),
        "one module of lrlib (divergences)": appends("lrlib/divergences.py", f"# {number}\n"),
        "one module of lrlib (functions)": appends("lrlib/functions.py", f"# {number}\n"),
    }


def appends(name: str, text: str) -> Edit:
    """Return an edit that adds text at the end of a file."""
    return lambda tree: replace_text(tree / name, lambda old: old + text)


def replaces(name: str, old: str, new: str) -> Edit:
    """Return an edit that replaces the first occurrence of some text in a file."""
    return lambda tree: replace_text(tree / name, lambda text: text.replace(old, new, 1))


def replace_text(file: Path, change: Callable[[str], str]) -> None:
    """Change the text of a file."""
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")


def copy_tree(folder: Path) -> None:
    """Copy what a build reads."""
    folder.mkdir()
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)


def timed(command: list[str], folder: Path) -> tuple[float, str]:
    """Run a command; return its seconds and what it printed. CalledProcessError if it fails."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}  # the copy's lrlib, not the installed one
    begin = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    )
    return time.perf_counter() - begin, done.stdout


def watch_times(tree: Path, chapter: str = WATCHED, line: str = CELL) -> Iterator[tuple[str, float]]:
    """Yield the seconds from a saved change to the page that shows it, for a sentence and for code, three times each.

    line: one of a cell of the chapter; the code that is added follows it.
    """
    steps: dict[str, Callable[[str], Edit]] = {
        "a sentence": lambda mark: appends(chapter, f"\nThe benchmark adds {mark}.\n"),
        "a code cell": lambda mark: replaces(chapter, line, f"{line}\nprint('{mark}')"),
    }
    from playwright.sync_api import sync_playwright

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    command = [sys.executable, "-m", "coursebook.watch", "--port", str(port)]
    with (
        sync_playwright() as playwright,
        subprocess.Popen(command, cwd=tree, env=environment, stdout=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        while "The book is at" not in process.stdout.readline():
            if process.poll() is not None:
                raise subprocess.CalledProcessError(process.returncode, command, "make watch ended")
        browser = playwright.chromium.launch(executable_path=lighthouse.chromium(), args=["--no-sandbox"])
        tab = browser.new_page()
        tab.goto(f"http://127.0.0.1:{port}/{chapter.replace('.md', '.html')}")
        tab.wait_for_function("fetch('/_watch?version=0').then(() => true)")
        for step, edit in steps.items():
            for number in range(WARM + 3):
                mark = f"{step.split()[-1]}mark{number}"
                begin = time.perf_counter()
                edit(mark)(tree)
                tab.wait_for_function("mark => document.body?.textContent.includes(mark)", arg=mark, timeout=60_000)
                if number >= WARM:
                    yield step, time.perf_counter() - begin
        browser.close()
        process.terminate()


def watch_table(times: dict[tuple[str, str], list[float]]) -> str:
    """Return the medians of `make watch` as a sentence, an empty one where it was not timed."""
    found = [f"{step} {statistics.median(t):.1f} s" for (step, way), t in times.items() if way == "watch"]
    return f"\nFrom saving to the screen with `make watch`: {', '.join(found)}." if found else ""


def executed_chapters(output: str) -> str:
    """Return how many chapters a build executed, as it says itself."""
    found = re.search(r"executing (\d+) of (\d+) chapters", output)
    return f"{found[1]} of {found[2]}" if found else "none"


def table(times: dict[tuple[str, str], list[float]], executed: dict[str, str], runs: int) -> str:
    """Return the medians and their ratios as a Markdown table."""
    rows = ["| After a change of | make book | executed | plain jupyter-book | ratio |", "|---|---:|---:|---:|---:|"]
    for step, chapters in executed.items():
        ours, plain = (statistics.median(times[step, way]) for way in ("ours", "plain"))
        rows.append(f"| {step} | {ours:.1f} s | {chapters} | {plain:.1f} s | {ours / plain:.2f} |")
    rows.append("")
    rows.append(f"Medians of {runs} runs, {os.cpu_count()} cores, Python {sys.version.split()[0]}.")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
