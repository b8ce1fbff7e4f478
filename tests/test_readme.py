"""The README's examples run as they are printed, one after the other, and print what stands below them."""

import contextlib
import io
import re
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[1] / "README.md"
BLOCKS = re.findall(r"^```(python|text)\n(.*?)^```$", README.read_text(encoding="utf-8"), flags=re.S | re.M)


@pytest.fixture(scope="module")
def printed():
    """Run every example in one namespace, as a reader would; return pairs of what is shown and what was printed."""
    pytest.importorskip("sklearn")
    names, pairs = {}, []
    for number, (kind, text) in enumerate(BLOCKS):
        if kind == "text":
            continue
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(text, names)
        shown = BLOCKS[number + 1][1] if BLOCKS[number + 1 : number + 2] and BLOCKS[number + 1][0] == "text" else None
        pairs.append((shown, out.getvalue()))
    return pairs


def test_every_example_runs_and_prints(printed):
    """Catches a renamed function, and examples that the pattern no longer finds."""
    assert len(printed) >= 3
    assert all(out for _, out in printed)


def test_what_is_shown_is_what_is_printed(printed):
    """Catches a number in the README that the library has left behind."""
    shown = [(text, out) for text, out in printed if text is not None]
    assert shown
    for text, out in shown:
        assert out == text


def test_the_examples_reach_a_decision(printed):
    """Catches an example cut back to the fit: what people look for next are probabilities and a decision."""
    code = "".join(text for kind, text in BLOCKS if kind == "python")
    assert "predict_proba(" in code
    assert "threshold=" in code
