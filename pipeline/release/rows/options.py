"""In which order a release shows a question's options, so that no letter is the answer more often
than the others.

    start = first(answer=2, place=0, count=4)          # the option that comes first so that the answer is A
    choices, answer = shown(("w", "x", "y", "z"), 2, start)      # ["y", "z", "w", "x"], 0

Options are shifted, never shuffled: what belongs in an order ("one", "two", "three") keeps its
neighbours.
"""

from collections.abc import Sequence

from ...records import CueType, key_of


def place(key: str, index: int, count: int) -> int:
    """Where the answer to a type's or sample's `index`-th image stands: each place in turn, from
    its own one on.
    """
    return (int(key_of("letter", key), 16) + index) % count


def first(answer: int, place: int, count: int) -> int:
    """The option that must come first so that the answer stands at `place`."""
    return (answer - place) % count


def shown(choices: Sequence[str], answer: int, shift: int) -> tuple[list[str], int]:
    """The options from the one at `shift` on, and where the answer then is."""
    return [*choices[shift:], *choices[:shift]], moved(answer, shift, len(choices))


def moved(index: int, shift: int, count: int) -> int:
    """Where an option is once the options begin with the one at `shift`; so too a rotation, counted
    from there.
    """
    return (index - shift) % count


def shift_of(one: CueType, index: int) -> int:
    """The option that comes first for a type's `index`-th pair; its anchor is shown as its pair 0
    is.
    """
    count = len(one.choices)
    return first(one.answer, place(one.key, index, count), count)
