"""Where questions come from: a reader for each benchmark, and the proving ground."""
