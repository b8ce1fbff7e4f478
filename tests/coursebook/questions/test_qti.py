"""The questions as QTI: every package of the book is taken as a quiz by the format's own rules, answer by answer.

The order of elements is that of the QTI 1.2 binding (ims_qtiasiv1p2p1), as docs/decisions/0025 has it.
"""

import re
import zipfile
from xml.etree import ElementTree as XML

import pytest

from coursebook.questions import qti
from coursebook.questions.reader import questions_in
from tests.paths import ROOT

CHAPTERS = sorted((ROOT / "chapters").glob("*.md"))
N = f"{{{qti.QTI}}}"
ORDER = {
    "questestinterop": ["assessment"],
    "assessment": ["qtimetadata", "section"],
    "section": ["item"],
    "item": ["itemmetadata", "presentation", "resprocessing", "itemfeedback"],
    "presentation": ["material", "response_lid"],
    "resprocessing": ["outcomes", "respcondition"],
    "respcondition": ["conditionvar", "setvar", "displayfeedback"],
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Every chapter's package, opened: the names in it, its manifest, and the quiz."""
    folder = tmp_path_factory.mktemp("qti")
    assert qti.main([*map(str, CHAPTERS), "--to", str(folder), "--book", "https://example.org/book/"]) == 0
    found = {}
    for path in CHAPTERS:
        archive = zipfile.ZipFile(folder / f"{path.stem}-qti.zip")
        (quiz,) = [name for name in archive.namelist() if name != "imsmanifest.xml"]
        found[path] = (
            archive.namelist(),
            XML.fromstring(archive.read("imsmanifest.xml")),
            XML.fromstring(archive.read(quiz)),
        )
    return found


def holds(condition, chosen):
    """Does a condition of QTI hold of the answers chosen?"""
    kind = condition.tag.removeprefix(N)
    if kind == "varequal":
        return condition.text in chosen
    parts = [holds(part, chosen) for part in condition]
    return not parts[0] if kind == "not" else all(parts)


def taken(item, chosen):
    """Return the score, and the feedback that is shown, when these answers are chosen."""
    shown, score = [], 0
    for condition in item.iter(f"{N}respcondition"):
        if holds(condition.find(f"{N}conditionvar"), chosen):
            shown += [one.get("linkrefid") for one in condition.findall(f"{N}displayfeedback")]
            score = int(condition.findtext(f"{N}setvar", str(score)))
            if condition.get("continue") == "No":
                break
    texts = {one.get("ident"): one.find(f".//{N}mattext").text for one in item.findall(f"{N}itemfeedback")}
    return score, [texts[ident] for ident in shown]


def test_each_answer_gets_its_points_and_its_own_feedback(packages):
    """Catches a right answer that is worth nothing, and the feedback of the answer beside it."""
    count = 0
    for path, (_, _, quiz) in packages.items():
        html = qti.Html(qti.targets(CHAPTERS), "https://example.org/book")
        for question, item in zip(questions_in(path), quiz.iter(f"{N}item"), strict=True):
            labels = list(item.iter(f"{N}response_label"))
            assert [one.find(f".//{N}mattext").text for one in labels] == [
                html.inline(option.answer.text) for option in question.options
            ]
            right = {one.get("ident") for one, option in zip(labels, question.options, strict=True) if option.right}
            for one, option in zip(labels, question.options, strict=True):
                score, shown = taken(item, {one.get("ident")})
                assert score == (100 if {one.get("ident")} == right else 0)
                assert shown == [html.block(option.feedback.text)]
            assert taken(item, right)[0] == 100
            assert taken(item, {one.get("ident") for one in labels})[0] == (
                100 if len(right) == len(labels) else 0
            ) or (len(right) == 1)
            count += 1
    assert count >= 41


def test_a_package_lists_what_it_holds_and_keeps_the_order_of_elements(packages):
    """Catches a package that an importer refuses, or imports without its questions."""
    idents = []
    for names, manifest, quiz in packages.values():
        (resource,) = manifest.iter(f"{{{qti.PACKAGE}}}resource")
        assert resource.get("type") == "imsqti_xmlv1p2"
        assert [one.get("href") for one in resource] == [name for name in names if name != "imsmanifest.xml"]
        for element in quiz.iter():
            if (order := ORDER.get(element.tag.removeprefix(N))) is not None:
                children = [child.tag.removeprefix(N) for child in element]
                assert [order.index(child) for child in children] == sorted(map(order.index, children))
        idents += [element.get("ident") for element in quiz.iter() if element.get("ident", "response1") != "response1"]
    assert len(set(idents) - {"root_section"}) == len([ident for ident in idents if ident != "root_section"])
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", ident) for ident in idents)


def test_no_text_is_left_in_the_books_own_markup(packages):
    """Catches a role, a dollar sign or a reference that a student of another system sees as such."""
    texts = [one.text for _, _, quiz in packages.values() for one in quiz.iter(f"{N}mattext")]
    assert [text for text in texts if re.search(r"\$|`", text)] == []
    assert any(r"\(" in text for text in texts)
    assert any('href="https://example.org/book/chapters/softmax.html#' in text for text in texts)


def test_several_right_answers_are_all_or_nothing_and_what_is_unsound_is_refused(tmp_path, capsys):
    """Catches half of the answers that count as all, and a package of questions that the book would refuse."""
    page = tmp_path / "chapters/one.md"
    page.parent.mkdir()
    text = "# One\n\n```{{question}} Which are *even*?\n:label: check-one-even\n:several:\n{}```\n"
    page.write_text(text.format("- [x] Two\n  : Yes.\n- [x] Four\n  : Yes.\n- [ ] Five\n  : No: see {ref}`nowhere`.\n"))
    assert qti.main([str(page), "--to", str(tmp_path)]) == 2
    assert "{ref}`nowhere` names nothing" in capsys.readouterr().err
    page.write_text(page.read_text().replace("{ref}`nowhere`", "there"))
    assert qti.main([str(page), "--to", str(tmp_path)]) == 0
    archive = zipfile.ZipFile(tmp_path / "one-qti.zip")
    quiz = XML.fromstring(archive.read(archive.namelist()[1]))
    two, four, five = [one.get("ident") for one in quiz.iter(f"{N}response_label")]
    item = next(quiz.iter(f"{N}item"))
    assert [taken(item, set(chosen))[0] for chosen in ([two], [two, four], [two, four, five])] == [0, 100, 0]
    assert next(quiz.iter(f"{N}response_lid")).get("rcardinality") == "Multiple"
    page.write_text(text.format("- [ ] Two\n  : No.\n"))
    assert qti.main([str(page), "--to", str(tmp_path)]) == 2
    assert "a question needs two answers or more" in capsys.readouterr().err
