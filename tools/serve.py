"""Show the built book on this machine only.

python tools/serve.py [--port 8000]            what `make serve` calls
"""

import argparse
import functools
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HTML = Path("_build/html")


def main() -> int:
    """Serve until Ctrl-C; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8000, help="the port on 127.0.0.1 (default: 8000)")
    port = parser.parse_args().port
    if not (HTML / "index.html").is_file():
        print("error: there is no built book here. Run make book first.", file=sys.stderr)
        return 1
    handler = functools.partial(SimpleHTTPRequestHandler, directory=HTML)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        print(f"error: port {port}: {error.strerror}. Choose another: make serve PORT={port + 1}", file=sys.stderr)
        return 1
    with server:
        print(f"The book is at http://127.0.0.1:{port}/ (Ctrl-C ends this).", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
