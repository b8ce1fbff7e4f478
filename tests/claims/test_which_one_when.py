"""The page "Which one when": thirty questions, two sentences each, with a claim that carries them; code that runs."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

import lrlib
from coursebook.claims.gate import LABEL, claims_in
from coursebook.source import contents
from tests.paths import ROOT

PAGE = (ROOT / "book/which-one-when.md").read_text(encoding="utf-8")
ROLE = re.compile(r"\{(?P<role>[\w:]+)\}`(?P<target>[^`]+)`")
CHAPTERS = re.compile(r"\s*(?:\{doc\}`[^`]*`(?:, )?)+\.\s*$")
END = re.compile(r"[.?!](?=\s|$)")


def questions(page: str) -> dict[str, str]:
    """Return the answer to each question of the page, as it is written."""
    parts = re.split(r"(?m)^### (.+)$", page)
    return dict(zip(parts[1::2], (answer.strip() for answer in parts[2::2]), strict=True))


def claims() -> set[str]:
    """Return the labels of all claims of the book."""
    return {claim.label for path in contents.chapters(ROOT) for claim in claims_in(path)}


def problems(page: str, known: set[str]) -> Iterator[str]:
    """Yield what a question lacks, or has too much of."""
    for question, answer in questions(page).items():
        targets = [re.sub(r".*<(.*)>", r"\1", match["target"]) for match in ROLE.finditer(answer)]
        cited = [target for target in targets if LABEL.fullmatch(target)]
        if not question.endswith("?"):
            yield f"{question}: this is no question"
        if not cited:
            yield f"{question}: no claim carries the answer"
        yield from (f"{question}: there is no claim {label}" for label in cited if label not in known)
        if not CHAPTERS.search(answer):
            yield f"{question}: the answer leads to no chapter"
        words = re.sub(r"\$[^$]*\$|`[^`]*`", "x", ROLE.sub("x", CHAPTERS.sub("", answer)))
        if (sentences := len(END.findall(words))) != 2 or not END.search(words[-1]):
            yield f"{question}: {sentences} sentences"


def test_thirty_questions_are_answered_in_two_sentences_with_a_claim_and_a_chapter():
    """Catches an answer that grew, one that nothing proves, and a label that was renamed."""
    assert len(questions(PAGE)) == 30
    assert list(problems(PAGE, claims())) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("So, {eq}`eq-a`. {doc}`Chapter 1 <../chapters/a>`.", "Why?: 1 sentences"),
        ("So, {eq}`eq-a`. And so. And so on. {doc}`Chapter 1 <../chapters/a>`.", "Why?: 3 sentences"),
        ("So, {eq}`eq-b`. And so. {doc}`Chapter 1 <../chapters/a>`.", "Why?: there is no claim eq-b"),
        ("So. And so. {doc}`Chapter 1 <../chapters/a>`.", "Why?: no claim carries the answer"),
        ("So, {eq}`eq-a`. And so.", "Why?: the answer leads to no chapter"),
        ("So, {eq}`eq-a`. And $0. 5$ of `a. b` is so. {doc}`Chapter 1 <../chapters/a>`, {doc}`2 <../chapters/b>`.", ""),
    ],
)
def test_what_an_answer_lacks_is_noticed(answer, said):
    """The planted failures of the test above, and an answer that is as it should be."""
    assert list(problems(f"# Page\n\n### Why?\n\n{answer}\n", {"eq-a"})) == ([said] if said else [])


def sheet() -> list[list[str]]:
    """Return the cells of the table, row by row, without the two lines of its head."""
    lines = [line for line in PAGE.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_the_sheet_has_a_row_for_each_chapter_and_a_claim_in_each_row():
    """Catches a chapter that the sheet forgets, a row that nothing proves, and a label that was renamed."""
    rows, known = sheet(), claims()
    assert all(len(row) == 5 for row in rows)
    linked = set(re.findall(r"<\.\./chapters/([\w-]+)>", " ".join(row[0] for row in rows)))
    assert linked == {path.stem for path in contents.chapters(ROOT)}
    for row in rows:
        cited = {m["target"] for m in ROLE.finditer(" ".join(row)) if LABEL.fullmatch(m["target"])}
        assert cited, row
        assert cited <= known, cited - known


@pytest.mark.parametrize("code", [code for row in sheet() for code in re.findall(r"`([^`]+)`", row[2])])
def test_the_code_of_the_sheet_runs(code):
    """Catches a function that was renamed, and arguments in the wrong order."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(60, 2))
    z = X @ np.array([1.0, -0.5])
    y = (generator.random(60) < lrlib.sigmoid(z)).astype(float)
    k, a = generator.integers(0, 3, 60), generator.normal(size=(60, 3))
    names = {name: getattr(lrlib, name) for name in lrlib.__all__ if name != "data"}
    names |= {"np": np, "nn": torch.nn, "LogisticRegression": LogisticRegression, "N": 60, "lam": 0.1}
    names |= {
        "X": X,
        "x": X[:, 0],
        "y": y,
        "z": z,
        "p": lrlib.sigmoid(z),
        "k": k,
        "a": a,
        "fit": lrlib.fit_binary(X, y),
    }
    if code.startswith("nn."):
        names |= {name: torch.tensor(value) for name, value in names.items() if name in ("y", "z", "k", "a")}
    assert eval(code, names) is not None
