"""What a sentence counts: whole numbers above twelve, numbers in words, shares ("three of five"), ratios ("twice as").

Found are the ways of saying a result that a reader takes for one. Free are whole numbers up to twelve, fractions of
these (1/2, one half), ordinals ("the third row"), and names with digits in `code` (q1-half, 2026-11-28).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

LARGEST_FREE = 12
SMALL = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
TEENS = ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
VALUES = (
    {word: value for value, word in enumerate([*SMALL, *TEENS], start=1)}
    | {word: 10 * value for value, word in enumerate(TENS, start=2)}
    | {"dozen": 12, "hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
)
PARTS = {
    "half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "twelfth": 12, "thirteenth": 13, "twentieth": 20, "hundredth": 100, "thousandth": 1_000,
    "millionth": 1_000_000,
}  # fmt: skip
PLURALS = {f"{part}s".replace("halfs", "halves"): value for part, value in PARTS.items()}

LARGE = "|".join([*TEENS, *TENS, *(f"{word}s?" for word in ("dozen", "hundred", "thousand", "million", "billion"))])
WORDS = rf"(?:(?:{'|'.join(SMALL)})[ \n-]+)?(?:{LARGE})(?:[ \n-]+(?:{'|'.join(SMALL)}|{LARGE}))*"
DIGITS = r"\d+(?:(?:,|\{,\}|\\,)\d{3})*"
ANY = rf"(?:{DIGITS}|{WORDS}|{'|'.join(SMALL)})"
PART = "|".join(PARTS)
GAP = r"[ \n]+"
PATTERNS = [
    # three of five, 95 of the 120, one in ten thousand
    rf"(?<![\w.]){ANY}{GAP}(?:(?:out{GAP})?of{GAP}(?:the{GAP}|these{GAP}|those{GAP}|all{GAP})?|in{GAP}){ANY}\b(?!\.\d)",
    rf"(?<![\w.]){ANY}{GAP}times\b",  # fifty times, 3 times
    rf"\b(?:twice|thrice|{'|'.join(SMALL)}|{DIGITS}|{LARGE})-?fold\b|\b(?:two|three|four|five|ten)fold\b",
    rf"\b(?:twice|thrice)(?={GAP}(?:as|the|that|its|their)\b)",
    # a third of, half as, more than half, by a seventh; neither a ninth student nor one half
    rf"\b(?:{PART})(?={GAP}(?:of|as)\b)|\b(?:than|about|nearly|almost|only|over|under|just){GAP}(?:a{GAP})?(?:{PART})\b",
    rf"\band{GAP}a{GAP}(?:half|third|quarter)\b|\b(?:by|every|within){GAP}(?:a{GAP})?(?:{PART})\b|\b(?:is|to|by){GAP}a{GAP}(?:{PART})\b",
    rf"\b{'|'.join(PLURALS)}\b",
    rf"\b(?:{WORDS}|{'|'.join(SMALL)}){GAP}per{GAP}?cent\b",
    rf"\b{WORDS}\b",
    rf"(?<![\w.]){DIGITS}(?![\d%]|\.?\d|\w)",  # not float64, 1.5, 1.2.3 or \\[12pt]
]
COUNT = re.compile("|".join(f"(?:{pattern})" for pattern in PATTERNS), re.IGNORECASE)
NAME = re.compile(r"(?<![-\w.…])\w*[A-Za-z0-9…](?:[-_.…]+\w+)+")  # within `code`: q1-half, 2026-11-28
DEGREES = re.compile(rf"\bone{GAP}half\b(?!{GAP}of\b)", re.IGNORECASE)


class Count(NamedTuple):
    """A count as the text has it, from start to end, and the numbers in it: three of five holds 3 and 5."""

    text: str
    start: int
    end: int
    values: tuple[int, ...]


def counts(text: str) -> Iterator[Count]:
    """Yield what the text counts, in order."""
    plain = DEGREES.sub(lambda match: " " * len(match[0]), text)
    plain = re.sub(r"`[^`]*`", lambda code: NAME.sub(lambda name: "_" * len(name[0]), code[0]), plain)
    for match in COUNT.finditer(plain):
        values = tuple(numbers(match[0]))
        alone = re.fullmatch(DIGITS, match[0])
        once = match[0].endswith("times") and values[-1] < 2  # K - 1 times
        if not once and (not alone or values[0] > LARGEST_FREE):
            yield Count(" ".join(match[0].split()), match.start(), match.end(), values)


def numbers(text: str) -> list[int]:
    """Return the whole numbers in a text, of digits and of words: "two hundred of 1,797" holds 200 and 1797."""
    found: list[int] = []
    for match in re.finditer(rf"{DIGITS}|(?<![A-Za-z]){WORDS}|[A-Za-z]+", text, re.IGNORECASE):
        word = match[0].lower().removesuffix("fold")
        if word[:1].isdigit():
            found.append(int(re.sub(r"\D", "", word)))
        elif word in PARTS or word in PLURALS:
            found.append({**PARTS, **PLURALS}[word])
        elif word in ("twice", "thrice"):
            found.append(2 if word == "twice" else 3)
        elif (value := _value(word)) is not None:
            found.append(value)
    return found


def _value(words: str) -> int | None:
    """Return the number that these words say: "ten thousand", "sixty-four", "hundreds"; None if one says none."""
    total = group = 0
    for word in re.split(r"[ \n-]+", words):
        value = VALUES.get(word, VALUES.get(word.removesuffix("s")))
        if value is None:
            return None
        if value >= 1_000:
            total, group = total + (group or 1) * value, 0
        elif value == 100 or word.startswith("dozen"):
            group = (group or 1) * value
        else:
            group += value
    return total + group
