"""The machinery of a tested course-book: one Sphinx extension and the commands that make calls."""
