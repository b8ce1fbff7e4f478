"""Chapters that run: their execution, reviewed outputs, notebooks, JupyterLab and the links that lead there."""
