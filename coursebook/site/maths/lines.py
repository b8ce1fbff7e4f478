"""Where a line of text may break within a formula: after a relation or a sign of addition, as TeX does it.

A browser sets a formula as one box, which on a phone can be wider than the line. So a formula with such places becomes
several boxes, one <mrow> up to each place, and maths.css lets the line break between them. The last one stays outside
of their common <mrow class="wraps">: after it a line may break only where the text allows it, not before a comma.

For a browser a row of one sign and text is that sign, and its spaces belong around the row, where here is none. So no
part begins with its last sign, and text in a part is an upright <mi>.
"""

from lxml import etree

BREAKS = set("=≠<>≤≥≈∼∈→↦≪≫∝∣+−±·⋅×")  # relations, and signs between terms
OPENING, CLOSING = set("([{"), set(")]}")
SCRIPTED = {"msub", "msup", "msubsup"}


def divide(math: etree._Element) -> None:
    """Divide a formula within a line where it may break; one without such a place is left as it is."""
    if len(math) != 1 or math[0].tag != "mrow" or math[0].attrib:
        return
    parts = _parts(list(math[0]))
    if len(parts) == 1:
        return
    math.remove(math[0])
    wraps = etree.SubElement(math, "mrow", {"class": "wraps"})
    for part in parts:
        row = etree.SubElement(math if part is parts[-1] else wraps, "mrow")
        row.extend(part)
        for text in row.findall("mtext"):
            text.tag = "mi"
            text.set("mathvariant", "normal")


def _parts(row: list[etree._Element]) -> list[list[etree._Element]]:
    """Return the row's elements in parts; each but the last ends with a sign after which the line may break."""
    parts: list[list[etree._Element]] = [[]]
    depth = 0
    for place, element in enumerate(row):
        depth += _opened(element)
        parts[-1].append(element)
        if depth == 0 and _breaks(element, first=len(parts[-1]) == 1) and place + 1 < len(row):
            parts.append([])
    return parts


def _opened(element: etree._Element) -> int:
    """Return how many brackets an element opens: 1, -1 for one that closes, or 0; fenced brackets are one element."""
    while element.tag in SCRIPTED or (element.tag == "mrow" and len(element) == 2 and not len(element[1])):
        element = element[0]  # a closing bracket with an exponent
    text = element.text if element.tag == "mo" else None
    return (text in OPENING) - (text in CLOSING)


def _breaks(element: etree._Element, *, first: bool) -> bool:
    """Tell whether a line may break after an element; after a sign with nothing before it, it may not."""
    return element.tag == "mo" and element.get("form") != "prefix" and not first and element.text in BREAKS
