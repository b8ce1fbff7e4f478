"""What `make lab` does before JupyterLab starts: the reader's notebooks, old names, and what Binder installs."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from coursebook.run import lab, runnable
from tests.paths import ROOT
from tools import venv


@pytest.fixture
def clone(tmp_path):
    """Return a folder with one notebook as the build makes it."""
    put(tmp_path / lab.MADE / "sigmoid.ipynb", notebook("first"))
    return tmp_path


def notebook(words: str) -> str:
    """Return a notebook as the build makes it, without what only the machine knows on which it is opened."""
    return json.dumps({"cells": words, "metadata": {"kernelspec": {"name": "python3"}, "colab": 1}})


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def mine(root: Path) -> dict[str, str]:
    texts = {path.name: path.read_text() for path in sorted((root / lab.MINE).glob("*.ipynb"))}
    return {name: json.loads(text)["cells"] if text[0] == "{" else text for name, text in texts.items()}


def test_a_notebook_that_nobody_changed_follows_the_book(clone):
    """Catches a reader who keeps an old chapter for ever."""
    assert lab.prepare(clone) == []
    put(clone / lab.MADE / "sigmoid.ipynb", notebook("second"))
    assert lab.prepare(clone) == []
    assert mine(clone) == {"sigmoid.ipynb": "second"}


def test_a_notebook_is_handed_out_as_jupyterlab_would_save_it(clone):
    """Catches a notebook that is "unsaved" once it is open: JupyterLab notes kernel and language in it."""
    lab.prepare(clone)
    metadata = json.loads((clone / lab.MINE / "sigmoid.ipynb").read_text())["metadata"]
    assert metadata["colab"] == 1
    assert metadata["kernelspec"] == {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    assert metadata["language_info"]["version"] == ".".join(map(str, sys.version_info[:3]))


def test_a_changed_notebook_stays_while_the_book_stays(clone):
    """Catches edits overwritten at the next start."""
    lab.prepare(clone)
    put(clone / lab.MINE / "sigmoid.ipynb", "edited")
    assert lab.prepare(clone) == []
    assert mine(clone) == {"sigmoid.ipynb": "edited"}


@pytest.mark.parametrize("notes", ["kept", "lost", "broken"])
def test_a_changed_notebook_is_put_aside_and_named_when_the_book_has_a_newer_one(clone, notes):
    """Catches edits that are lost when a chapter changes, also where nothing says what was copied."""
    lab.prepare(clone)
    put(clone / lab.MINE / "sigmoid.ipynb", "edited")
    put(clone / lab.MADE / "sigmoid.ipynb", notebook("second"))
    if notes == "lost":
        (clone / lab.NOTES).unlink()
    elif notes == "broken":
        put(clone / lab.NOTES, "{")
    [told] = lab.prepare(clone)
    [aside] = mine(clone).keys() - {"sigmoid.ipynb"}
    assert mine(clone) == {"sigmoid.ipynb": "second", aside: "edited"}
    assert aside in told


def test_a_notebook_that_was_deleted_comes_back(clone):
    """Catches a link to a chapter that the reader threw away to begin anew."""
    lab.prepare(clone)
    (clone / lab.MINE / "sigmoid.ipynb").unlink()
    lab.prepare(clone)
    assert mine(clone) == {"sigmoid.ipynb": "first"}


def test_without_notebooks_it_says_how_to_make_them(tmp_path):
    """Catches a traceback in place of one line, and a half-made folder."""
    done = subprocess.run([sys.executable, "-m", "coursebook.run.lab"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "make book" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / lab.MINE).exists()


# Old names

SIGMOID = "notebooks/sigmoid.ipynb"


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("chapters/sigmoid.md", SIGMOID),
        ("chapters/sigmoid.ipynb", SIGMOID),
        ("chapters/squashing.md", SIGMOID),
        ("notebooks/squashing.ipynb", SIGMOID),
        (SIGMOID, ""),
        ("chapters/nothing.md", ""),
        ("README.md", ""),
        ("notebooks/mine.ipynb", ""),
    ],
)
@pytest.mark.parametrize("base", ["/lab/tree/", "/user/some-one/lab/tree/", "/lab/workspaces/auto-x/tree/"])
def test_a_path_to_a_text_or_an_old_name_leads_to_the_notebook(clone, base, path, leads_to):
    """Catches a redirect to a file that is not there, a loop, and a base path of Binder that is lost."""
    pytest.importorskip("jupyter_server")
    from coursebook.run import lab_links

    lab.prepare(clone)
    put(clone / "book" / "renamed.toml", 'squashing = "sigmoid"\n')
    assert lab_links.destination(base + path, clone) == (leads_to and base + leads_to)


@pytest.mark.parametrize(
    ("names", "words"),
    [('old = "gone"', "no such chapter"), ('sigmoid = "accuracy"', "is the name of a chapter")],
)
def test_an_old_name_leads_to_a_chapter_and_is_not_one(tmp_path, names, words):
    """Catches a redirect to nowhere, and one that hides a chapter."""
    for name in ("sigmoid", "accuracy"):
        put(tmp_path / "chapters" / f"{name}.md", "")
    put(tmp_path / "book" / "renamed.toml", names)
    with pytest.raises(ValueError, match=words):
        runnable.renamed(tmp_path)
    put(tmp_path / "book" / "renamed.toml", 'old = "sigmoid"')
    assert runnable.renamed(tmp_path) == {"old": "sigmoid"}


# What Binder installs


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(re.match(r"([\w.-]+)==([^\s;]+)", line).groups() for line in lines if "==" in line and line[0] != " ")


def requirements(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def stale(text: str) -> list[str]:
    """Return what is wrong with the requirements of Binder."""
    lines = requirements(text)
    wanted = [
        f"--extra-index-url {venv.TORCH_CPU_INDEX}",
        "--constraint ../constraints.txt",
        f"{venv.pinned_version('torch')}+cpu",
        ".",
        "./coursebook[lab]",
    ]
    return sorted(set(lines) ^ set(wanted))


def test_binder_installs_the_pinned_packages_and_pytorch_without_cuda():
    """Catches a version of PyTorch that is no longer the pinned one, and packages that nothing pins."""
    text = (ROOT / "binder" / "requirements.txt").read_text()
    assert stale(text) == []
    assert stale(text.replace("torch==", "torch==1.")) != []
    assert stale(text + "numpy\n") == ["numpy"]
    assert {"jupyterlab", "torch", "ipykernel", "numpy"} <= pinned().keys()


def test_binder_has_the_python_that_the_outputs_were_made_with():
    """Catches outputs that differ from the page's because another Python installs another NumPy."""
    workflow = (ROOT / ".github" / "workflows" / "publish.yml").read_text()
    [version] = set(re.findall(r'python-version: "([\d.]+)"', workflow))
    assert (ROOT / "binder" / "runtime.txt").read_text().strip() == f"python-{version}"


def test_the_scripts_of_binder_can_be_executed_and_are_right_as_bash():
    """Catches a script that Binder cannot start."""
    for name in ("postBuild", "start"):
        path = ROOT / "binder" / name
        assert path.stat().st_mode & 0o111, name
        assert path.read_text().startswith("#!/bin/bash\n")
        subprocess.run(["bash", "-n", str(path)], check=True)
