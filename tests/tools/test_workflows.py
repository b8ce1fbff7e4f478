"""The workflows of continuous integration are valid; what they run is tested by running it here."""

import subprocess
import sys

import pytest

from tools.execution import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
CHECK = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]


@pytest.mark.slow
def test_the_workflows_are_valid():
    """Catches a misspelt key, which the service would report only after a push."""
    done = subprocess.run([*CHECK, *map(str, WORKFLOWS)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_a_misspelt_key_is_noticed(tmp_path):
    """The planted failure of the test above."""
    planted = tmp_path / "test.yml"
    planted.write_text(WORKFLOWS[0].read_text().replace("timeout-minutes", "timeout-minuts"))
    done = subprocess.run([*CHECK, str(planted)], capture_output=True, text=True)
    assert done.returncode == 1
    assert "timeout-minuts" in done.stdout
