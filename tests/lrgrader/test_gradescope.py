"""Gradescope's autograder, made as its zip and run as its container would run it, but for the container."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import jsonschema
import pytest

from lrgrader import cli, gradescope

from .conftest import TINY, notebook_bytes

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("bubblewrap")]
SECRET = "the secret of this very term"
RIGHT = "import numpy as np\ndef double(x): return 2 * np.asarray(x)"
# What https://gradescope-autograders.readthedocs.io/en/latest/specs/ says of results.json, and no more.
FORMATS = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
TEST = {
    "score": {"type": "number"}, "max_score": {"type": "number"}, "status": {"enum": ["passed", "failed"]},
    "name": {"type": "string"}, "name_format": FORMATS, "number": {"type": "string"}, "output": {"type": "string"},
    "output_format": FORMATS, "tags": {"type": "array"}, "visibility": VISIBILITY, "extra_data": {"type": "object"},
}  # fmt: skip
RESULTS = {
    "type": "object",
    "required": ["score", "tests"],
    "additionalProperties": False,
    "properties": {
        "score": {"type": "number"}, "execution_time": {"type": "number"}, "output": {"type": "string"},
        "output_format": FORMATS, "test_output_format": FORMATS, "test_name_format": FORMATS, "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY, "extra_data": {"type": "object"}, "leaderboard": {"type": "array"},
        "tests": {"type": "array", "items": {"type": "object", "properties": TEST, "additionalProperties": False}},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def autograder():
    """The folder /autograder as Gradescope lays it out, in a place that any user may reach."""
    root = Path(tempfile.mkdtemp(prefix="autograder-"))
    root.chmod(0o755)
    (root / "secret-file").write_text(SECRET)
    assert cli.main(["gradescope", str(TINY), "--to", str(root), "--secret-file", str(root / "secret-file")]) == 0
    (root / "secret-file").unlink()
    with zipfile.ZipFile(root / "tiny-gradescope.zip") as archive:
        for info in archive.infolist():
            archive.extract(info, root / "source")
            (root / "source" / info.filename).chmod(info.external_attr >> 16 & 0o777)
    shutil.copy(root / "source/run_autograder", root / "run_autograder")
    yield root
    shutil.rmtree(root)


HOME = str(Path.home())  # where a Python may lie that no other user can reach
CONTAINER = ["bwrap", "--cap-add", "ALL", "--dev-bind", "/", "/", "--perms", "0755", "--tmpfs", HOME]
if sys.base_prefix.startswith(f"{HOME}/"):
    for parent in reversed([p for p in Path(sys.base_prefix).parents if p.is_relative_to(HOME)]):
        CONTAINER += ["--perms", "0755", "--dir", str(parent)]
    CONTAINER += ["--ro-bind", sys.base_prefix, sys.base_prefix]


def run(root, files, submission=1, path=None, inside=()):
    """Run run_autograder on what was handed in; return what it wrote, and the process."""
    for folder in ("submission", "results"):
        shutil.rmtree(root / folder, ignore_errors=True)
        (root / folder).mkdir()
    for name, content in files.items():
        (root / "submission" / name).write_bytes(content)
    (root / "submission_metadata.json").write_text(json.dumps({"id": submission}))
    names = {"AUTOGRADER": str(root), "AUTOGRADER_PYTHON": sys.executable, **({"PATH": str(path)} if path else {})}
    env = {**os.environ, **names}
    done = subprocess.run(
        [*map(shutil.which, inside[:1]), *inside[1:], root / "run_autograder"],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=root,
    )
    results = root / "results/results.json"
    return (json.loads(results.read_text()) if results.exists() else None), done


def test_the_container_grades_by_the_same_checks_and_writes_what_gradescope_reads(autograder):
    """Catches a zip without a part that the grader needs, other points than lrgrade's, a field Gradescope refuses."""
    told, done = run(autograder, {"w.ipynb": notebook_bytes(RIGHT, "rate = 0")})
    assert done.returncode == 0, done.stderr
    jsonschema.validate(told, RESULTS)
    assert told["score"] == 3
    assert [test["score"] for test in told["tests"]] == [1, 2, 0, 0, 0, 0, 0]
    assert os.access(autograder / "source/setup.sh", os.X_OK)


def test_nothing_to_grade_is_said_and_a_grader_that_fails_writes_no_score(autograder):
    """Catches 0 points without a reason, and 0 points for a fault of the grader's."""
    told, done = run(autograder, {"report.pdf": b"x"})
    assert (told["score"], done.returncode) == (0, 0)
    assert "nothing that was handed in can be graded" in told["output"]
    assert "report.pdf" in told["output"]
    master = autograder / "source/private/assignment/tiny/master.md"
    master.rename(autograder / "away")
    told, done = run(autograder, {"w.ipynb": notebook_bytes(RIGHT)})
    (autograder / "away").rename(master)
    assert (told, done.returncode) == (None, 2)
    assert "master.md: cannot be read" in done.stderr


SPY = """
import os
def tried(path, mode="rb"):
    try:
        open(path, mode).close()
        return [path]
    except OSError:
        return []
def double(x):
    reached = tried({secret!r}) + tried({checks!r}) + tried({results!r} + "/mine", "w") + tried({code!r} + "/mine", "w")
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            called = open(f"/proc/{{pid}}/cmdline", "rb").read()
            if os.stat("/proc/" + pid).st_uid == 0 and b"lrgrader.gradescope" in called:
                reached += tried(f"/proc/{{pid}}/mem") + tried(f"/proc/{{pid}}/environ")
                os.kill(int(pid), 0)
                reached.append(pid)
        except OSError:
            pass
    if reached:
        raise RuntimeError(str(reached))
    return 2 * x
"""


def test_where_no_sandbox_can_be_had_the_student_is_a_user_who_reaches_nothing(autograder, tmp_path):
    """Catches a container in which the answer reads the checks, the secret or the grader, or writes its own score."""
    if os.getuid() != 0:
        pytest.skip("only root can become another user")
    for name in ("bash", "chmod", "env", "find"):  # and no bwrap
        (tmp_path / name).symlink_to(shutil.which(name))
    source = autograder / "source"
    places = {"secret": source / "private/secret", "checks": source / "private/assignment/tiny/checks.py"}
    places |= {"results": autograder / "results", "code": source / "code"}
    spy = SPY.format(**{name: str(path) for name, path in places.items()})
    told, done = run(autograder, {"w.ipynb": notebook_bytes(spy)}, path=tmp_path, inside=CONTAINER)
    assert done.returncode == 0, done.stderr
    assert told["score"] == 3, told["tests"][0]


def test_each_submission_has_hidden_inputs_of_its_own_and_keeps_them():
    """Catches inputs that one attempt can carry out of the container for the next."""
    assert gradescope.hidden_secret(SECRET, "1") == gradescope.hidden_secret(SECRET, "1")
    assert gradescope.hidden_secret(SECRET, "1") != gradescope.hidden_secret(SECRET, "2")
    assert SECRET not in gradescope.hidden_secret(SECRET, "1")


def test_setup_installs_the_packages_of_this_machine_by_version_and_hides_the_checks(autograder, tmp_path):
    """Catches a container with other versions, and a setup that goes on after a step has failed."""
    wanted = (autograder / "source/requirements.txt").read_text().splitlines()
    assert {"numpy", "ipython", "pyyaml", "myst-nb"} <= {line.partition("==")[0] for line in wanted}
    assert [line for line in wanted if "==" not in line or "+" in line] == []
    (tmp_path / "apt-get").write_text(
        f"#!/bin/sh\necho apt-get $* >> {tmp_path}/log\ncase $* in *3.13*) exit 1;; esac\n"
    )
    make = f'#!/bin/sh\necho python $* >> {tmp_path}/log\nmkdir -p "$3/bin"\ncp {tmp_path}/pip "$3/bin/pip"\n'
    (tmp_path / "python3.12").write_text(make)
    (tmp_path / "pip").write_text(f"#!/bin/sh\necho pip $* >> {tmp_path}/log\n[ -r $4 ]\n")
    for name in ("apt-get", "python3.12", "pip"):
        (tmp_path / name).chmod(0o755)
    env = {**os.environ, "AUTOGRADER": str(autograder), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run([autograder / "source/setup.sh"], env=env, check=True, timeout=60)
    log = (tmp_path / "log").read_text().splitlines()
    assert [line for line in log if "bubblewrap" in line or "python3.1" in line] == log[1:4]
    assert log[-1] == f"pip install --no-cache-dir -r {autograder}/source/requirements.txt"
    assert (autograder / "source/private").stat().st_mode & 0o077 == 0
    shutil.rmtree(autograder / "venv")
