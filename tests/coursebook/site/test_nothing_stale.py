"""Pages of chapters that were renamed or removed go with the next build."""

from types import SimpleNamespace

import pytest

from coursebook.site import nothing_stale

PAGES = ("index.html", "chapters/new.html", "chapters/old.html", "404.html", "_static/a.html")


@pytest.fixture
def app(tmp_path):
    for page in PAGES:
        (tmp_path / page).parent.mkdir(exist_ok=True)
        (tmp_path / page).touch()
    env = SimpleNamespace(found_docs={"index", "chapters/new"})
    app = SimpleNamespace(outdir=tmp_path, env=env, builder=SimpleNamespace(name="html"))
    nothing_stale.note_page(app, "404", "page.html", {}, None)
    nothing_stale.note_page(app, "index", "page.html", {}, "its document")
    return app


def left(app):
    return {str(path.relative_to(app.outdir)) for path in app.outdir.rglob("*.html")}


def test_only_the_page_that_no_build_makes_goes(app):
    """Catches an old chapter that can still be read, and a page removed that the build did make."""
    nothing_stale.remove_stale(app, None)
    assert left(app) == set(PAGES) - {"chapters/old.html"}


def test_a_build_that_had_nothing_to_write_removes_nothing(app):
    """Catches a site without its search after a build in which no page was out of date."""
    del app.extra_pages
    nothing_stale.remove_stale(app, None)
    assert left(app) == set(PAGES)


def test_a_build_that_failed_removes_nothing(app):
    """Catches a typing error in one chapter that takes the pages of others away."""
    nothing_stale.remove_stale(app, ValueError("a build that failed"))
    assert left(app) == set(PAGES)
