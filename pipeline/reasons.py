"""Rules with a reason each: a rejection names the first rule that fails.

    failing = {"is empty": not text.strip(), "has a web address": "://" in text}
    first_reason(failing)        # "is empty", "has a web address", or None

Earlier rules win, so put the plainest first.
"""

from collections.abc import Mapping


def first_reason(failing: Mapping[str, bool]) -> str | None:
    """Returns the first reason, in the mapping's order, whose rule fails, or None."""
    return next((reason for reason, fails in failing.items() if fails), None)
