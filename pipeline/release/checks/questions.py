"""Checks of questions: answerable by their options, without giveaways or a favourite letter."""

from collections import Counter, defaultdict
from math import sqrt

from ...lvlm.prompts import LETTERS
from ..contents import Contents
from ..rows.answer_leaks import names_its_answer
from .result import ASKING, CUED, Result, asked, result

#: With fewer rows a letter's share says nothing.
_LEAST_ROWS = 20
#: A letter's share may be this many standard errors above the fair share.
_MOST_ERRORS = 4.0


def answers_among_choices(contents: Contents) -> Result:
    """The answer is the option at its index, and the cue-linked option is a wrong option."""
    faults = []
    for where, row in asked(contents):
        choices, index = row["choices"], row["answer_index"]
        if not 0 <= index < len(choices) or choices[index] != row["answer"]:
            faults.append(f"{where}: the answer {row['answer']!r} is not option {index}")
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
    """No question has an option twice, an empty option, or fewer than two."""
    faults = []
    for where, row in asked(contents):
        texts = [choice.strip().casefold() for choice in row["choices"]]
        if len(set(texts)) < len(texts) or "" in texts or len(texts) < 2:
            faults.append(f"{where}: its options are {row['choices']}")
    return result(faults, "no question offers an option twice")


def no_leaks(contents: Contents) -> Result:
    """No question names its answer and no other option."""
    faults = [
        f"{where}: the question {row['question']!r} names its answer {row['answer']!r}"
        for where, row in asked(contents)
        if names_its_answer(row["question"], row["choices"], row["answer"])
    ]
    return result(faults, "no question names its answer")


def letters_balanced(contents: Contents) -> Result:
    """No letter is the answer much more often than others, so always saying A scores chance."""
    faults = []
    for config in ASKING:
        counts: dict[int, Counter[int]] = defaultdict(Counter)
        for row in contents.rows(config, images=False):
            counts[len(row["choices"])][row["answer_index"]] += 1
        for options, places in sorted(counts.items()):
            rows, fair = places.total(), 1 / options
            place, most = max(places.items(), key=lambda item: (item[1], -item[0]))
            margin = _MOST_ERRORS * sqrt(fair * (1 - fair) / rows)
            if rows >= _LEAST_ROWS and most / rows > fair + margin:
                faults.append(
                    f"{config}: the answer is {LETTERS[place]} in {most} of {rows} questions of "
                    f"{options} options"
                )
    return result(faults, "every letter is the answer about as often")
