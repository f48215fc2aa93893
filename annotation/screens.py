"""What an annotator sees: the screens of the cue and the pair project, their tasks and their
answers.

    task = cue_task(cue_type, sample, image_bytes)       # the data of a Label Studio task
    check("cue", task)                                   # offline, before anything is sent
    answer = read("cue", annotation["result"])           # what came back, checked as strictly

Texts of benchmarks are only ever task data, shown by Text tags with valueType="text": never markup,
never an address to load, never part of a config. This module only gathers the names that others
use; each screen has its own.
"""

from .answers import Answer, read, result_of
from .configs import SCREENS, check, interface
from .cue_screen import CUE_VERDICTS, cue_task
from .instructions import INSTRUCTIONS
from .pair_screen import PAIR_VERDICTS, pair_task, side_of
from .pictures import data_uri
from .texts import options_text

__all__ = [
    "CUE_VERDICTS",
    "INSTRUCTIONS",
    "PAIR_VERDICTS",
    "SCREENS",
    "Answer",
    "check",
    "cue_task",
    "data_uri",
    "interface",
    "options_text",
    "pair_task",
    "read",
    "result_of",
    "side_of",
]
