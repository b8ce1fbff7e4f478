"""What the tests of the built site share: its pages, the ways to look at them, and what a visit leaves behind."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup

from tests.paths import ROOT

HTML = ROOT / "_build/html"


def _pages() -> list[str]:
    """Return all pages, which must be known before a test runs; pages that only lead on to another are left out."""
    found = [page for page in sorted(HTML.rglob("*.html")) if "_static" not in page.relative_to(HTML).parts]
    leads_on = re.compile(rb"<meta http-equiv=.?refresh", re.I)
    return [str(page.relative_to(HTML)) for page in found if not leads_on.search(page.read_bytes()[:2000])]


PAGES = _pages() or ["none"]  # without a built book one name stands for those that are missing
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")] or ["none"]

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
MODES: dict[str, dict[str, Any]] = {
    "light": {"viewport": DESK, "color_scheme": "light"},
    "dark": {"viewport": DESK, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "color_scheme": "light"},
}
every_page = pytest.mark.parametrize("page", PAGES)
every_mode = pytest.mark.parametrize("mode", MODES)

# Runs in each page before anything of its own: keeps what the browser tells only while it happens.
LISTEN = """
window.violations = []
window.shifts = []
addEventListener('securitypolicyviolation', event =>
  violations.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`))
new PerformanceObserver(list => {
  for (const shift of list.getEntries()) if (!shift.hadRecentInput)
    shifts.push([shift.value, ...shift.sources.map(({node}) => `${node?.nodeName}.${node?.className ?? ''}`)])
}).observe({type: 'layout-shift', buffered: true})
"""
# Down to the end, a screen at a time, as a reader would; then wait for the figures that came into view. Nothing here
# waits without end: a tab that the browser does not draw has no frames.
SCROLL = """async () => {
  const soon = milliseconds => new Promise(done => setTimeout(done, milliseconds))
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) { scrollTo(0, y); await soon(20) }
  const shown = [...document.images].filter(image => image.checkVisibility())
  await Promise.race([soon(3000), Promise.all(shown.map(image => image.decode().catch(() => null)))])
  await soon(50)
}"""

# Boxes that scroll are given to the keyboard: they are seen to change after a frame, and measured when the browser
# has nothing else to do; once at first, and again with the fonts. A busy machine may take seconds for each of it.
SETTLE = """async () => {
  const soon = (milliseconds, happens = () => {}) => Promise.race([
    new Promise(happens), new Promise(done => setTimeout(done, milliseconds))])
  for (let turn = 0; turn < 3; turn++) {
    await soon(20000, done => requestAnimationFrame(() => requestAnimationFrame(done)))
    await soon(20000, requestIdleCallback)
    await document.fonts.ready
  }
}"""

# What would move, or slide, or scroll smoothly.
MOVING = """() => [...document.querySelectorAll('*')].flatMap(element => [null, '::before', '::after'].map(part => {
  const style = getComputedStyle(element, part)
  const longest = list => Math.max(...list.split(',').map(parseFloat))
  const moves = style.animationName !== 'none' && longest(style.animationDuration) > 0.01
  const slides = style.transitionProperty !== 'none' && longest(style.transitionDuration) > 0.01
  const scrolls = !part && style.scrollBehavior === 'smooth'
  return moves || slides || scrolls ? `${element.nodeName}.${element.getAttribute('class') ?? ''}${part ?? ''}` : ''
})).filter(Boolean)"""


@cache
def soup(page: Path) -> BeautifulSoup:
    """Return the page as a tree."""
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


@cache
def glued(chapter: str) -> dict[str, str]:
    """Return what the cells of a chapter hand over to its sentences, by key, from its reviewed outputs."""
    notebook = nbformat.read(ROOT / f"tests/references/{chapter}.ipynb", as_version=4)
    return {
        output["metadata"]["scrapbook"]["name"]: next(iter(output["data"].values())).strip("'")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "scrapbook" in output.get("metadata", {})
    }


@cache
def ids(page: Path) -> frozenset[str]:
    """Return the ids of the page, the places that a link can lead to."""
    return frozenset(tag["id"] for tag in soup(page).find_all(id=True))


@dataclass
class Visit:
    """A page in the browser, and what was said and asked for on the way."""

    tab: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def foreign(self, site: str) -> list[str]:
        """Return the addresses that were asked for outside the site."""
        return [url for url in self.asked if not url.startswith((site, "data:", "blob:"))]


def visit(context: Any, address: str) -> Visit:
    """Open the address in a tab of its own, which the caller closes."""
    made = Visit(context.new_page())
    tab = made.tab
    tab.on("console", lambda message: made.said.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: made.said.append(str(error)))
    tab.on("request", lambda request: made.asked.append(request.url))
    tab.on("requestfailed", lambda request: made.failed.append(request.url))
    tab.on("response", lambda answer: made.failed.append(answer.url) if answer.status >= 400 else None)
    tab.goto(address)
    return made


def settle(tab: Any) -> None:
    """Wait until boxes that scroll can take the focus; not for a tab without scripts, whose clocks stand still."""
    tab.evaluate(SETTLE)


def eventually(read: Callable[[], Any], holds: Callable[[Any], bool] = bool, seconds: float = 20) -> Any:
    """Read again and again until what was read holds, and return it; AssertionError when the time is up.

    For what a page does after a pause: a fixed wait is too short on a busy machine, and too long on all others. Ask the
    page, by evaluate or a locator: what Playwright remembers of it, like tab.url, stands still meanwhile.
    """
    end = time.monotonic() + seconds
    while not holds(found := read()):
        assert time.monotonic() < end, f"after {seconds} s it is still {found!r}"
        time.sleep(0.05)
    return found


def open_all_details(tab: Any) -> None:
    """Unfold every solution, answer and listing of the page."""
    tab.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
