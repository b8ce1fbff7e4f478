"""The list of planted mistakes fits the code, and its runner can fail: a mutant that survives turns it red."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from tools import mutants

ROOT = Path(__file__).resolve().parents[2]
LISTED = mutants.read(ROOT / mutants.LIST)

DOUBLE = "def double(x):\n    return x + x\n"
TEST = "from lrlib.tiny import double\n\n\ndef test_double():\n    assert double(3) == 6\n"
KILLED = ("killed-one", "x + x", "x - x")
ENTRY = '[[mutant]]\nname = "{}"\nfile = "lrlib/tiny.py"\nbefore = "{}"\nafter = "{}"\nwhy = "planted"\n'


class TestList:
    def test_there_are_at_least_twenty_four_with_names_of_their_own(self):
        """Catches a list that shrinks whenever a mutant survives."""
        assert len(LISTED) >= 24
        assert max(Counter(mutant.name for mutant in LISTED).values()) == 1

    @pytest.mark.parametrize("mutant", LISTED, ids=[mutant.name for mutant in LISTED])
    def test_it_fits_the_code_and_is_another_program(self, mutant):
        """Catches a list left behind by a change of lrlib, and a mutant that dies of its spelling."""
        assert mutants.planted(mutant, ROOT)

    def test_each_is_one_line_of_lrlib_with_a_reason(self):
        """Catches a mutant that rewrites a function, or plants its mistake in a test."""
        for mutant in LISTED:
            assert "\n" not in mutant.before + mutant.after, mutant.name
            assert mutant.file.startswith("lrlib/"), mutant.name
            assert mutant.why, mutant.name

    def test_the_tests_nearest_to_each_are_there(self):
        """Catches a renamed test file, whose mutants would all wait for the whole suite."""
        for mutant in LISTED:
            assert mutants.nearest_tests(mutant, ROOT), mutant.name
            assert all((ROOT / path).exists() for path in mutant.tests), mutant.name

    def test_every_module_of_the_mathematics_has_some(self):
        """Catches a new module that nobody has tried to break."""
        mathematics = {"functions", "losses", "surrogates", "divergences", "metrics", "linear", "optimize", "training"}
        mathematics |= {"prediction", "scaling", "ranking", "calibration", "inference", "effects"}
        assert mathematics <= {Path(mutant.file).stem for mutant in LISTED}


@pytest.fixture
def tiny(tmp_path):
    """A repository of one function and its test; write(entries) makes its list of mutants."""
    for name, text in {
        "lrlib/__init__.py": "",
        "lrlib/tiny.py": DOUBLE,
        "tests/lrlib/test_tiny.py": TEST,
        "pyproject.toml": "[tool.pytest.ini_options]\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(root, monkeypatch, *entries, words=()):
    """Write the list of mutants, run the runner on it and return its exit status."""
    (root / mutants.LIST).write_text("\n".join(ENTRY.format(*entry) for entry in entries), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["mutants.py", "--root", str(root), "--workers", "2", *words])
    return mutants.main()


class TestPlanting:
    @pytest.mark.parametrize(
        ("before", "after", "words"),
        [
            ("x * x", "x - x", "`before` stands 0 times"),
            ("x", "y", "`before` stands 3 times"),
            ("x + x", "x +", "is no Python"),
            ("x + x", "(x + x)", "the same program"),
        ],
    )
    def test_a_mutant_that_proves_nothing_is_refused(self, tiny, before, after, words):
        """Catches a stale fragment, an ambiguous one, a syntax error and a change of brackets, counted as killed."""
        with pytest.raises(ValueError, match=words):
            mutants.planted(mutants.Mutant("m", "lrlib/tiny.py", before, after, "planted"), tiny)

    def test_a_file_that_is_not_there_is_told(self, tiny):
        """Catches a renamed module, whose error would be about a path."""
        with pytest.raises(ValueError, match=r"there is no lrlib/gone\.py"):
            mutants.planted(mutants.Mutant("m", "lrlib/gone.py", "x", "y", "planted"), tiny)


@pytest.mark.slow
class TestRunner:
    def test_when_every_mutant_is_killed_it_exits_with_zero(self, tiny, monkeypatch, capsys):
        """Catches a runner that is always red; the table names the test that noticed."""
        assert run(tiny, monkeypatch, KILLED) == 0
        told = capsys.readouterr().out
        assert "1 of 1 mutants killed" in told
        assert "tests/lrlib/test_tiny.py::test_double" in told

    def test_a_survivor_a_stale_and_a_misspelt_mutant_turn_it_red(self, tiny, monkeypatch, capsys):
        """Catches a runner that never fails, and one that counts a NameError or a failed import as a killed mutant."""
        status = run(
            tiny,
            monkeypatch,
            KILLED,
            ("harmless", "x + x", "2 * x"),
            ("stale", "x * x", "x"),
            ("misspelt", "x + x", "x + xx"),
            ("no-import", "def double", "import nowhere\\ndef double"),
        )
        rows = [line.split() for line in capsys.readouterr().out.splitlines() if " s  " in line]
        outcomes = {row[3]: row[0] for row in rows}
        assert status == 1
        assert outcomes == {
            "killed-one": "killed",
            "harmless": "SURVIVED",
            "stale": "stale",
            "misspelt": "broken",
            "no-import": "broken",
        }
        assert (tiny / "lrlib/tiny.py").read_text(encoding="utf-8") == DOUBLE

    def test_tests_that_are_red_already_turn_it_red(self, tiny, monkeypatch, capsys):
        """Catches a broken suite, in which every mutant would count as killed."""
        (tiny / "tests/lrlib/test_tiny.py").write_text(TEST.replace("6", "7"), encoding="utf-8")
        assert run(tiny, monkeypatch, KILLED) == 1
        assert "red before anything was planted: FAILED tests/lrlib/test_tiny.py" in capsys.readouterr().err

    def test_a_name_that_no_mutant_has_turns_it_red(self, tiny, monkeypatch, capsys):
        """Catches a misspelt name on the command line, which would judge nothing and be green."""
        assert run(tiny, monkeypatch, KILLED, words=["kiled"]) == 1
        assert "no mutant's name contains kiled" in capsys.readouterr().err
