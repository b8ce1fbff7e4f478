"""A real browser, and the built book on a server, for the tests that look at pages."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from coursebook.run.lab import MADE
from coursebook.serve import serving
from tests.pages import HTML, LISTEN, MODES, settle
from tests.paths import ROOT


@pytest.fixture(scope="session")
def built() -> Path:
    """Return the folder of the built book, which make test builds first."""
    if not (HTML / "index.html").is_file():
        (pytest.fail if os.environ.get("CI", "").lower() == "true" else pytest.skip)("nothing is built: make book")
    return HTML


@pytest.fixture(scope="session")
def made() -> Path:
    """Return the folder of the notebooks that the build made."""
    folder = ROOT / MADE
    if not folder.is_dir():
        (pytest.fail if os.environ.get("CI", "").lower() == "true" else pytest.skip)("nothing is built: make book")
    return folder


@pytest.fixture(scope="session")
def site(built) -> Iterator[str]:
    """Serve the built book as `make serve` does, and give its address."""
    with serving(built) as address:
        yield address


def missing_browser():
    """Say why there is no browser to look with, or return an empty string."""
    try:
        import playwright.sync_api  # noqa: F401 - is it there?
    except ImportError:
        return "the package playwright is not installed"
    return "" if browser_path() else "no Chromium found; set CHROMIUM to the path of one"


def browser_path():
    """Return the path of a Chromium, its headless shell first: it draws the same pages in less time."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")  # while Playwright runs, no other test of its process can use asyncio
def browser():
    if why := missing_browser():
        # A gate that skips itself on the machine that guards the book is no gate.
        (pytest.fail if os.environ.get("CI", "").lower() == "true" else pytest.skip)(why)
    from playwright.sync_api import sync_playwright

    switches = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser_path(), args=switches)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Return a function that serves a folder as `make serve` does, under the strict policy, and returns its address."""
    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(serving(Path(folder))).rstrip("/")


@pytest.fixture(scope="module")
def in_browser(browser, serve):
    """Return a function of an explorable's name, one of its maths functions and rows of arguments: the results.

    Numbers that JSON does not know, nan and the infinities, come back as Python's.
    """
    from lrlib.explorables import FOLDER

    tab = browser.new_page()
    tab.goto(serve(FOLDER))

    def call(name, function, rows):
        script = """async ([name, f, rows]) => {
            const { maths } = await import(`/${name}.js`);
            return rows.map((row) => maths[f](...row));
        }"""
        return tab.evaluate(script, [name, function, [list(map(float, row)) for row in rows]])

    yield call
    tab.close()


# As the page was when it came: for the next test.
PUT_BACK = """name => {
  document.querySelector(`lr-${name}`).reset();
  history.replaceState(null, "", location.pathname);
  document.activeElement.blur();
  scrollTo(0, 0);
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


@pytest.fixture(scope="module")
def figures(browser) -> Iterator[Callable[[Path, str], Any]]:
    """Return a function of a page and an explorable's name that returns a tab with the page, without animations.

    A chapter takes most of a second to open, so the tests of a module share a tab for each figure, put back as it was.
    """
    tabs: dict[tuple[Path, str], Any] = {}

    def tab_with(page: Path, name: str) -> Any:
        tab = tabs.get((page, name))
        if tab is None:
            tab = tabs[page, name] = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
            tab.goto(page.as_uri())
            tab.wait_for_selector(f"lr-{name}:defined", state="attached")
            settle(tab)
        tab.emulate_media(media="screen", reduced_motion="reduce")
        tab.evaluate(PUT_BACK, name)
        tab.locator(f"lr-{name}").scroll_into_view_if_needed()
        return tab

    yield tab_with
    for tab in tabs.values():
        tab.close()


@pytest.fixture
def touch(built, figures):
    """Return a function of a chapter and an explorable's name that returns the figure's element in its open page."""
    return lambda chapter, name: figures(built / f"chapters/{chapter}.html", name).locator(f"lr-{name}")


@pytest.fixture(scope="module")
def alone(browser, tmp_path_factory) -> Iterator[Callable[..., Any]]:
    """Return a function of an explorable's name that returns its element in a page of its own, without animations.

    What it computes and shows can so be tested before any chapter has it.
    """
    from lrlib.explorables import notebook_html

    tabs: dict[str, Any] = {}

    def element(name: str, width: int = 1280) -> Any:
        if name not in tabs:
            path = tmp_path_factory.mktemp(name) / "page.html"
            body = f'<body style="margin: 16px; font-family: sans-serif">{notebook_html(name, {}, "key")}'
            path.write_text(f'<!doctype html><meta charset="utf-8"><title>{name}</title>{body}', encoding="utf-8")
            tabs[name] = browser.new_page(reduced_motion="reduce")
            tabs[name].goto(path.as_uri())
            tabs[name].wait_for_selector(f"lr-{name}:defined .lr-stage", state="attached")
        tabs[name].set_viewport_size({"width": width, "height": 900})
        tabs[name].evaluate(PUT_BACK, name)
        return tabs[name].locator(f"lr-{name}")

    yield element
    for tab in tabs.values():
        tab.close()


@pytest.fixture
def shown():
    """Return a function that sets numbers of an explorable's state and returns the words that it then shows."""

    def read(element, **changes):
        element.evaluate("(element, changes) => element.set(changes)", changes)
        element.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        rows = element.locator(".lr-readout tr")
        table = [row.locator("th, td").all_inner_texts() for row in rows.all()]
        return table, element.locator(".lr-stage").get_attribute("aria-label")

    return read


@pytest.fixture(scope="module")
def looking(browser) -> Callable[[str], Any]:
    """Return a function from the name of a mode to a browser context that all tests of the module share."""
    contexts: dict[str, Any] = {}

    def context(mode: str) -> Any:
        if mode not in contexts:
            contexts[mode] = browser.new_context(**MODES[mode])
            contexts[mode].add_init_script(LISTEN)
        return contexts[mode]

    return context


@pytest.fixture(scope="module")
def record(looking, site, tmp_path_factory) -> Callable[[str, str], Any]:
    """Return a function of a page and a mode that returns the record of its visit (tests/coursebook/site/visits.py)."""
    from tests.coursebook.site.visits import recorded

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    return lambda page, mode: recorded(shared / "visits", looking, site, page, mode)
