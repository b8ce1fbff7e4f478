"""What `make fast` leaves out: only what passed on the same grounds."""

import subprocess
import sys

import pytest

from tests.paths import ROOT

CHAPTER = """\
# {name}

```{{math}}
:label: eq-{name}
y = 1
```
"""
FILES = {
    "_toc.yml": "format: jb-book\nroot: index\nchapters:\n- file: chapters/one\n- file: chapters/two\n",
    "chapters/one.md": CHAPTER.format(name="one"),
    "chapters/two.md": CHAPTER.format(name="two"),
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--import-mode=importlib'\n",
    "constraints.txt": "",
    "tests/conftest.py": "",
    "tests/affected.py": (ROOT / "tests" / "affected.py").read_text(encoding="utf-8"),
    "lrlib/__init__.py": "",
    "lrlib/core.py": "VALUE = 1\n",
    "lrlib/outer.py": "def value():\n    from lrlib import core\n    return core.VALUE\n",
    "lrlib/other.py": "VALUE = 1\n",
    "tests/lrlib/test_outer.py": "from lrlib.outer import value\n\ndef test_it():\n    assert value() > 0\n",
    "tests/lrlib/test_other.py": "from lrlib.other import VALUE\n\ndef test_it():\n    assert VALUE > 0\n",
    "tests/claims/test_one.py": 'LABEL = "eq-one"\n\ndef test_it():\n    pass\n',
    "tests/claims/test_two.py": 'LABEL = "eq-two"\n\ndef test_it():\n    pass\n',
    "tests/claims/test_every.py": (
        "import pytest\n\n@pytest.mark.parametrize('label', ['eq-one', 'eq-two'])\ndef test_it(label):\n    pass\n"
    ),
}
EVERYTHING = {
    "test_outer.py::test_it",
    "test_other.py::test_it",
    "test_one.py::test_it",
    "test_two.py::test_it",
    "test_every.py::test_it[eq-one]",
    "test_every.py::test_it[eq-two]",
}


@pytest.fixture
def project(tmp_path):
    """Return the folder of a small book with a library and tests."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(project, *arguments, expected=0):
    """Run the tests that a change can affect; return which ran."""
    command = [sys.executable, "-m", "pytest", "-p", "tests.affected", "-p", "no:nbval", "-v", "tests", *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == expected, done.stdout + done.stderr
    lines = [line.split()[0] for line in done.stdout.splitlines() if " PASSED" in line or " FAILED" in line]
    return {line.rpartition("/")[2] for line in lines if "::" in line}


def append(path, text):
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.mark.slow
def test_what_a_change_can_affect_runs_and_nothing_else(project):
    """Catches a test left out though a module behind its module, its chapter or its formula has changed."""
    assert run(project) == EVERYTHING
    assert run(project) == set()
    append(project / "lrlib/core.py", "# another\n")
    assert run(project) == {"test_outer.py::test_it"}
    append(project / "chapters/two.md", "\nMore words.\n")
    assert run(project) == {"test_two.py::test_it"}
    (project / "chapters/two.md").write_text(CHAPTER.format(name="two").replace("y = 1", "y = 2"), encoding="utf-8")
    assert run(project) == {"test_two.py::test_it", "test_every.py::test_it[eq-two]"}


@pytest.mark.slow
def test_what_failed_runs_again_until_it_passes(project):
    """Catches a red test that is green at the second call, because nothing has changed since."""
    (project / "lrlib/other.py").write_text("VALUE = -1\n")
    assert run(project, expected=1) == EVERYTHING
    assert run(project, expected=1) == {"test_other.py::test_it"}
    (project / "lrlib/other.py").write_text("VALUE = 1\n")
    assert run(project) == {"test_other.py::test_it"}
    assert run(project) == set()


@pytest.mark.slow
def test_a_part_of_a_file_that_passed_does_not_vouch_for_the_file(project):
    """Catches `-k` and a single test noted as if the whole file had passed."""
    run(project, "-k", "eq-one")
    assert run(project) == EVERYTHING
