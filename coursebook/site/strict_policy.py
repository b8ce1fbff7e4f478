"""Every page keeps to one strict policy: nothing inline, and nothing from another site.

KaTeX, docutils and others write `style="height:0.8em"` into elements, thousands of times, and a policy that allows it
allows whatever else someone gets into a page. When the build has finished, each such attribute becomes a class, named
by a hash of what it says; the rules go to one style sheet for the whole site, which each page that needs it links.
Each page then carries the policy itself, because a server such as GitHub Pages cannot be told to send it.

This is done to the finished files: whatever wrote a page, and in whichever process, passes here. Pages that Sphinx did
not write again keep the classes of the build before; what these mean is read from the sheet of that build.
"""

import hashlib
import re
from html import escape, unescape
from pathlib import Path

POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    ]
)
SHEET = "_static/from_attributes.css"
# `:not(#_)` weighs as much as an id, so that a rule wins over those of other sheets, as the attribute did.
RULE = "{name}:not(#_){{{style}}}"

_RULE = re.compile(r"\.(s-\w+):not\(#_\)\{([^}]*)\}")
# A comment or a script is skipped whole: what stands in it is no tag of the page.
_TAG = re.compile(
    r"""<!--.*?-->|<(script|style|textarea)\b.*?</\1\s*>|<[a-z][^\s/>"']*(?:[^>"']+|"[^"]*"|'[^']*')*>""", re.S | re.I
)
_ATTRIBUTE = re.compile(r"""\s+([^\s"'>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_CLASS = re.compile(r"""(?<=[\s"'])s-[0-9a-z]{6}(?=[\s"'])""")
_OURS = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n?|<link data-from-attributes[^>]*>\n?')


def class_of(style):
    """Return the name of the class for these declarations: `s-` and six letters or digits of their hash."""
    number = int.from_bytes(hashlib.sha256(style.encode()).digest()[:8])
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return "s-" + "".join(digits[number // 36**place % 36] for place in range(6))


def without_style_attributes(html):
    """Return the page with classes in place of its style attributes, and a dict of class to declarations."""
    rules = {}
    if "style" not in html.lower():
        return html, rules

    def strict(tag):
        if "style" not in tag[0].lower() or tag[1] or tag[0].startswith("<!"):
            return tag[0]
        return _tag_with_class(tag[0], rules)

    return _TAG.sub(strict, html), rules


def _tag_with_class(tag, rules):
    """Return the tag with its style attribute turned into a class, which is added to the rules."""
    name = re.match(r"<[^\s/>]+", tag)[0]
    attributes = {found[1].lower(): found for found in reversed(list(_ATTRIBUTE.finditer(tag, len(name))))}
    if "style" not in attributes:
        return tag
    classes = _value(attributes.get("class")).split()
    if style := _tidy(_value(attributes["style"])):
        if "{" in style or "}" in style or rules.get(class_of(style), style) != style:
            raise ValueError(f"this style attribute cannot become a rule of a style sheet: {style}")
        rules[class_of(style)] = style
        classes.append(class_of(style))
    spans = sorted((attributes[key].span() for key in ("style", "class") if key in attributes), reverse=True)
    for start, end in spans:
        tag = tag[:start] + tag[end:]
    return tag.replace(name, f'{name} class="{escape(" ".join(classes))}"' if classes else name, 1)


def _value(attribute):
    """Return what the attribute says, without quotes and entities; an empty string where it is missing."""
    return unescape((attribute[2] or "").strip("\"'")) if attribute else ""


def _tidy(style):
    """Return the declarations in one way of writing, so that one style has one class."""
    return ";".join(filter(None, (re.sub(r"^\s*([\w-]+)\s*:\s*", r"\1:", part).strip() for part in style.split(";"))))


def sheet_of(rules):
    """Return the style sheet of these rules, in one order whatever the order of the pages."""
    return "".join("." + RULE.format(name=name, style=style) + "\n" for name, style in sorted(rules.items()))


def rules_of(sheet):
    """Return the rules of a style sheet that sheet_of made."""
    return dict(_RULE.findall(sheet))


def with_policy(html, link):
    """Return the page with the policy, and the link to the sheet if there is one, in its head."""
    html = _OURS.sub("", html)
    # The policy holds for what follows it, so it comes first, but for the encoding, which must be in the first bytes.
    head = re.search(r"<head\b[^>]*>\s*(?:<meta charset[^>]*>\s*)?", html, re.I)
    place = head.end() if head else 0  # a page that only leads to another one has no head
    html = f'{html[:place]}<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n{html[place:]}'
    return html.replace("</head>", f"{link}</head>", 1)


def make_strict(folder):
    """Turn the style attributes of all pages in the folder into one style sheet, and write the policy into each."""
    folder, sheet = Path(folder), Path(folder, SHEET)
    pages = {
        page: page.read_text(encoding="utf-8") for page in sorted(folder.rglob("*.html")) if "_static" not in page.parts
    }
    known = rules_of(sheet.read_text(encoding="utf-8")) if sheet.is_file() else {}
    strict, used = {}, set()
    for page, html in pages.items():
        strict[page], found = without_style_attributes(html)
        if clash := [name for name in found if known.get(name, found[name]) != found[name]]:
            raise ValueError(f"two styles have the same hash: {known[clash[0]]} and {found[clash[0]]}")
        known |= found
        used |= set(_CLASS.findall(strict[page]))
    if lost := sorted(used - known.keys()):
        raise ValueError(f"no rule is known for the class {lost[0]}; remove the folder {folder} and build again")
    text = sheet_of({name: known[name] for name in used})
    sheet.parent.mkdir(exist_ok=True)
    _write(sheet, text)
    version = hashlib.sha256(text.encode()).hexdigest()[:8]
    for page, html in strict.items():
        up = "../" * (len(page.relative_to(folder).parts) - 1)
        link = f'<link data-from-attributes rel="stylesheet" href="{up}{SHEET}?v={version}">\n'
        _write(page, with_policy(html, link if _CLASS.search(html) else ""))


def _write(file, text):
    """Write the file where it differs, so that an unchanged page keeps its time."""
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def after_the_build(app, error):
    """Make the site strict once all its pages are there."""
    if error is None and app.builder.format == "html" and app.builder.name != "epub":
        make_strict(app.outdir)  # what it raises fails the build


def setup(app):
    """Register with Sphinx; late, so that what other extensions do to finished pages is done."""
    app.connect("build-finished", after_the_build, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
