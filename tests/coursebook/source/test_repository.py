"""The links to the repository lead to the one that builds the book, wherever it is kept, and leak nothing."""

import os
import shutil
import subprocess

import pytest

from coursebook.source.repository import HOSTS, Repository, find, web_address

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
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    folder.mkdir(exist_ok=True)
    subprocess.run(["git", "init", "-q", "-b", branch], cwd=folder, check=True)
    subprocess.run(["git", "remote", "add", "origin", origin], cwd=folder, check=True)
    return folder


# What ~/.ssh/config of somebody says: an alias for each account, and GitHub's ssh where only the web's port is open.
ALIASES = {"github-work": "github.com", "github.com-work": "github.com", "hub": "ssh.github.com", "forge": "10.0.0.7"}
FORK = "https://github.com/someone/fork"


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/someone/fork.git", FORK),
        ("https://github.com/someone/fork/", FORK),
        ("https://github.com/someone/fork.git/", FORK),
        ("https://www.github.com/someone/fork", FORK),
        ("https://github.com//someone//fork.git", FORK),
        ("HTTPS://GitHub.com/someone/fork.git", FORK),
        ("https://github.com:443/someone/fork", FORK),
        ("http://github.com/someone/fork", "http://github.com/someone/fork"),
        ("git@github.com:someone/fork.git", FORK),
        ("git@GitHub.com:someone/fork.git", FORK),
        ("git@github.com:/someone/fork.git/", FORK),
        ("github.com:someone/fork", FORK),
        ("ssh://git@github.com/someone/fork.git", FORK),
        ("ssh://git@github.com:22/someone/fork.git", FORK),
        ("ssh://git@ssh.github.com:443/someone/fork.git", FORK),
        ("git+ssh://git@github.com/someone/fork.git", FORK),
        # Aliases: the host that ssh knows by that name.
        ("git@github-work:someone/fork.git", FORK),
        ("github-work:someone/fork", FORK),
        ("git@github.com-work:someone/fork.git", FORK),
        ("ssh://git@github-work/someone/fork.git", FORK),
        ("ssh://git@github-work:2222/someone/fork.git", FORK),
        ("hub:someone/fork.git", FORK),
        ("git@forge:someone/fork.git", ""),
        ("git@github-unknown:someone/fork.git", ""),
        ("git@github.com-unknown:someone/fork.git", ""),
        # Ports: that of ssh is not the web's; that of https is.
        ("ssh://git@gitlab.com:2222/group/part/book.git", "https://gitlab.com/group/part/book"),
        ("ssh://git@altssh.gitlab.com:443/group/book.git", "https://gitlab.com/group/book"),
        ("https://git.example.org:8443/someone/book.git", "https://git.example.org:8443/someone/book"),
        ("http://localhost:3000/someone/book.git", "http://localhost:3000/someone/book"),
        ("http://git.example.org:80/someone/book.git", "http://git.example.org/someone/book"),
        ("https://[2001:db8::1]:3000/someone/book", "https://[2001:db8::1]:3000/someone/book"),
        ("https://git.example.org:99999/someone/book", ""),
        # Groups, hosts of one's own, user-info, signs.
        ("git@gitlab.example.org:a/b/c/book.git", "https://gitlab.example.org/a/b/c/book"),
        ("git://codeberg.org/someone/book.git", "https://codeberg.org/someone/book"),
        ("https://example.org/gitea/someone/book.git", "https://example.org/gitea/someone/book"),
        ("https://someone:secret@github.com/someone/fork.git", FORK),
        ("https://gitlab-ci-token:se:cret@gitlab.com/group/book.git", "https://gitlab.com/group/book"),
        ("https://github.com/someone/fork.git?token=secret#part", FORK),
        ("https://git.example.org/~someone/my book", "https://git.example.org/~someone/my%20book"),
        ("https://git.example.org/someone/my%20book.git", "https://git.example.org/someone/my%20book"),
        # Machines that are shared: an account there is no page.
        ("someone@login.example.edu:book.git", ""),
        ("someone@login.example.edu:/home/someone/book.git", ""),
        ("ssh://someone@login.example.edu/~/book.git", ""),
        ("git@git.example.org:/srv/git/book.git", ""),
        # No owner or no name: no repository.
        ("https://github.com", ""),
        ("https://github.com/someone", ""),
        ("git@github.com:book.git", ""),
        ("https://github.com/someone/fork/tree/main", ""),
        # Places on this machine, and helpers of git.
        ("/srv/git/book.git", ""),
        ("../book", ""),
        ("./a:b", ""),
        ("C:/books/book", ""),
        ("C:\\books\\book", ""),
        ("\\\\server\\share\\book", ""),
        ("file:///srv/git/book.git", ""),
        ("file://server/srv/book", ""),
        ("codecommit::eu-central-1://book", ""),
        ("ext::ssh git@github.com book", ""),
        ("https://[broken/someone/fork", ""),
        ("", ""),
    ],
)
def test_every_spelling_of_a_remote_becomes_its_web_address(remote, address):
    """Catches a password on each page, ssh's port or alias taken for the web's, and links to a machine without web."""
    assert web_address(remote, lambda name: ALIASES.get(name, name)) == address


def test_an_alias_is_what_this_machines_ssh_says(tmp_path, monkeypatch):
    """Catches links to "github-work", which only this machine knows, and a build that fails where there is no ssh."""
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text("#!/bin/sh\n[ \"$*\" = '-G work' ] && echo 'hostname github.com'\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", str(ssh.parent), prepend=os.pathsep)
    folder = clone(tmp_path / "book", "git@work:someone/fork.git")
    assert find(folder, {}).url == FORK
    monkeypatch.setenv("PATH", "")
    assert web_address("git@work:someone/fork.git") == ""


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://github.com/a/b", "github"),
        ("https://github.example.edu/a/b", "github"),
        ("https://gitlab.example.edu/a/b", "gitlab"),
        ("https://gitea.example.edu/a/b", "forgejo"),
        ("https://gist.github.com/a/b", ""),
        ("https://notgithub.example.org/a/b", ""),
        ("https://example.org/github/b", ""),
        ("https://someone.github.io/b", ""),
    ],
)
def test_a_host_is_known_by_the_beginning_of_its_name(url, kind):
    """Catches one host's addresses on another whose name, path or site has that word in it."""
    assert Repository(url, "main").host == HOSTS.get(kind, {})


def test_a_forge_of_ones_own_is_not_the_one_on_the_web():
    """Catches Binder and Colab opening the repository of that name on github.com, which is somebody else's."""
    own = Repository("https://github.example.edu/someone/book", "main")
    assert own.edit_url("a.md") == "https://github.example.edu/someone/book/edit/main/a.md"
    assert own.binder_url("a").startswith("https://mybinder.org/v2/git/https%3A%2F%2Fgithub.example.edu%2Fsomeone")
    assert own.colab_url("a.ipynb") == ""
    assert "/v2/git/" in Repository("https://gitlab.example.edu/a/b", "main").binder_url("a")


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
    if shutil.which("git"):
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
