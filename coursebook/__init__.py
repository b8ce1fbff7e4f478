"""The machinery of a tested course-book: one Sphinx extension, and the commands that `make` calls.

A book names it in its _config.yml, `extensions: [coursebook]`, and says what it needs to know of that book there too
(source/settings.py). Each room holds what belongs together, its code with its style sheet and script:

source/     the book as its author wrote it: one reader of MyST, one table of contents, the repository's addresses
site/       the pages: theme, figures, links, search, the policy that they keep to
questions/  questions with answers that unfold
claims/     labelled formulas and statements, and the tests that are their evidence
run/        execution, reviewed outputs, notebooks, JupyterLab
gates/      what is refused: a number without a source, a figure without words, a term without an entry
paper/      the whole book as a PDF and an EPUB
build       the command on top of them: execute, then write the site
serve       the site on this machine
watch       the same, following what is saved

A room imports only from those above it in this list, and a room's own command (`python -m coursebook.paper`) from all.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # JupyterLab's environment, which needs part of this package, has no Sphinx
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

# What every course wants of Sphinx and its extensions, where its own _config.yml says nothing else.
DEFAULTS = {
    "autodoc_preserve_defaults": True,
    "autodoc_typehints": "none",  # the docstrings say shapes, which the types cannot
    "bibtex_reference_style": "author_year",
    "html_copy_source": False,
    "html_domain_indices": False,
    "html_math_renderer": "mathml",
    "html_theme": "course",
    "html_theme_options": {},
    "html_use_index": False,
    "math_eqref_format": "({number})",
    "nb_execution_raise_on_error": True,
    "nb_merge_streams": True,
    "nb_render_markdown_format": "myst",
    "numfig": True,
}
# In the order in which they are loaded, which is the order in which Sphinx calls them at each event.
FEATURES = (
    "jupyter_book",  # before the table of contents, which takes a setting from it
    "sphinx_external_toc",
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx_proof",
    "sphinx_exercise",
    "sphinxcontrib.bibtex",
    "coursebook.site.translator",
    "coursebook.site.nothing_stale",  # before all that lists or writes files at the end: they find only pages that stay
    "coursebook.site.folds",
    "coursebook.site.study_times",
    "coursebook.site.lean_code",
    "coursebook.site.explorables",
    "coursebook.site.previews",
    "coursebook.claims.card",
    "coursebook.site.dark_figures",
    "coursebook.site.findable",
    "coursebook.site.search",
    "coursebook.run.runnable",
    "coursebook.site.permalinks",
    "coursebook.questions.quiz",
    "coursebook.paper.links",
    "coursebook.site.moved",
    "coursebook.site.unique_ids",
    "coursebook.site.kept_together",
    "coursebook.site.sheet",
    "coursebook.site.maths",
    "coursebook.site.strict_policy",
    "coursebook.site.theme",  # last: it joins the style sheets and sorts out the scripts that the others have added
)


def set_defaults(app: "Sphinx", config: "Config") -> None:
    """Set what the course's own _config.yml leaves open; Jupyter Book has set some of it for a theme of its own."""
    from coursebook.source import settings

    given = settings.sphinx_config(Path(app.srcdir))
    for name, value in DEFAULTS.items():
        if name not in given:
            setattr(config, name, value)
    if config.bibtex_bibfiles is None:  # a course without a bibliography
        config.bibtex_bibfiles = []


def setup(app: "Sphinx") -> "ExtensionMetadata":
    """Load every feature into Sphinx."""
    from coursebook.source import extension

    app.connect("config-inited", set_defaults)  # before the features, which ask for these values
    for feature in FEATURES:
        app.setup_extension(feature)
    return extension.metadata()
