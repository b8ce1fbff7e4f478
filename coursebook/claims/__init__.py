"""Claims: labelled formulas, properties and observations of the chapters, and the tests that are their evidence."""
