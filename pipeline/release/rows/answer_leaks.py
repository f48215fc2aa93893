"""Whether a question tells its own answer: "Is the red car red?" asks nothing."""

import re
from collections.abc import Sequence


def names_its_answer(question: str, choices: Sequence[str], answer: str) -> bool:
    """Whether the question names its answer while naming no other option."""
    return [choice for choice in choices if _names(question, choice)] == [answer]


def _names(text: str, phrase: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE) is not None
