"""Calls that failed for good: how many a stage had, why, and whether it may go on without them."""

from collections import Counter
from collections.abc import Sequence

from prefect import get_run_logger

from spuriforge.pipeline.records import Failure, Record

from .opened import Opened


def tell_failures(opened: Opened, stage: str, planned: Sequence[str], record: type[Record]) -> None:
    """Warns of the planned calls that gave no record; RuntimeError where they are more than the
    recipe allows.

    They are asked again by the next run, and by nothing else: a failed call is never an answer.
    """
    missing = set(planned) - opened.workspace.keys(record)
    if not missing:
        return
    reasons = Counter(
        one.reason for one in opened.workspace.records(Failure) if one.subject in missing
    )
    why = reasons.most_common(1)[0][0] if reasons else "no reason is known"
    told = f"{stage}: {len(missing)} of {len(planned)} calls failed ({why}). The same command asks them again"
    if len(missing) > opened.recipe.run.max_failed * len(planned):
        raise RuntimeError(f"{told}; run.max_failed allows {opened.recipe.run.max_failed:.0%}")
    get_run_logger().warning(told)
