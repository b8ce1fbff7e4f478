"""The benchmark of builds: its copies hold all that a build reads, and each way that it times works."""

import pytest
import yaml

from benchmarks import builds
from coursebook.source import assignment_pages, contents
from tests.coursebook import course
from tests.coursebook.conftest import missing_browser

pytestmark = pytest.mark.slow


def test_a_copy_holds_every_page_that_the_contents_list(tmp_path):
    """Catches a plain build that fails since its copy lacks the coursework: so `make bench` once failed, unseen."""
    builds.copy_tree(tmp_path / "copy")
    assignment_pages.write(tmp_path / "copy")
    assert [name for name in contents.names(tmp_path / "copy") if not (tmp_path / f"copy/{name}.md").is_file()] == []


def test_both_ways_build_a_course_and_the_table_has_their_ratio(tmp_path):
    """Catches a command that has moved."""
    times, executed = {}, {}
    for way, command in (("ours", builds.OURS), ("plain", builds.PLAIN)):
        seconds, output = builds.timed(command, course.write(tmp_path / way))
        times["from nothing", way] = [seconds]
        executed.setdefault("from nothing", builds.executed_chapters(output))
    assert executed == {"from nothing": "1 of 1"}
    row = builds.table(times, executed, 1).splitlines()[2]
    assert row.startswith("| from nothing | ")
    assert row.endswith(f"{times['from nothing', 'ours'][0] / times['from nothing', 'plain'][0]:.2f} |")


def test_watching_is_timed_until_the_page_shows_the_change(tmp_path):
    """Catches a time that ends before there is anything to see."""
    if why := missing_browser():
        pytest.skip(why)
    found = list(builds.watch_times(course.write(tmp_path), "chapters/means.md", "from meanlib import mean"))
    assert [step for step, _ in found] == ["a sentence"] * 3 + ["a code cell"] * 3
    assert all(0 < seconds < 30 for _, seconds in found)


def test_the_weekly_workflow_runs_each_benchmark_bounded():
    """Catches a benchmark that breaks and is not run for months."""
    weekly = yaml.safe_load((builds.ROOT / ".github/workflows/weekly.yml").read_text(encoding="utf-8"))
    steps = [step.get("run", "") for job in weekly["jobs"].values() for step in job["steps"]]
    for benchmark in ("bench ", "bench-fit ", "bench-grade "):
        assert any(f"make {benchmark}ARGS=" in step for step in steps), benchmark
