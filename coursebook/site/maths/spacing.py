"""Spaces that TeX sets by its own rules, and browsers by others."""

from lxml import etree

APPLY = "\u2061"  # after the name of a function
THIN = "0.1667em"
SCRIPTS = {"msub": 1, "msup": 1, "msubsup": 1, "munder": 1, "mover": 1, "munderover": 1}
ROWS = {"math", "mrow", "mtd", "msqrt"}  # which may hold any number of elements
LARGE = set("∑∏∫⋃⋂")


def set_right(math: etree._Element) -> None:
    """Set the spaces of a formula, in place."""
    for scripted in math.iter(*SCRIPTS):
        for script in scripted[SCRIPTS[str(scripted.tag)] :]:
            for operator in script.iter("mo"):
                _close_up(operator)
    for operator in math.iter("mo"):
        # A bracket of a fixed size, \\bigl(, tells no browser on which side it opens: it would get spaces on both. So
        # would, in Firefox, the sign that applies a function.
        if operator.text == APPLY or (operator.get("fence") == "true" and operator.get("form") is None):
            _close_up(operator)
        elif (operator.text or "") in LARGE and _follows_an_operator(operator):
            operator.set("lspace", "0em")
    for name in list(math.iter("mi")):
        following = name.getnext()
        if following is not None and following.text == APPLY and len(name.text or "") > 1:
            _space_before(name)


def _close_up(operator: etree._Element) -> None:
    """Take the spaces on both sides of an operator."""
    operator.set("lspace", "0em")
    operator.set("rspace", "0em")


def _follows_an_operator(large: etree._Element) -> bool:
    """Tell whether a sum comes right after a sign that brings its own space, such as an equals sign."""
    before = _before(large)
    return before is None or before.tag == "mo"


def _before(element: etree._Element) -> etree._Element | None:
    """Return what precedes an element in its row; it may be the first of a group, or the base of limits."""
    place = element
    while place.getprevious() is None:
        parent = place.getparent()
        if parent is None or parent.tag not in ("mrow", *SCRIPTS):
            return None
        place = parent
    parent = place.getparent()
    return place.getprevious() if parent is not None and parent.tag in ROWS else None


def _space_before(name: etree._Element) -> None:
    """Put a thin space before a function's name that follows a factor or a sign: y log p, and −log p."""
    before = _before(name)
    if (
        before is None
        or before.tag == "mspace"
        or (before.tag == "mo" and before.get("form") not in ("prefix", "postfix"))
    ):
        return
    if before.tag == "mo" and before.get("fence") and before.get("form") == "prefix":  # an opening bracket
        return
    before.addnext(etree.Element("mspace", width=THIN))
