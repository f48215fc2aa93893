"""Who judges what, and in which order: functions of keys and names alone.

    judges("subject", recipe)                  # all annotators, in the order in which to ask them
    assigned("subject", 2, recipe, having={"ada"}, judged=())   # ["ada", the first of the others]
    in_order(subjects, "ada")                  # clearest first, in an order of ada's own
    mixed(subjects, catch_trials, "ada", lead=False)            # catch trials among them

Whoever got a subject keeps it: a person who joins or leaves moves none that others have.
"""

from collections.abc import Collection, Sequence

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import key_of

#: Subjects come in blocks of so many, in the order given; everybody's order within is their own.
BLOCK = 10


def judges(subject: str, recipe: Recipe) -> list[str]:
    """Returns the annotators in the order to ask them: by a hash, so evenly over subjects."""
    return sorted(recipe.annotate.annotators, key=lambda name: key_of("judges", subject, name))


def assigned(
    subject: str, overlap: int, recipe: Recipe, having: Collection[str], judged: Collection[str]
) -> list[str]:
    """Returns the `overlap` annotators to ask: who judged it, then who has it, then by `judges`.

    Whoever judged it and has left the recipe counts as one of them, and is not asked.
    """
    order = sorted(
        judges(subject, recipe), key=lambda name: (name not in judged, name not in having)
    )
    gone = sum(name not in order for name in judged)
    return order[: max(0, overlap - gone)]


def in_order(subjects: Sequence[str], annotator: str) -> list[str]:
    """Returns subjects, most valuable first, shuffled within each block for one annotator.

    Everybody sees the clearest first, and no two people see the same order.
    """
    blocks = (subjects[start : start + BLOCK] for start in range(0, len(subjects), BLOCK))
    return [
        subject
        for block in blocks
        for subject in sorted(block, key=lambda subject: key_of("order", annotator, subject))
    ]


def mixed(
    subjects: Sequence[str], catch_trials: Sequence[str], annotator: str, *, lead: bool
) -> list[str]:
    """Returns the subjects with catch trials among them, spread evenly at drawn places.

    No two trials come in a row, and a trial comes first only with `lead`, after an ordinary task.
    Trials that find no place are left out; they wait for more subjects.
    """
    places = range(0 if lead else 1, len(subjects) + 1)
    chosen = sorted(catch_trials, key=lambda trial: key_of("order", annotator, trial))
    chosen = chosen[: len(places)]
    before: dict[int, str] = {}
    for number, trial in enumerate(chosen):
        first, last = (len(places) * end // len(chosen) for end in (number, number + 1))
        drawn = int(key_of("place", annotator, trial), 16)
        before[places[first + drawn % (last - first)]] = trial
    row: list[str] = []
    for place in range(len(subjects) + 1):
        row += [before[place]] if place in before else []
        row += subjects[place : place + 1]
    return row
