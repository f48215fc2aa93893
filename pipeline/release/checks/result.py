"""A check's result, and the configs and columns that several checks look at."""

from collections.abc import Iterable, Iterator
from typing import Any

from ..contents import Contents

#: Whether the check passed, and a phrase that says what it saw.
Result = tuple[bool, str]

#: The configs that ask questions, and those of them with a cue.
ASKING = ("pairs", "anchors", "controls")
CUED = ("pairs", "anchors")
#: The image columns of a pair, and of every config that asks.
ARMS = ("image_with", "image_without", "image_placebo")
IMAGES = {"pairs": ARMS, "anchors": ("image",), "controls": ("image",)}


def result(faults: Iterable[str], good: str) -> Result:
    """Returns (True, good) if there are no faults, otherwise False with the first three faults."""
    listed = list(faults)
    if not listed:
        return True, good
    more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
    return False, "; ".join(listed[:3]) + more


def asked(
    contents: Contents, configs: Iterable[str] = ASKING
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields every row that asks a question, after its place, such as "pairs 1f0c"."""
    for config in configs:
        for row in contents.rows(config, images=False):
            yield f"{config} {row['id']}", row
