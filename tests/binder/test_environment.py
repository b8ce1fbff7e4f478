"""Binder's and Colab's environments: what is installed, how large it is, and that every notebook runs there."""

import json
import os
import subprocess
import sys

import nbformat
import pytest

from benchmarks import lab_size
from coursebook.run import install_cell
from coursebook.run.execution import kernel_environment
from lrgrader import assignment as assignments
from tests.assignments.leaks import FOLDERS, told_by_files
from tests.binder.conftest import BIN, CHAPTERS, run, virtual_environment
from tests.coursebook.run.test_lab import pinned, requirements
from tests.paths import ROOT

pytestmark = [pytest.mark.lab, pytest.mark.slow]

LARGEST = 1.5e9  # bytes
REPO2DOCKER = ROOT / "_build" / "venv-repo2docker" / BIN / "jupyter-repo2docker"


def canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def test_the_environment_holds_pinned_packages_only_and_nothing_that_builds_pages(lab_python):
    """Catches a package that nothing pins, Sphinx, and CUDA."""
    listed = json.loads(run(lab_python, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"))
    found = {canonical(entry["name"]): entry["version"] for entry in listed}
    pins = {canonical(name) for name in pinned()} | {"lrlib", "coursebook", "pip", "setuptools"}
    assert found.keys() - pins == set()
    assert not {"sphinx", "jupyter-book", "myst-parser"} & found.keys()
    assert not [name for name in found if name.startswith(("nvidia", "cuda", "triton"))]
    if sys.platform == "linux":
        assert found["torch"].endswith("+cpu")
    run(lab_python, "-m", "pip", "check")


def test_the_environment_is_small(lab_python):
    """Catches an image of gigabytes."""
    sizes = lab_size.sizes(lab_python)
    assert sizes["torch"] > 1e8, "nothing was measured"
    assert sum(sizes.values()) < LARGEST, lab_size.table(sizes)


def test_repo2docker_reads_the_configuration_as_it_is_meant():
    """Catches a Dockerfile with another Python, without our packages, or without the start script."""
    if not REPO2DOCKER.exists():
        pytest.fail("there is no repo2docker to try: make test-binder")
    done = subprocess.run([REPO2DOCKER, "--no-build", str(ROOT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert "python=3.11" in said
    assert "ENV REPO_DIR=" in said
    for step in ('pip install --no-cache-dir -r "binder/requirements.txt"', "RUN ./binder/postBuild", "binder/start"):
        assert step in said, step


def test_what_is_installed_is_what_binder_asks_for(lab_python, tmp_path):
    """Catches an environment for tests that differs from Binder's: pip finds nothing left to do."""
    lines = requirements((ROOT / "binder" / "requirements.txt").read_text())
    # The index of PyTorch's own builds is asked only in Binder: what it holds is installed here already.
    lines = [line.replace("../", f"{ROOT}/") for line in lines if not line.startswith("--extra-index-url")]
    wanted = tmp_path / "requirements.txt"
    wanted.write_text(
        "\n".join(line for line in lines if not line.startswith(".")) + "\njupyterlab\nipykernel\nlrlib\n"
    )
    pip = (lab_python, "-m", "pip", "install", "--dry-run", "--no-input", "--report", "-", "--quiet")
    assert json.loads(run(*pip, "-r", wanted))["install"] == []


def test_binders_last_step_leaves_the_notebooks_and_nothing_that_students_must_not_see(lab_python, tmp_path):
    """Carries out binder/postBuild in a clone. Catches a step that fails, and an image that holds solutions."""
    image = tmp_path / "image"
    run("git", "clone", "--quiet", ROOT, image)
    assert all(told_by_files(assignments.load(folder), image) for folder in FOLDERS.values())
    first = f"{lab_python.parent}{os.pathsep}{os.environ['PATH']}"
    run(image / "binder" / "postBuild", cwd=image, env={**os.environ, "PATH": first, "REPO_DIR": str(image)})
    assert {path.stem for path in (image / "notebooks").glob("*.ipynb")} == {*CHAPTERS, *FOLDERS, "start"}
    assert not (image / ".git").exists()
    assert not (image / "_build").exists()
    for folder in FOLDERS.values():
        assert told_by_files(assignments.load(folder), image) == []


# Every notebook


def kernel(python, folder):
    """Describe a kernel with this Python; return the environment in which Jupyter finds it."""
    spec = {"argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "x"}
    place = folder / "kernels" / "reader"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps(spec | {"language": "python"}))
    return {**kernel_environment(), "JUPYTER_PATH": str(folder)}


def write_as_run(notebook, path):
    """Write a notebook with its cells numbered, as nbval expects of one that has outputs."""
    code = (cell for cell in notebook.cells if cell.cell_type == "code")
    for number, cell in enumerate(code, start=1):
        cell.execution_count = number
    nbformat.write(notebook, path)


def nbval(notebook, environ, *options):
    """Run a notebook in the reader's kernel and compare its outputs with those that it holds."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-kernel-name",
        "reader",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    command += ["--override-ini", "addopts=", "--rootdir", ROOT, "-c", ROOT / "pyproject.toml", *options, notebook]
    return run(*command, cwd=notebook.parent, env=environ)


@pytest.mark.parametrize("name", [*CHAPTERS, "start"])
def test_a_notebook_gives_its_outputs_again_in_binders_environment(lab_python, made, tmp_path, name):
    """Catches a cell that needs a package which Binder lacks, and outputs that are not those of this library."""
    notebook = nbformat.read(made / f"{name}.ipynb", as_version=4)
    for cell in notebook.cells:  # drawings have other last digits on other machines
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("image/svg+xml", None)
    write_as_run(notebook, tmp_path / f"{name}.ipynb")
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    nbval(tmp_path / f"{name}.ipynb", kernel(lab_python, tmp_path / "jupyter"))


def test_the_first_cell_brings_the_library_to_a_machine_that_lacks_it(lab_python, made, tmp_path):
    """Catches a notebook that works only where lrlib is installed: Colab has the packages, and not the library."""
    python = virtual_environment(tmp_path / "venv")
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages, own = run(lab_python, "-c", where).strip(), run(python, "-c", where).strip()
    others = tmp_path / "packages"
    others.mkdir()
    for entry in os.scandir(packages):
        if "lrlib" not in entry.name and not entry.name.startswith(("pip", "_distutils")):
            (others / entry.name).symlink_to(entry.path)
    with open(os.path.join(own, "others.pth"), "w") as file:
        file.write(f"{others}\n")
    run("git", "clone", "--quiet", ROOT, tmp_path / "remote")
    commit = run("git", "rev-parse", "HEAD", cwd=tmp_path / "remote").strip()
    notebook = nbformat.read(made / "sigmoid.ipynb", as_version=4)

    install = install_cell.install_code("lrlib[torch]", "https://github.com/someone/book", commit)
    next(cell for cell in notebook.cells if "install" in cell.metadata.get("tags", ())).source = install
    write_as_run(notebook, tmp_path / "sigmoid.ipynb")
    instead = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.file://{tmp_path}/remote.insteadOf"}
    instead["GIT_CONFIG_VALUE_0"] = "https://github.com/someone/book"
    assert subprocess.run([python, "-c", "import lrlib"], capture_output=True, cwd=tmp_path).returncode == 1
    nbval(tmp_path / "sigmoid.ipynb", kernel(python, tmp_path / "jupyter") | instead, "--nbval-lax")
    assert run(python, "-c", "import lrlib; print(lrlib.__file__)", cwd=tmp_path).startswith(str(tmp_path / "venv"))
