"""`make watch`: what is saved is on the page, soon, and what is wrong is said and loses nothing."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.coursebook import course
from tests.pages import eventually

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("watch")]

CHAPTER = "chapters/means.md"


@dataclass
class Watched:
    """A course that is watched, and what its pages would hear."""

    folder: Path
    address: str
    process: subprocess.Popen[str]
    version: str = "0"
    known: str = "0"  # the version before that

    def page(self, name: str = "chapters/means.html") -> str:
        with urlopen(self.address + name) as answer:
            return answer.read().decode()

    def news(self) -> dict[str, str]:
        """Wait for news, as a page does."""
        for _ in range(100):
            try:
                with urlopen(f"{self.address}_watch?version={self.version}") as answer:
                    told = json.load(answer)
                break
            except (URLError, ConnectionError):  # the command begins again
                time.sleep(0.1)
        self.known, self.version = self.version, told["version"]
        return told

    def edit(self, old: str, new: str, name: str = CHAPTER) -> dict[str, str]:
        """Change a file, and return the news of it."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return self.news()


@pytest.fixture(scope="module")
def watched(tmp_path_factory) -> Iterator[Watched]:
    """Watch a small course as `make watch` does."""
    folder = course.write(tmp_path_factory.mktemp("watched"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "coursebook.watch", "--port", str(port)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    here = Watched(folder, f"http://127.0.0.1:{port}/", process)
    try:
        for line in process.stdout:
            if line.startswith("The book is at"):
                break
        else:
            pytest.fail("the command ended before it served the book")
        here.news()
        yield here
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


def test_a_saved_sentence_is_on_the_page(watched):
    """Catches a page that waits for the next `make book`, and one that is told of before it is written."""
    assert "watch.js" in watched.page()
    assert watched.edit("shared out:", "shared out evenly:")["problem"] == ""
    assert "shared out evenly:" in watched.page()


def test_an_editor_that_saves_through_another_file_does_not_make_it_begin_again(watched):
    """Catches a command that begins anew at each save of vim or sed, which write a second file and rename it."""
    path = watched.folder / CHAPTER
    aside = path.with_name("sedXyZ12")
    aside.write_text(path.read_text(encoding="utf-8").replace("evenly:", "fairly:"), encoding="utf-8")
    aside.replace(path)
    assert int(watched.news()["version"]) - int(watched.known) == 1
    assert "shared out fairly:" in watched.page()


def test_changed_code_runs_from_its_cell_on_and_make_book_runs_it_anew(watched):
    """Catches an old output under new code, and a draft's output that passes for a clean run's."""
    from coursebook.run.execution import chapters, get_cache, is_fresh

    assert watched.edit("the mean is {mean([1, 2, 6]):.1f}", "the mean was {mean([1, 2, 9]):.1f}")["problem"] == ""
    assert "the mean was 4.0" in watched.page()
    [chapter] = chapters(watched.folder)
    assert not is_fresh(chapter, get_cache(str(watched.folder / "_build/.jupyter_cache")))


def test_a_cell_that_fails_is_named_and_the_page_stays_until_it_is_right(watched):
    """Catches a blank page, an error that only the terminal shows, and a kernel that does not recover."""
    before = watched.page()
    told = watched.edit("from meanlib import mean\n", "from meanlib import mean\n\n1 / 0\n")
    assert "chapters/means.md" in told["problem"]
    assert "ZeroDivisionError" in told["problem"]
    assert watched.page() == before
    assert watched.edit("\n1 / 0\n", "")["problem"] == ""


def test_a_warning_of_the_page_is_told(watched):
    """Catches a broken link that is seen only when the strict build fails."""
    told = watched.edit("# The mean\n", "# The mean\n\nSee {ref}`nowhere`.\n")
    assert "nowhere" in told["problem"]
    assert watched.edit("\nSee {ref}`nowhere`.\n", "")["problem"] == ""


def test_a_change_of_the_library_begins_again_and_is_on_the_page(watched):
    """Catches a chapter that keeps the outputs of an old library, and a server that does not come back."""
    watched.edit("sum(x) / len(x)", "sum(x) / len(x) + 1", "meanlib/__init__.py")
    eventually(lambda: "the mean was 5.0" in watched.page(), seconds=60)


def test_the_command_ends_with_its_kernels(watched):
    """Catches processes that stay behind. (The last test: it ends the command.)"""
    watched.process.terminate()
    assert watched.process.wait(timeout=20) == 0


def test_a_port_that_is_taken_is_named_with_another(tmp_path):
    """Catches a traceback where one line helps."""
    course.write(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "coursebook.watch", "--port", str(port)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert f"make watch PORT={port + 1}" in done.stderr
    assert "Traceback" not in done.stderr
