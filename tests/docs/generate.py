"""docs/generate.py as a module: MkDocs runs it as a hook, so it lies in no package."""

import importlib.util
from typing import Any

from tests.docs.pages import DOCS

_spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
assert _spec
assert _spec.loader
hook: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(hook)
commands, meanings, sections_of = hook.commands, hook.meanings, hook.sections_of
