"""The whole book as one file: a PDF to print, an EPUB for e-readers. `python -m coursebook.paper pdf epub`."""
