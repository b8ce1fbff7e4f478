"""Write tests/references/<chapter>.ipynb: the reviewed outputs that nbval compares every later run with.

    python -m coursebook.run.references               what `make references` calls; prints what changed, for a person
    python -m coursebook.run.references NAME ...      of these chapters only

A reference holds a chapter's code cells, executed, without images. References change only when every chapter that was
asked for has been executed; those of chapters that are gone are removed.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbdime.diffing.notebooks import diff_notebooks
from nbdime.prettyprint import PrettyPrintConfig, pretty_print_notebook_diff
from nbformat import NotebookNode

from coursebook.run.execution import Chapter, ChapterError, chapters, execute_stale, executed_notebook

REFERENCES = Path("tests/references")


def main(arguments: Sequence[str] | None = None) -> int:
    """Refresh the references of the current folder's book; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a chapter, such as softmax (default: all)")
    names = set(parser.parse_args(arguments).names)
    root = Path.cwd()
    try:
        book = chapters(root)
        if unknown := names - {chapter.name for chapter in book}:
            known = ", ".join(chapter.name for chapter in book)
            parser.error(f"there is no chapter {', '.join(sorted(unknown))}. There are: {known}.")
        asked_for = [chapter for chapter in book if chapter.name in names or not names]
        execute_stale(asked_for)
    except ChapterError as error:
        print(f"\n{error}\n\nerror: the references were left as they were.", file=sys.stderr)
        return 1
    changed = [name for chapter in asked_for if (name := refresh(chapter))]
    for path in sorted((root / REFERENCES).glob("*.ipynb")):
        if path.stem not in {chapter.name for chapter in book}:
            path.unlink()
            changed.append(path.stem)
            print(f"removed {path.relative_to(root)}: there is no such chapter")
    print(f"{len(changed)} of {len(asked_for)} references changed." + (" Read the differences." if changed else ""))
    return 0


def refresh(chapter: Chapter) -> str:
    """Write one reference if it differs, and print how; return the chapter's name, or an empty string."""
    path = chapter.root / REFERENCES / f"{chapter.name}.ipynb"
    new = reference_of(executed_notebook(chapter))
    old = nbformat.read(path, as_version=4) if path.exists() else None
    if old == new:
        return ""
    if old is None:
        print(f"new     {path.relative_to(chapter.root)}")
    else:
        print(f"changed {path.relative_to(chapter.root)}")
        on_a_screen = PrettyPrintConfig(
            out=sys.stdout, use_color=sys.stdout.isatty()
        )  # a pipe or a file gets plain text
        pretty_print_notebook_diff(str(path), str(path), old, diff_notebooks(old, new), on_a_screen)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new, path)
    return chapter.name


def reference_of(executed: NotebookNode) -> NotebookNode:
    """Return the executed code cells with the outputs that are compared: text, not images.

    A machine draws a curve with other last digits than another; what a figure shows is claimed and tested elsewhere.
    """
    cells = []
    for number, cell in enumerate((c for c in executed.cells if c.cell_type == "code"), start=1):
        reference = nbformat.v4.new_code_cell(cell.source, id=f"cell-{number:02}", execution_count=number)
        reference.outputs = [_without_images(output) for output in cell.outputs]
        cells.append(reference)
    metadata = {"kernelspec": dict(executed.metadata["kernelspec"])}
    made: NotebookNode = nbformat.from_dict({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
    return made


def _without_images(output: NotebookNode) -> NotebookNode:
    output = nbformat.from_dict(dict(output))
    if "data" in output:
        output.data = {kind: value for kind, value in output.data.items() if not kind.startswith("image/")}
    if output.output_type == "execute_result":
        output.execution_count = None
    return output


if __name__ == "__main__":
    sys.exit(main())
