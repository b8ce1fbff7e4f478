"""The book as its author wrote it: one reader of MyST, one list of chapters, the addresses of its repository."""
