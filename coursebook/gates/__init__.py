"""The gates on the text: claims, numbers in sentences, words under figures, terms. `python -m coursebook.gates`."""
