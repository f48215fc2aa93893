"""What a check says, and the rows that several of them look at."""

from collections.abc import Iterable, Iterator
from typing import Any

from ..contents import Contents

Result = tuple[bool, str]

#: The configs that ask something, and those of them with a cue.
ASKING = ("pairs", "anchors", "controls")
CUED = ("pairs", "anchors")
ARMS = ("image_with", "image_without", "image_placebo")
IMAGES = {"pairs": ARMS, "anchors": ("image",), "controls": ("image",)}


def result(faults: Iterable[str], good: str) -> Result:
    """Passed when there are no faults; else the first three, and how many more."""
    found = list(faults)
    if not found:
        return True, good
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return False, "; ".join(found[:3]) + more


def asked(
    contents: Contents, configs: Iterable[str] = ASKING
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row that asks something, and where it is."""
    for config in configs:
        for row in contents.rows(config, images=False):
            yield f"{config} {row['id']}", row
