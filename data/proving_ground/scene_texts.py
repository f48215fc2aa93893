"""Texts about a scene: paraphrased captions, and multiple-choice questions in six families.

    scene = random_scene(rng)
    caption(scene, rng), ask(scene, "colour", rng)

Options are drawn from all values of the family, with the gold among them, in random order: neither
a position nor an option's text tells anything about the answer.
"""

import random
from dataclasses import dataclass

from .world import ATTRIBUTES, Scene

#: Question family -> the attribute it asks about.
FAMILIES = {
    "object": "object",
    "colour": "colour",
    "place": "place",
    "sky": "sky",
    "count": "count",
    "direction": "direction",
}
QUESTIONS = {
    "object": "What is the main object in the picture?",
    "colour": "What colour is the main object?",
    "place": "In what kind of place is this?",
    "sky": "What is the sky like?",
    "count": "How many birds are in the sky?",
    "direction": "Which way does the arrow point?",
}
OPTIONS = 4

_PLACE = {
    "beach": "on a beach",
    "meadow": "on a meadow",
    "desert": "in a desert",
    "snowfield": "on a snowfield",
    "street": "on a street",
    "forest": "in a forest",
}
_SKY = ("under a {} sky", "with a {} sky", "beneath a {} sky")
_CUE = ("next to {}", "near {}", "beside {}", "with {} nearby")
_OPENING = ("", "a picture of ", "an image of ", "a drawing of ")


def with_article(noun: str) -> str:
    """Returns the noun with its indefinite article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def caption(scene: Scene, rng: random.Random | None = None) -> str:
    """Returns a sentence that names everything in the scene; without `rng`, in a fixed wording."""
    pick = rng.choice if rng else (lambda options: options[0])
    clauses = [_PLACE[scene.place], pick(_SKY).format(scene.sky)]
    if scene.cue:
        clauses.append(pick(_CUE).format(with_article(scene.cue)))
    if scene.count:
        clauses.append(f"with {scene.count} bird{'s' if scene.count != 'one' else ''} in the sky")
    if scene.direction:
        clauses.append(f"with an arrow pointing {scene.direction}")
    if rng:
        rng.shuffle(clauses)
    return ", ".join([f"{pick(_OPENING)}{with_article(scene.colour)} {scene.object}", *clauses])


@dataclass(frozen=True, slots=True)
class SceneQuestion:
    """A question about a scene, with its options and the index of the gold option."""

    family: str
    text: str
    choices: tuple[str, ...]
    answer: int


def families_of(scene: Scene) -> tuple[str, ...]:
    """Returns the families to ask about this scene: those whose attribute is there."""
    return tuple(
        family for family, attribute in FAMILIES.items() if scene.value(attribute) is not None
    )


def ask(
    scene: Scene,
    family: str,
    rng: random.Random,
    *,
    gold: str | None = None,
    among: str | None = None,
) -> SceneQuestion:
    """Returns a question of `family` about `scene`, with options drawn at random.

    `gold` overrides what the scene shows (a wrong label); `among` is a value to have as an option.
    """
    truth = gold or scene.value(FAMILIES[family])
    if truth is None:
        raise ValueError(
            f"The scene shows nothing that a question of family {family!r} asks about."
        )
    values = [value for value in ATTRIBUTES[FAMILIES[family]] if value is not None]
    kept = {truth, among} - {None}
    others = rng.sample([value for value in values if value not in kept], OPTIONS - len(kept))
    choices = [str(value) for value in (*kept, *others)]
    choices.sort()
    rng.shuffle(choices)
    return SceneQuestion(family, QUESTIONS[family], tuple(choices), choices.index(truth))
