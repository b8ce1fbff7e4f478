"""Every explorable, in a real browser: drawn before the script comes, moved by keyboard and pointer, light and quick.

Whatever stands in lrlib/explorables/ is found and tested here; what only one of them has, its maths above all, is
tested in a file of its own, test_explorables_NAME.py, with the fixture in_browser.
"""

import gzip
import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from coursebook.site import assets
from lrlib import explorables
from lrlib.explorables import FOLDER, kit_script, module_script, names, spec
from tests.pages import CHAPTERS, eventually, settle, soup

NAMES = names()
MOST_BYTES = 5 * 1024  # of one module, compressed
MOST_BYTES_OF_THE_KIT = (
    5888  # with what tells a sliding finger from a scrolling one, and keeps arrow keys in JupyterLab
)
MOST_MILLISECONDS = 4.0
# A button that changes nothing, because that is what the figure is about; test_explorables_accuracy.py says why.
IDLE = {("accuracy", "climb")}
# Handles that go wherever the hand goes; each other one keeps to a line.
FREE = {("plane", "w"), ("landscapes", "start"), ("regions", "w"), ("regions", "x")}
pytestmark = pytest.mark.slow
every_explorable = pytest.mark.parametrize("name", NAMES)


def weight(source):
    """Return the bytes that travel for a script."""
    return len(gzip.compress(source.encode(), 9))


@cache
def pages(built):
    """Return name -> [(page, id of its figure)], in the built book."""
    found = {}
    for page in sorted([*built.glob("*/*.html"), built / "index.html"]):
        text = page.read_text(encoding="utf-8")
        for figure in soup(page).select("figure.explorable") if 'class="explorable"' in text else ():
            found.setdefault(figure.contents[0].name.removeprefix("lr-"), []).append((page, figure["id"]))
    return found


@pytest.fixture
def figure(built, figures, name):
    """Return the first figure of this explorable in the book, its page open in a browser without animations."""
    page, key = pages(built)[name][0]
    return figures(page, name).locator(f"figure[id='{key}']")


def drawing(figure):
    return figure.locator(".lr-stage").inner_html()


def after_two_frames(tab):
    """Wait until the fonts are there and what was changed is drawn."""
    tab.evaluate("document.fonts.ready.then(() => null)")
    tab.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def after_a_frame(figure):
    figure.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return drawing(figure)


def state(figure):
    return figure.locator(".explorable").evaluate("element => element.state")


# The files


@every_explorable
def test_a_module_is_light(name):
    """Catches a figure that a telephone waits for."""
    path = FOLDER / f"{name}.js"
    sizes = {"module": weight(path.read_text()), "script": weight(assets.minified(module_script(name)))}
    print(f"{name}: {sizes} bytes, compressed (the file as it stands; as it travels)")
    assert sizes["module"] < MOST_BYTES


def test_the_kit_is_light():
    """Catches a kit that grows: what travels, once for all figures, is without comments and spaces."""
    assert weight(assets.minified(kit_script())) < MOST_BYTES_OF_THE_KIT


def test_a_heavy_module_is_found():
    """The planted failure of the two tests above: numbers that do not compress."""
    assert weight("".join(str(hash(str(number))) for number in range(1000))) > MOST_BYTES


@every_explorable
def test_what_python_reads_of_a_module_is_complete(name):
    """Catches a slider without a label or limits, and a start that it cannot have."""
    described = spec(name)
    assert len(described["about"].split()) >= 8
    assert described["about"].endswith((".", "?"))
    for key, slider in described["state"].items():
        assert re.fullmatch("[a-z][a-z0-9]*", key)
        assert slider.keys() == {"label", "min", "max", "step", "start"}
        assert slider["label"]
        explorables.starting_values(name, {key: slider["start"]})
        explorables.starting_values(name, {key: slider["max"]})


# In the book


@every_explorable
def test_it_stands_in_the_book(built, name):
    """Catches a figure that nobody placed, and the tests below passing because there is nothing to look at."""
    assert pages(built).get(name), f"no page of the book has {{explorable}} {name}"


@every_explorable
def test_the_page_holds_exactly_what_the_script_draws_first(figure, serve, browser, name):
    """Catches a picture that jumps when the script arrives, and one drawn by an older module."""
    tab = browser.new_page()
    tab.goto(serve(FOLDER))
    drawn = tab.evaluate(
        """async ([name, state]) => (await import(`/${name}.js`)).draw(state)""", [name, state(figure)]
    )
    page, key = pages_of(figure)
    written = re.search(rf'<figure class="explorable" id="{key}">.*?<div class="lr-stage"[^>]*>(.*?)</div>', page, re.S)
    assert written[1] == drawn
    tab.close()


def pages_of(figure):
    path = Path(figure.page.evaluate("decodeURI(location.pathname)"))
    return path.read_text(encoding="utf-8"), figure.get_attribute("id")


@every_explorable
def test_nothing_moves_when_the_script_arrives(built, browser, name):
    """Catches a figure that pushes the text down: its height without and with scripts, controls included."""
    page, key = pages(built)[name][0]
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.add_init_script(
        "globalThis.shift = 0; new PerformanceObserver(list => { for (const entry of list.getEntries()) "
        "shift += entry.value }).observe({ type: 'layout-shift', buffered: true })"
    )
    held = []
    tab.route(f"**/explorables/{name}.js*", lambda route: held.append(route))
    with tab.expect_request(f"**/explorables/{name}.js*"):
        tab.goto(page.as_uri(), wait_until="commit")
    tab.locator(f"figure[id='{key}']").scroll_into_view_if_needed()
    after_two_frames(tab)
    box = f"document.getElementById({json.dumps(key)}).getBoundingClientRect().height"
    before = tab.evaluate(box)
    held[0].continue_()
    tab.wait_for_selector(f"lr-{name}:defined", state="attached")
    after_two_frames(tab)
    assert tab.evaluate(box) == before
    tab.close()


@every_explorable
@pytest.mark.parametrize("width", [1280, 360])
def test_without_scripts_there_is_the_picture_and_no_slider(built, browser, name, width):
    """Catches an empty place, and controls that move nothing."""
    page, key = pages(built)[name][0]
    context = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 800})
    tab = context.new_page()
    tab.goto(page.as_uri())
    figure = tab.locator(f"figure[id='{key}']")
    assert figure.locator(".lr-stage svg").first.is_visible()
    assert not figure.locator("input").first.is_visible()
    context.close()


@every_explorable
def test_on_paper_there_is_the_picture_and_no_slider(figure):
    """Catches controls in print."""
    assert figure.locator("input").first.is_visible()
    figure.page.emulate_media(media="print")
    assert figure.locator(".lr-stage svg").first.is_visible()
    assert not figure.locator("input").first.is_visible()


@every_explorable
@pytest.mark.parametrize("width", [360, 320])
def test_on_a_telephone_it_fits_and_its_words_can_be_read(built, browser, name, width):
    """Catches a drawing or a table that is cut off, words under 10 pixels, and a button too small for a finger."""
    page, key = pages(built)[name][0]
    tab = browser.new_page(viewport={"width": width, "height": 800})
    tab.goto(page.as_uri())
    settle(tab)
    figure = tab.locator(f"figure[id='{key}']")
    found = figure.evaluate(
        """figure => {
          const all = (query, f) => [...figure.querySelectorAll(query)].map(f);
          return {
            right: Math.max(...all("svg, svg text, input, button, table", e => e.getBoundingClientRect().right)),
            column: figure.querySelector(".lr-stage").getBoundingClientRect().right,
            left: Math.min(...all("svg, svg text, input, button, table", e => e.getBoundingClientRect().left)),
            letters: Math.min(...all("svg text", e => e.getAttribute("font-size") * e.getScreenCTM().a)),
            touch: Math.min(...all("input, button", e => e.getBoundingClientRect().height)),
            hold: Math.min(99, ...all("[data-handle]", e => e.getBoundingClientRect().width)),
          };
        }"""
    )
    assert found["left"] >= 0
    assert found["right"] <= found["column"] + 0.5 <= width
    assert found["letters"] >= {360: 10, 320: 8.5}[width]
    assert found["touch"] >= 24
    assert found["hold"] >= {360: 40, 320: 35}[width]  # 44 where the drawing is shown in its own size
    tab.close()


# Touched


@every_explorable
def test_each_slider_answers_to_the_arrow_keys_in_the_order_of_the_page(figure, name):
    """Catches a control that the tab key does not reach, a value that is not shown, a drawing that stays."""
    figure.locator("input").first.focus()
    for key, slider in spec(name)["state"].items():
        focused = "document.activeElement.name"
        assert figure.page.evaluate(focused) == key
        before, picture, value = (
            figure.locator(f"output[for$='.{key}']").inner_text(),
            drawing(figure),
            state(figure)[key],
        )
        figure.page.keyboard.press("ArrowLeft" if value == slider["max"] else "ArrowRight")
        for _ in range(30):  # a step may be too small to be seen
            figure.page.keyboard.press("ArrowLeft" if value == slider["max"] else "ArrowRight")
        assert after_a_frame(figure) != picture, key
        assert state(figure)[key] != value
        assert figure.locator(f"output[for$='.{key}']").inner_text() != before
        assert figure.page.evaluate(focused) == key
        figure.page.keyboard.press("Tab")
    for button in [*spec(name).get("buttons", {}), "reset"]:
        assert figure.page.evaluate(focused) == button
        figure.page.keyboard.press("Tab")


@every_explorable
def test_each_button_changes_the_picture_and_reset_brings_back_the_texts_own(figure, name):
    """Catches a button that does nothing, focus that is lost, and a way of no return."""
    first, begin = drawing(figure), state(figure)
    for button in spec(name).get("buttons", {}):
        figure.locator(f"button[name={button}]").focus()
        figure.page.keyboard.press("Enter")
        assert (after_a_frame(figure) != first) is ((name, button) not in IDLE), button
        assert figure.page.evaluate("document.activeElement.name") == button
        figure.locator("button[name=reset]").press("Enter")
        assert after_a_frame(figure) == first
        assert state(figure) == begin


@every_explorable
def test_each_handle_follows_the_pointer(figure):
    """Catches a drag that goes nowhere or loses its hold when the drawing is replaced under the pointer."""
    handles = figure.locator("[data-drag]")
    for number in range(handles.count()):
        figure.locator("button[name=reset]").click()
        # The button may be in sight, and the drawing above it not.
        figure.locator(".lr-stage").evaluate("stage => stage.scrollIntoView({ block: 'center' })")
        picture = after_a_frame(figure)
        box = handles.nth(number).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        drawing = handles.nth(number).evaluate("handle => handle.closest('svg').getBoundingClientRect().toJSON()")
        way = 1 if x < drawing["left"] + drawing["width"] / 2 else -1  # to where there is room
        mouse = figure.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + 20 * way, y - 20)
        once = after_a_frame(figure)
        mouse.move(x + 45 * way, y - 45)
        twice = after_a_frame(figure)
        mouse.up()
        mouse.move(x, y)
        assert len({picture, once, twice}) == 3
        assert after_a_frame(figure) == twice


@every_explorable
def test_a_handle_stays_under_the_hand(alone, name):
    """Catches a drag in other units than the drawing's: across or along, the handle is where the pointer is."""
    element = alone(name)
    mouse = element.page.mouse
    for number in range(element.locator("[data-handle]").count()):
        element.locator("button[name=reset]").click()
        handle = element.locator("[data-handle]").nth(number)
        handle.evaluate("handle => handle.scrollIntoView({ block: 'center' })")
        after_a_frame(element)
        box = handle.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + 14, y - 11)
        after_a_frame(element)
        mouse.up()
        now = handle.bounding_box()
        off = [now["x"] + now["width"] / 2 - x - 14, now["y"] + now["height"] / 2 - y + 11]
        held = (name, handle.get_attribute("data-drag"))
        # The line's handle in the figure of the curve slides along the line: its own test looks at the line.
        if held != ("curve", "w"):
            assert (max if held in FREE else min)(map(abs, off)) < 6, (held, off)


# Fifteen steps of the first slider; what is said then, and how many milliseconds after the last step.
STEPS = """figure => {
  const status = figure.querySelector("[role=status]"), input = figure.querySelector("input");
  window.heard = [];
  new MutationObserver(() => heard.push([status.textContent, performance.now() - last]))
    .observe(status, { childList: true, characterData: true, subtree: true });
  let last;
  for (let step = 0; step < 15; step++) {
    input.stepDown();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    last = performance.now();
  }
}"""


@every_explorable
def test_it_says_what_is_seen_after_a_pause(figure, name):
    """Catches a screen reader that hears nothing, or a word at each step of a slider."""
    stage, status = figure.locator(".lr-stage"), figure.locator("[role=status]")
    first = stage.get_attribute("aria-label")
    assert len(first.split()) >= 8
    figure.evaluate(STEPS)
    said = eventually(lambda: figure.page.evaluate("heard"))
    assert stage.get_attribute("aria-label") != first
    assert [text for text, _ in said] == [status.text_content()] == [stage.get_attribute("aria-label")]
    assert said[0][1] > 300


# The address


@every_explorable
def test_the_address_sets_the_figure_and_scrolls_to_it(figure, name):
    """Catches a link to a state that is ignored; values out of range are brought to the limit, others ignored."""
    key, slider = next(iter(spec(name)["state"].items()))
    where, begin = figure.get_attribute("id"), state(figure)
    figure.page.evaluate(f"location.hash = {json.dumps(f'#{where}?{key}=1e99&nonsense=3&x=many')}")
    after_a_frame(figure)
    assert state(figure) == {**begin, key: slider["max"]}
    assert figure.evaluate("e => e.getBoundingClientRect().top < innerHeight && e.getBoundingClientRect().top > -5")
    chapter = figure.page.url.split("#")[0]
    figure.page.goto("about:blank")  # opened anew: after a reload, the browser itself goes where the reader was
    figure.page.goto(f"{chapter}#{where}?{key}={slider['min']}")
    assert eventually(lambda: state(figure), bool)[key] == slider["min"]
    assert eventually(
        lambda: figure.evaluate(
            "e => e.getBoundingClientRect().top < innerHeight / 2 && e.getBoundingClientRect().top > -5"
        )
    )


@every_explorable
def test_the_address_follows_the_reader_and_reset_clears_it(figure, name):
    """Catches a state that cannot be passed on."""
    key, slider = next(iter(spec(name)["state"].items()))
    entries = figure.page.evaluate("history.length")
    figure.locator("input").first.press("End")
    shown = f"#{figure.get_attribute('id')}?{key}={slider['max']}"
    assert eventually(lambda: figure.page.evaluate("location.hash"), shown.__eq__) == shown
    figure.locator("button[name=reset]").click()
    assert eventually(lambda: figure.page.evaluate("location.hash"), "".__eq__) == ""
    assert not figure.page.evaluate("location.href").endswith("#")
    assert figure.page.evaluate("history.length") == entries


@pytest.mark.parametrize("page", CHAPTERS)
def test_no_address_is_written_before_the_reader_touches_anything(record, page):
    """Catches a figure that writes its start into the address, and so into the history and into every copied link."""
    assert record(page, "light").place == ""


# Speed


COMPARE = """([name, states, spoil]) => {
  const moved = document.querySelector(`lr-${name}`), parts = [".lr-stage", ".lr-readout"];
  return states.filter((state) => {
    moved.state = { ...state };
    moved.show();
    if (spoil) moved.querySelector(".lr-stage text").firstChild.data += "?";
    const fresh = document.createElement(`lr-${name}`);
    for (const key in state) fresh.setAttribute(key, state[key]);
    moved.after(fresh);
    fresh.remove();
    return parts.some((part) => moved.querySelector(part)?.innerHTML !== fresh.querySelector(part)?.innerHTML);
  });
}"""


@every_explorable
def test_what_moved_is_what_is_drawn_afresh(figure, name):
    """Catches a word or a line of an earlier state that stays, because only what differs is changed in the page."""
    rng, sliders = np.random.default_rng(0), spec(name)["state"]
    states = []
    for _ in range(60):
        steps = {key: rng.integers(0, round((s["max"] - s["min"]) / s["step"]) + 1) for key, s in sliders.items()}
        states.append({key: round(s["min"] + int(steps[key]) * s["step"], 9) for key, s in sliders.items()})
    assert figure.page.evaluate(COMPARE, [name, states, False]) == []
    assert figure.page.evaluate(COMPARE, [name, states, True]) == states  # the planted failure


# Work of the same kind as a frame's, but none of ours: a list that is written, laid out and measured. In milliseconds.
YARDSTICK = """() => {
  const list = document.createElement("ol"), times = [];
  list.style.cssText = "position: fixed; contain: strict; width: 300px; height: 300px"; // the page is not laid out
  document.body.append(list);
  for (let i = 0; i < 40; i++) {
    const begin = performance.now();
    list.innerHTML = Array.from({ length: 100 }, (_, j) => "<li>" + (i * j).toFixed(3) + "</li>").join("");
    list.getBoundingClientRect();
    times.push(performance.now() - begin);
  }
  list.remove();
  return times.sort((a, b) => a - b)[20];
}"""
# On the machine that the limit of a frame is meant for; to Lighthouse's benchmark it is one of about 2,000.
YARDSTICK_MILLISECONDS = 3.0


def most_milliseconds(tab):
    """Return the limit of a frame on this machine, now: more where, and while, it is slower than the one it is for."""
    return MOST_MILLISECONDS * max(1, tab.evaluate(YARDSTICK) / YARDSTICK_MILLISECONDS)


MEASURE = """async ([name, extra]) => {
  const element = document.querySelector(`lr-${name}`), input = element.querySelector("input");
  const { min, max, step } = input, times = [];
  for (let i = 0; i < 200; i++) {
    element.state = { ...element.state, [input.name]: Number(min) + (max - min) * i / 199 };
    const begin = performance.now();
    element.show();
    element.getBoundingClientRect();
    while (performance.now() - begin < extra);
    times.push(performance.now() - begin);
    await new Promise(requestAnimationFrame);
  }
  return times.sort((a, b) => a - b);
}"""


@pytest.mark.timing
@every_explorable
def test_a_frame_is_drawn_in_under_four_milliseconds(figure, name):
    """Catches a drawing that stutters under the finger: 200 frames, with description, table and layout."""
    shares = []  # what else the machine does only adds time, so of a few runs the best is the drawing's own
    while len(shares) < 6 and min(shares, default=1) >= 1:
        before = most_milliseconds(figure.page)
        times = figure.page.evaluate(MEASURE, [name, 0])
        most = min(before, most_milliseconds(figure.page))
        shares.append(times[100] / most)
        print(f"{name}: median {times[100]:.2f} ms, 95 % under {times[190]:.2f} ms; the limit here is {most:.2f} ms")
    assert min(shares) < 1


@pytest.mark.timing
@pytest.mark.parametrize("name", NAMES[:1])
def test_a_slow_frame_is_found(figure, name):
    """The planted failure of the test above."""
    most = most_milliseconds(figure.page)
    assert figure.page.evaluate(MEASURE, [name, 1.25 * most])[100] > most
