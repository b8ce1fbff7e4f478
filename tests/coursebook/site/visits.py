"""What one visit of a page sees, recorded: each page is opened once in each mode, and the tests read the record.

The records of a run lie beside its temporary folders, where all of its processes find them. A planted page is visited
by the same function, `look`.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from filelock import FileLock

from tests.pages import MODES, PHONE, SCROLL, open_all_details, settle, visit

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Which rules look at colours. On a page of ten thousand elements the contrast of each takes most of the time, and most
# are alike: it is measured once for each set of text colour, backgrounds, size and weight, and what was found right on
# one page (known) is not measured on the next.
COLOURS = ["color-contrast", "link-in-text-block"]
AXE = """async ({tags, colours, all, known}) => {
  const grounds = new Map([[null, '']])
  const ground = element => {
    if (!grounds.has(element)) {
      const style = getComputedStyle(element)
      const own = style.backgroundColor + style.backgroundImage + style.opacity
      grounds.set(element, ground(element.parentElement) + (own === 'rgba(0, 0, 0, 0)none1' ? '' : own))
    }
    return grounds.get(element)
  }
  const kinds = new Map()
  for (const element of document.body.querySelectorAll('*')) {
    const words = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
    if (!words || !element.checkVisibility()) continue
    const style = getComputedStyle(element)
    const kind = [style.color, style.fontSize, style.fontWeight, ground(element)].join()
    if (!kinds.has(kind)) kinds.set(kind, element)
  }
  const options = {resultTypes: ['violations'], elementRef: false}
  const runs = [], fresh = [...kinds].filter(([kind]) => !known.includes(kind))
  if (fresh.length) runs.push(await axe.run({include: fresh.map(([, element]) => element)},
    {...options, runOnly: {type: 'rule', values: colours}}))
  const right = !runs.some(run => run.violations.length)
  if (all) runs.push(await axe.run(document, {...options, runOnly: {type: 'tag', values: tags},
    rules: Object.fromEntries(colours.map(rule => [rule, {enabled: false}]))}))
  return {right: right ? fresh.map(([kind]) => kind) : [], found: runs.flatMap(run => run.violations).map(
    ({id, nodes}) => `${id}: ${nodes.length} times, first at ${nodes[0].target.join(' ')}`)}
}"""

# Formulas that are wider than their line.
WIDE = """change => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(change);
  document.adoptedStyleSheets.push(sheet);
  const wide = [...document.querySelectorAll("main .formula")]
    .filter((formula) => formula.scrollWidth > formula.clientWidth + 1)
    .map((formula) => formula.firstElementChild.getAttribute("alttext"));
  document.adoptedStyleSheets.pop();
  return wide;
}"""

# Lines that begin or end with the punctuation of a formula.
TORN = """change => {
  const sheet = new CSSStyleSheet(), range = document.createRange();
  sheet.replaceSync(change);
  document.adoptedStyleSheets.push(sheet);
  const box = (text, at) => {
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    return range.getBoundingClientRect();
  };
  const torn = [];
  for (const formula of document.querySelectorAll("main span.math")) {
    const boxes = [...formula.querySelectorAll("math, mrow")].map((part) => part.getBoundingClientRect());
    const parts = boxes.filter(({ width }) => width);
    const [before, after] = [formula.previousSibling, formula.nextSibling];
    if (!parts.length || !parts[0].width) continue; // in a closed box
    if (after?.nodeType === Node.TEXT_NODE && /^[^\\s\\w]/.test(after.data)
      && box(after, 0).left < parts.at(-1).right - 2) torn.push(after.data.slice(0, 9));
    if (before?.nodeType === Node.TEXT_NODE && /[^\\s\\w]$/.test(before.data)
      && box(before, before.data.length - 1).right > parts[0].left + 2) torn.push(before.data.slice(-9));
  }
  document.adoptedStyleSheets.pop();
  return torn;
}"""


@dataclass
class Record:
    """A visit: what the page said, asked for and looked like."""

    said: list[str]
    failed: list[str]
    asked: list[str]
    violations: list[str]  # of the policy
    shifts: list[Any]  # while it was scrolled from its top to its end
    widths: dict[str, int]  # of the window: what the page needs in it
    early_fonts: list[str]  # the addresses of fonts that are asked for before the first paint
    fonts: list[str]  # of all that were asked for while boxes were closed
    formulas: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[str, Any] = field(default_factory=dict)
    barriers: list[str] = field(default_factory=list)
    place: str = ""  # what the address says behind its #, after all of this

    def foreign(self, site: str) -> list[str]:
        """Return the addresses that were asked for outside the site."""
        return [url for url in self.asked if not url.startswith((site, "data:", "blob:"))]


class Colours:
    """The kinds of text whose colours were found right, in a file that all processes of a run share."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def known(self) -> list[str]:
        """Return them."""
        return self.file.read_text(encoding="utf-8").splitlines() if self.file.is_file() else []

    def add(self, kinds: list[str]) -> None:
        """Add some; a kind that two processes have measured may be there twice."""
        with FileLock(f"{self.file}.lock"), self.file.open("a", encoding="utf-8") as file:
            file.writelines(f"{kind}\n" for kind in kinds)


def look(
    context: Any, address: str, mode: str, *, wait_for: str = "", chapter: bool = False, colours: Colours | None = None
) -> Record:
    """Open the address, scroll to its end, and write down all that the tests ask; of a chapter more.

    wait_for: a selector of what the page itself makes late.
    """
    made = visit(context, address)
    tab = made.tab
    if wait_for:
        tab.wait_for_selector(wait_for)
    settle(tab)
    tab.evaluate(SCROLL)
    early = tab.evaluate("[...document.querySelectorAll('link[as=font]')].map(link => link.href)")
    fonts = [url for url in made.asked if url.endswith(".woff2")]
    found = Record(made.said, made.failed, made.asked, [], tab.evaluate("shifts"), {}, early, fonts)
    if chapter:
        _look_closer(tab, found)
    viewport = MODES[mode]["viewport"]
    for width in (viewport["width"], 640, 320) if viewport == PHONE else (viewport["width"],):
        tab.set_viewport_size({"width": width, "height": viewport["height"]})
        found.widths[str(width)] = tab.evaluate("document.documentElement.scrollWidth")
    tab.set_viewport_size(viewport)
    found.violations = tab.evaluate("violations")
    tab.evaluate("window.scrollTo(0, 0)")  # at the end of a page the bar may cover part of what stands below it
    if not wait_for:  # axe is evaluated as a script of the page: a planted page has another policy to break
        found.barriers = barriers_of(tab, structure=mode != "dark", measured=colours)
    found.place = tab.evaluate("location.hash")
    tab.close()
    return found


def _look_closer(tab: Any, found: Record) -> None:
    """Write down how formulas stand in their lines, and what planted mistakes look like."""
    narrow = ".formula { max-width: 12rem }"
    found.formulas = {"wide": tab.evaluate(WIDE, ""), "planted": tab.evaluate(WIDE, narrow)}
    torn = next(
        (lines for w in range(8, 15) if (lines := tab.evaluate(TORN, TORN_APART.format(width=w)))), []
    )  # in narrow columns without the rule
    found.lines = {"kept": tab.locator(".kept").count(), "torn": tab.evaluate(TORN, ""), "planted": torn}


TORN_APART = "main p {{ width: {width}rem }} .kept {{ white-space: normal }}"


def barriers_of(tab: Any, structure: bool = True, measured: Colours | None = None) -> list[str]:
    """Return what axe-core finds on the page with everything unfolded; without structure, only in its colours."""
    settle(tab)
    open_all_details(tab)
    settle(tab)
    tab.evaluate(AXE_SCRIPT)
    known = measured.known() if measured else []
    told = tab.evaluate(AXE, {"tags": TAGS, "colours": COLOURS, "all": structure, "known": known})
    if measured:
        measured.add(told["right"])
    return list(told["found"])


def recorded(folder: Path, context: Any, site: str, page: str, mode: str) -> Record:
    """Return the record of a page of the book in a mode; the first process that asks makes it."""
    folder.mkdir(exist_ok=True)
    file = folder / f"{page.replace('/', '-')}.{mode}.json"
    with FileLock(f"{file}.lock"):
        if not file.is_file():
            chapter, colours = page.startswith("chapters/"), Colours(folder / "colours.txt")
            found = look(context(mode), site + page, mode, chapter=chapter, colours=colours)
            # Each process has a server of its own: addresses are kept without it.
            text = json.dumps(asdict(found)).replace(site, SITE)
            file.write_text(text, encoding="utf-8")
        return Record(**json.loads(file.read_text(encoding="utf-8").replace(SITE, site)))


SITE = "http://site.invalid/"
