"""Which repository builds the book, and the addresses that follow from it: a fork's pages lead to the fork.

In GitHub Actions the environment says it, in a clone git does. In a folder that is neither (a zip) nothing is known:
every address is then an empty string, and a page leaves the link out. BOOK_URL, or a file CNAME in the root, says
where the site is read if that is not the repository's GitHub Pages address.
"""

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import quote, unquote, urlencode, urlsplit

if TYPE_CHECKING:  # a build that has nothing to do asks for the repository, and does not wait for Sphinx
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

_STORED = "book_repository"  # the attribute of the application

# For each kind of host: editing, reading lines, reporting. Placeholders: the repository, a branch or commit, a path.
HOSTS: dict[str, dict[str, Any]] = {
    "github": {
        "edit": "{url}/edit/{ref}/{path}",
        "source": "{url}/blob/{ref}/{path}",
        "lines": "#L{first}-L{last}",
        "issue": "{url}/issues/new",
        "fields": ("title", "body"),
    },
    "gitlab": {
        "edit": "{url}/-/edit/{ref}/{path}",
        "source": "{url}/-/blob/{ref}/{path}",
        "lines": "#L{first}-{last}",
        "issue": "{url}/-/issues/new",
        "fields": ("issue[title]", "issue[description]"),
    },
    "forgejo": {
        "edit": "{url}/_edit/{ref}/{path}",
        "source": "{url}/src/{kind}/{ref}/{path}",
        "lines": "#L{first}-L{last}",
        "issue": "{url}/issues/new",
        "fields": ("title", "body"),
    },
}
# By what the host's name begins with: github.com, gitlab.my-university.edu.
NAMES = {"github": "github", "gitlab": "gitlab", "codeberg": "forgejo", "forgejo": "forgejo", "gitea": "forgejo"}
# Where these hosts answer ssh on the web's port, for networks that let nothing else pass.
SSH_HOSTS = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}
# What git takes for host:path, and not for a path, a drive of Windows or a helper (`ext::`).
SCP_LIKE = re.compile(r"(?:[^@/:]+@)?(\w[\w.-]+):(?!:|//)(.+)")


class Repository(NamedTuple):
    """Where the sources are, and where the site is read; what is not known is empty."""

    url: str = ""  # https://host/owner/name; http, where git is told so
    branch: str = ""  # where an edit goes
    commit: str = ""  # what the site is built from, if a workflow builds it
    site_url: str = ""  # ends in a slash
    base: str = ""  # the path of site_url, once it is certain that this very build will be served there

    @property
    def slug(self) -> str:
        """Return owner/name; on GitLab there may be groups between them."""
        return urlsplit(self.url).path.strip("/")

    @property
    def domain(self) -> str:
        """Return the name of the host."""
        return urlsplit(self.url).hostname or ""

    @property
    def host(self) -> dict[str, Any]:
        """Return the shapes of this host's addresses, or nothing for a host that is not known."""
        return HOSTS.get(NAMES.get(self.domain.partition(".")[0], ""), {})

    def edit_url(self, path: str) -> str:
        """Return the page on which a browser edits this file."""
        return self._fill("edit", path, self.branch)

    def source_url(self, path: str, first: int | None = None, last: int | None = None) -> str:
        """Return the page that shows this file, at the commit that was built if it is known; lines count from 1."""
        address = self._fill("source", path, self.commit or self.branch)
        if not address or first is None:
            return address
        return address + str(self.host["lines"].format(first=first, last=last or first))

    def issue_url(self, title: str, body: str) -> str:
        """Return the page that reports an error, with these words filled in."""
        if not self.host:
            return ""
        fields = dict(zip(self.host["fields"], (title, body), strict=True))
        return f"{self.host['issue'].format(url=self.url)}?{urlencode(fields, quote_via=quote)}"

    def binder_url(self, path: str) -> str:
        """Return the address that opens this file in JupyterLab on mybinder.org."""
        ref = quote(self.commit or self.branch, safe="")
        where = urlencode({"urlpath": f"lab/tree/{path}"}, quote_via=quote)
        if not self.url:
            return ""
        if self.domain == "github.com":  # and not somebody's own GitHub: Binder knows that one as any git
            return f"https://mybinder.org/v2/gh/{self.slug}/{ref}?{where}"
        if self.domain == "gitlab.com":
            return f"https://mybinder.org/v2/gl/{quote(self.slug, safe='')}/{ref}?{where}"
        return f"https://mybinder.org/v2/git/{quote(self.url, safe='')}/{ref}?{where}"

    def colab_url(self, path: str, branch: str = "") -> str:
        """Return the address that opens this .ipynb file in Colab, which reads from GitHub only."""
        if self.domain != "github.com":
            return ""
        ref = quote(branch or self.branch)
        return f"https://colab.research.google.com/github/{self.slug}/blob/{ref}/{quote(path)}"

    def _fill(self, shape: str, path: str, ref: str) -> str:
        if not self.host:
            return ""
        kind = "commit" if ref and ref == self.commit else "branch"
        return str(self.host[shape].format(url=self.url, ref=quote(ref), path=quote(path), kind=kind))


def find(root: Path, environ: Mapping[str, str] = os.environ) -> Repository:
    """Return the repository that builds the book in this folder."""
    server, name = environ.get("GITHUB_SERVER_URL"), environ.get("GITHUB_REPOSITORY")
    if server and name:
        # A pull request is built at a merge that has no branch: its links lead to the branch that it is meant for.
        branch = environ.get("GITHUB_BASE_REF") or environ.get("GITHUB_REF_NAME", "")
        found = Repository(f"{server}/{name}", branch, environ.get("GITHUB_SHA", ""))
    else:
        found = _of_clone(root)
    site_url = _site_url(root, environ, found)
    return found._replace(site_url=site_url, base=urlsplit(site_url).path if environ.get("BOOK_URL") else "")


def web_address(remote: str, real_host: Callable[[str], str] | None = None) -> str:
    """Return the address of the web pages of what git calls a remote, without user and password; empty if not known.

    real_host: of a name that ssh is given, the host that it stands for (default: what this machine's ssh says).
    A host that is reached by ssh and is not known as a forge may be any machine: nothing says that it has web pages.
    """
    scheme, host, port, path = _parts(remote)
    path = quote(unquote("/".join(filter(None, path.split("/")))).removesuffix(".git"), safe="/~")
    if scheme not in ("http", "https") and host not in SSH_HOSTS.values():
        host = (real_host or _ssh_host)(host) if host else ""
        host = SSH_HOSTS.get(host, host)
        # The end of a name that others can look up is a word; of "github.com-work", an alias, it is not.
        if not re.search(r"\.[a-z]{2,}$", host) or not Repository(f"https://{host}").host:
            return ""
    host = host.removeprefix("www.")
    needed = path.count("/") == 1 if host == "github.com" else "/" in path
    if not host or not path or (Repository(f"https://{host}").host and not needed):
        return ""
    return f"{'http' if scheme == 'http' else 'https'}://{host}{port}/{path}"


def _parts(remote: str) -> tuple[str, str, str, str]:
    """Return scheme, host, port of the web (with its colon, or empty) and path; all empty for what is no address."""
    if short := SCP_LIKE.fullmatch(remote):  # git@host:owner/name.git
        return "ssh", short[1].lower(), "", short[2]
    try:
        parts = urlsplit(remote)
        scheme, host, port = parts.scheme.replace("git+", "").replace("+git", ""), parts.hostname or "", parts.port
    except ValueError:  # a port that is none
        return "", "", "", ""
    if scheme in ("ssh", "git"):
        return scheme, host, "", parts.path  # the port of ssh is not the web's
    if scheme not in ("http", "https"):
        return "", "", "", ""
    usual = {"http": 80, "https": 443}[scheme]
    return scheme, f"[{host}]" if ":" in host else host, f":{port}" if port not in (None, usual) else "", parts.path


def _ssh_host(name: str) -> str:
    """Return the host that ssh connects to when it is given this name, which may be an alias of ~/.ssh/config."""
    said = _output("ssh", "-G", name)
    return next((line.split()[1] for line in said.splitlines() if line.startswith("hostname ")), name).lower()


def _of_clone(root: Path) -> Repository:
    # A zip unpacked inside somebody's own repository does not belong to it: only the root of a clone counts.
    if _git(root, "rev-parse", "--is-inside-work-tree") != "true" or _git(root, "rev-parse", "--show-prefix"):
        return Repository()
    url = web_address(_git(root, "remote", "get-url", "origin"))
    if not url:
        return Repository()
    # What others can edit is the remote's main branch, not the one that somebody works on here.
    default = _git(root, "rev-parse", "--abbrev-ref", "origin/HEAD").removeprefix("origin/")
    return Repository(url, default if default not in ("", "HEAD") else "main")


def _git(root: Path, *arguments: str) -> str:
    """Return what git prints, or nothing if it fails or is not there."""
    return _output("git", "-C", str(root), *arguments)


def _output(*command: str) -> str:
    """Return what a command prints, or nothing if it fails or is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _site_url(root: Path, environ: Mapping[str, str], repository: Repository) -> str:
    if given := environ.get("BOOK_URL", "").strip():
        return given.rstrip("/") + "/"
    domain = root / "CNAME"
    if domain.is_file() and (name := domain.read_text(encoding="utf-8").strip()):
        return f"https://{name}/"
    if urlsplit(repository.url).hostname != "github.com" or repository.slug.count("/") != 1:
        return ""
    owner, name = repository.slug.split("/")
    pages = f"{owner.lower()}.github.io"
    return f"https://{pages}/" if name.lower() == pages else f"https://{pages}/{name}/"


def setup(app: "Sphinx") -> "ExtensionMetadata":
    """Register with Sphinx: afterwards of_app says what is known."""
    from coursebook.source import extension

    app.add_config_value("book_repository", [], "html")
    app.connect("config-inited", _ask_git)
    return extension.metadata()


def _ask_git(app: "Sphinx", config: "Config") -> None:
    """Ask once for each build; a change of the answer makes Sphinx write every page anew."""
    found = find(Path(app.srcdir))
    setattr(app, _STORED, found)
    config.html_baseurl = config.html_baseurl or found.site_url
    config.book_repository = list(found._replace(commit=""))


def of_app(app: "Sphinx") -> Repository:
    """Return the repository of the book that Sphinx is building."""
    return cast(Repository, getattr(app, _STORED))
