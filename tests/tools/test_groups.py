"""Tests that share what is costly to make run in one process, one after the other."""

import os

import pytest

pytestmark = pytest.mark.xdist_group("together")


@pytest.mark.parametrize("turn", range(4))
def test_the_tests_of_a_group_run_in_one_process(tmp_path_factory, turn):
    """Catches groups that are silently ignored: the book is printed twice, and the steps of `make watch` split."""
    base = tmp_path_factory.getbasetemp()
    seen = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "together.txt"
    with seen.open("a", encoding="utf-8") as file:
        print(os.getpid(), file=file)
    assert set(seen.read_text(encoding="utf-8").split()) == {str(os.getpid())}
