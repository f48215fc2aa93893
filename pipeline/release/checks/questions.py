"""Questions: answerable by their options, telling nothing themselves, and with no favourite letter."""

from collections import Counter, defaultdict
from math import sqrt

from ...lvlm.prompts import LETTERS
from ..contents import Contents
from ..rows.answer_leaks import names_its_answer
from .result import ASKING, CUED, Result, asked, result

#: Rows below which a letter's share says nothing, and standard errors that it may be off by.
_FEW, _ERRORS = 20, 4.0


def answers_among_choices(contents: Contents) -> Result:
    """The answer is the option at its index, and the cue-linked option another one."""
    faults = []
    for where, row in asked(contents):
        choices, at = row["choices"], row["answer_index"]
        if not 0 <= at < len(choices) or choices[at] != row["answer"]:
            faults.append(f"{where}: the answer {row['answer']!r} is not option {at}")
    for where, row in asked(contents, CUED):
        if row["cue_linked"] not in row["choices"] or row["cue_linked"] == row["answer"]:
            faults.append(
                f"{where}: the cue-linked option {row['cue_linked']!r} is not a wrong option"
            )
    for row in contents.rows("spuriverse", images=False):
        if row["answer"] not in ("A", "B", "C", "D") or not row[row["answer"]]:
            faults.append(
                f"spuriverse {row['image_id']}: the answer {row['answer']!r} is no option's letter"
            )
    return result(faults, "every answer and every cue-linked option is among its choices")


def choices_distinct(contents: Contents) -> Result:
    """No question offers the same option twice, nor an empty one."""
    faults = []
    for where, row in asked(contents):
        seen = [choice.strip().casefold() for choice in row["choices"]]
        if len(set(seen)) < len(seen) or "" in seen or len(seen) < 2:
            faults.append(f"{where}: its options are {row['choices']}")
    return result(faults, "no question offers an option twice")


def no_leaks(contents: Contents) -> Result:
    """No question names its own answer while naming no other option."""
    faults = [
        f"{where}: the question {row['question']!r} names its answer {row['answer']!r}"
        for where, row in asked(contents)
        if names_its_answer(row["question"], row["choices"], row["answer"])
    ]
    return result(faults, "no question names its answer")


def letters_balanced(contents: Contents) -> Result:
    """No letter is the answer much more often than another: who always says A is right no more than
    by chance.
    """
    faults = []
    for config in ASKING:
        counts: dict[int, Counter[int]] = defaultdict(Counter)
        for row in contents.rows(config, images=False):
            counts[len(row["choices"])][row["answer_index"]] += 1
        for options, letters in sorted(counts.items()):
            rows, fair = letters.total(), 1 / options
            letter, most = max(letters.items(), key=lambda one: (one[1], -one[0]))
            if rows >= _FEW and most / rows > fair + _ERRORS * sqrt(fair * (1 - fair) / rows):
                said = f"the answer is {LETTERS[letter]} in {most} of {rows} questions of {options} options"
                faults.append(f"{config}: {said}")
    return result(faults, "every letter is the answer about as often")
