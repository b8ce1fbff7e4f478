"""The glossary gate: a term that a chapter introduces leads to its entry, and the entry leads to the chapter.

    python -m coursebook.gates.glossary         exits 1 on a problem

A chapter sets a term in italics where it introduces it; there it is linked, *{term}`odds`*, or *{term}`labels <label>`*
in another form. Later in the same chapter the italics may hold the word alone. Each entry of book/glossary.md names the
chapters that explain it, and each of these links it.
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

from coursebook.source import contents, myst

GLOSSARY = "book/glossary.md"
EXPLAINED = re.compile(r"\{doc\}`[^`<]*<(?:\.\./)?chapters/([\w-]+)>`")
ENTRY = re.compile(r"^(?P<term>\S.*)\n(?P<said>(?:[ \t]+.*\n?|\n)*)", re.MULTILINE)
SHOWN_AND_MEANT = re.compile(r"(.*?)\s*<([^<>]+)>", re.DOTALL)


class Entry(NamedTuple):
    """A term of the glossary, its line, and the names of the chapters that its entry leads to."""

    term: str
    line: int
    chapters: tuple[str, ...]


def entries(path: Path) -> list[Entry]:
    """Return the glossary's entries; a term begins its line, its explanation is indented."""
    found = []
    for glossary in myst.directives(path, "glossary"):
        for entry in ENTRY.finditer(glossary.body):
            line = glossary.body_line + glossary.body.count("\n", 0, entry.start())
            found.append(Entry(entry["term"].strip(), line, tuple(EXPLAINED.findall(entry["said"]))))
    return found


def linked_terms(sentence: myst.Sentence) -> set[str]:
    """Return the terms that the sentence links, in small letters, as Sphinx compares them."""
    targets = [content for role, content in sentence.roles if role == "term"]
    return {_meant(target).lower() for target in targets}


def _meant(content: str) -> str:
    titled = SHOWN_AND_MEANT.fullmatch(content)
    return " ".join((titled[2] if titled else content).split())


def unlinked(path: Path, terms: set[str]) -> tuple[list[str], set[str]]:
    """Return the terms that this chapter introduces without a link, as messages, and the terms that it links."""
    found, linked = [], set()
    for sentence in (piece for piece in myst.pieces(path) if isinstance(piece, myst.Sentence)):
        linked |= linked_terms(sentence)
        for words in sentence.emphasised:
            term = " ".join(words.split())
            if term.lower() in terms - linked:
                linked.add(term.lower())  # said once
                found.append(
                    f"{path}:{sentence.line}: *{term}* is introduced without a link to the glossary: "
                    f"write *{{term}}`{term}`*"
                )
    return found, linked


def problems(root: Path) -> list[str]:
    """Return every problem of the book at root, one line each."""
    glossary = root / GLOSSARY
    listed = entries(glossary) if glossary.is_file() else []
    terms = {entry.term.lower() for entry in listed}
    found, linked = [], {}
    for chapter in contents.chapters(root):
        messages, linked[chapter.stem] = unlinked(chapter, terms)
        found += messages
    for entry in listed:
        where = f"{glossary}:{entry.line}: {entry.term}"
        if not entry.chapters:
            found.append(f"{where}: the entry leads to no chapter: end it with {{doc}}`Chapter ... <../chapters/...>`")
        found += [
            f"{where}: chapters/{name}.md does not link this term: write {{term}}`{entry.term}` where it is introduced"
            for name in entry.chapters
            if entry.term.lower() not in linked.get(name, set())
        ]
    return myst.shortened(found, root)


def main() -> int:
    """Check the book."""
    found = problems(Path.cwd())
    print("\n".join(found) if found else "every term of the glossary is linked where it is introduced")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
