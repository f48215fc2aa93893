"""Questions that give away their own answer: "Is the red car red?" asks nothing.

names_its_answer("Is the red car red?", ("red", "blue"), "red")         # True
names_its_answer("Is it red or blue?", ("red", "blue"), "red")          # False
"""

import re
from collections.abc import Sequence


def names_its_answer(question: str, choices: Sequence[str], answer: str) -> bool:
    """Returns whether the question names its answer and no other option."""
    return [choice for choice in choices if _names(question, choice)] == [answer]


def _names(text: str, phrase: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE) is not None
