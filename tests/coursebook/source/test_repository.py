"""The links to the repository lead to the one that builds the book, wherever it is kept, and leak nothing."""

import subprocess

import pytest

from coursebook.source.repository import Repository, find, web_address

ACTIONS = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "someone/fork",
    "GITHUB_REF_NAME": "trunk",
    "GITHUB_SHA": "c0ffee",
}
GITHUB = Repository("https://github.com/someone/fork", "main")
GITLAB = Repository("https://gitlab.com/group/part/book", "main")
CODEBERG = Repository("https://codeberg.org/someone/book", "main")
ELSEWHERE = Repository("https://git.example.org/someone/book", "main")


def clone(folder, origin, *, branch="work"):
    """Make the folder a repository with this origin, on a branch that the origin does not know."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["git", "init", "-q", "-b", branch], cwd=folder, check=True)
    subprocess.run(["git", "remote", "add", "origin", origin], cwd=folder, check=True)
    return folder


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/someone/fork.git", "https://github.com/someone/fork"),
        ("https://github.com/someone/fork/", "https://github.com/someone/fork"),
        ("git@github.com:someone/fork.git", "https://github.com/someone/fork"),
        ("github.com:someone/fork", "https://github.com/someone/fork"),
        ("ssh://git@gitlab.com:2222/group/part/book.git", "https://gitlab.com/group/part/book"),
        ("git://codeberg.org/someone/book.git", "https://codeberg.org/someone/book"),
        ("https://git.example.org:8443/someone/book.git", "https://git.example.org:8443/someone/book"),
        ("https://someone:secret@github.com/someone/fork.git", "https://github.com/someone/fork"),
        ("/srv/git/book.git", ""),
        ("../book", ""),
        ("C:/books/book", ""),
        ("file:///srv/git/book.git", ""),
        ("https://github.com", ""),
        ("", ""),
    ],
)
def test_every_spelling_of_a_remote_becomes_its_web_address(remote, address):
    """Catches a password printed on every page, the port of ssh taken for the web's, and a local path as a link."""
    assert web_address(remote) == address


def test_a_workflow_knows_its_repository_branch_commit_and_pages(tmp_path):
    """Catches a fork whose pages lead to the original: the workflow's word counts, not the remote's."""
    folder = clone(tmp_path / "book", "https://github.com/original/book.git")
    assert find(folder, ACTIONS) == Repository(
        "https://github.com/someone/fork", "trunk", "c0ffee", "https://someone.github.io/fork/"
    )


def test_a_pull_requests_pages_lead_to_the_branch_that_it_is_meant_for(tmp_path):
    """Catches links to "12/merge", which is no branch."""
    pull = {**ACTIONS, "GITHUB_REF_NAME": "12/merge", "GITHUB_HEAD_REF": "idea", "GITHUB_BASE_REF": "trunk"}
    assert find(tmp_path, pull).edit_url("chapters/a.md") == "https://github.com/someone/fork/edit/trunk/chapters/a.md"


def test_a_clone_knows_its_origin_and_the_origins_main_branch(tmp_path):
    """Catches edit links to a branch that only this machine has."""
    folder = clone(tmp_path / "book", "git@github.com:someone/fork.git")
    assert find(folder, {}) == GITHUB._replace(site_url="https://someone.github.io/fork/")
    head = ["git", "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk"]
    subprocess.run(head, cwd=folder, check=True)
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *who, "commit", "-q", "--allow-empty", "-m", "first"], cwd=folder, check=True)
    subprocess.run(["git", "update-ref", "refs/remotes/origin/trunk", "HEAD"], cwd=folder, check=True)
    assert find(folder, {}).branch == "trunk"


def test_a_zip_has_no_links_and_no_error(tmp_path, monkeypatch):
    """Catches a build that fails, or links that lead nowhere, without git, or without a remote."""
    nothing = Repository()
    assert find(tmp_path, {}) == nothing
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert find(tmp_path, {}) == nothing
    monkeypatch.setenv("PATH", "")
    assert find(tmp_path, {}) == nothing
    assert {nothing.edit_url("a"), nothing.source_url("a", 1), nothing.issue_url("a", "b")} == {""}
    assert {nothing.binder_url("a"), nothing.colab_url("a")} == {""}


def test_a_copy_inside_another_repository_is_not_taken_for_a_part_of_it(tmp_path):
    """Catches a book, unpacked in a student's own repository, whose "report an error" goes to the student."""
    outer = clone(tmp_path / "homework", "https://github.com/student/homework.git")
    (outer / "book").mkdir()
    assert find(outer / "book", {}) == Repository()


@pytest.mark.parametrize(
    ("repository", "edit", "lines", "issue"),
    [
        (
            GITHUB,
            "https://github.com/someone/fork/edit/main/chapters/a%20b.md",
            "https://github.com/someone/fork/blob/main/tests/a.py#L4-L7",
            "https://github.com/someone/fork/issues/new?title=An%20error%20%26%20more&body=Page%3A%0Aa%2Bb",
        ),
        (
            GITLAB,
            "https://gitlab.com/group/part/book/-/edit/main/chapters/a%20b.md",
            "https://gitlab.com/group/part/book/-/blob/main/tests/a.py#L4-7",
            "https://gitlab.com/group/part/book/-/issues/new"
            "?issue%5Btitle%5D=An%20error%20%26%20more&issue%5Bdescription%5D=Page%3A%0Aa%2Bb",
        ),
        (
            CODEBERG,
            "https://codeberg.org/someone/book/_edit/main/chapters/a%20b.md",
            "https://codeberg.org/someone/book/src/branch/main/tests/a.py#L4-L7",
            "https://codeberg.org/someone/book/issues/new?title=An%20error%20%26%20more&body=Page%3A%0Aa%2Bb",
        ),
        (ELSEWHERE, "", "", ""),
    ],
)
def test_each_host_is_addressed_as_it_expects(repository, edit, lines, issue):
    """Catches one host's addresses used for another, unescaped words, and guesses about an unknown host."""
    assert repository.edit_url("chapters/a b.md") == edit
    assert repository.source_url("tests/a.py", 4, 7) == lines
    assert repository.issue_url("An error & more", "Page:\na+b") == issue


def test_a_source_link_stays_with_the_commit_that_was_built():
    """Catches line numbers that are off as soon as somebody edits the file."""
    at = {"commit": "c0ffee"}
    assert GITHUB._replace(**at).source_url("a.py", 4) == "https://github.com/someone/fork/blob/c0ffee/a.py#L4-L4"
    assert CODEBERG._replace(**at).source_url("a.py") == "https://codeberg.org/someone/book/src/commit/c0ffee/a.py"
    assert GITHUB._replace(**at).edit_url("a.py") == "https://github.com/someone/fork/edit/main/a.py"


def test_launch_links_name_repository_branch_and_file():
    """Catches a launch button that opens another book, or the wrong folder."""
    path = "chapters/sigmoid.md"
    lab = "?urlpath=lab%2Ftree%2Fchapters%2Fsigmoid.md"
    assert GITHUB.binder_url(path) == f"https://mybinder.org/v2/gh/someone/fork/main{lab}"
    assert GITLAB.binder_url(path) == f"https://mybinder.org/v2/gl/group%2Fpart%2Fbook/main{lab}"
    assert ELSEWHERE.binder_url(path).startswith("https://mybinder.org/v2/git/https%3A%2F%2Fgit.example.org%2F")
    assert GITHUB.colab_url("sigmoid.ipynb", "notebooks") == (
        "https://colab.research.google.com/github/someone/fork/blob/notebooks/sigmoid.ipynb"
    )
    assert GITLAB.colab_url("sigmoid.ipynb") == ""


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/Someone/Fork", "https://someone.github.io/Fork/"),
        ("https://github.com/Someone/someone.github.io", "https://someone.github.io/"),
        ("https://gitlab.com/someone/book", ""),
        ("https://github.example.org/someone/book", ""),
    ],
)
def test_the_pages_address_follows_from_the_repository(tmp_path, remote, address):
    """Catches a doubled name for a user's own site, and a guess for a host whose rule is another."""
    assert find(clone(tmp_path / "book", remote), {}).site_url == address


def test_an_address_that_is_given_wins(tmp_path):
    """Catches canonical links to a Pages address where the site has a domain of its own."""
    folder = clone(tmp_path / "book", "https://github.com/someone/fork")
    (folder / "CNAME").write_text("book.example.org\n")
    assert find(folder, {}).site_url == "https://book.example.org/"
    published = find(folder, {"BOOK_URL": "https://other.example.org/read"})
    assert (published.site_url, published.base) == ("https://other.example.org/read/", "/read/")


def test_only_a_site_that_is_being_published_is_tied_to_its_path(tmp_path):
    """Catches a page for lost addresses without its style sheet, on every machine but the server."""
    folder = clone(tmp_path / "book", "https://github.com/someone/fork")
    assert find(folder, {}).base == find(folder, ACTIONS).base == ""
