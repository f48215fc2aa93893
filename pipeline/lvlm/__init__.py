"""Asking a model: prompts, strict answer parsing, backends."""
