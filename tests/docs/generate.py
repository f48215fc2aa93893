"""The modules that generate pages; MkDocs runs them as a hook, so they lie in no package."""

import sys

from tests.docs.pages import DOCS

sys.path.insert(0, str(DOCS))

import generate as hook
from commands_page import commands
from recipe_page import meanings
from tables import sections_of

__all__ = ["commands", "hook", "meanings", "sections_of"]
