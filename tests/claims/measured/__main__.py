"""Measure the book's slow findings, one number or a few for each split or seed, into lrlib/findings.json.

    python -m tests.claims.measured [name ...]      by default all of them (make findings); some minutes

Each function measures one finding on one split or seed. The tests measure a few of them again.
"""

import json
import sys
from pathlib import Path

from tests.claims.measured import FINDINGS

STORED = Path(__file__).resolve().parents[3] / "lrlib" / "findings.json"


def rounded(value):
    """Round all numbers to six digits, so that the file is the same on every machine."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def main(names: list[str]) -> None:
    """Measure the findings of these names and store them beside the others."""
    for name in names or FINDINGS:
        measure, runs = FINDINGS[name]
        found = [rounded(measure(seed)) for seed in range(runs)]
        stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
        stored[name] = found
        lines = (f" {json.dumps(key)}: {json.dumps(value)}" for key, value in sorted(stored.items()))
        STORED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        print(f"{name}: {runs} runs", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
