"""What a release must pass before it is called one: small questions to a folder, each (passed,
explanation).

    for check in run(Path("releases/demo/1.0.0")):
        print(check.name, check.passed, check.explanation, check.remedy)

They look at the files as they lie there and trust nothing that the build knew. One that fails keeps
the release from being published, and says what to do.
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

#: Each check with what to do where it fails.
CHECKS: tuple[tuple[Callable[[Contents], Result], str], ...] = (
    (images.images_present, _AGAIN),
    (images.images_decode, _AGAIN),
    (images.pairs_differ, "reject the pair in Label Studio, or raise gate.min_likeness, and publish again"),
    (images.images_apart, "take the copy out of the benchmark, or reject the pair in Label Studio, and publish again"),
    (images.images_viewable, _REPORT),
    (questions.answers_among_choices, _REPORT),
    (questions.choices_distinct, "mend the options in the benchmark's file (`spuriforge audit` names the rows)"),
    (questions.no_leaks, "mend the question in the benchmark's file, or have the cue judged a bad question"),
    (questions.letters_balanced, _REPORT),
    (files.counts_agree, _AGAIN),
    (files.ids_unique, _REPORT),
    (files.licences_present, "set license and attribution under each [[benchmarks]], and publish.license"),
    (files.canary_everywhere, _REPORT),
    (files.croissant_valid, _REPORT),
    (separation.splits_apart, _REPORT),
    (separation.controls_apart, _REPORT),
    (separation.private_withheld, _REPORT),
    (privacy.nothing_private, "take it out of the benchmark's texts or the recipe: both are published"),
)  # fmt: skip


class ReleaseError(ValueError):
    """A release that cannot be made, or would be unsound; the message says why."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check's name, whether it passed, what it saw, and what to do where it failed."""

    name: str
    passed: bool
    explanation: str
    remedy: str = ""


def run(folder: Path) -> list[Check]:
    """Every check on a release folder."""
    try:
        contents = read(folder)
    except pa.ArrowException as error:
        return [Check("readable", False, f"a data file cannot be read: {error}", _AGAIN)]
    return [_asked(check, remedy, contents) for check, remedy in CHECKS]


def _asked(check: Callable[[Contents], Result], remedy: str, contents: Contents) -> Check:
    """A check's verdict; a file that is gone, no Parquet any more, or lacks a column, is a failure
    and no crash.
    """
    try:
        passed, explanation = check(contents)
    except (pa.ArrowException, KeyError, OSError) as error:
        passed, explanation, remedy = False, f"the data cannot be read: {error}", _AGAIN
    return Check(check.__name__, passed, explanation, "" if passed else remedy)


def require(folder: Path) -> list[Check]:
    """Every check; ReleaseError with the explanations, and what to do, when one fails."""
    done = run(folder)
    failed = [check for check in done if not check.passed]
    if failed:
        said = "\n".join(
            f"  {check.name}: {check.explanation}. To do: {check.remedy}." for check in failed
        )
        raise ReleaseError(
            f"The release fails {len(failed)} of {len(done)} checks and was not written:\n{said}"
        )
    return done
