"""A small rendered world in which every shortcut is known, and three kinds of model trained on it
from scratch.
"""
