"""A chapter as a notebook that is complete by itself, for Binder, JupyterLab and Colab: plain Markdown, code, outputs.

It is made from the chapter's page (a docutils tree whose numbers, references and glued results are in place), so it
says what the page says: a box becomes a quotation, a reference a link to the site, an answer of a question unfolds, an
explorable is a cell that shows it alive. A solution is a section that is folded until the reader opens it, and so is a
part that goes deeper; of words alone it is a box that unfolds. Cells tagged `remove-cell` are not in the page's tree,
and so not here; code that the page hides or leaves out (`hide-input`, `remove-input`) is here, collapsed.

It begins with the chapter's title and how to run it. Outputs are there, but no cell has a number: nothing has run yet.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape
from string import ascii_uppercase
from types import ModuleType

import nbformat
from docutils import nodes
from nbformat import NotebookNode

DEEPEST_HEADING = 6
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
# What a tree holds beside its content: places to link to, links to them, hints for search engines, help, dark twins.
LEFT_OUT = {"target", "meta", "comment", "Permalink", "Head", "DarkFigure", "substitution_definition", "colspec"}
SPECIAL_CHARACTERS = re.compile(r"[\\`*_$~|]")
LIKE_A_BLOCK = re.compile(r"^(\d*)(?=[-+#>=.)])")  # a paragraph that Markdown would take for a list or a heading

# How JupyterLab (source_hidden) and Colab (cellView) are told to show a cell's output, and its code when asked.
CODE_HIDDEN = {"jupyter": {"source_hidden": True}, "cellView": "form"}
HIDES_CODE = {"hide-input", "remove-input"}
BACK = "Back to the chapter"  # the heading that ends a folded section where text follows

HOW_TO_RUN = """\
*Nothing has run yet: the outputs are the book's. Run all cells once (in JupyterLab **Run**, **Run All Cells**; in Colab
**Runtime**, **Run all**), then change what you like and run it again.*"""
CHECKED = """\
Each numbered formula of this chapter is read from its page, compared with another computation and falsified, and each
statement has its tests: [what is checked, and the formulas as NumPy]({address})."""


class UnknownContent(Exception):
    """The page holds something that this module cannot put into a notebook; the message names it."""


@dataclass(frozen=True)
class Place:
    """What a chapter's tree does not know of itself."""

    address: Callable[[str], str] = lambda uri: ""  # of a link, as the site's page has it: absolute, or empty
    explorables: ModuleType | None = None  # the module that draws them, in a book that has any
    number: Callable[[nodes.Element], str] = lambda node: ""  # of an equation, a claim, an exercise


def chapter(tree: nodes.document, executed: NotebookNode, name: str, install: str, place: Place) -> NotebookNode:
    """Return the notebook of a chapter's page; UnknownContent if it holds what no notebook can show.

    executed: the chapter's cells with their outputs; the tree refers to them. name: for the cells' ids.
    install: the code of the cell that stands before all others that have code; without any there is no such cell.
    """
    writer = Writer(executed, place)
    for node in tree.children:
        writer.block(node, 1)
    writer.flush()
    claims = claims_of(tree, name)
    if claims and (address := place.address(claims)):
        writer.flush(CHECKED.format(address=address))
    code = [place for place, cell in enumerate(writer.cells) if cell.cell_type == "code"]
    if code:
        title, _, rest = writer.cells[0].source.partition("\n\n")
        writer.cells[0].source = "\n\n".join(filter(None, (title, HOW_TO_RUN, rest)))
    if code and install:
        writer.cells.insert(code[0], nbformat.v4.new_code_cell(install, metadata={"tags": ["install"], **CODE_HIDDEN}))
    return notebook(writer.cells, name)


def claims_of(tree: nodes.document, name: str) -> str:
    """Return the address of the page's claims in the list of all, as its marks have it; empty if nothing is marked."""
    marks = (node["beside"] for node in tree.findall(nodes.math_block) if "beside" in node)
    page = next((mark["refuri"] for mark in marks if mark.get("refuri")), "").partition("#")[0]
    return f"{page}#checked-{name}" if page else ""


def notebook(cells: list[NotebookNode], name: str) -> NotebookNode:
    """Return a notebook of these cells, with ids that are the same in each build."""
    folded = []
    for number, cell in enumerate(cells, start=1):
        cell.id = f"{name[:56]}-{number:03}"
        if cell.cell_type == "code":
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = None
        if "jp-MarkdownHeadingCollapsed" in cell.metadata:
            cell.metadata["id"] = cell.id
            folded.append(cell.id)
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}, "colab": {"collapsed_sections": folded}}
    made: NotebookNode = nbformat.from_dict({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
    return made


def markdown_cell(text: str, **metadata: object) -> NotebookNode:
    """Return a cell of Markdown."""
    cell: NotebookNode = nbformat.v4.new_markdown_cell(text, metadata=metadata)
    return cell


def explorable_cell(explorables: ModuleType | None, name: str, values: dict[str, float], key: str) -> NotebookNode:
    """Return the cell that shows an explorable of this module, with its output; UnknownContent without a module."""
    if explorables is None:
        raise UnknownContent(f"the explorable {name} needs a module: set course_explorables in _config.yml")
    # The output's id is the page's label here and a new one at each run: nbval compares all but this cell.
    cell: NotebookNode = nbformat.v4.new_code_cell(
        explorables.notebook_code(name, values), metadata={"tags": ["nbval-ignore-output"]}
    )
    data = {"text/html": explorables.notebook_html(name, values, key), "text/plain": explorables.said(name, values)}
    cell.outputs = [nbformat.v4.new_output("execute_result", data)]
    return cell


@dataclass
class Writer:
    """Turns the nodes of one page into cells; `block` for blocks, `words` for what a paragraph holds."""

    executed: NotebookNode
    place: Place
    cells: list[NotebookNode] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)  # blocks of Markdown for the next cell

    def flush(self, *blocks: str, **metadata: object) -> None:
        """Close the cell that is being filled; then make one of these blocks."""
        for texts, what in ((self.waiting, {}), (blocks, metadata)):
            if texts:
                self.cells.append(markdown_cell("\n\n".join(texts), **what))
        self.waiting = []

    def block(self, node: nodes.Node, depth: int) -> None:
        """Add one block of the page to the cells; depth is the level of a heading at this place."""
        kind = type(node).__name__
        if kind == "section" and isinstance(node[0], nodes.title):
            self.flush()
            self.waiting.append(f"{'#' * min(depth, DEEPEST_HEADING)} {self.words(node[0])}")
            self.blocks(node.children[1:], depth + 1)
        elif kind == "container" and node.get("nb_element") == "cell_code":
            self.flush()
            self.cells.append(self.code(node["cell_index"]))
            if HIDES_CODE & set(node.get("cell_metadata", {}).get("tags", ())):
                self.cells[-1].metadata.update(CODE_HIDDEN)
        elif kind == "FoldedBox" and any(map(is_cell, node.findall(nodes.Element))):
            self.folded_section(node, depth)
        elif kind == "explorable":
            self.flush()
            placement = node["placement"]
            values = dict(placement.values)
            self.cells.append(explorable_cell(self.place.explorables, placement.name, values, node["ids"][0]))
            self.flush("\n\n".join(self.texts(node.children)))
        elif kind == "QuestionNode":
            self.flush()
            self.flush(self.question(node))
        elif kind == "exercise_enumerable_node":
            self.flush()
            title = self.words(node[0]).strip().removeprefix("(").removesuffix(")")
            self.waiting.append(f"{'#' * depth} Exercise {self.place.number(node)}. {title}")
            self.blocks(node.children[1:], depth + 1)
        elif kind == "solution_node":
            self.flush()
            # JupyterLab folds what follows a heading; a click on the arrow beside it unfolds.
            self.flush(f"{'#' * (depth + 1)} Solution", **{"jp-MarkdownHeadingCollapsed": True})
            self.blocks(node.children[1:], depth + 2)
            self.flush()
        else:
            self.waiting += self.texts([node])

    def folded_section(self, node: nodes.Element, depth: int) -> None:
        """Add a part that holds cells: JupyterLab folds what follows its heading, up to the next of that level."""
        mark = "#" * min(depth, DEEPEST_HEADING)
        self.flush()
        self.flush(f"{mark} {self.words(node[0])}", **{"jp-MarkdownHeadingCollapsed": True})
        self.blocks(node[1].children, depth + 1)
        self.flush()
        siblings = node.parent.children[node.parent.index(node) + 1 :]
        after = next((sibling for sibling in siblings if type(sibling).__name__ not in LEFT_OUT), None)
        if after is not None and not ends_a_section(after):
            self.waiting.append(f"{mark} {BACK}")

    def blocks(self, children: Iterable[nodes.Node], depth: int) -> None:
        """Add several blocks; what only wraps others (the body of an exercise, of a solution) is opened."""
        for child in children:
            if type(child).__name__ == "section" and not isinstance(child[0], nodes.title):
                self.blocks(child.children, depth)
            else:
                self.block(child, depth)

    def code(self, index: int) -> NotebookNode:
        """Return one of the chapter's cells, executed, without what only the page's build reads."""
        executed = self.executed.cells[index]
        cell: NotebookNode = nbformat.v4.new_code_cell(executed.source)
        cell.outputs = nbformat.from_dict(executed.outputs)
        return cell

    # Blocks of Markdown

    def texts(self, children: Iterable[nodes.Node]) -> list[str]:
        """Return the blocks of Markdown that these nodes become; UnknownContent for one that cannot."""
        found = []
        for node in children:
            kind = type(node).__name__
            if kind in LEFT_OUT:
                continue
            if kind == "paragraph":
                found.append(LIKE_A_BLOCK.sub(r"\1\\", self.words(node)))
            elif kind == "math_block":
                found.append(self.formula(node))
            elif kind == "literal_block":
                found.append(f"```{node.get('language', '')}\n{node.astext()}\n```")
            elif kind in ("bullet_list", "enumerated_list"):
                found.append(self.items(node))
            elif kind == "table":
                found.append(self.table(node))
            elif kind == "block_quote":
                found.append(quoted("\n\n".join(self.texts(node.children))))
            elif kind == "FoldedBox":
                found += [
                    f"<details><summary>{self.words(node[0], html=True)}</summary>",
                    *self.texts(node[1].children),
                ]
                found.append("</details>")
            elif kind == "admonition" or node.get("realtype"):
                found.append(self.box(node))
            elif kind in ("section", "container", "proof_node"):
                found += self.texts(node.children)
            else:
                raise UnknownContent(
                    f"a {kind} has no form in a notebook: say in coursebook/run/notebooks.py how it is shown"
                )
        return found

    def formula(self, node: nodes.math_block) -> str:
        """Return a displayed formula on one line, as a quotation can hold it, with its number."""
        number = self.place.number(node) if node.get("label") else ""
        tag = rf" \tag{{{number}}}" if number else ""
        return f"$${one_line(node.astext())}{tag}$$"

    def items(self, node: nodes.Element) -> str:
        """Return a list, its items' further blocks indented below them."""
        lines = []
        for number, item in enumerate(node.children, start=node.get("start", 1)):
            mark = "- " if isinstance(node, nodes.bullet_list) else f"{number}. "
            lines.append(mark + "\n\n".join(self.texts(item.children)).replace("\n", "\n" + " " * len(mark)))
        return "\n".join(lines)

    def table(self, node: nodes.table) -> str:
        """Return a table; its first row is its heading."""
        rows = [
            [" ".join(self.words(part, table=True) for part in entry.children) for entry in row.children]
            for row in node.findall(nodes.row)
        ]
        lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def box(self, node: nodes.Element) -> str:
        """Return an admonition or a claim as a quotation that begins with its title."""
        titled = isinstance(node[0], nodes.title)
        title = self.words(node[0]).strip() if titled else ""
        if kind := node.get("realtype"):
            title = " ".join(filter(None, (kind.title(), self.place.number(node), title)))
        body = self.texts(node.children[titled:])
        return quoted("\n\n".join([f"**{title}**", *body] if title else body))

    def question(self, node: nodes.Element) -> str:
        """Return a question whose answers unfold, each with its feedback."""
        stem, *options = node.children
        begin, *rest = self.texts(stem.children)
        parts = [f"**Question {node['number']}.** {begin}", *rest]
        for letter, option in zip(ascii_uppercase, options, strict=False):
            choice, feedback = option.children
            summary = f"<details><summary><b>{letter}.</b> {self.words(choice, html=True)}</summary>"
            parts += [summary, *self.texts(feedback.children), "</details>"]
        return "\n\n".join(parts)

    # Words

    def words(self, node: nodes.Node, *, html: bool = False, table: bool = False) -> str:
        """Return what a paragraph holds: as Markdown, or as HTML where no Markdown is read."""
        return "".join(self.word(child, html=html, table=table) for child in node.children)

    def word(self, node: nodes.Node, *, html: bool, table: bool) -> str:
        """Return one piece of a paragraph; UnknownContent for one that has no form."""
        kind = type(node).__name__
        if kind in LEFT_OUT:
            return ""
        if isinstance(node, nodes.Text):
            return escape(node.replace("\n", " "), quote=False) if html else escaped(node.replace("\n", " "))
        if kind == "math":
            return f"${formula_in_words(node.astext(), table=table)}$"
        if kind == "literal":
            text = node.astext().replace("\n", " ")
            return f"<code>{escape(text)}</code>" if html else code_span(text, table=table)
        inner = self.words(node, html=html, table=table)
        if kind in ("emphasis", "strong"):
            tag, mark = {"emphasis": ("em", "*"), "strong": ("strong", "**")}[kind]
            return f"<{tag}>{inner}</{tag}>" if html else f"{mark}{inner}{mark}"
        if kind == "Mark":
            address = self.place.address(node["refuri"]) if "refuri" in node else ""
            return f" [✓]({address})" if address else ""
        if isinstance(node, nodes.reference):
            address = self.place.address(node.get("refuri") or f"#{node.get('refid', '')}")
            return f"[{inner}]({address})" if address and not html else inner
        if kind in ("inline", "KeptTogether", "paragraph", "title", "exercise_title"):
            return inner
        raise UnknownContent(f"a {kind} has no form in a notebook: say in coursebook/run/notebooks.py how it is shown")


def is_cell(node: nodes.Element) -> bool:
    """Tell whether a node becomes a cell of its own, which no box of Markdown can hold."""
    kinds = ("explorable", "QuestionNode", "exercise_enumerable_node")
    return node.get("nb_element") == "cell_code" or type(node).__name__ in kinds


def ends_a_section(node: nodes.Node) -> bool:
    """Tell whether a node begins with a heading in a notebook, which ends what is folded before it."""
    return type(node).__name__ in ("section", "exercise_enumerable_node")


def escaped(text: str) -> str:
    """Return words as Markdown that shows exactly them."""
    return SPECIAL_CHARACTERS.sub(r"\\\g<0>", text.replace("&", "&amp;").replace("<", "&lt;"))


def one_line(formula: str) -> str:
    """Return a formula without line breaks, which in a quotation would catch its marks."""
    return " ".join(formula.split())


def formula_in_words(formula: str, *, table: bool) -> str:
    """Return a formula for a sentence; `<` could begin an HTML tag, `|` another cell of a table."""
    formula = one_line(formula).replace("<", r"\lt ")
    return formula.replace(r"\|", r"\Vert{}").replace("|", r"\vert{}") if table else formula


def code_span(text: str, *, table: bool) -> str:
    """Return code within a sentence, between more backquotes than it has itself."""
    marks = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if text[:1] == "`" or text[-1:] == "`" else ""
    return marks + pad + (text.replace("|", r"\|") if table else text) + pad + marks


def quoted(text: str) -> str:
    """Return blocks of Markdown as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
