"""Check the text of the book: its claims, the numbers in its sentences, the words under its figures, terms, cells.

    python -m coursebook.gates            what `make lint` calls, in the book's folder

Each gate also runs alone: python -m coursebook.claims.gate, coursebook.gates.prose, .alt_text and the like.
"""

import sys

from coursebook.claims import gate as claims
from coursebook.gates import alt_text, cells, glossary, lengths, prose

if __name__ == "__main__":
    gates = claims.main(), prose.main([]), alt_text.main([]), glossary.main(), cells.main(), lengths.main()  # all speak
    sys.exit(max(gates))
