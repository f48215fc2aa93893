"""A small rendered world in which every shortcut is known, and models trained on it."""
