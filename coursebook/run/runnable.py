"""Each chapter and assignment can be run: its notebook beside the pages, and links that open it in Binder or Colab.

The notebooks are written with the pages, into notebooks/ (notebooks.py says how; coursebook/source/assignment_pages.py
has made the assignments'): the site offers them as files, the workflow publishes them on a branch for Colab, Binder and
`make lab` open them. start.ipynb is for those who come without a chapter in mind. book/renamed.toml leads from a
chapter's old name to its new one.

    {launch}`Run it <#run-it>`

is a link to start.ipynb in Binder; where no repository is known, to the place that is named.
"""

import html
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import nbformat
from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole
from sphinx.util.typing import ExtensionMetadata

from coursebook.run import execution, install_cell, notebooks
from coursebook.site import strict_policy
from coursebook.source import contents, extension, repository, settings
from coursebook.source.descriptions import DESCRIPTIONS

LOGGER = logging.getLogger(__name__)
CHAPTERS = contents.CHAPTERS
ASSIGNMENTS = "coursework/"
STUDENTS = Path("_build/assignments")  # where coursebook/source/assignment_pages.py puts the notebooks for students
NOTEBOOKS = "notebooks"  # the folder, of the site and of a clone, and the branch that the workflow publishes
START = "start"
RENAMED = Path("book/renamed.toml")
START_TEXT = """\
# {title}

Choose a chapter. It opens as a notebook, with the book's outputs: run all its cells once, change a number in one of
them, and run that one again with Shift+Enter.
Solutions are folded; the arrow beside their heading opens them. The words are those of [the site]({site}); what you
change, you change in your copy only.

{chapters}
{assignments}
"""
TRY_IT = "\nIs everything there? Run the next cell, then move the handles.\n"
REDIRECT_PAGE = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">{policy}<title>{title}</title>
<meta http-equiv="refresh" content="0; url={address}"><link rel="canonical" href="{address}"></head>
<body><p>This chapter is now called <a href="{address}">{title}</a>.</p></body></html>
"""


# Notebooks


def write_notebook(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Write the notebook of a chapter whose page is written, and tell the template where it can be run."""
    context["launch_urls"] = {}
    if doctree is None or not pagename.startswith((CHAPTERS, ASSIGNMENTS)) or app.builder.name != "html":
        return
    name = pagename.rpartition("/")[2]
    context["launch_urls"] = launch_urls(app, name)
    if pagename.startswith(ASSIGNMENTS):
        return
    try:
        made = notebooks.chapter(doctree, executed(app, pagename), name, install_code(app), place(app, pagename))
    except (notebooks.UnknownContent, KeyError) as error:
        LOGGER.warning("no notebook of this chapter: %s", error, location=pagename, type="runnable")
        return
    write(app, name, made)


def executed(app: Sphinx, pagename: str) -> NotebookNode:
    """Return the chapter's cells with their outputs."""
    root = Path(app.srcdir)
    return execution.executed_notebook(execution.read_chapter(root, Path(app.env.doc2path(pagename, base=False))))


def install_code(app: Sphinx) -> str:
    """Return the code that brings the library to other machines, at the version that made the outputs."""
    if not app.config.course_library:
        return ""
    source = repository.of_app(app)
    return install_cell.install_code(app.config.course_library, source.url, source.commit or source.branch)


def place(app: Sphinx, pagename: str) -> notebooks.Place:
    """Return where the links of a page lead from outside the site, and how its claims are numbered."""
    here = f"{app.config.html_baseurl}{app.builder.get_target_uri(pagename)}"

    def address(uri: str) -> str:
        return urljoin(here, uri) if app.config.html_baseurl or re.match(r"https?:", uri) else ""

    def number(node: nodes.Element) -> str:
        kind = {"math_block": "displaymath"}.get(type(node).__name__, node.get("type") or node.get("countertype"))
        return ".".join(map(str, app.env.toc_fignumbers.get(pagename, {}).get(kind, {}).get(node["ids"][0], ())))

    return notebooks.Place(address, settings.module(app.config.course_explorables), number)


def write(app: Sphinx, name: str, made: NotebookNode) -> None:
    """Write a notebook into the site."""
    folder = Path(app.outdir, NOTEBOOKS)
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(made, folder / f"{name}.ipynb")


def start(app: Sphinx) -> NotebookNode:
    """Return the notebook for those who have no chapter in mind."""
    chapters, assignments = (
        "\n".join(f"{number}. {line}" for number, line in enumerate((entry(app, name) for name in names), start=1))
        for names in (chapter_names(app), assignment_names(app))
    )
    if assignments:
        assignments = f"\nThe assignments, to work on by yourself:\n\n{assignments}\n"
    site = app.config.html_baseurl or repository.of_app(app).url
    text = START_TEXT.format(title=app.config.html_title, site=site, chapters=chapters, assignments=assignments)
    if not site:
        text = text.replace("[the site]()", "the site")
    cells = [notebooks.markdown_cell(text.strip())]
    if first := app.config.course_first_explorable:
        cells[0].source += TRY_IT
        cells.append(notebooks.explorable_cell(settings.module(app.config.course_explorables), first, {}, "start"))
    return notebooks.notebook(cells, START)


def entry(app: Sphinx, name: str) -> str:
    """Return what a list of notebooks says of a page."""
    return f"[{app.env.titles[name].astext()}]({name.rpartition('/')[2]}.ipynb): {DESCRIPTIONS.of(app.env)[name]}"


def assignment_names(app: Sphinx) -> list[str]:
    """Return the documents of the assignments in their order."""
    return sorted(name for name in app.env.found_docs if name.startswith(ASSIGNMENTS))


def chapter_names(app: Sphinx) -> list[str]:
    """Return the documents of the chapters in reading order."""
    return contents.chapter_names(Path(app.srcdir), app.env.found_docs)


# Where a page can be run


def launch_urls(app: Sphinx, name: str) -> dict[str, str]:
    """Return the addresses at which a notebook can be run or had, by what a link to each says."""
    found = {
        "Run in Binder": binder_url(app, name),
        "Run in Colab": repository.of_app(app).colab_url(f"{name}.ipynb", branch=NOTEBOOKS),
        "Download the notebook": f"../{NOTEBOOKS}/{name}.ipynb",
    }
    return {words: address for words, address in found.items() if address}


def binder_url(app: Sphinx, name: str) -> str:
    """Return the address that opens a notebook in Binder, if the repository is known and says what to install."""
    known = Path(app.srcdir, "binder").is_dir()
    return repository.of_app(app).binder_url(f"{NOTEBOOKS}/{name}.ipynb") if known else ""


class Launch(SphinxRole):
    """A link to Binder, or where no repository is known to the place that is named."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link."""
        titled = re.fullmatch(r"(.+?)\s*<([^<>]+)>", self.text, re.DOTALL)
        if not titled:
            problem = self.inliner.reporter.error("{launch} needs a title and a place: `Run it <#run-it>`")
            return [], [problem]
        address = binder_url(self.env.app, START) or titled[2]
        return [nodes.reference(self.rawtext, titled[1], refuri=address)], []


# Old names


def renamed(root: Path) -> dict[str, str]:
    """Return the chapters' old names with their new ones; ValueError for a name that leads nowhere or is taken."""
    path = Path(root, RENAMED)
    names = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for old, new in names.items():
        if not (Path(root, CHAPTERS) / f"{new}.md").is_file():
            raise ValueError(f"{RENAMED}: {old} leads to {new}, and there is no such chapter")
        if (Path(root, CHAPTERS) / f"{old}.md").is_file():
            raise ValueError(f"{RENAMED}: {old} is the name of a chapter")
    return names


def write_site_files(app: Sphinx, error: Exception | None) -> None:
    """Write the start notebook, the assignments' and a page for each old name; remove what no page has any more."""
    if error or app.builder.name != "html":
        return
    names = {name.removeprefix(CHAPTERS) for name in chapter_names(app)}
    folder = Path(app.outdir, NOTEBOOKS)
    students = {name.removeprefix(ASSIGNMENTS) for name in assignment_names(app)}
    for name in students:
        shutil.copyfile(Path(app.srcdir, STUDENTS, f"{name}.ipynb"), folder / f"{name}.ipynb")
    if names:
        write(app, START, start(app))
    try:
        old_names = renamed(Path(app.srcdir))
    except ValueError as problem:
        LOGGER.warning("%s", problem, type="runnable")
        return
    for old, new in old_names.items():
        title = html.escape(app.env.titles[f"{CHAPTERS}{new}"].astext())
        page = REDIRECT_PAGE.format(policy=strict_policy.META, title=title, address=f"{new}.html")
        Path(app.outdir, CHAPTERS, f"{old}.html").write_text(page, encoding="utf-8")
        (folder / f"{old}.ipynb").write_bytes((folder / f"{new}.ipynb").read_bytes())
    for path in folder.glob("*.ipynb"):
        if path.stem not in {START, *names, *students, *old_names}:
            path.unlink()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    for needed in ("coursebook.source.settings", "coursebook.source.repository", "coursebook.source.descriptions"):
        app.setup_extension(needed)
    app.add_role("launch", Launch())
    app.connect("html-page-context", write_notebook)
    app.connect("build-finished", write_site_files)
    return extension.metadata()
