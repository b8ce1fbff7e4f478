"""The chapters in JupyterLab, in a browser: what a reader sees and does after the click on a launch link."""

import json
import re
import time
from contextlib import contextmanager

import pytest

from lrgrader import assignment as assignments
from lrgrader import checking, grading
from tests.assignments.leaks import FOLDERS
from tests.binder.conftest import CHAPTERS
from tests.paths import ROOT

pytestmark = [pytest.mark.lab, pytest.mark.slow]

SECONDS = 180_000  # in milliseconds: the longest wait, on a busy machine
CELLS = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell"
# The cell of the imports: that which installs the library is collapsed.
FIRST_CODE = f"{CELLS}.jp-CodeCell .jp-InputArea-editor:visible .cm-content"
# The notebook's indicator says "idle" before there is a kernel, and what is run then is dropped: the status bar knows.
IDLE = """() => {
  const prompts = [...document.querySelectorAll('.jp-InputPrompt')].map(prompt => prompt.textContent)
  return /\\| Idle/.test(document.querySelector('.jp-StatusBar-Left')?.innerText)
    && !prompts.some(text => text.includes('*'))
}"""
ERROR = '.jp-OutputArea-output:is([data-mime-type$="jupyter.error"], [data-mime-type$="jupyter.stderr"])'
# Cells far from the screen are not in the page: scroll until the element is.
FIND = """async selector => {
  const box = document.querySelector('.jp-WindowedPanel-outer')
  for (let y = 0; y < box.scrollHeight; y += 300) {
    const found = document.querySelector(selector)
    if (found) { found.scrollIntoView({block: 'center'}); return true }
    box.scrollTop = y
    await new Promise(done => setTimeout(done, 150))
  }
  return Boolean(document.querySelector(selector))
}"""


@contextmanager
def opened(browser, server, path):
    """Open a path in a browser of its own and wait for the notebook; give the page."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(SECONDS)
    page.foreign = []
    page.on("request", lambda asked: page.foreign.append(asked.url) if is_foreign(asked.url, server) else None)
    page.goto(server.url(path), wait_until="domcontentloaded")
    page.wait_for_selector(CELLS)
    try:
        yield page
    except Exception:
        page.screenshot(path=ROOT / "_build" / "lab-failure.png")
        raise
    finally:
        context.close()


def is_foreign(url, server):
    return not url.startswith((server.address, server.address.replace("http", "ws", 1), "data:", "blob:"))


def menu(page, name, entry):
    """Choose an entry of the menu bar."""
    page.locator(".lm-MenuBar-itemLabel", has_text=name).first.click()
    page.locator(".lm-Menu-itemLabel").get_by_text(entry, exact=True).click()


def run_all(page):
    """Run every cell and wait until the kernel is idle again."""
    page.wait_for_function(IDLE, timeout=SECONDS)
    menu(page, "Run", "Run All Cells")
    page.wait_for_timeout(500)
    page.wait_for_function(IDLE, timeout=SECONDS)


def save(page):
    """Save, and wait until the page says so."""
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    page.wait_for_function("() => !document.querySelector('.jp-mod-dirty')", timeout=SECONDS)


def first_code(notebook):
    """Return what is saved of the first cell that shows code."""
    return next("".join(cell["source"]) for cell in notebook["cells"] if is_shown_code(cell))


def is_shown_code(cell):
    return cell["cell_type"] == "code" and not cell["metadata"].get("tags")


def change_first_cell(page, line):
    """Add a line at the top of the first cell that shows code, and run it."""
    page.locator(FIRST_CODE).first.click()
    page.wait_for_selector(f"{CELLS} .cm-editor.cm-focused")
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text(f"{line}\n")
    page.keyboard.press("Control+Enter")


def opens_clean(page):
    """Tell whether the notebook still counts as saved, once its kernel has said what it is."""
    page.wait_for_timeout(2_000)
    return page.locator(".jp-mod-dirty").count() == 0


@pytest.mark.parametrize("name", ["start", "1-log-odds"])
def test_a_notebook_that_is_only_looked_at_is_not_unsaved(browser, jupyterlab, name):
    """Catches the question whether to save what the reader never changed; of chapters, the next test asks."""
    with opened(browser, jupyterlab, f"/lab/tree/notebooks/{name}.ipynb") as page:
        page.wait_for_function(IDLE, timeout=SECONDS)
        assert opens_clean(page)


@pytest.mark.parametrize("name", ["sigmoid", "1-log-odds"])
def test_the_first_cell_that_is_run_may_be_any(browser, jupyterlab, name):
    """Catches NameError: np at the reader's first edit, other cells' values in its output, and code above the title."""
    with opened(browser, jupyterlab, f"/lab/tree/notebooks/{name}.ipynb") as page:
        page.wait_for_function(IDLE, timeout=SECONDS)
        first = page.locator(f"{CELLS}").first
        assert first.locator("h1").count() == 1
        page.locator(FIRST_CODE).nth(1).click()
        page.keyboard.press("Control+Home")
        page.keyboard.insert_text('print("edited", round(np.pi, 2))\n')
        page.keyboard.press("Control+Enter")
        page.get_by_text("edited 3.14").last.wait_for()
        page.wait_for_function(IDLE, timeout=SECONDS)
        save(page)
    [cell] = [cell for cell in jupyterlab.notebook(name)["cells"] if 'print("edited"' in "".join(cell["source"])]
    assert re.match(r"The .*cells? above.* ran first\.\nedited 3\.14\n", "".join(cell["outputs"][0]["text"]))


def moves_by_keys(page):
    """Move the first slider with the arrow keys, which JupyterLab would like to have itself."""
    assert page.evaluate(FIND, ".explorable svg")
    slider = page.locator(".explorable input[type=range]").first
    readout = page.locator(".explorable .lr-readout").first
    before = readout.inner_text()
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("before => document.querySelector('.lr-readout').innerText !== before", arg=before)


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapters_launch_link_opens_it_as_a_notebook_that_runs_to_its_end(browser, jupyterlab, name, record_property):
    """Catches text opened as text, a cell that fails outside the build, a dead explorable, and a call for a network."""
    begin = time.perf_counter()
    with opened(browser, jupyterlab, f"/lab/tree/notebooks/{name}.ipynb") as page:
        seen = time.perf_counter() - begin
        page.wait_for_function(IDLE, timeout=SECONDS)
        assert opens_clean(page)
        change_first_cell(page, 'print("first", "result")')
        page.get_by_text("first result", exact=True).wait_for()
        first = time.perf_counter() - begin
        run_all(page)
        everything = time.perf_counter() - begin
        if "explorable(" in (jupyterlab.root / "notebooks" / f"{name}.ipynb").read_text():
            moves_by_keys(page)
        assert page.evaluate(FIND, '[data-mime-type="image/svg+xml"] img')
        image = page.locator('[data-mime-type="image/svg+xml"] img').first
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
        assert page.evaluate(FIND, "mjx-container")
        assert page.evaluate(FIND, ".jp-RenderedMarkdown details")
        save(page)
        assert page.foreign == []
    code = [cell for cell in jupyterlab.notebook(name)["cells"] if cell["cell_type"] == "code"]
    assert [cell["id"] for cell in code if not cell["execution_count"]] == []
    assert [cell["id"] for cell in code for output in cell["outputs"] if output["output_type"] == "error"] == []
    note(name, seen=seen, first_result=first, everything=everything)


def note(name, **seconds):
    """Keep the measured times, for anyone who wants to quote them."""
    path = ROOT / "_build" / "lab-times.json"
    times = json.loads(path.read_text()) if path.exists() else {}
    times[name] = {what: round(value, 1) for what, value in seconds.items()}
    path.write_text(json.dumps(times, indent=1))


@pytest.mark.parametrize("path", ["chapters/sigmoid.md", "chapters/squashing.md", "notebooks/squashing.ipynb"])
def test_a_link_to_a_chapters_text_or_old_name_opens_its_notebook(browser, jupyterlab, path):
    """Catches a stale link that ends in an error box."""
    with opened(browser, jupyterlab, f"/lab/tree/{path}") as page:
        page.locator(".lm-TabBar-tabLabel", has_text="sigmoid.ipynb").wait_for()
        page.locator(f"{CELLS} h1", has_text="The sigmoid").wait_for()
        assert page.locator(".jp-Dialog").count() == 0


def test_without_a_chapter_in_mind_one_comes_to_the_start_and_on_to_a_chapter(browser, jupyterlab):
    """Catches a launch that ends at an empty launcher, and a list whose links lead nowhere."""
    with opened(browser, jupyterlab, "/") as page:
        page.locator(".jp-RenderedMarkdown").get_by_role("link", name="The sigmoid", exact=True).click()
        page.locator(".lm-TabBar-tabLabel", has_text="sigmoid.ipynb").wait_for()
        page.locator(f"{CELLS} h1", has_text="The sigmoid").wait_for()


def test_a_chapter_opened_twice_asks_before_one_copy_overwrites_the_other(browser, jupyterlab):
    """Catches edits that are lost without a word."""
    with (
        opened(browser, jupyterlab, "/lab/tree/notebooks/accuracy.ipynb") as one,
        opened(browser, jupyterlab, "/lab/tree/notebooks/accuracy.ipynb") as two,
    ):
        for page, line in ((one, "of_one = 1"), (two, "of_two = 2")):
            page.wait_for_function(IDLE, timeout=SECONDS)
            change_first_cell(page, line)
        save(one)
        two.keyboard.press("Escape")
        two.keyboard.press("Control+s")
        two.locator(".jp-Dialog-header", has_text="File Changed").wait_for()
        source = first_code(jupyterlab.notebook("accuracy"))
        assert "of_one" in source
        assert "of_two" not in source
        assert "of_two" in two.locator(FIRST_CODE).first.inner_text()
        two.locator(".jp-Dialog button", has_text="Cancel").click()


def test_a_killed_kernel_says_so_and_costs_no_edit(browser, jupyterlab):
    """Catches a reader who waits for a kernel that is gone, and one who must begin anew."""
    with opened(browser, jupyterlab, "/lab/tree/notebooks/cross-entropy.ipynb") as page:
        page.wait_for_function(IDLE, timeout=SECONDS)
        page.wait_for_timeout(12_000)  # Jupyter restarts a kernel without a word in its first ten seconds
        change_first_cell(page, "import os; mine = 6 * 7; print(mine); os.kill(os.getpid(), 9)")
        page.locator(".jp-Dialog-header", has_text="Kernel Restarting").wait_for()
        page.locator(".jp-Dialog button.jp-mod-accept").click()
        assert "mine = 6 * 7" in page.locator(FIRST_CODE).first.inner_text()
        save(page)
        assert "mine = 6 * 7" in first_code(jupyterlab.notebook("cross-entropy"))
        page.locator(FIRST_CODE).first.click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text('print("alive", "again")')
        page.keyboard.press("Control+Enter")
        page.get_by_text("alive again", exact=True).wait_for()


def test_an_assignment_is_solved_in_the_browser_and_gets_its_points(browser, jupyterlab):
    """Catches a notebook that a student cannot fill in, check and hand in from where the page's link leads."""
    slug = "1-log-odds"
    assignment = assignments.load(FOLDERS[slug])
    cells = [cell for cell in assignment.cells if cell.role != "instructor"]
    with opened(browser, jupyterlab, f"/lab/tree/notebooks/{slug}.ipynb") as page:
        page.wait_for_function(IDLE, timeout=SECONDS)
        run_all(page)
        assert page.evaluate(FIND, ERROR), "untouched, a check must fail"
        page.locator(f"{CELLS}").first.click()
        page.keyboard.press("Escape")
        page.keyboard.press("Control+Home")
        for cell in cells:
            if cell.role == "answer":
                page.keyboard.press("Enter")
                page.wait_for_selector(f"{CELLS} .cm-editor.cm-focused")
                page.keyboard.press("Control+a")
                page.keyboard.insert_text(assignments.MARKER.sub("", cell.source).strip("\n"))
                page.keyboard.press("Escape")
            page.keyboard.press("ArrowDown")
        run_all(page)
        assert not page.evaluate(FIND, ERROR)
        save(page)
    [result] = grading.grade(assignment, [jupyterlab.root / "notebooks" / f"{slug}.ipynb"], workers=1)
    assert result.marks == checking.machine_points(assignment)
    assert "chain rule" in result.written["q6"]


def test_what_make_lab_says_ends_with_the_address(jupyterlab):
    """Catches an address among the lines of a server, on a machine whose browser does not open by itself."""
    last = jupyterlab.log.read_text().rstrip().splitlines()[-1]
    assert last.strip() == f"{jupyterlab.address}/lab/tree/notebooks/start.ipynb?token={jupyterlab.token}"


def test_jupyterlab_starts_where_the_home_cannot_be_written(jupyterlab):
    """Catches a start that needs the reader's home: what Jupyter notes of itself lies in the clone's own folder."""
    assert list((jupyterlab.root / "_build" / "lab" / "runtime_dir").glob("jpserver-*.json"))
