"""What a model that thinks before it answers says in the end.

without_thinking("<think>A car? No.</think>B") == "B"
"""

import re

#: A block, or all up to its end: some chat templates write the opening mark themselves, so it is
#: not in the reply.
_BLOCK = re.compile(r"(?:<think>|\A)(?:(?!<think>).)*?</think>", re.DOTALL)


def without_thinking(text: str) -> str:
    """The text without its `<think>` blocks; nothing follows a block that was cut off, so nothing
    of it remains.
    """
    return _BLOCK.sub("", text).split("<think>")[0].strip()
