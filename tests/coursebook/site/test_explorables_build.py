"""The directive, the scripts it writes and the notebook's copy: what is not there is said, and nothing goes stale."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from coursebook.site import explorables as feature
from lrlib import explorables
from lrlib.explorables import ExplorableError, classic_script, kit_script, module_script, starting_values
from lrlib.notebook import explorable
from lrlib.plotting import COLORS
from tests.pages import eventually
from tests.paths import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("explorables build")]

# Sphinx's basic theme without its bars has nothing inline: what breaks the policy here is ours.
LAYOUT = '{% extends "!layout.html" %}{% block relbar1 %}{% endblock %}{% block relbar2 %}{% endblock %}'
CONF = """
extensions = ["myst_parser", "coursebook.site.explorables"]
course_palette, course_explorables = "lrlib.plotting", "lrlib.explorables"
html_theme, html_sidebars, html_favicon = "basic", {"**": []}, "icon.svg"
copyright, version, templates_path = "nobody", "1", ["templates"]
"""
INDEX = """\
# Two of a kind

```{toctree}
plain
```

The {ref}`second one <second>` starts elsewhere.

```{explorable} sigmoid
What *happens*?
```

```{explorable} sigmoid
:label: second
:w: 2

And now?
```
"""


class Project:
    """A small book in a folder, with its own copy of lrlib, so that a test can edit a module."""

    def __init__(self, folder, index=INDEX):
        self.folder = folder
        (folder / "conf.py").write_text(CONF, encoding="utf-8")
        (folder / "index.md").write_text(index, encoding="utf-8")
        (folder / "templates").mkdir()
        (folder / "templates/layout.html").write_text(LAYOUT, encoding="utf-8")
        (folder / "icon.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
        (folder / "plain.md").write_text("# Plain\n\nNothing to touch.\n", encoding="utf-8")
        shutil.copytree(ROOT / "lrlib", folder / "copy/lrlib", ignore=shutil.ignore_patterns("__pycache__"))
        self.modules = folder / "copy/lrlib/explorables"

    def build(self, builder="html"):
        """Build strictly; return the finished process."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "copy"), "PYTHONSAFEPATH": "1"}
        command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-b", builder, "-D", "exclude_patterns=copy"]
        command += ["-d", "trees", ".", builder]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    def page(self, name="html/index.html"):
        return (self.folder / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return a project that is built and that no test edits."""
    project = Project(tmp_path_factory.mktemp("a site with spaces é"))
    built = project.build()
    assert built.returncode == 0, built.stderr
    return project


@pytest.fixture
def project(tmp_path):
    """Return a function that makes a project of this test's own."""
    return lambda index=INDEX: Project(tmp_path, index)


# The directive


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("```{explorable} sigmiod\nWhy?\n```", r'no explorable "sigmiod"\. There are: .*sigmoid'),
        ("```{explorable} sigmoid\n:v: 2\n\nWhy?\n```", r'no starting value "v"\. It has: w, b, x\.'),
        ("```{explorable} sigmoid\n:w: two\n\nWhy?\n```", r"w of sigmoid must be a number from -3 to 3 in .* got two"),
        ("```{explorable} sigmoid\n:w: 4\n\nWhy?\n```", r"w of sigmoid must be a number from -3 to 3 in .* got 4"),
        ("```{explorable} sigmoid\n:w: 0.93\n\nWhy?\n```", r"in steps of 0\.05; got 0\.93"),
        ("```{explorable} sigmoid\n```", r"sigmoid has no caption"),
    ],
)
def test_what_does_not_exist_fails_the_build_and_the_message_says_what_does(project, written, said):
    """Catches a misspelt name or value that publishes a page without its figure, or with another one."""
    built = project(f"# A\n\n{written}\n\n```{{toctree}}\nplain\n```\n").build()
    assert built.returncode != 0
    assert re.search(said, built.stderr)
    assert "index.md:3" in built.stderr


def test_only_a_page_with_an_explorable_loads_its_script_and_once(site):
    """Catches a page that downloads what it does not use."""
    scripts = re.findall(r"<script[^>]*explorables/(\w+\.js)", site.page())
    assert scripts == ["kit.js", "sigmoid.js"]
    assert "explorables/" not in "".join(re.findall(r"<script[^>]*>", site.page("html/plain.html")))


def test_two_of_a_kind_have_ids_and_starting_values_of_their_own(site):
    """Catches a label that leads to the other figure's slider."""
    ids = re.findall(r' id="([^"]*)"', site.page())
    assert len(ids) == len(set(ids))
    assert {"explore-sigmoid.w", "second.w"} <= set(ids)
    assert 'name="w" min="-3" max="3" step="0.05" value="2"' in site.page()
    assert '<a class="reference internal" href="#second">' in site.page()


def test_all_figures_are_drawn_by_one_process_and_not_again(monkeypatch):
    """Catches a Node.js started for each figure, or at each build for what has not changed."""
    runs = []
    monkeypatch.setattr(feature, "draw", lambda module, missing: runs.append(missing) or [{"html": "", "said": ""}] * 2)

    class Page:
        format, name, course_explorables = "latex", "latex", "lrlib.explorables"
        builder = config = property(lambda self: self)

    placements = [feature.Placement("sigmoid", key, ()) for key in ("a", "b")]
    env = type("Environment", (), {"explorables": {"page": placements}, "explorables_drawn": {}})()
    feature.draw_all(Page(), env)
    feature.draw_all(Page(), env)
    assert runs == [placements]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("sigmoid.js", "+1", "plus one"),
        ("kit.js", "Reset", "Back"),
        ("drawing.js", "13", "13.5"),
        ("explorables.css", "28rem", "29rem"),
    ],
)
def test_an_edited_module_kit_or_style_sheet_is_on_the_page_after_the_next_build(project, file, old, new):
    """Catches a page that keeps the old drawing, or the old address of a file that a browser has kept."""
    book = project()
    assert book.build().returncode == 0
    before, plain = book.page(), (book.folder / "html/plain.html").stat().st_mtime_ns
    edited = book.modules / file
    edited.write_text(edited.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert book.build().returncode == 0
    assert book.page() != before
    served = "".join(path.read_text(encoding="utf-8") for path in (book.folder / "html/_static/explorables").iterdir())
    assert new in (served if file.endswith("css") else book.page())
    assert new in served
    assert (book.folder / "html/plain.html").stat().st_mtime_ns == plain


def test_make_book_looks_again_when_a_module_or_the_style_sheet_is_edited(tmp_path):
    """Catches "nothing changed since the last build" after an edit of what only the browser reads."""
    from coursebook.build import inputs_hash

    shutil.copytree(ROOT / "lrlib", tmp_path / "lrlib", ignore=shutil.ignore_patterns("__pycache__"))
    seen = {inputs_hash(tmp_path)}
    for file in ("sigmoid.js", "explorables.css"):
        with (tmp_path / "lrlib/explorables" / file).open("a") as text:
            text.write("\n")
        seen.add(inputs_hash(tmp_path))
    assert len(seen) == 3


def test_a_module_that_node_cannot_run_fails_the_build_in_words(project):
    """Catches an empty figure where a module is broken."""
    book = project()
    with (book.modules / "sigmoid.js").open("a") as module:
        module.write("undefinedFunction();\n")
    built = book.build()
    assert built.returncode != 0
    assert "could not draw the explorables (sigmoid)" in built.stderr
    assert "undefinedFunction" in built.stderr


# Other forms of the book


def test_an_epub_has_the_picture_in_colours_of_its_own_and_no_controls(site):
    """Catches black on black in an e-reader, and sliders on a page that runs no scripts."""
    built = site.build("epub")
    assert built.returncode == 0, built.stderr
    page = site.page("epub/index.xhtml")
    figure = re.search(r'<figure class="explorable".*?</figure>', page, re.S)[0]
    assert f'stroke="{COLORS["model"]}"' in figure
    assert not re.search(r"var\(|<input|<button|data-|transparent", figure)
    assert 'role="img" aria-label="With weight 1.00' in figure
    assert "explorables/sigmoid.js" not in page


@pytest.mark.parametrize(("builder", "file"), [("text", "text/index.txt"), ("latex", "latex/*.tex")])
def test_where_there_is_no_html_the_description_stands_above_the_caption(site, builder, file):
    """Catches a figure that vanishes, or breaks the build, where it cannot be drawn."""
    built = site.build(builder)
    assert built.returncode == 0, built.stderr
    [path] = [path for path in site.folder.glob(file) if path.stem != "sphinxmessages"]
    text = re.sub(r"\s+", " ", path.read_text(encoding="utf-8"))
    assert "With weight 2.00 and intercept 0.00 the curve passes one half at x = 0" in text
    assert text.index("With weight 2.00") < text.index("And now?")


# The script


GOOD = """\
import { fixed, define } from "./kit.js";
export const spec = {
  "about": "x", "state": {}
};
export const draw = () => fixed(1);
define("made", { spec, draw });
"""
FIELDS = 'import { contours, cut } from "./fields.js";\n'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("import {", "import  {", "one line `import"),
        ("fixed, define }", "fixed, refined }", "does not export refined"),
        ('"./kit.js"', '"./other.js"', "one line `import"),
        ("export const draw", "export default", "not understood: export default"),
        ("define(", 'export * from "./kit.js";\ndefine(', r"not understood: export \*"),
        ("fixed(1)", 'import("./kit.js")', "not understood: import"),
        ("fixed(1)", "`two\nlines`", "template literals end on their line"),
        ("fixed(1)", "fixed(1); /* why */", "comments are lines"),
    ],
)
def test_a_module_of_another_form_is_refused(tmp_path, monkeypatch, old, new, said):
    """Catches a script that is joined wrongly and breaks in the reader's browser only."""
    shutil.copy(explorables.KIT, tmp_path)
    monkeypatch.setattr(explorables, "FOLDER", tmp_path)
    (tmp_path / "made.js").write_text(GOOD)
    assert classic_script("made").count("define(") >= 1
    (tmp_path / "made.js").write_text(GOOD.replace(old, new))
    with pytest.raises(ExplorableError, match=said):
        classic_script("made")


def test_a_module_takes_from_the_kit_what_it_asks_for_and_no_more(tmp_path, monkeypatch):
    """Catches a script that calls what it lacks, and one whose own name is the kit's."""
    monkeypatch.setattr(explorables, "FOLDER", tmp_path)
    (tmp_path / "made.js").write_text(GOOD)
    assert "const { fixed, define } = globalThis.explorables;" in module_script("made")
    (tmp_path / "made.js").write_text(GOOD.replace("export const spec", FIELDS + "export const spec"))
    assert "const { fixed, define, contours, cut } = globalThis.explorables;" in module_script("made")
    assert re.findall(r'\bfrom(?= "\./)', classic_script("made")) == []
    (tmp_path / "made.js").write_text(
        GOOD.replace("export const spec", FIELDS.replace("cut", "dig") + "export const spec")
    )
    with pytest.raises(ExplorableError, match=r"fields\.js does not export dig"):
        module_script("made")


def test_the_kit_travels_once_for_all_figures_of_a_page():
    """Catches a script that carries the kit: four figures would bring it four times."""
    assert "customElements" in kit_script()
    assert not any("customElements" in module_script(name) for name in explorables.names())


def test_a_description_that_is_not_json_is_refused_in_words(tmp_path, monkeypatch):
    """Catches a module that only JavaScript can read: Python would not know its sliders."""
    monkeypatch.setattr(explorables, "FOLDER", tmp_path)
    (tmp_path / "made.js").write_text(GOOD.replace('"about"', "about"))
    with pytest.raises(ExplorableError, match=r"made\.js: spec is not JSON"):
        starting_values("made", {})


# In a real browser


BROKEN_RULES = """
globalThis.violations = [];
addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""


def open_strictly(browser, address):
    """Return the open page, and the list of what its console says."""
    tab, said = browser.new_page(), []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.add_init_script(BROKEN_RULES)
    tab.goto(address)
    return tab, said


def move_first_slider(tab):
    slider = tab.locator("input").first
    stage = tab.locator(".lr-stage").first
    before = stage.inner_html()
    slider.focus()
    slider.press("End")
    return eventually(stage.inner_html, lambda now: now != before)


def test_under_the_strict_policy_it_works_and_breaks_no_rule(site, serve, browser):
    """Catches a style sheet or a script inside the page, or an eval."""
    tab, said = open_strictly(browser, serve(site.folder / "html") + "/index.html")
    assert move_first_slider(tab)
    eventually(lambda: tab.evaluate("location.hash"))  # it is written after a pause, the drawing long before
    assert (tab.evaluate("violations"), said) == ([], [])
    tab.close()


def test_a_broken_rule_is_found(tmp_path, serve, browser):
    """The planted failure of the test above."""
    (tmp_path / "index.html").write_text('<style>p { color: red }</style><p>a</p><script>document.title = "b"</script>')
    tab, said = open_strictly(browser, serve(tmp_path))
    assert {rule.split("-")[0] for rule in tab.evaluate("violations")} == {"style", "script"}
    assert said
    tab.close()


def test_it_works_in_a_folder_that_is_opened_without_a_server(site, browser):
    """Catches a module script, which file:// refuses."""
    tab, said = open_strictly(browser, (site.folder / "html/index.html").as_uri())
    assert move_first_slider(tab)
    assert "#explore-sigmoid?w=3" in eventually(lambda: tab.evaluate("location.href"), lambda url: "#" in url)
    assert said == []
    tab.close()


@pytest.fixture
def phone(site, browser):
    """Return a tab of a phone with the first figure in sight, and a function that swipes over it with one finger."""
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 360, "height": 500})
    tab = context.new_page()
    tab.goto((site.folder / "html/index.html").as_uri())
    tab.locator(".lr-stage").first.scroll_into_view_if_needed()
    touch = context.new_cdp_session(tab)

    def swipe(x, y, dx, dy):
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for part in range(1, 11):
            point = {"x": x + dx * part / 10, "y": y + dy * part / 10}
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
            tab.evaluate("new Promise(requestAnimationFrame)")
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    yield tab, swipe
    context.close()


SCROLLED = "Math.round(scrollY)"


def test_a_finger_drags_the_handle_and_scrolls_the_page_elsewhere(phone):
    """Catches a drag that a phone takes for scrolling, and a drawing that holds the page fast."""
    tab, swipe = phone
    box, top = tab.locator("[data-handle]").first.bounding_box(), tab.evaluate(SCROLLED)
    swipe(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, 60, -60)
    assert eventually(lambda: tab.evaluate("document.querySelector('lr-sigmoid').state.x"), lambda x: x > 2) > 2
    assert tab.evaluate(SCROLLED) == top
    box = tab.locator(".lr-stage").first.bounding_box()
    swipe(box["x"] + 60, box["y"] + 60, 0, 50 if top else -50)
    assert eventually(lambda: tab.evaluate(SCROLLED), lambda now: now != top) != top


@pytest.mark.parametrize(("dx", "dy", "moves"), [(0, -60, False), (3, -40, False), (40, 4, True), (0, 0, True)])
def test_a_finger_that_scrolls_over_a_slider_does_not_set_it(phone, dx, dy, moves):
    """Catches a thumb that changes a model on its way down the page, and a slider that no longer slides or jumps."""
    tab, swipe = phone
    slider = tab.locator("lr-sigmoid input[type=range]").first
    slider.scroll_into_view_if_needed()
    box, before = slider.bounding_box(), slider.input_value()
    swipe(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2, dx, dy)
    tab.evaluate("new Promise(requestAnimationFrame)")
    assert (slider.input_value() != before) == moves
    assert (float(tab.evaluate("document.querySelector('lr-sigmoid').state.w")) != float(before)) == moves


# In JupyterLab


def test_a_notebook_gets_the_figure_and_a_description(tmp_path, browser):
    """Catches two of a kind that share their sliders, and arrow keys that JupyterLab keeps for itself."""
    shown = [explorable("sigmoid", w=1, b=0)._repr_mimebundle_(), explorable("sigmoid", w=-2)._repr_mimebundle_()]
    assert shown[1]["text/plain"].startswith("Explorable sigmoid: ")
    assert shown[1]["text/plain"].endswith("It starts at w = -2, b = 0, x = 0.")
    cells = "".join(f"<div>{bundle['text/html']}</div>" for bundle in shown)
    (tmp_path / "lab.html").write_text(f'<!doctype html><meta charset="utf-8"><title>lab</title>{cells}')
    tab, said = open_strictly(browser, (tmp_path / "lab.html").as_uri())
    assert move_first_slider(tab)
    states = tab.evaluate("[...document.querySelectorAll('lr-sigmoid')].map(element => element.state)")
    assert states == [{"w": 3, "b": 0, "x": 0}, {"w": -2, "b": 0, "x": 0}]
    hosts = "[...document.querySelectorAll('lr-sigmoid')].map(element => element.dataset.lmSuppressShortcuts)"
    assert tab.evaluate(hosts) == ["true", "true"]
    assert tab.evaluate("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size") == 6
    assert "#" not in tab.url  # a notebook's address is its own
    assert said == []
    tab.close()


def test_a_notebooks_figure_follows_jupyterlabs_dark_theme(tmp_path, browser):
    """Catches dark lines on a dark notebook."""
    html = explorable("sigmoid")._repr_mimebundle_()["text/html"]
    ink = "getComputedStyle(document.querySelector('.lr-stage text[fill=\"var(--ink)\"]')).fill"
    for light, colour in (("true", "rgb(31, 35, 40)"), ("false", "rgb(230, 237, 243)")):
        (tmp_path / "lab.html").write_text(
            f'<!doctype html><meta charset="utf-8"><body data-jp-theme-light="{light}">{html}'
        )
        tab = browser.new_page()
        tab.goto((tmp_path / "lab.html").as_uri())
        assert tab.evaluate(ink) == colour
        tab.close()


def test_the_modules_travel_with_the_package(tmp_path):
    """Catches a wheel whose explorables are missing: setuptools is asked what it would take along."""
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    taken = {
        path for pattern in settings["package-data"]["lrlib.explorables"] for path in explorables.FOLDER.glob(pattern)
    }
    assert {path for path in explorables.FOLDER.iterdir() if path.suffix in (".js", ".css")} <= taken
