"""Who judges what, and in which order: functions of the keys and the names alone, with no server
and no clock.

    judges("subject", recipe)                                   # all annotators, in the order in which they are asked
    assigned("subject", 2, recipe, having={"ann"}, judged=())   # ["ann", the first of the others]
    in_order(subjects, "ann")                                   # clearest first, and nobody's order like another's
    mixed(subjects, controls, "ann", lead=False)                # controls among them, in places of their own

Who got a subject keeps it: a person who joins or leaves moves none that others have or have judged.
"""

from collections.abc import Collection, Sequence

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import key_of

#: Subjects come in blocks of so many, in the order given; within a block everybody's order is their
#: own.
BLOCK = 10


def judges(subject: str, recipe: Recipe) -> list[str]:
    """The annotators in the order in which they are asked about a subject: by a hash, so evenly
    over subjects.
    """
    return sorted(recipe.annotate.annotators, key=lambda name: key_of("judges", subject, name))


def assigned(
    subject: str, overlap: int, recipe: Recipe, having: Collection[str], judged: Collection[str]
) -> list[str]:
    """The annotators asked about a subject, `overlap` of them: who judged it first, then who has
    it, then by `judges`.

    Whoever judged it and is no annotator of the recipe any more counts as one of them, and is not
    asked.
    """
    order = sorted(
        judges(subject, recipe), key=lambda name: (name not in judged, name not in having)
    )
    gone = sum(name not in order for name in judged)
    return order[: max(0, overlap - gone)]


def in_order(subjects: Sequence[str], annotator: str) -> list[str]:
    """The subjects, given with the most valuable first, shuffled within each block by a hash that
    is the annotator's.

    So everybody sees the clearest first, and nobody in the same order as another.
    """
    blocks = (subjects[start : start + BLOCK] for start in range(0, len(subjects), BLOCK))
    return [
        one
        for block in blocks
        for one in sorted(block, key=lambda one: key_of("order", annotator, one))
    ]


def mixed(
    subjects: Sequence[str], catch_trials: Sequence[str], annotator: str, *, lead: bool
) -> list[str]:
    """The subjects with the controls among them, spread evenly but at drawn places, in an order of
    the annotator's.

    No two controls come in a row, and one comes first only with `lead`: where a task that is none
    lies before it. Controls that find no place are left out; they wait for more subjects to lie
    among.
    """
    places = range(0 if lead else 1, len(subjects) + 1)
    chosen = sorted(catch_trials, key=lambda one: key_of("order", annotator, one))[: len(places)]
    before: dict[int, str] = {}
    for number, one in enumerate(chosen):
        first, last = (len(places) * end // len(chosen) for end in (number, number + 1))
        before[places[first + _drawn("place", annotator, one) % (last - first)]] = one
    row: list[str] = []
    for place in range(len(subjects) + 1):
        row += [before[place]] if place in before else []
        row += subjects[place : place + 1]
    return row


def _drawn(*parts: str) -> int:
    """A number below 16**20 that the parts alone decide."""
    return int(key_of(*parts), 16)
