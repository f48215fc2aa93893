"""The order in which a release shows a question's options, so that each letter is right as often.

    shift = first(answer=2, place=0, count=4)          # 2: the option that makes A the answer
    choices, answer = shown(("w", "x", "y", "z"), 2, shift)           # ["y", "z", "w", "x"], 0

Options are rotated, never shuffled: an ordered list ("one", "two", "three") keeps its neighbours.
"""

from collections.abc import Sequence

from ...records import CueType, key_of


def place(key: str, index: int, count: int) -> int:
    """Returns where the answer stands for the `index`-th image of a type or sample.

    The first place is a hash of the key; the following images take each place in turn.
    """
    return (int(key_of("letter", key), 16) + index) % count


def first(answer: int, place: int, count: int) -> int:
    """Returns the index of the option to show first so that the answer stands at `place`."""
    return (answer - place) % count


def shown(choices: Sequence[str], answer: int, shift: int) -> tuple[list[str], int]:
    """Returns the options beginning with the one at `shift`, and the answer's new index."""
    return [*choices[shift:], *choices[:shift]], moved(answer, shift, len(choices))


def moved(index: int, shift: int, count: int) -> int:
    """Returns the new index of an option, or of a rotation, once options begin at `shift`."""
    return (index - shift) % count


def shift_of(cue_type: CueType, index: int) -> int:
    """Returns the option shown first in a type's `index`-th pair; the anchor is shown as pair 0."""
    count = len(cue_type.choices)
    return first(cue_type.answer, place(cue_type.key, index, count), count)
