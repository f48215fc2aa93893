"""A release: a Hugging Face data-set folder built from the workspace, checked, and never changed
once written.

    from spuriforge.pipeline.release import build
    release = build(workspace, recipe, agreement={"cue": {"alpha": 0.81, "low": 0.74, "high": 0.88}})
    print(release.message)

What is published, and where everything else stopped, `outcomes` decides; the report reads the same.
`build` goes through all of it; `rows`, `files` and `texts` are what it writes, `versions` how
releases follow one another, `checks` what each must pass, `destinations` where it goes, `exports`
who else reads it.
"""

from .build import BuiltRelease, Draft, build
from .checks import ReleaseError
from .type_outcomes import Outcome, outcomes
from .versions.changes import Diff
from .versions.diff import diff

__all__ = ["BuiltRelease", "Diff", "Draft", "Outcome", "ReleaseError", "build", "diff", "outcomes"]
