"""Finds the shortcuts that a vision-language model takes and proves each with image pairs."""
