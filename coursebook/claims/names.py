"""Names for a formula's symbols in Python."""

import keyword
import re

from coursebook.claims.tex import texts

SPOKEN = {
    "\\nabla": "grad",
    "\\ast": "star",
    "'": "prime",
    "+": "plus",
    "\\lambda": "lam",
    "\\bar": "mean",
    "\\mid": "given",
    "=": "is",
    "|": "size",
}


def identifier(symbol: str) -> str:
    """Return the name of a symbol as NumPy code spells it: x_1, y_hat, grad_w_L, dL_db.

    Accents go behind their letter, and ∂ melts into what it stands before.
    """
    row = list(texts(symbol))
    words: list[str] = []
    while row:
        text = row.pop(0)
        if text in ("\\bar", "\\hat", "\\tilde") and row:
            words += [_word(row.pop(0)), _word(text)]
        elif text == "\\partial" and row:
            words.append("d" + _word(row.pop(0)))
        elif text != "\\frac":
            words.append(_word(text))
    name = "_".join(filter(None, words))
    if name.startswith("size_"):  # the second of two bars
        name = name.removesuffix("_size")
    return f"{name}_" if keyword.iskeyword(name) else name


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", SPOKEN.get(text, text)).strip("_")
