"""What a notebook installs in Colab replaces nothing that Colab has: a new IPython would break the running kernel."""

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from coursebook.run import install_cell
from coursebook.source import settings
from tests.paths import ROOT

TABLE = tomllib.loads((ROOT / "tests/binder/colab.toml").read_text())
RUNTIMES = list(TABLE["runtime"])
ABSENT = set(TABLE["absent"])
every_runtime = pytest.mark.parametrize("runtime", RUNTIMES)


def packages(runtime: str) -> dict[str, str]:
    """Return the versions of a runtime: an older one says only what differs from the newest."""
    return TABLE["runtime"][RUNTIMES[0]]["packages"] | TABLE["runtime"][runtime]["packages"]


def replaced(requirements: Iterable[str], runtime: str) -> list[str]:
    """Return what these requirements would replace there, and what the table does not know."""
    there = packages(runtime)
    environment = {"sys_platform": "linux", "platform_system": "Linux", "extra": ""}
    environment["python_full_version"] = TABLE["runtime"][runtime]["python"]
    environment["python_version"] = environment["python_full_version"].rpartition(".")[0]
    found, waiting = [], [Requirement(text) for text in requirements]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if wanted.marker and not wanted.marker.evaluate(environment):
            continue
        if name in there:
            if not wanted.specifier.contains(there[name], prereleases=True):
                found.append(f"{wanted}: there is {there[name]}")
        elif name in ABSENT:  # it is installed, and brings requirements of its own
            waiting += [Requirement(text) for text in requires(name) or ()]
        else:
            found.append(f"{wanted}: not in the table; say in colab.toml which version Colab has, or that it is absent")
    return found


def asked_by_the_notebook(project: dict) -> list[str]:
    """Return the requirements of what the install cell installs, from pyproject.toml: an old build does not count."""
    code = install_cell.install_code(settings.of(ROOT).library, "https://github.com/someone/book", "c0ffee")
    library = Requirement(re.search(r'"(\S+) @ git\+https', code)[1])
    assert library.name == project["name"]
    return project["dependencies"] + [
        text for extra in library.extras for text in project["optional-dependencies"][extra]
    ]


PROJECT = tomllib.loads(Path(ROOT / "pyproject.toml").read_text())["project"]


@every_runtime
def test_the_install_cell_replaces_nothing_that_colab_has(runtime):
    """Catches a bound above Colab's version: pip would then upgrade IPython under the running kernel."""
    wanted = asked_by_the_notebook(PROJECT)
    assert {"numpy", "ipython", "scikit-learn", "torch"} <= {Requirement(text).name for text in wanted}
    assert replaced(wanted, runtime) == []


@every_runtime
def test_colabs_python_is_new_enough(runtime):
    """Catches a library that pip refuses to install there."""
    assert SpecifierSet(PROJECT["requires-python"]).contains(TABLE["runtime"][runtime]["python"])


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ("ipython>=8.18", "ipython>=8.18: there is 7.34.0"),
        ("scikit_learn>=1.7", "scikit_learn>=1.7: there is 1.6.1"),
        ("numpy<2", "numpy<2: there is 2.1.3"),
        ("seaborn", "seaborn: not in the table"),
        ("tqdm; python_version < '3.12'", ""),
        ("tqdm<4; python_version >= '3.13'", "tqdm<4"),
        ("array-api-compat>=1.11", ""),
        ("ipython>=7.34", ""),
    ],
)
def test_a_bound_above_colabs_version_is_found(wanted, problem):
    """Catches a comparison that is always true: the first two lines are what pyproject.toml once said."""
    found = replaced([wanted], RUNTIMES[0])
    assert len(found) == bool(problem)
    assert all(text.startswith(problem) for text in found)


def test_what_colab_lacks_brings_nothing_that_replaces_something(monkeypatch):
    """Catches an upgrade at second hand, through a package that is not there yet."""
    monkeypatch.setitem(replaced.__globals__, "requires", lambda name: ["numpy>=99"])
    assert replaced(["array-api-compat"], RUNTIMES[0]) == ["numpy>=99: there is 2.1.3"]
