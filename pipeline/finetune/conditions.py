"""The conditions of a training: which images it shows, and in which arms.

Conditions, each with clean replay:
    anchors        the real images, with the cue
    group          made images, with the cue
    non-spurious   clean questions of the benchmark alone
    mixed          anchors and made images, with the cue
    pairs          each scene with and without the cue
    consistent     the same, and both answers must agree
Control groups, for what else a training does:
    without        the same scenes without the cue, twice
    placebo        without the cue, and with something else changed
    blind          the same questions without an image
"""

from typing import Literal, get_args

Condition = Literal[
    "anchors",
    "group",
    "non-spurious",
    "mixed",
    "pairs",
    "consistent",
    "without",
    "placebo",
    "blind",
]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
#: The arms of a pair that belong together in a lesson of these conditions.
TWINS: dict[Condition, tuple[str, str]] = {
    "pairs": ("with", "without"),
    "consistent": ("with", "without"),
    "placebo": ("placebo", "without"),
    "without": ("without", "without"),
}
#: The arms that are single lessons under these conditions.
SINGLE: dict[Condition, tuple[str, ...]] = {
    "anchors": ("anchor",),
    "group": ("with",),
    "mixed": ("anchor", "with"),
    "non-spurious": ("control",),
    "blind": ("with",),
}
