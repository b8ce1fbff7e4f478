"""What is changed inside other packages: formulas are set even on a slow machine, and nothing is left behind."""

import sys
from types import SimpleNamespace

import pytest
from sphinxcontrib import katex

from coursebook.site import patches

# As KaTeX's process at its start: its socket's file is there before it listens.
LATE = """
import socket, sys, time
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
time.sleep(0.2)
server.listen()
server.accept()[0].send(b"ready")
"""


def server(code):
    """Return what stands for sphinxcontrib-katex's class: a process that runs this code."""
    return SimpleNamespace(
        build_command=lambda socket: [sys.executable, "-c", code, str(socket)],
        timeout_error=lambda seconds: TimeoutError(f"not within {seconds} s"),
    )


def test_a_process_that_listens_late_is_waited_for(tmp_path):
    """Catches the moment in which sphinxcontrib-katex gives up: the file is there, and nobody listens yet."""
    process, connection = patches.start_katex_server(server(LATE), tmp_path, 20.0)
    with process, connection:
        assert connection.recv(5) == b"ready"


def test_a_process_that_ends_is_told_at_once(tmp_path):
    """Catches a minute of waiting for a Node.js that cannot start."""
    with pytest.raises(TimeoutError, match="not within 60"):
        patches.start_katex_server(server("raise SystemExit(1)"), tmp_path, 60.0)


def test_katex_stops_at_what_it_cannot_read_and_has_time(monkeypatch):
    """Catches a formula printed in red, one second as the limit of a busy machine, and another Node.js."""
    for name in ("NODEJS_BINARY", "STARTUP_TIMEOUT", "RENDER_TIMEOUT"):
        monkeypatch.setattr(katex, name, None)
    patches.strict_katex()
    assert katex.KATEX_DEFAULT_OPTIONS["throwOnError"] is True
    assert katex.KATEX_DEFAULT_OPTIONS["strict"] == "error"
    assert (katex.STARTUP_TIMEOUT, katex.RENDER_TIMEOUT) == (patches.RENDER_SECONDS, patches.RENDER_SECONDS)
    assert str(patches.node_program()) == katex.NODEJS_BINARY
    assert patches.node_program().is_file()


def test_the_grammars_of_web_addresses_are_left_out_but_not_taken_away(monkeypatch):
    """Catches a second lost at each build, and a module taken from whoever has it already."""
    monkeypatch.delitem(sys.modules, "rfc3987_syntax", raising=False)
    patches.skip_web_address_grammars()
    assert sys.modules["rfc3987_syntax"] is None
    monkeypatch.setitem(sys.modules, "rfc3987_syntax", sys)
    patches.skip_web_address_grammars()
    assert sys.modules["rfc3987_syntax"] is sys
