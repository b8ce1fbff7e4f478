"""JupyterLab for the book, in Binder and with `make lab`: where it begins, and where old links lead."""

import sys
from pathlib import Path

c = get_config()  # noqa: F821 - Jupyter defines it

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
c.ServerApp.jpserver_extensions = {"lab_links": True}
c.ServerApp.default_url = c.LabApp.default_url = "/lab/tree/notebooks/start.ipynb"
