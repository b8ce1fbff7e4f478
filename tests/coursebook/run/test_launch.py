"""The links that run a chapter lead to the repository that builds the page, and old names lead to new ones."""

import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from coursebook.run import execution
from tests.paths import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("launch")]

HEADER = """\
---
jupytext: {{text_representation: {{extension: .md, format_name: myst}}}}
kernelspec: {{display_name: Python 3, language: python, name: python3}}
myst: {{html_meta: {{description: {}}}}}
---

"""
PAGES = {
    "_toc.yml": "format: jb-book\nroot: index\nchapters:\n- file: chapters/one\n- file: coursework/1-two\n",
    "index.md": "# Book\n\n{launch}`Run it <#run-it>`\n\n(run-it)=\n## How\n\nSo.\n\n"
    "```{toctree}\nchapters/one\ncoursework/1-two\n```\n",
    "chapters/one.md": HEADER.format("What one is.") + "# One\n\n```{code-cell}\n1 + 1\n```\n",
    "coursework/1-two.md": "---\nmyst: {html_meta: {description: What two is.}}\n---\n\n# Two\n\nDo it.\n",
    "_build/assignments/1-two.ipynb": "{}",
    "constraints.txt": "",
    "book/renamed.toml": 'single = "one"\n',
}
FORK = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "someone/fork",
    "GITHUB_REF_NAME": "trunk",
    "GITHUB_SHA": "c0ffee",
}


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> Path:
    """Return a book of one chapter, executed."""
    root = tmp_path_factory.mktemp("book")
    for name, text in PAGES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "binder").mkdir()
    execution.execute_stale(execution.chapters(root))
    return root


@pytest.fixture
def book(sources, tmp_path, monkeypatch):
    """Return a function that builds the book in an environment and returns the launch links, the site, the warnings."""
    for variable in [*FORK, "GITHUB_BASE_REF", "BOOK_URL"]:
        monkeypatch.delenv(variable, raising=False)
    root = tmp_path / "book"
    shutil.copytree(sources, root)

    def build(environment=()):
        for name, value in dict(environment).items():
            monkeypatch.setenv(name, value)
        given, warnings = {}, Lines()
        settings = {
            "extensions": ["myst_nb", "coursebook.site.findable", "coursebook.run.runnable"],
            "course_library": "lrlib[torch]",
            "course_explorables": "lrlib.explorables",
            "course_first_explorable": "sigmoid",
            "nb_execution_mode": "off",
            "source_suffix": {".md": "myst-nb"},  # Sphinx would note it in its default, for all later tests too
            "exclude_patterns": ["_build"],
            "html_theme": "basic",
            "html_title": "The Book",
            "suppress_warnings": ["findable"],
        }
        out = root / "_build" / "html"
        with patch_docutils(str(root)), docutils_namespace():
            app = Sphinx(str(root), None, str(out), f"{root}/_build/trees", "html", settings, None, warnings)
            app.connect("html-page-context", lambda *event: given.update({event[1]: event[3]}), priority=999)
            app.build()
        return {name: context["launch_urls"] for name, context in given.items()}, out, warnings.text

    build.root = root
    return build


class Lines:
    text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def test_a_forks_chapter_runs_in_the_fork(book):
    """Catches a launch button that opens the original, another branch, a text, or an empty machine."""
    links, out, warnings = book(FORK)
    assert warnings == ""
    assert links["index"] == links["search"] == {}
    binder, colab, download = links["chapters/one"].values()
    assert binder.startswith("https://mybinder.org/v2/gh/someone/fork/c0ffee?")
    assert unquote(binder).endswith("urlpath=lab/tree/notebooks/one.ipynb")
    assert colab == "https://colab.research.google.com/github/someone/fork/blob/notebooks/one.ipynb"
    assert (out / "chapters" / download).resolve() == out / "notebooks" / "one.ipynb"
    assert "git+https://github.com/someone/fork@c0ffee" in (out / "notebooks" / "one.ipynb").read_text()
    shutil.rmtree(book.root / "binder")
    (book.root / "index.md").touch()
    links, _, _ = book({"GITHUB_SHA": "c0ffee2", "GITHUB_REF_NAME": "other"})  # all pages are written again
    assert list(links["chapters/one"]) == ["Run in Colab", "Download the notebook"]


def test_an_assignments_page_opens_its_notebook_for_students(book):
    """Catches an assignment that can only be read, and a list of notebooks that leaves it out."""
    links, out, _ = book(FORK)
    binder, colab, download = links["coursework/1-two"].values()
    assert unquote(binder).endswith("urlpath=lab/tree/notebooks/1-two.ipynb")
    assert colab.endswith("/blob/notebooks/1-two.ipynb")
    assert (out / "coursework" / download).resolve().read_text() == "{}"
    assert "1. [Two](1-two.ipynb): What two is." in (out / "notebooks" / "start.ipynb").read_text()


def test_without_a_repository_the_notebook_can_be_had_and_the_launch_link_stays_in_the_page(book):
    """Catches links to a made-up repository, and a warning for everybody who builds a zip."""
    links, out, warnings = book()
    assert warnings == ""
    assert list(links["chapters/one"]) == ["Download the notebook"]
    assert launch(out) == "#run-it"
    start = (out / "notebooks" / "start.ipynb").read_text()
    assert "](one.ipynb)" in start
    assert "]()" not in start


def test_the_landing_pages_link_opens_the_start_in_binder(book):
    """Catches a landing page that leads to one chapter only, or to an empty launcher."""
    _, out, _ = book(FORK)
    assert unquote(launch(out)).endswith("urlpath=lab/tree/notebooks/start.ipynb")


def launch(out: Path) -> str:
    page = BeautifulSoup((out / "index.html").read_text(), "html.parser")
    return page.find("a", string="Run it")["href"]


def test_an_old_name_leads_on_from_the_site_and_as_a_file(book):
    """Catches a link to a renamed chapter that ends at "not found", with and without scripts."""
    _, out, _ = book(FORK)
    page = BeautifulSoup((out / "chapters" / "single.html").read_text(), "html.parser")
    assert page.select_one("meta[http-equiv=refresh]")["content"] == "0; url=one.html"
    assert page.a["href"] == "one.html"
    assert (out / "notebooks" / "single.ipynb").read_bytes() == (out / "notebooks" / "one.ipynb").read_bytes()


def test_an_old_name_that_leads_nowhere_is_a_warning_and_a_notebook_of_a_gone_chapter_goes(book):
    """Catches a chapter renamed twice, and old notebooks that are published for ever."""
    (book.root / "book" / "renamed.toml").write_text('single = "two"\n')
    out = book.root / "_build" / "html"
    (out / "notebooks").mkdir(parents=True)
    (out / "notebooks" / "gone.ipynb").write_text("{}")
    _, _, warnings = book()
    assert "there is no such chapter" in warnings
    (book.root / "book" / "renamed.toml").unlink()
    book()
    assert sorted(path.name for path in (out / "notebooks").iterdir()) == ["1-two.ipynb", "one.ipynb", "start.ipynb"]


def test_the_workflow_publishes_the_notebooks_where_colab_looks():
    """Catches a branch renamed in one place."""
    from coursebook.run import runnable

    workflow = (ROOT / ".github" / "workflows" / "publish.yml").read_text()
    assert f"HEAD:refs/heads/{runnable.NOTEBOOKS}" in workflow
