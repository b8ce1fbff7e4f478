"""Questions with answers that unfold, each with its feedback: how they are written, checked and shown."""
