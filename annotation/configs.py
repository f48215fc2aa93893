"""The labeling config of each kind of project, and Label Studio's own checker of it.

SCREENS["cue-adjudication"]      # a config; the kinds are those of client.Desk.kind
check("cue", task)               # offline, before anything is sent
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
    """The SDK's checker of a screen; the screen itself is checked when it is made."""
    from label_studio_sdk.label_interface import LabelInterface

    made = LabelInterface(screen)
    made.validate()
    return made


def check(kind: str, data: dict[str, str]) -> None:
    """ValueError unless the kind's screen can show the task: every text and image that it names is
    there.
    """
    task: Any = {"data": data}
    if not interface(SCREENS[kind]).validate_task(task):
        raise ValueError(f"Task {data.get('key')} lacks something that its screen shows.")
