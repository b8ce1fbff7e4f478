"""The policy stops scripts and style sheets inside a page, and what comes from elsewhere; style attributes pass."""

import subprocess
import sys

import pytest
from bs4 import BeautifulSoup

from coursebook.serve import serving
from coursebook.site.strict_policy import META, POLICY
from tests.pages import every_page, visit

PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">{policy}<title>A</title></head><body>{{}}</body></html>'
)
CARRIED, BARE = PAGE.format(policy=META), PAGE.format(policy="")
LISTENER = "document.violations = []; addEventListener('securitypolicyviolation', e => document.violations.push(e))"
DIRECTIVES = "document.violations.map((e) => e.effectiveDirective)"


@pytest.fixture
def stopped(tmp_path, browser):
    """Return a function that opens a page with this body under the policy, and returns the directives it broke."""

    def asked(body, page=CARRIED, address=None):
        (tmp_path / "index.html").write_text(page.format(body), encoding="utf-8")
        tab = browser.new_page()
        tab.add_init_script(LISTENER)
        tab.goto(address or (tmp_path / "index.html").as_uri())
        tab.wait_for_load_state("networkidle")
        found = tab.evaluate(DIRECTIVES)
        colour = tab.evaluate("getComputedStyle(document.body.firstElementChild ?? document.body).color")
        ran = tab.title()
        tab.close()
        return set(found), colour, ran

    return asked


@pytest.mark.parametrize(
    ("body", "directive"),
    [
        ("<p>a</p><script>document.title = 'ran'</script>", "script-src-elem"),
        ("<p onclick=\"document.title = 'ran'\">a</p>", "script-src-attr"),
        ("<p>a</p><style>p { color: red }</style>", "style-src-elem"),
        ('<p>a</p><img alt="" src="https://elsewhere.example/a.png">', "img-src"),
        ('<p style="background: url(https://elsewhere.example/a.png)">a</p>', "img-src"),
        ('<p>a</p><object data="https://elsewhere.example/a"></object>', "object-src"),
    ],
)
def test_what_the_policy_forbids_is_stopped(stopped, body, directive):
    """Catches a policy that allows more than style attributes, or lets one load something from elsewhere."""
    broken, colour, title = stopped(body)
    assert directive in broken
    assert (colour, title) == ("rgb(0, 0, 0)", "A")


def test_a_style_attribute_is_applied(stopped):
    """Catches a policy that takes the heights out of every formula."""
    assert stopped('<p style="color: red">a</p>') == (set(), "rgb(255, 0, 0)", "A")


def test_the_header_of_our_server_says_the_same(stopped, tmp_path):
    """Catches a server under which a page is stricter, or laxer, than as it is published."""
    body = '<p style="color: red">a</p><style>p { color: blue }</style>'
    with serving(tmp_path) as address:
        assert stopped(body, BARE, address) == ({"style-src-elem"}, "rgb(255, 0, 0)", "A")


def test_the_policy_is_no_laxer_than_it_has_to_be():
    """Catches 'unsafe-inline' or 'unsafe-eval' for scripts and style sheets, and another site's address."""
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules.pop("style-src-attr") == "'unsafe-inline'"
    assert set(" ".join(rules.values()).split()) == {"'self'", "'none'", "data:"}
    assert rules["script-src"] == rules["style-src"] == rules["default-src"] == "'self'"


@every_page
def test_every_page_carries_the_policy_before_anything_it_could_stop(built, page):
    """Catches a policy that comes after the first script, or pushes the encoding out of the first bytes."""
    first, second, *_ = BeautifulSoup((built / page).read_bytes(), "html.parser").head.find_all(True)
    assert first.get("charset") == "utf-8"
    assert (second.get("http-equiv"), second.get("content")) == ("Content-Security-Policy", POLICY)


@pytest.mark.slow
def test_formulas_keep_their_measures_under_the_policy(tmp_path, browser):
    """Catches formulas that fall together: the policy must stop none of what Temml writes."""
    (tmp_path / "conf.py").write_text(
        'extensions = ["myst_parser", "coursebook.site.maths"]\n'
        'myst_enable_extensions = ["dollarmath"]\nhtml_theme = "basic"\n'
    )
    (tmp_path / "index.md").write_text("# Formulas\n\n$$\\begin{aligned} a &= b \\\\ &= c \\end{aligned}$$\n")
    subprocess.run([sys.executable, "-m", "sphinx", "-q", ".", "html"], cwd=tmp_path, check=True, timeout=300)
    page, widths = tmp_path / "html/index.html", []
    text = page.read_text(encoding="utf-8")
    for changed in (text, text.replace("<head>", f"<head>{META}"), text.replace("style=", "data-no=")):
        page.write_text(changed, encoding="utf-8")
        opened = visit(browser, page.as_uri())
        widths.append(opened.tab.evaluate("document.querySelector('mtable').getBoundingClientRect().width"))
        opened.tab.close()
    assert widths[0] == widths[1] != widths[2]
