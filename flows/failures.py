"""Calls that failed for good: how many, why, and whether a stage may continue without them."""

from collections import Counter
from collections.abc import Sequence

from prefect import get_run_logger

from spuriforge.pipeline.records import Failure, Record

from .state.snapshot import Snapshot


def check_failures(
    snapshot: Snapshot, stage: str, planned: Sequence[str], record: type[Record]
) -> None:
    """Warns of the planned calls that left no record; RuntimeError if the recipe allows fewer.

    Only the next run asks them again: a failed call is never an answer.
    """
    workspace = snapshot.workspace
    missing = set(planned) - workspace.keys(record)
    if not missing:
        return
    failures = workspace.records(Failure)
    reasons = Counter(failure.reason for failure in failures if failure.subject in missing)
    why = reasons.most_common(1)[0][0] if reasons else "no reason is known"
    summary = f"{stage}: {len(missing)} of {len(planned)} calls failed ({why})"
    allowed = snapshot.recipe.run.max_failed
    if len(missing) > allowed * len(planned):
        raise RuntimeError(
            f"{summary}. The same command asks them again; run.max_failed allows {allowed:.0%}"
        )
    get_run_logger().warning(f"{summary}. The next run asks them again")
