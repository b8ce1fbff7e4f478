"""The workflows of continuous integration are valid, ask for no more than they need, and say what went wrong.

What they run is tested by running it here; their own few lines of shell are run with a stand-in for GitHub's program.
"""

import os
import re
import subprocess
import sys

import pytest
import yaml

from tests.paths import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
CHECK = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
# What a job may do beyond reading the sources, and why.
PERMITTED = {
    ("publish.yml", "notebooks"): {"contents": "write"},  # the branch that Colab reads
    ("publish.yml", "build"): {"pages": "read"},  # are they switched on, and where
    ("publish.yml", "deploy"): {"pages": "write", "id-token": "write"},  # what deploy-pages asks for
    ("weekly.yml", None): {"issues": "write"},  # to say that it failed
}


def load(name):
    return yaml.safe_load((ROOT / ".github/workflows" / name).read_text(encoding="utf-8"))


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


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


def missing_targets(workflow, makefile):
    """Return what a workflow makes that the Makefile cannot."""
    commands = "\n".join(step.get("run", "") for step in steps(workflow))
    wanted = {target for line in re.findall(r"^\s*make ([a-z -]+)$", commands, re.MULTILINE) for target in line.split()}
    return sorted(wanted - set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_makes_only_what_the_makefile_can(path):
    """Catches a target that was renamed, which the service would report only after a push, or in a week."""
    assert missing_targets(load(path.name), (ROOT / "Makefile").read_text()) == []


def test_a_target_that_is_not_there_is_noticed():
    """The planted failure of the test above."""
    workflow = {"jobs": {"one": {"steps": [{"run": "make book pfd\n"}, {"uses": "actions/checkout@v4"}]}}}
    assert missing_targets(workflow, "book: setup\n") == ["pfd"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_uses_githubs_own_actions_in_a_named_version_and_no_secret(path):
    """Catches an action that may change under us, one of a stranger, and one that a fork has no key for."""
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"uses: (\S+)", text)
    assert used
    assert [
        name for name in used if not re.fullmatch(r"actions/[\w-]+@v\d+|\./\.github/workflows/\w+\.yml", name)
    ] == []
    assert "secrets." not in text


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_do_no_more_than_it_needs(path):
    """Catches a pull request whose tests could write to the repository."""
    workflow = load(path.name)
    jobs = {None: workflow["permissions"]} | {
        name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job
    }
    for job, granted in jobs.items():
        beyond = {what: how for what, how in granted.items() if (what, how) != ("contents", "read")}
        assert beyond == PERMITTED.get((path.name, job), {}), (path.name, job)


def test_a_site_is_published_only_after_the_tests_and_only_from_the_default_branch():
    """Catches a broken book on the web, and a branch that overwrites it."""
    jobs = load("publish.yml")["jobs"]
    assert jobs["test"]["uses"] == "./.github/workflows/test.yml"
    assert "default_branch" in jobs["test"]["if"]
    assert (jobs["build"]["needs"], jobs["deploy"]["needs"]) == ("test", "build")
    assert "workflow_call" in load("test.yml")[True]  # YAML reads the key `on` as true


# The shell in them

FAKE_GH = """#!/bin/sh
echo "$*" >> "$LOG"
case "$1 $2" in
  "issue list") echo "$OPEN_ISSUE" ;;
  "api "*) printf '%s\\n' "$PAGES"; exit "$PAGES_STATUS" ;;
esac
"""


@pytest.fixture
def run_step(tmp_path):
    """Return a function that runs the step with this name as the service does, but with a stand-in for `gh`."""
    (tmp_path / "gh").write_text(FAKE_GH)
    (tmp_path / "gh").chmod(0o755)

    def run(workflow, name, **environment):
        [step] = [step for step in steps(load(workflow)) if step.get("name") == name]
        values = {
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "LOG": str(tmp_path / "log"),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_REPOSITORY": "someone/fork",
            **{name: value for name, value in step["env"].items() if "${{" not in value},
            **environment,
        }
        command = ["bash", "-e", "-o", "pipefail", "-c", step["run"]]
        done = subprocess.run(command, cwd=tmp_path, env=values, capture_output=True, text=True)
        output, log = tmp_path / "output", tmp_path / "log"
        return done, output.read_text() if output.exists() else "", log.read_text().splitlines()

    return run


ASK = "Ask whether this repository publishes pages, and where"


def test_a_repository_that_publishes_pages_learns_its_address(run_step):
    """Catches a site built for another address than the one it is served at."""
    pages = "source=workflow\naddress=https://someone.github.io/fork/"
    done, output, [asked] = run_step("publish.yml", ASK, PAGES=pages, PAGES_STATUS="0")
    assert done.returncode == 0
    assert output == f"{pages}\n"
    assert asked.startswith("api repos/someone/fork/pages ")
    assert "notice" not in done.stdout


@pytest.mark.parametrize(
    ("pages", "status"), [("gh: Not Found (HTTP 404)", "1"), ("source=legacy\naddress=https://a.b/", "0")]
)
def test_a_repository_without_pages_is_told_how_to_switch_them_on(run_step, pages, status):
    """Catches a fork whose every push fails, or ends without a word, because pages are off or come from a branch."""
    done, output, _ = run_step("publish.yml", ASK, PAGES=pages, PAGES_STATUS=status)
    assert done.returncode == 0
    assert "source=workflow" not in output
    assert "::notice title=Not published::" in done.stdout
    assert "Settings, Pages, Source: GitHub Actions" in done.stdout


def test_a_failure_to_ask_is_not_taken_for_pages_that_are_off(run_step):
    """Catches a site that silently stops being published."""
    done, _, _ = run_step("publish.yml", ASK, PAGES="gh: Server Error (HTTP 502)", PAGES_STATUS="1")
    assert done.returncode == 1
    assert "HTTP 502" in done.stderr


@pytest.mark.parametrize(
    ("status", "issue", "done"),
    [
        ("success", "", []),
        ("success", "7", ["issue close 7"]),
        ("failure", "", ["issue create --title The weekly check of packages and links fails"]),
        ("failure", "7", ["issue comment 7"]),
    ],
)
def test_one_issue_says_that_the_weekly_check_fails(run_step, tmp_path, status, issue, done):
    """Catches a failure that nobody hears of, a new issue each week, and one that stays open when all is well."""
    (tmp_path / "_build/linkcheck").mkdir(parents=True)
    links = [
        '{"status": "working", "uri": "https://good.example"}',
        '{"status": "broken", "uri": "https://dead.example"}',
    ]
    (tmp_path / "_build/linkcheck/output.json").write_text("\n".join(links))
    (tmp_path / "upgrades.txt").write_text("+numpy==99\n")
    environment = {
        "STATUS": status,
        "OPEN_ISSUE": issue,
        "STEPS": "tests: success, links: failure",
        "RUN": "https://run",
    }
    ended, _, log = run_step("weekly.yml", "Say so in one issue", **environment)
    assert ended.returncode == 0, ended.stderr
    assert log[0].startswith("issue list --state open")
    assert [line.startswith(words) for line, words in zip(log[1:], done, strict=True)] == [True] * len(done)
    report = (tmp_path / "report.md").read_text()
    assert "https://dead.example" in report
    assert "+numpy==99" in report
    assert "good.example" not in report
