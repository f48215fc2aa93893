"""A release: a Hugging Face data-set folder built from the workspace, checked, and never changed
once written.

    from spuriforge.pipeline.release import build
    release = build(workspace, recipe)
    print(release.message)

`outcomes` decides what is published and where everything else stopped; the report reads the same.
`build` runs it all: it writes `rows` as `files`, and `texts` about them; a release must pass
`checks`. `versions` says how releases follow one another, `destinations` publishes them elsewhere,
and `exports` converts them for other evaluation harnesses.
"""

from .build import BuiltRelease, Draft, build
from .checks import ReleaseError
from .type_outcomes import Outcome, outcomes
from .versions.changes import Diff
from .versions.diff import diff

__all__ = ["BuiltRelease", "Diff", "Draft", "Outcome", "ReleaseError", "build", "diff", "outcomes"]
