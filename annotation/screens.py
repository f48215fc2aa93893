"""The labeling config of each kind of project, and Label Studio's own checker of it.

    SCREENS["cue-adjudication"]      # a config; the kinds are those of projects.Desk.kind
    check("cue", task)               # ValueError unless the screen can show the task; offline

A benchmark's texts are only ever task data, shown by Text tags with valueType="text": never markup,
never an address to load, never part of a config.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from .cue_screen import CUE_ADJUDICATION_SCREEN, CUE_SCREEN
from .pair_screen import PAIR_ADJUDICATION_SCREEN, PAIR_SCREEN

if TYPE_CHECKING:
    from label_studio_sdk.label_interface import LabelInterface

SCREENS = {
    "cue": CUE_SCREEN,
    "pair": PAIR_SCREEN,
    "cue-adjudication": CUE_ADJUDICATION_SCREEN,
    "pair-adjudication": PAIR_ADJUDICATION_SCREEN,
}


@cache
def interface(screen: str) -> "LabelInterface":
    """Returns the SDK's checker of a screen; ValueError for an invalid screen."""
    from label_studio_sdk.label_interface import LabelInterface

    checker = LabelInterface(screen)
    checker.validate()
    return checker


def check(kind: str, data: dict[str, str]) -> None:
    """ValueError unless the task has every text and image that the kind's screen shows."""
    task: Any = {"data": data}
    if not interface(SCREENS[kind]).validate_task(task):
        raise ValueError(f"Task {data.get('key')} lacks something that its screen shows.")
