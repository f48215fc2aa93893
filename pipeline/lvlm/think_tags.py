"""Removal of the `<think>` blocks that a reasoning model writes before its answer.

without_thinking("<think>A car? No.</think>B") == "B"
"""

import re

#: A block, or everything up to its end: some chat templates write the opening tag themselves, so
#: the reply lacks it.
_BLOCK = re.compile(r"(?:<think>|\A)(?:(?!<think>).)*?</think>", re.DOTALL)


def without_thinking(text: str) -> str:
    """Returns the text without its `<think>` blocks, also without one that was cut off."""
    return _BLOCK.sub("", text).split("<think>")[0].strip()
