"""Say how large an environment is, package by package: what Binder's image carries beside its base.

python benchmarks/lab_size.py [PYTHON]      default: the environment of `make lab`
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAB = ROOT / "_build/venv-lab/bin/python"
LINES = 15
# Run by the environment's own Python: of each file that a package brought, and of its compiled twin.
MEASURE = """
import json, os, sys
from importlib.metadata import distributions
sizes, seen = {}, set()
for package in distributions():
    name = package.name  # read from a file each time
    for file in package.files or ():
        path = os.path.normpath(str(package.locate_file(file)))
        if path not in seen and path.startswith(sys.prefix) and os.path.exists(path):
            seen.add(path)
            sizes[name] = sizes.get(name, 0) + os.path.getsize(path)
whole = sum(os.lstat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(sys.prefix) for name in names)
sizes["(belongs to no package)"] = whole - sum(sizes.values())
print(json.dumps(sizes))
"""


def sizes(python: Path) -> dict[str, int]:
    """Return the bytes of each package of the environment of this Python, and of the rest."""
    done = subprocess.run([str(python), "-c", MEASURE], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def table(found: dict[str, int]) -> str:
    """Return the largest packages, all others in one line, and the sum, in megabytes (of a million bytes)."""
    ordered = sorted(found.items(), key=lambda item: -item[1])
    rows = [*ordered[:LINES], (f"{len(ordered) - LINES} others", sum(size for _, size in ordered[LINES:]))]
    rows.append(("together", sum(found.values())))
    return "\n".join(f"{size / 1e6:8.1f} MB  {name}" for name, size in rows)


if __name__ == "__main__":
    print(table(sizes(Path(sys.argv[1]) if len(sys.argv) > 1 else LAB)))
