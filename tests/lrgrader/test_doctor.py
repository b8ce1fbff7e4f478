"""`lrgrade doctor`: what is said of a machine is what is there."""

import pytest

from lrgrader import cli, doctor


@pytest.mark.parametrize(
    ("own", "files", "most"),
    [
        ("0::/user/run\n", {"user/run/memory.max": "max", "user/memory.max": "4000000000"}, 4_000_000_000),
        ("0::/user/run\n", {"user/run/memory.max": "1000", "user/memory.max": "4000"}, 1000),
        ("0::/user/run\n", {"user/run/memory.max": "max"}, None),
        ("4:memory:/box\n0::/\n", {"memory/box/memory.limit_in_bytes": "5000"}, 5000),
        ("4:memory:/box\n", {"memory/box/memory.limit_in_bytes": "9223372036854771712"}, None),
        ("5:cpu,cpuacct:/box\n", {"box/memory.max": "5000"}, None),
        ("", {}, None),
    ],
)
def test_the_limit_of_the_nearest_cgroup_counts(tmp_path, own, files, most):
    """Catches "the kernel counts" where nobody does, a limit further up, and the huge number that means none."""
    (tmp_path / "own").write_text(own)
    for name, text in files.items():
        (tmp_path / "groups" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "groups" / name).write_text(text + "\n")
    assert doctor.limit(tmp_path / "own", tmp_path / "groups") == most


def test_a_machine_without_a_sandbox_is_a_problem(monkeypatch, capsys):
    """Catches a doctor who finds everybody well."""
    monkeypatch.setattr(doctor.sandbox, "available", lambda: "bubblewrap is not installed")
    assert cli.main(["doctor"]) == 1
    assert "PROBLEM sandbox: none. bubblewrap is not installed" in capsys.readouterr().out


@pytest.mark.usefixtures("bubblewrap")
def test_a_machine_with_a_sandbox_is_well(capsys):
    """Catches a problem that is none, and silence about memory."""
    assert cli.main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "sandbox: works" in said
    assert "added up from /proc" in said
