"""Check the text of the book: its claims, the numbers in its sentences, the words under its figures, terms, cells.

    python -m coursebook.gates            what `make lint` calls, in the book's folder

Each gate also runs alone: python -m coursebook.claims.gate, coursebook.gates.prose, .alt_text, .glossary, .cells.
"""

import sys

from coursebook.claims import gate as claims
from coursebook.gates import alt_text, cells, glossary, prose

if __name__ == "__main__":
    results = [
        claims.main(),
        prose.main([]),
        alt_text.main([]),
        glossary.main(),
        cells.main(),
    ]  # all speak, then the status
    sys.exit(max(results))
