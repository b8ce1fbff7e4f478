"""The threat model names tests and attacks; each must be there, and each attack must be in it."""

import re
from pathlib import Path

from . import attacks

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "docs/threat-model.md"


def gaps(model: str, tests: str) -> tuple[set[str], set[str]]:
    """Return tests that the model names and that are not there, and attacks that it does not name."""
    missing = set(re.findall(r"`(test_\w+)`", model)) - set(re.findall(r"def (test_\w+)", tests))
    return missing, {name for name in attacks.ALL if f"- {name}\n" not in model}


def sources() -> str:
    return "".join(path.read_text() for path in ROOT.glob("tests/*/test_*.py"))


def test_the_threat_model_and_the_tests_name_each_other():
    """Catches a promise whose test was renamed or dropped, and an attack that nobody reads about."""
    assert gaps(MODEL.read_text(), sources()) == (set(), set())


def test_a_promise_without_a_test_is_noticed():
    """The planted failure of the test above."""
    model = MODEL.read_text().replace("- a fork bomb\n", "") + "`test_that_is_not_there`"
    assert gaps(model, sources()) == ({"test_that_is_not_there"}, {"a fork bomb"})


def test_there_are_at_least_thirty_attacks():
    """Catches a suite that shrinks."""
    assert len(attacks.ALL) >= 30
