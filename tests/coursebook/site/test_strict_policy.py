"""No page has anything inline: style attributes become classes that look the same, and each page says its policy."""

import re
import shutil
import subprocess
import sys

import pytest

from coursebook.site import strict_policy
from coursebook.site.strict_policy import (
    POLICY,
    SHEET,
    class_of,
    make_strict,
    rules_of,
    sheet_of,
    without_style_attributes,
)


def strict(html):
    return without_style_attributes(html)[0]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('<p style="color:red">', '<p class="{}">'),
        ('<p style="color: red;">', '<p class="{}">'),
        ("<p style='color:red'>", '<p class="{}">'),
        ("<p style=color:red>", '<p class="{}">'),
        ('<P STYLE="color:red">', '<P class="{}">'),
        ('<p id="a" style="color:red" class="b c">', '<p class="b c {}" id="a">'),
        ('<img alt="a > b" style="color:red" src="a.svg"/>', '<img class="{}" alt="a > b" src="a.svg"/>'),
        ('<p style="">', "<p>"),
        ('<p class="a" style=" ; ">', '<p class="a">'),
        ('<mstyle displaystyle="true">', '<mstyle displaystyle="true">'),
        ('<p data-style="color:red">', '<p data-style="color:red">'),
        ("<p title=\"a style='b'\">", "<p title=\"a style='b'\">"),
        ("&lt;p style='color:red'>", "&lt;p style='color:red'>"),
        ("<script>x = '<p style=\"color:red\">'</script>", "<script>x = '<p style=\"color:red\">'</script>"),
        ('<!-- <p style="color:red"> -->', '<!-- <p style="color:red"> -->'),
    ],
)
def test_a_style_attribute_becomes_a_class_and_nothing_else_changes(tag, expected):
    """Catches a lost class, an attribute of another name, and text or scripts taken for tags."""
    assert strict(tag) == expected.format(class_of("color:red"))


def test_the_rule_says_what_the_attribute_said():
    """Catches entities copied into the sheet, and a declaration lost on the way."""
    _, rules = without_style_attributes('<p style="font-family: &quot;A B&quot;; top:-3em;margin-left:0em">')
    (style,) = rules.values()
    assert style == 'font-family:"A B";top:-3em;margin-left:0em'
    assert rules_of(sheet_of(rules)) == rules


def test_a_style_that_would_leave_its_rule_is_refused():
    """Catches an attribute that writes a rule of its own for the whole site."""
    with pytest.raises(ValueError, match="cannot become a rule"):
        strict('<p style="color:red} body{display:none">')


@pytest.fixture
def site(tmp_path):
    """Return a function that writes pages, makes them strict and returns their texts and the sheet's."""

    def made(**pages):
        for name, text in pages.items():
            path = tmp_path / f"{name.replace('__', '/')}.html"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        make_strict(tmp_path)
        return {str(file.relative_to(tmp_path)): file.read_text() for file in tmp_path.rglob("*.*")}

    return made


PAGE = '<!doctype html><html><head><meta charset="utf-8"><title>A</title></head><body>{}</body></html>'
RED, BLUE = PAGE.format('<p style="color:red">'), PAGE.format('<p style="color:blue">')


def test_one_sheet_serves_the_whole_site_and_is_linked_where_it_is_needed(site):
    """Catches a link that misses by one level, and a page that waits for rules it does not use."""
    files = site(index=RED, chapters__one=BLUE, plain=PAGE)
    assert set(rules_of(files[SHEET]).values()) == {"color:red", "color:blue"}
    assert re.search(rf'<link [^>]*href="{SHEET}\?v=\w+"', files["index.html"])
    assert re.search(rf'<link [^>]*href="\.\./{SHEET}\?v=\w+"', files["chapters/one.html"])
    assert SHEET not in files["plain.html"]


def test_every_page_carries_the_policy_before_anything_it_could_stop(site):
    """Catches a policy that comes after the first script, or pushes the encoding out of sight."""
    files = site(index=RED, moved='<meta http-equiv="Refresh" content="0; url=index.html">')
    meta = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    assert f'<head><meta charset="utf-8">{meta}<title>' in files["index.html"]
    assert files["moved.html"].startswith(meta)


def test_a_page_that_was_not_written_again_keeps_its_rules(site):
    """Catches a build of one page that takes the other pages' rules from the sheet."""
    first = site(index=RED, chapters__one=BLUE)
    second = site(chapters__one=BLUE.replace("blue", "green"))
    assert set(rules_of(second[SHEET]).values()) == {"color:red", "color:green"}
    version = re.compile(r"\?v=\w+")
    assert version.sub("", second["index.html"]) == version.sub("", first["index.html"])
    assert version.search(second["index.html"])[0] != version.search(first["index.html"])[0]


def test_building_again_from_nothing_or_from_the_last_build_gives_the_same_files(site, tmp_path):
    """Catches an order of rules that depends on the order of pages, and a second policy in the head."""
    first = site(index=RED, chapters__one=BLUE)
    assert site() == first
    assert site(chapters__one=BLUE) == first
    shutil.rmtree(tmp_path / "_static")
    assert site(index=RED, chapters__one=BLUE) == first


def test_an_unchanged_page_keeps_its_time(site, tmp_path):
    """Catches a site that is uploaded whole after each small change."""
    site(index=RED)
    before = (tmp_path / "index.html").stat().st_mtime_ns
    site()
    assert (tmp_path / "index.html").stat().st_mtime_ns == before


def test_a_lost_sheet_is_noticed(site, tmp_path):
    """Catches pages whose formulas fall apart because the rules of their classes are gone."""
    site(index=RED)
    (tmp_path / SHEET).unlink()
    with pytest.raises(ValueError, match="no rule is known for the class s-"):
        site()


def test_two_styles_with_one_hash_are_refused(site, monkeypatch):
    """Catches one element in the style of another."""
    monkeypatch.setattr(strict_policy, "class_of", lambda style: "s-000000")
    with pytest.raises(ValueError, match=r"cannot become a rule|same hash"):
        site(index=RED, other=BLUE)


CONF = """
extensions = ["myst_parser", "coursebook.site.prerendered_maths"]
myst_enable_extensions = ["dollarmath"]
html_theme = "basic"
"""
FORMULAS = r"""# Formulas

$\hat p = \sqrt{\frac{1}{\sqrt[3]{x_i^2}}}$, $\overline{ab} \le \vec v$, $\not= \rule{1em}{2em}$, $\boxed{x}$,
$\overbrace{a+b}^{2}$, $\xrightarrow{abc}$, $\mathbf{X}\,\mathrm d$, $a \stackrel{!}{=} b$, $\tfrac12$

```{math}
\begin{aligned} \sigma(z) &= \frac{1}{1 + e^{-z}} \\[0.5em] &= \left(\sum_{k=1}^{K}\int_0^1
\begin{pmatrix}1&2\\3&4\end{pmatrix}\right)
\end{aligned}
```

```{math}
f(x) = \begin{cases} \bigl(1\bigr) & x > 0 \\ \cancel{0} & \text{else} \end{cases} \qquad \underset{w}{\arg\min}
```

| left | right |
| :--- | ---: |
| a | b |
"""
PLACES = """async () => (await document.fonts.ready) && [...document.querySelectorAll('div.body *')].map(element => {
  const box = element.getBoundingClientRect()
  return [element.tagName, box.x, box.y, box.width, box.height, getComputedStyle(element).textAlign].join()
})"""


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 360])
def test_formulas_look_the_same_without_style_attributes(tmp_path_factory, browser, width):
    """Catches a rule that loses against the style sheet of KaTeX, where the attribute had won."""
    folder = tmp_path_factory.mktemp("formulas")
    (folder / "conf.py").write_text(CONF)
    (folder / "index.md").write_text(FORMULAS)
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", ".", "html"], cwd=folder, check=True, capture_output=True, timeout=300
    )
    page, seen = folder / "html/index.html", []
    assert page.read_text().count(' style="') > 100
    tab = browser.new_page(viewport={"width": width, "height": 800})
    for change in (lambda: None, lambda: make_strict(folder / "html")):
        change()
        tab.goto(page.as_uri())
        seen.append(tab.evaluate(PLACES))
    tab.close()
    assert ' style="' not in page.read_text()
    assert len(seen[0]) > 300
    assert seen[1] == seen[0]
