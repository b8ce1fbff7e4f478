"""Check yourself: questions unfold without scripts, remember with them, and are refused when they are not sound."""

import gzip
import json
import re

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from coursebook.questions.reader import questions_in
from tests.pages import settle
from tests.paths import ROOT

CHAPTERS = sorted((ROOT / "chapters").glob("*.md"))
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("quiz")]
ONE = """\
# One

(a-place)=
## A place

```{question} Which is *even*?
:label: check-one-even
- [ ] Three
  : It leaves a rest; see {ref}`a-place`.
- [x] Four, or `2 + 2`
  : Two times two.

  And a second paragraph.
```

```{question} Which is odd?
:label: check-one-odd
- [x] Five
  : It leaves a rest.
- [ ] Six
  : Two times three.
```

```{question}
:label: check-one-several
:several:

Which are *prime*?

- [x] Two
  : It is the only even one.
- [ ] Four
  : Two times two.
- [x] Three
  : Nothing divides it.
```

```{question} How much is three divided by four?
:label: check-one-number
:within: 0.01
- [ ] -3/4
  : No minus sign was given.
- [x] 3/4
  : Three quarters.
- [ ] 4/3
  : Upside down.
```
"""
TWO = """\
# Two

```{question} Is this another page?
:label: check-two-page
- [x] Yes
  : Its answers are kept apart.
- [ ] No
  : Look at the address.
```
"""
PAGES = {
    "index.md": "# Book\n\n```{toctree}\nchapters/one\nchapters/two\n```\n",
    "chapters/one.md": ONE,
    "chapters/two.md": TWO,
    "_templates/layout.html": """\
{% extends "!layout.html" %}
{% block extrahead %}<link rel="icon" href="data:,">{% endblock %}
{% block relbar1 %}{% endblock %}
{% block relbar2 %}{% endblock %}
""",
}


class Lines:
    """What Sphinx writes its warnings to."""

    text = ""

    def write(self, text):
        self.text += re.sub(r"\x1b\[[0-9;]*m", "", text)

    def flush(self):
        pass


def build(folder, pages=PAGES, builder="html"):
    """Write these pages and build what is out of date; return the warnings."""
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    source, out = str(folder), str(folder / "_build" / builder)
    settings = {
        "extensions": ["myst_parser", "coursebook.questions.quiz"],
        "myst_enable_extensions": ["dollarmath"],
        "exclude_patterns": ["_build"],
        "html_theme": "basic",
        "html_sidebars": {"**": []},  # the theme's search box is an inline script, and its bars have inline styles
        "templates_path": ["_templates"],
        "epub_show_urls": "no",
        "copyright": "2026",
        "version": "1",
    }
    warnings = Lines()
    with patch_docutils(source), docutils_namespace():
        Sphinx(source, None, out, f"{out}-doctrees", builder, settings, status=None, warning=warnings).build()
    return warnings.text


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return the folder of a small built site with two pages of questions."""
    folder = tmp_path_factory.mktemp("quiz")
    assert build(folder) == ""
    return folder / "_build/html"


@pytest.fixture(scope="module")
def address(small, serve):
    """Serve the small site under the strict policy; return its address."""
    return serve(small)


@pytest.fixture
def context(browser):
    """Return a reader's browser that remembers nothing from other tests."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def page(context, address):
    """Return the first page of the small site, in a browser; whatever is wrong with it at the end is an error."""
    page = context.new_page()
    wrong = watched(page)
    page.goto(f"{address}/chapters/one.html")
    yield page
    assert wrong == []


def watched(page):
    """Return a list that collects what the page complains of, breaches of the policy among them."""
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error.stack)))
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    return wrong


def answer(page, label, place):
    """Return one answer of a question."""
    return page.locator(f"#{label} details").nth(place)


def choose(page, label, place):
    """Click on an answer."""
    answer(page, label, place).locator("summary").click()


def state(page, label):
    """Return what the page says of a question."""
    return page.locator(f"#{label} .check-number span").inner_text().strip(" ·")


def progress(page):
    """Return the beginning of the line above the first question."""
    return page.locator(".check-progress").inner_text().split(".")[0]


def stored(page):
    """Return what the browser keeps."""
    return json.loads(page.evaluate("localStorage.getItem('lr-progress /')") or "null")


# The questions of this book


def test_every_chapter_ends_with_five_to_eight_questions_before_its_exercises():
    """Catches a chapter without questions, or with so many that nobody answers them."""
    assert len(CHAPTERS) >= 6
    for path in CHAPTERS:
        text = path.read_text(encoding="utf-8")
        assert 5 <= len(questions_in(path)) <= 8
        assert text.index("## Check yourself") < text.index("```{question}") < text.index("## Exercises")


def test_the_right_answer_is_no_favourite_of_one_place():
    """Catches questions that can be answered by always choosing the second."""
    places = [[o.right for o in q.options].index(True) for path in CHAPTERS for q in questions_in(path)]
    assert all(places.count(place) < len(places) / 2 for place in range(4))


@pytest.mark.parametrize("chapter", [path.stem for path in CHAPTERS])
def test_without_scripts_every_answer_of_the_book_unfolds_with_its_feedback(browser, built, chapter):
    """Catches an answer that says nothing, says the wrong verdict, or needs a script."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto((built / f"chapters/{chapter}.html").as_uri())
    asked = questions_in(ROOT / f"chapters/{chapter}.md")
    assert page.locator(".check").count() == len(asked)
    for question in asked:
        for place, option in enumerate(question.options):
            shown = answer(page, question.label, place)
            feedback = shown.locator(".check-feedback")
            assert not feedback.is_visible()
            shown.locator("summary").press("Enter")
            assert feedback.is_visible()
            assert feedback.inner_text().startswith("Right." if option.right else "Not so.")
            assert len(feedback.text_content()) > 30  # characters: a formula has no blanks
    assert wider_than_the_screen(page) == []
    context.close()


def wider_than_the_screen(page):
    """Return the parts of the questions that reach beyond the screen or their box."""
    boxes = [
        (place, box.inner_text())
        for box in page.locator(".check, .check summary, .check-feedback, .check form").all()
        if (place := box.bounding_box())
    ]
    return [
        text for place, text in boxes if place["x"] < 0 or place["x"] + place["width"] > page.viewport_size["width"]
    ]


@pytest.mark.parametrize("chapter", [path.stem for path in CHAPTERS])
def test_on_a_telephone_no_question_makes_the_page_scroll_sideways(browser, built, chapter):
    """Catches a formula or a form that is wider than the screen, with scripts on."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto((built / f"chapters/{chapter}.html").as_uri())
    settle(page)
    page.evaluate("for (const answer of document.querySelectorAll('.check details')) answer.open = true")
    assert wider_than_the_screen(page) == []
    assert page.locator(".check").evaluate_all("all => all.every(box => box.scrollWidth <= box.clientWidth + 1)")
    context.close()


def test_the_script_is_small_and_only_where_questions_are(built):
    """Catches a script that every page pays for."""
    assert len(gzip.compress((built / "_static/quiz.js").read_bytes())) < 5000
    loads = {page.stem for page in built.rglob("*.html") if 'src="../_static/quiz.js' in page.read_text("utf-8")}
    assert loads == {path.stem for path in CHAPTERS}


# Without and with scripts, on a small site under the strict policy


def test_without_scripts_a_question_is_complete(browser, address):
    """Catches buttons that do nothing, and answers that a script has to show."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/chapters/one.html")
    assert page.locator(".check-choice").all_inner_texts()[-3:] == ["-3/4", "3/4", "4/3"]
    choose(page, "check-one-number", 1)
    assert answer(page, "check-one-number", 1).locator(".check-feedback").inner_text() == "Right. Three quarters."
    assert page.locator("main button, .body button, .body input").count() == 0
    context.close()


def test_the_first_choice_decides_and_each_question_has_its_own(page):
    """Catches a later right answer that hides the first mistake, and a question that marks its neighbour."""
    choose(page, "check-one-even", 0)
    choose(page, "check-one-even", 1)
    assert (state(page, "check-one-even"), state(page, "check-one-odd")) == ("not at the first try", "")
    choose(page, "check-one-odd", 0)
    assert state(page, "check-one-odd") == "right at the first try"
    assert progress(page) == "2 of 4 answered, 1 right at the first try"
    assert stored(page) == {
        "version": 1,
        "chapters/one": {"check-one-even": "wrong", "check-one-odd": "right"},
    }


def test_with_several_right_answers_all_of_them_are_needed(page):
    """Catches a question that is content with one of two."""
    choose(page, "check-one-several", 0)
    assert state(page, "check-one-several") == ""
    choose(page, "check-one-several", 2)
    assert state(page, "check-one-several") == "right at the first try"


TYPED = {  # (the place of the answer that opens, what is stored)
    "0.75": (1, "right"),
    " 3/4 ": (1, "right"),
    "0,75": (1, "right"),
    "75 %": (1, "right"),
    ".745": (1, "right"),
    "+0.76": (1, "right"),
    "-0.75": (0, "wrong"),
    "−3/4": (0, "wrong"),
    "1.33": (2, "wrong"),
    "0.77": (None, "wrong"),
    "1/0": (None, "wrong"),
    "three quarters": (None, None),
    "": (None, None),
    "3/4/5": (None, None),
}


def test_a_typed_number_is_read_as_its_writer_meant_it(page):
    """Catches fractions, commas and minus signs that count as wrong, and nonsense that counts at all."""
    found = {}
    for typed in TYPED:
        page.evaluate("localStorage.clear()")
        page.reload()
        box = page.locator("#check-one-number")
        assert box.locator("summary").locator("visible=true").count() == 0
        box.get_by_label("Your number").fill(typed)
        box.get_by_label("Your number").press("Enter")
        assert box.get_by_role("status").inner_text() != ""
        opened = [number for number in range(3) if answer(page, "check-one-number", number).is_visible()]
        result = (stored(page) or {}).get("chapters/one", {}).get("check-one-number")
        found[typed] = (*opened, None)[0], result
    assert found == TYPED


def test_who_does_not_want_to_type_may_choose(page):
    """Catches a question that only a number can open."""
    box = page.locator("#check-one-number")
    box.get_by_role("button", name="Choose from a list").click()
    assert box.locator("summary").locator("visible=true").count() == 3
    choose(page, "check-one-number", 1)
    assert state(page, "check-one-number") == "right at the first try"


FOCUSED = """(() => {
    const element = document.activeElement, style = getComputedStyle(element);
    const words = (element.querySelector(".check-choice") ?? element).innerText || element.tagName;
    return [words, Boolean(element.closest(".check, .check-head")), style.outlineStyle, style.outlineWidth];
})()"""


def test_everything_can_be_done_with_the_keyboard_and_the_focus_is_seen(page):
    """Catches a control that Tab does not reach, Enter or space does not work, or whose focus cannot be seen."""
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        look = page.evaluate(FOCUSED)
        if look[1] and look[0] in reached[:1]:
            break  # once around the page
        if look[1]:
            reached.append(look[0].strip())
            assert look[2] == "solid" or look[0].strip() == "#"
            assert look[3] != "0px"
        if look[0].strip() == "Four, or 2 + 2":
            page.keyboard.press("Enter")
        if look[0].strip() == "Six":
            page.keyboard.press("Space")
        if look[0] == "INPUT":
            page.keyboard.type("3/4")
            page.keyboard.press("Enter")
    assert [words for words in reached if words not in ("¶", "#")] == [
        "Clear my answers",
        *("Three", "Four, or 2 + 2", "Five", "Six", "Two", "Four", "Three"),
        *("INPUT", "Check", "Choose from a list", "3/4"),
    ]
    assert progress(page) == "3 of 4 answered, 2 right at the first try"
    page.get_by_role("button", name="Clear my answers").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "Clear my answers"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert progress(page) == "0 of 4 answered, 0 right at the first try"


def test_progress_outlives_a_reload_and_clearing_asks_first(page, address):
    """Catches answers that are forgotten, kept after clearing, or cleared in one careless click."""
    choose(page, "check-one-even", 1)
    page.goto(f"{address}/chapters/two.html")
    choose(page, "check-two-page", 1)
    page.goto(f"{address}/chapters/one.html")
    assert (progress(page), state(page, "check-one-even")) == (
        "1 of 4 answered, 1 right at the first try",
        "right at the first try",
    )
    page.get_by_role("button", name="Clear my answers").click()
    page.get_by_role("button", name="keep them").click()
    assert progress(page) == "1 of 4 answered, 1 right at the first try"
    choose(page, "check-one-odd", 0)
    page.get_by_role("button", name="Clear my answers").click()
    page.get_by_role("button", name="of this chapter").click()
    assert progress(page) == "0 of 4 answered, 0 right at the first try"
    assert page.locator(".check details[open]").count() == 0
    assert stored(page) == {"version": 1, "chapters/two": {"check-two-page": "wrong"}}
    page.get_by_role("button", name="Clear my answers").click()
    page.get_by_role("button", name="of all chapters").click()
    assert page.evaluate("localStorage.getItem('lr-progress /')") is None


def test_a_browser_that_keeps_nothing_still_answers_and_says_so(context, address):
    """Catches a page that breaks where storage is forbidden."""
    context.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('closed'); }})")
    page = context.new_page()
    wrong = watched(page)
    page.goto(f"{address}/chapters/one.html")
    choose(page, "check-one-even", 1)
    assert progress(page) == "1 of 4 answered, 1 right at the first try"
    assert "keeps nothing" in page.locator(".check-progress").inner_text()
    page.get_by_role("button", name="Clear my answers").click()
    page.get_by_role("button", name="of this chapter").click()
    assert progress(page) == "0 of 4 answered, 0 right at the first try"
    assert [error for error in wrong if "sphinx_highlight.js" not in error] == []  # Sphinx's own script minds


RUBBISH = [
    "{",
    "",
    "null",
    "[1]",
    '"right"',
    '{"version": 2, "chapters/one": {"check-one-even": "right"}}',
    '{"version": 1, "chapters/one": "right"}',
    '{"version": 1, "chapters/one": null}',
    '{"version": 1, "chapters/one": ["right"]}',
    '{"version": 1, "chapters/one": {"check-one-odd": 7, "check-one-gone": "right"}}',
]


def test_rubbish_in_the_store_is_taken_for_no_answers(page):
    """Catches a page that breaks on what an older book, or somebody else, has stored."""
    for rubbish in RUBBISH:
        page.evaluate("text => localStorage.setItem('lr-progress /', text)", rubbish)
        page.reload()
        assert progress(page) == "0 of 4 answered, 0 right at the first try", rubbish
        choose(page, "check-one-odd", 0)
        page.reload()
        assert state(page, "check-one-odd") == "right at the first try", rubbish


def test_a_second_tab_sees_and_keeps_what_the_first_one_did(page, context, address):
    """Catches two tabs of which the later one wipes out the other's answers."""
    other = context.new_page()
    other.goto(f"{address}/chapters/one.html")
    choose(page, "check-one-even", 1)
    other.locator(".check-number", has_text="right at the first try").wait_for()
    choose(other, "check-one-odd", 1)
    assert stored(page)["chapters/one"] == {"check-one-even": "right", "check-one-odd": "wrong"}


def test_printing_opens_every_answer_and_counts_none(page):
    """Catches paper with questions nobody can open, and a printer that has answered them."""
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".check details:not([open])").count() == 0
    page.emulate_media(media="print")
    assert page.locator("#check-one-number .check-feedback").locator("visible=true").count() == 3
    assert page.locator(".check-clearing").is_hidden()
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator(".check details[open]").count() == 0
    assert stored(page) is None


def test_without_scripts_paper_shows_every_answer_too(browser, address):
    """Catches a print style that relies on the script."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/chapters/one.html")
    page.emulate_media(media="print")
    assert page.locator(".check-feedback").locator("visible=true").count() == 10
    context.close()


def test_it_works_from_a_folder_without_a_server(context, small):
    """Catches a script or a style sheet that file:// does not load."""
    page = context.new_page()
    wrong = watched(page)
    page.goto((small / "chapters/one.html").as_uri())
    choose(page, "check-one-even", 1)
    page.reload()
    assert state(page, "check-one-even") == "right at the first try"
    assert wrong == []


def test_the_markup_is_named_linked_and_without_inline_code(small):
    """Catches a question without a name or a permanent link, and what the strict policy would drop."""
    soup = BeautifulSoup((small / "chapters/one.html").read_text(encoding="utf-8"), "html.parser")
    for box in soup.select(".check"):
        assert soup.find(id=box["aria-labelledby"]).get_text(strip=True)
        assert box.select_one("a.headerlink")["href"] == f"#{box['id']}"
        assert not [tag for tag in [box, *box.find_all(True)] if any(re.match("style$|on", name) for name in tag.attrs)]
    assert soup.select_one("#check-one-even .check-feedback a")["href"] == "#a-place"
    assert [p.get_text() for p in soup.select("#check-one-even .check-right p")] == [
        "Right. Two times two.",
        "And a second paragraph.",
    ]
    assert soup.select_one("#check-one-even summary code")
    assert "quiz.js" not in (small / "index.html").read_text(encoding="utf-8")


# Other formats, and what a build refuses


@pytest.mark.parametrize("builder", ["epub", "text", "singlehtml"])
def test_elsewhere_the_answers_follow_the_question_unfolded(tmp_path, builder):
    """Catches an e-book with folded answers, or without the letters that join answer and feedback."""
    assert build(tmp_path, builder=builder) == ""
    names = {"epub": "chapters/one.xhtml", "text": "chapters/one.txt", "singlehtml": "index.html"}
    page = (tmp_path / "_build" / builder / names[builder]).read_text(encoding="utf-8")
    assert "<details" not in page
    assert "Choose an answer" not in page
    text = page.replace("*", "") if builder == "text" else BeautifulSoup(page, "html.parser").get_text()
    words = [
        "Question 1",
        "Which is",
        "Three",
        "Four, or",
        "Answers",
        "Not so. It leaves a rest",
        "Right. Two times two",
    ]
    places = [text.index(word) for word in words]
    assert places == sorted(places)


SOUND = """# Page

```{question} Which?
:label: check-page-which
- [ ] This
  : Why not.
- [x] That
  : Why.
```
"""


def warnings_of(folder, text):
    """Return the warnings of a site with this page."""
    return build(folder, {"index.md": text})


def test_a_sound_question_brings_no_warning(tmp_path):
    """Catches a build that always complains, whose planted failures below would prove nothing."""
    assert warnings_of(tmp_path, SOUND) == ""


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("- [x]", "- [ ]", 3, "0 answers are marked right"),
        ("- [ ]", "- [x]", 3, "2 answers are marked right"),
        ("  : Why not.\n", "", 5, "an answer without feedback"),
        ("- [x] That\n  : Why.\n", "", 3, "needs two answers"),
        (":label: check-page-which\n", "", 3, "the label (none) must read check-"),
        ("check-page-which", "which", 3, "the label (which) must read check-"),
        ("check-page-which", "check-Page-Which", 3, "the label (check-Page-Which) must read check-"),
        (" Which?", "", 3, "there is no question"),
        ("  : Why not.", "  : Why not.\nor so", 7, "this line belongs to no answer"),
        ("This", "See [this](index.md)", 5, "put its link into the feedback"),
        ("which\n", "which\n:within: 0.01\n", 6, "each answer is a plain number"),
        ("which\n", "which\n:within: near\n", 3, ":within: takes a positive number"),
        ("which\n", "which\n:within: 0\n", 3, ":within: takes a positive number"),
    ],
)
def test_an_unsound_question_is_a_warning_with_its_line(tmp_path, old, new, line, words):
    """Catches a question that a strict build lets pass."""
    assert old in SOUND
    found = warnings_of(tmp_path, SOUND.replace(old, new, 1))
    assert f"index.md:{line}: WARNING: " in found
    assert words in found


def test_two_numbers_that_one_typed_number_could_mean_are_a_warning(tmp_path):
    """Catches a tolerance that swallows a named mistake."""
    text = SOUND.replace("which\n", "which\n:within: 0.1\n").replace("This", "0.5").replace("That", "0.6")
    assert "too close to another answer" in warnings_of(tmp_path, text)


def test_a_label_of_two_pages_is_a_warning_also_when_one_is_read_again(tmp_path):
    """Catches two questions that share a place in the store, and a page that is its own double."""
    pages = {
        "index.md": "# Book\n\n```{toctree}\na\nb\n```\n",
        "a.md": SOUND,
        "b.md": SOUND.replace("check-page-which", "check-page-other"),
    }
    assert build(tmp_path, pages) == ""
    pages["a.md"] += "\nMore.\n"
    assert build(tmp_path, pages) == ""
    pages["b.md"] = SOUND
    assert "the label check-page-which is taken in a: choose another" in build(tmp_path, pages)
    twice = SOUND + SOUND.partition("\n\n")[2]
    assert "the label check-page-which is taken in index" in build(tmp_path / "twice", {"index.md": twice})
