"""What a build knows of the claims: their tests, the trials of their formulas, and which pages show them."""

import hashlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

from coursebook.claims.card import trials
from coursebook.claims.card.trials import Trials
from coursebook.claims.gate import Evidence, claims_in, evidence
from coursebook.source import contents, extension, myst, repository

LOGGER = logging.getLogger(__name__)
EVERY_CLAIM = None  # the labels of the page that lists every claim

TESTS: extension.Stored[dict[str, list[Evidence]]] = extension.Stored("claim_tests", dict)
TRIALS: extension.Stored[dict[str, Trials]] = extension.Stored("claim_trials", dict)
# Of each page: the labels it shows, and a hash of what it shows of their evidence.
MARKS: extension.Stored[dict[str, tuple[list[str] | None, str]]] = extension.Stored("claim_marks", dict)
# Of each chapter: a hash of its claims.
CLAIMS: extension.Stored[dict[str, str]] = extension.Stored("claims_said", dict)


def read_evidence(app: Sphinx) -> None:
    """Find the tests and the trials, once for each build."""
    root = Path(app.srcdir)
    TESTS.set(app, evidence(root))
    try:
        TRIALS.set(app, trials.known(root))
    except RuntimeError as error:
        raise ExtensionError(str(error)) from error


def note_chapter(env: BuildEnvironment) -> None:
    """Note what the chapter that has just been read claims."""
    labels = [claim.label for claim in claims_in(Path(env.doc2path(env.docname)))]
    MARKS.of(env)[env.docname] = (labels, _shown(env.app, labels))
    CLAIMS.of(env)[env.docname] = _claims_hash(env, env.docname)


def note_list(env: BuildEnvironment) -> None:
    """Note that the page that is being read lists every claim."""
    MARKS.of(env)[env.docname] = (EVERY_CLAIM, _shown(env.app, EVERY_CLAIM))


def page_of_all(env: BuildEnvironment) -> str:
    """Return the name of the page that lists every claim; empty where there is none."""
    return next((name for name, (labels, _) in MARKS.of(env).items() if labels is EVERY_CLAIM), "")


def is_checked(app: Sphinx, label: str) -> bool:
    """Tell whether a claim has a test, and no formula that is false as it is printed."""
    return bool(TESTS.of(app).get(label)) and not TRIALS.of(app).get(label, Trials()).problem


def _shown(app: Sphinx, labels: list[str] | None) -> str:
    if labels is EVERY_CLAIM:
        shown: object = (sorted(TESTS.of(app).items()), sorted(TRIALS.of(app).items()), repository.of_app(app))
    else:
        shown = [(label, is_checked(app, label)) for label in labels]
    return hashlib.sha256(repr(shown).encode()).hexdigest()


def outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Return the pages whose evidence has changed since they were read, and the list of claims if a claim has."""
    chapters = [name for name in added | changed | removed if name.startswith(contents.CHAPTERS)]
    if chapters and TRIALS.of(app):  # `make watch`: a formula edited since the command began has not been tried
        made = trials.ingredients(Path(app.srcdir))
        TRIALS.set(app, {label: found for label, found in TRIALS.of(app).items() if found.of == made.get(label)})
    claims_changed = any(CLAIMS.of(env).get(name) != _claims_hash(env, name) for name in chapters)
    return [
        name
        for name, (labels, mark) in MARKS.of(env).items()
        if mark != _shown(app, labels) or (labels is EVERY_CLAIM and claims_changed)
    ]


def _claims_hash(env: BuildEnvironment, name: str) -> str:
    """Return a hash of what a chapter claims, whichever lines it claims it on; of nothing if it is gone."""
    path = Path(env.doc2path(name))
    shown: list[object] = []
    if path.is_file():
        shown = [myst.title(path), *(claim._replace(path=Path(), line=0) for claim in claims_in(path))]
    return hashlib.sha256(repr(shown).encode()).hexdigest()


def warn(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn, at every build, of each claim without a test and of each formula that is false: a strict build fails."""
    for name, (labels, _) in sorted(MARKS.of(env).items()):
        for label in labels or []:
            if problem := TRIALS.of(app).get(label, Trials()).problem:
                LOGGER.warning("%s", problem, location=name, type="claims", subtype="false")
            if label not in TESTS.of(app):
                LOGGER.warning(
                    'no test checks the claim %s: write one in tests/claims/ marked @pytest.mark.claim("%s")',
                    label,
                    label,
                    location=name,
                    type="claims",
                    subtype="unchecked",
                )


def forget(app: Sphinx, env: BuildEnvironment, name: str) -> None:
    """Forget a page that is removed or about to be read again."""
    MARKS.of(env).pop(name, None)
    CLAIMS.of(env).pop(name, None)


def merge(app: Sphinx, env: BuildEnvironment, names: list[str], other: BuildEnvironment) -> None:
    """Take over what another process has read."""
    marks, claims = MARKS.of(other), CLAIMS.of(other)
    MARKS.of(env).update((name, marks[name]) for name in names if name in marks)
    CLAIMS.of(env).update((name, claims[name]) for name in names if name in claims)
