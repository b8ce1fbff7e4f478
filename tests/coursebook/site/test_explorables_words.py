"""No two words of an explorable stand over one another, whatever it shows and however wide its page is."""

from pathlib import Path

import numpy as np
import pytest

from lrlib.explorables import names, spec

OVERLAP = Path(__file__).with_name("overlap.js").read_text(encoding="utf-8")
OVERLAPS_IN_STATES = f"""(element, states) => {{
  const overlap = {OVERLAP[OVERLAP.index("(element)") :]};
  const found = {{}};
  for (const state of states) {{
    element.state = state;
    element.show();
    for (const pair of overlap(element)) found[pair] ??= state;
  }}
  return found;
}}"""
WIDTHS = (320, 360, 768, 1200)
pytestmark = pytest.mark.slow


def states(name, random):
    """Return the start, all sliders at their ends, each alone at its ends, and some at random."""
    sliders = spec(name)["state"]
    start = {key: slider["start"] for key, slider in sliders.items()}
    found = [start, *({key: slider[end] for key, slider in sliders.items()} for end in ("min", "max"))]
    found += [{**start, key: slider[end]} for key, slider in sliders.items() for end in ("min", "max")]
    rng = np.random.default_rng(1)
    for _ in range(random):
        shares = rng.integers(0, 1001, len(sliders)) / 1000
        found.append(
            {
                key: round(s["min"] + round((s["max"] - s["min"]) * share / s["step"]) * s["step"], 9)
                for (key, s), share in zip(sliders.items(), shares, strict=True)
            }
        )
    return found


@pytest.mark.parametrize("name", names())
def test_no_two_words_stand_over_one_another(alone, name):
    """Catches a label that slides over another one in some state, and words that meet where the page is narrow."""
    for width in WIDTHS:
        found = alone(name, width).evaluate(OVERLAPS_IN_STATES, states(name, 40 if width == 360 else 5))
        assert found == {}, f"{width} pixels wide"


def test_words_that_stand_over_one_another_are_found(alone):
    """The planted failure of the test above: a word of the axes, moved onto the next, and one a little beside it."""
    element = alone("sigmoid", 360)
    element.evaluate(
        """element => {
          const [first, second, third] = element.querySelectorAll("svg text");
          second.setAttribute("x", Number(first.getAttribute("x")) + 3);
        }"""
    )
    assert element.evaluate(OVERLAP) == ["−8 | −4"]
