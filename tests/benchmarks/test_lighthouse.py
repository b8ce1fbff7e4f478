"""The meter: medians, the budget and the table are right, and whatever is missing is named."""

import json

import pytest

from benchmarks import lighthouse
from benchmarks.lighthouse import CannotMeasureError, fast_runs, main, measure, medians, numbers, over_budget, table

REPORT = {
    "categories": {key: {"score": 0.97} for key in lighthouse.SCORES.values()},
    "environment": {"benchmarkIndex": 1800},
    "audits": {
        **{key: {"numericValue": 12.5} for key in lighthouse.TIMES.values()},
        "network-requests": {
            "details": {
                "items": [
                    {"resourceType": "Document", "transferSize": 1000},
                    {"resourceType": "Script", "transferSize": 300},
                    {"resourceType": "Other"},
                ]
            }
        },
    },
}
GOOD = (
    dict.fromkeys(lighthouse.SCORES, 100)
    | dict.fromkeys(lighthouse.TIMES, 0)
    | {"bytes": 9, "JS bytes": 9, "machine": 1800}
)
BUDGET = json.loads((lighthouse.PINNED / "budget.json").read_text(encoding="utf-8"))


def test_the_numbers_are_those_of_the_report():
    """Catches scores left as shares of one, and scripts counted as pages."""
    found = numbers(REPORT)
    assert (found["performance"], found["LCP"], found["bytes"], found["JS bytes"]) == (97, 12.5, 1300, 300)


def test_a_page_that_did_not_load_has_no_numbers():
    """Catches an empty page with a perfect score."""
    with pytest.raises(CannotMeasureError, match="no such page"):
        numbers({**REPORT, "runtimeError": {"message": "no such page"}})


def test_one_slow_run_of_five_does_not_count():
    """Catches a mean in place of a median."""
    assert medians([GOOD | {"TBT": ms} for ms in (10, 20, 30, 40, 4000)])["TBT"] == 30


@pytest.mark.parametrize(
    ("machine", "made", "counted"),
    [
        ([1600, 1700, 1800], 2, {1600, 1700}),
        ([1100, 1600, 1200, 1700], 4, {1600, 1700}),
        ([1100, 1600, 1200, 1000, 900, 800, 2000], 6, {1600, 1200}),
    ],
)
def test_a_run_on_a_slow_machine_is_made_again(machine, made, counted):
    """Catches a table that shows what else the machine did, and a meter that never ends."""
    runs = iter([GOOD | {"machine": index} for index in machine])
    assert {run["machine"] for run in fast_runs(runs, 2)} == counted
    assert len(machine) - len(list(runs)) == made


@pytest.mark.parametrize("preset", lighthouse.PRESETS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("performance", 98),
        ("accessibility", 99),
        ("SEO", 99),
        ("TBT", 21),
        ("LCP", 1901),
        ("CLS", 0.011),
        ("bytes", 190_001),
        ("JS bytes", 35_001),
    ],
)
def test_each_limit_of_the_budget_can_be_broken(preset, name, value):
    """Catches a limit that is not looked at, or looked at from the wrong side."""
    assert over_budget({(preset, "a.html"): GOOD}, BUDGET) == []
    (line,) = over_budget({(preset, "a.html"): GOOD | {name: value}}, BUDGET)
    assert line.startswith(f"{preset} a.html: {name} ")


def test_the_table_ends_with_the_worst_of_each_column():
    """Catches the lowest weight taken for the worst."""
    measured = {("mobile", "a.html"): GOOD | {"bytes": 5000}, ("mobile", "b.html"): GOOD | {"performance": 80}}
    last = table(measured).splitlines()[-1]
    assert last.startswith("| worst of each | 80 | 100 |")
    assert "5.0 KB" in last


def test_a_broken_budget_is_an_error_and_a_kept_one_is_none(monkeypatch, capsys):
    """Catches a meter that always ends well."""
    for value, status in ((100, 0), (50, 1)):
        monkeypatch.setattr(
            lighthouse, "measure", lambda *_, v=value: {("mobile", "a.html"): GOOD | {"performance": v}}
        )
        assert main([]) == status
    assert "mobile a.html: performance 50, min 99" in capsys.readouterr().out


def test_what_is_missing_is_named(tmp_path, monkeypatch, capsys):
    """Catches a traceback where there is no book, no such page or no browser."""
    assert main(["--site", str(tmp_path)]) == 2
    assert "Run make book first" in capsys.readouterr().err
    (tmp_path / "index.html").write_text("<p>")
    with pytest.raises(CannotMeasureError, match=r"no page gone\.html"):
        measure(tmp_path, ["gone.html"], ["mobile"], 1)
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(lighthouse.shutil, "which", lambda name: None)
    with pytest.raises(CannotMeasureError, match="no Chromium found"):
        lighthouse.chromium()


def test_a_failed_installation_says_so(tmp_path, monkeypatch):
    """Catches a machine without a network that is told about a missing file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(CannotMeasureError, match="is there a network"):
        lighthouse.lighthouse()


def test_the_lock_pins_the_version_that_is_asked_for():
    """Catches a package.json changed without its lock."""
    asked = json.loads((lighthouse.PINNED / "package.json").read_text())["dependencies"]
    lock = json.loads((lighthouse.PINNED / "package-lock.json").read_text())
    assert lock["packages"][""]["dependencies"] == asked
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
