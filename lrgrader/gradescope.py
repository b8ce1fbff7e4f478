"""An autograder for Gradescope: the same checks, as the zip that it unpacks into a container of its own.

The zip holds setup.sh and run_autograder at its top, as Gradescope asks; `main` is what run_autograder runs for each
submission. The container is the wall where it allows no sandbox within: the student's code then runs as a user who owns
nothing and cannot read the checks, and the inputs are others for each submission. docs/decisions/0025 has the sources.
"""

import hashlib
import hmac
import importlib.metadata as packages
import json
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import assignment as assignments
from . import feedback, sandbox, submissions
from .assignment import Assignment
from .checks import AssignmentError
from .grading import Key, Result, grade_one
from .notebook import UnreadableError, read_cells
from .policy import Policy
from .store import Graded, replaced

HERE = Path(__file__).resolve().parent
SETUP = """\
#!/usr/bin/env bash
# Run once, as root, when the autograder's image is built.
set -euo pipefail
root="${AUTOGRADER:-/autograder}"
apt-get update
apt-get install -y bubblewrap || true # where the container lets it work, there is a sandbox within
for python in python3.13 python3.12 python3.11; do
  if apt-get install -y "$python" "$python-venv"; then break; fi
done
"$python" -m venv "$root/venv"
"$root/venv/bin/pip" install --no-cache-dir -r "$root/source/requirements.txt"
chmod -R go-rwx "$root/source/private" # the checks, which the student's user must not read
"""
RUN = """\
#!/usr/bin/env bash
# Run for each submission: grade what is in submission/, write results/results.json.
set -euo pipefail
root="${AUTOGRADER:-/autograder}"
chmod -R go-rwx "$root/source/private"
export PYTHONPATH="$root/source/code:$root/source/private"
exec "${AUTOGRADER_PYTHON:-$root/venv/bin/python}" -m lrgrader.gradescope "$root"
"""


def write(folder: Path, target: Path, secret: str) -> Path:
    """Write the zip for an assignment's folder below `target`; return its path. Numbers are drawn from the secret."""
    assignment = assignments.load(folder, secret)
    files: dict[str, bytes] = {"setup.sh": SETUP.encode(), "run_autograder": RUN.encode()}
    library = "code" if assignment.allows_library else "private"
    for name, place in (("lrgrader", HERE), (f"{library}/lrlib", sandbox.library_path() / "lrlib")):
        top = name if "/" in name else f"code/{name}"
        files |= {f"{top}/{path}": content for path, content in below(place)}
    files |= {f"private/assignment/{assignment.slug}/{path}": content for path, content in below(folder.resolve())}
    files["private/secret"] = secret.encode()
    files["requirements.txt"] = "\n".join(requirements(assignment)).encode() + b"\n"
    path = target / f"{assignment.slug}-gradescope.zip"
    with replaced(path) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            info.external_attr = (0o100755 if name in ("setup.sh", "run_autograder") else 0o100644) << 16
            archive.writestr(info, content)
    return path


def below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files below a folder that are part of it, by their path there."""
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        passed = any(
            part == "__pycache__" or part.startswith(".") or part.endswith(".egg-info") for part in inner.parts
        )
        if path.is_file() and not passed:
            yield inner.as_posix(), path.read_bytes()


def requirements(assignment: Assignment) -> list[str]:
    """Return the packages that the grader and the assignment need, at the versions that are installed here."""
    owners = packages.packages_distributions()
    wanted = [owner for module in assignment.preload for owner in owners.get(module.partition(".")[0], [])]
    waiting, found = ["lrgrader", "lrlib", *wanted], dict[str, str]()
    while waiting:
        name = canonical(waiting.pop())
        try:
            there = packages.distribution(name)
        except packages.PackageNotFoundError:
            continue  # for another system or Python
        if name in found:
            continue
        found[name] = there.version.partition("+")[0]  # a local build is not to be had elsewhere
        plain = [line for line in there.requires or () if "extra ==" not in line]
        waiting += [match[0] for line in plain if (match := re.match(r"[\w.-]+", line))]
    return [f"{name}=={found[name]}" for name in sorted(found) if name not in ("lrgrader", "lrlib")]


def canonical(name: str) -> str:
    """Return a package's name in the one form that all its spellings share."""
    return re.sub(r"[-_.]+", "-", name).lower()


def hidden_secret(secret: str, submission: str) -> str:
    """Return the secret of a submission's hidden inputs: the same when it is graded again, another for each attempt."""
    return hmac.new(secret.encode(), f"gradescope\0{submission}".encode(), hashlib.sha256).hexdigest()


def graded(root: Path) -> tuple[Assignment, Result, list[str]]:
    """Return the result of what is in submission/; and lines for what is there and was not graded."""
    private = root / "source" / "private"
    try:
        submission = str(json.loads((root / "submission_metadata.json").read_text(encoding="utf-8"))["id"])
    except (OSError, ValueError, KeyError, TypeError):
        submission = ""
    secret = (private / "secret").read_text(encoding="utf-8")
    folder = next((private / "assignment").iterdir())
    assignment = assignments.load(folder, secret, hidden_secret(secret, submission))
    intake = submissions.find(root / "submission", assignment)
    if not intake.submissions:
        return assignment, Result(error="is missing: nothing that was handed in can be graded"), intake.named
    try:
        cells = read_cells(submissions.content_of(intake.submissions[-1]))
    except UnreadableError as error:
        return assignment, Result(error=str(error)), intake.named
    bare = bool(sandbox.available())
    if bare and os.getuid() != 0:
        raise sandbox.SandboxError("neither a sandbox nor a user to change to: run_autograder must be run as root")
    user = sandbox.NOBODY if bare else None
    if bare and assignment.data is not None:  # out of the folder that this user must not read
        data = root / "source" / "code" / "data"
        shutil.copytree(assignment.data, data, dirs_exist_ok=True)
        assignment = replace(assignment, data=data)
    with sandbox.Sandbox(
        assignment.preload, unsafe=bare, library=assignment.allows_library, data=assignment.data, user=user
    ) as place:
        return assignment, grade_one(Key(assignment), place, cells), [*intake.named, *intake.notes]


def main(root: Path) -> int:
    """Grade the submission in `root` (/autograder) and write results.json; if that fails, there is none."""
    (root / "results" / "results.json").unlink(missing_ok=True)
    try:
        assignment, result, lines = graded(root)
    except (AssignmentError, sandbox.SandboxError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    row = Graded("submission", "you", 1, "the notebook", False, result)
    told: dict[str, Any] = feedback.gradescope(feedback.sheet(assignment, row, Policy(), {}, "", anonymous=False))
    told["output"] = "\n".join(filter(None, [told["output"], *lines]))
    with replaced(root / "results" / "results.json") as draft:
        draft.write_text(json.dumps(told, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "/autograder")))
