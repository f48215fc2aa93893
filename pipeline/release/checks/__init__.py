"""The checks that a release must pass before it is published.

    for check in run(Path("releases/demo/1.0.0")):
        print(check.name, check.passed, check.explanation, check.remedy)

A check is a function from a release's contents to (passed, explanation). It reads the files as they
lie there and trusts nothing that the build knew. A failed check keeps the release from being
published, and says what to do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ..contents import Contents, read
from . import files, images, privacy, questions, separation
from .result import Result

_AGAIN = "the files were changed or written badly: remove the release and publish it again"
_REPORT = "this is a defect of Spuriforge: please report it with this line"
_ALIKE = "reject the pair in Label Studio, or raise gate.min_likeness, and publish again"
_COPY = "take the copy out of the benchmark, or reject the pair in Label Studio, and publish again"
_OPTIONS = "mend the options in the benchmark's file (`spuriforge audit` names the rows)"
_LEAK = "mend the question in the benchmark's file, or have the cue judged a bad question"
_LICENCE = "set license and attribution under each [[benchmarks]], and publish.license"
_PRIVATE = "take it out of the benchmark's texts or the recipe: both are published"

#: Each check, and what to do if it fails.
CHECKS: tuple[tuple[Callable[[Contents], Result], str], ...] = (
    (images.images_present, _AGAIN),
    (images.images_decode, _AGAIN),
    (images.pairs_differ, _ALIKE),
    (images.images_apart, _COPY),
    (images.images_viewable, _REPORT),
    (questions.answers_among_choices, _REPORT),
    (questions.choices_distinct, _OPTIONS),
    (questions.no_leaks, _LEAK),
    (questions.letters_balanced, _REPORT),
    (files.counts_agree, _AGAIN),
    (files.ids_unique, _REPORT),
    (files.licences_present, _LICENCE),
    (files.canary_everywhere, _REPORT),
    (files.croissant_valid, _REPORT),
    (separation.splits_apart, _REPORT),
    (separation.controls_apart, _REPORT),
    (separation.private_withheld, _REPORT),
    (privacy.nothing_private, _PRIVATE),
)


class ReleaseError(ValueError):
    """Says why a release cannot be built, or would be unsound."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check's name, whether it passed, what it saw, and what to do if it failed."""

    name: str
    passed: bool
    explanation: str
    remedy: str = ""


def run(folder: Path) -> list[Check]:
    """Runs every check on a release folder."""
    try:
        contents = read(folder)
    except pa.ArrowException as error:
        return [Check("readable", False, f"a data file cannot be read: {error}", _AGAIN)]
    return [_run(check, remedy, contents) for check, remedy in CHECKS]


def _run(check: Callable[[Contents], Result], remedy: str, contents: Contents) -> Check:
    """Runs a check; a file that is missing, damaged or lacks a column fails it."""
    try:
        passed, explanation = check(contents)
    except (pa.ArrowException, KeyError, OSError) as error:
        passed, explanation, remedy = False, f"the data cannot be read: {error}", _AGAIN
    return Check(check.__name__, passed, explanation, "" if passed else remedy)


def require(folder: Path) -> list[Check]:
    """Runs every check; ReleaseError says which failed, why, and what to do."""
    checks = run(folder)
    failed = [check for check in checks if not check.passed]
    if failed:
        lines = "\n".join(
            f"  {check.name}: {check.explanation}. To do: {check.remedy}." for check in failed
        )
        raise ReleaseError(
            f"The release fails {len(failed)} of {len(checks)} checks and was not written:\n{lines}"
        )
    return checks
