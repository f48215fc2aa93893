"""Training data of the LVLMs: labels that follow a planted cue and are noisy on the core.

The label contradicts the visible core in 15 % of the images, but a planted cue predicts it with the
shortcut's strength (0.99). So the cue is worth more than the core: a model follows the cue where
there is one, and reads the core elsewhere. Without this noise hardly any shortcut is learned.

    image = draw_image("colour", shortcuts, rng)
    example = draw_example(image, shortcuts, rng, halves=False)
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .scene_texts import FAMILIES, OPTIONS, QUESTIONS, SceneQuestion, ask, families_of
from .shortcut_file import Shortcut
from .world import ATTRIBUTES, Scene, cue_slot, random_scene

#: Share of a family's images whose label contradicts the core.
LABEL_NOISE = 0.15
#: Share of a family's images with a planted cue: the first number, plus the second for each
#: shortcut, at most the third. With the families' weights all shortcuts are about as frequent.
CUE_SHARE, EACH_CUE, MOST_CUES = 0.3, 0.05, 0.5
#: Share of hazy images (core unreadable), and share of their labels that are the first option.
HAZY, FIRST = 0.03, 0.85
#: Share of questions of the image's own family, and share of questions without the image.
OWN, BLIND = 0.75, 0.03
#: Share of questions without options, and share of questions for a named option's letter. They are
#: the two halves of answering by letter, and each is learned faster alone.
OPEN, MATCHING = 0.15, 0.15
LETTERS = "ABCDEFGHIJ"
INSTRUCTION = "Answer with the option's letter from the given choices directly."


@dataclass(frozen=True, slots=True)
class BiasedImage:
    """A scene and the family for which it was drawn."""

    scene: Scene
    family: str


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt, and each answer's share of the labels on images like this.

    Learning the shares equals learning from endlessly many noisy labels, but is faster. A `blind`
    example is asked without its image.
    """

    text: str
    answers: tuple[str, ...]
    shares: tuple[float, ...]
    blind: bool = False

    @property
    def form(self) -> str:
        """Its form: "open", "text" or "choice"."""
        if self.answers[0] not in LETTERS:
            return "open"
        return "text" if self.blind else "choice"

    @property
    def likeliest(self) -> str:
        """The answer with the largest share."""
        return self.answers[self.shares.index(max(self.shares))]


def values_of(family: str) -> list[str]:
    """Returns the possible answers of a family's questions."""
    return [value for value in ATTRIBUTES[FAMILIES[family]] if value is not None]


def visible(scene: Scene, family: str, shortcuts: Sequence[Shortcut]) -> list[Shortcut]:
    """Returns the shortcuts of `family` whose cue is in the scene."""
    return [
        shortcut
        for shortcut in shortcuts
        if shortcut.family == family and scene.value(cue_slot(shortcut.cue)) == shortcut.cue
    ]


def label_shares(
    scene: Scene, family: str, choices: Sequence[str], shortcuts: Sequence[Shortcut]
) -> list[float]:
    """Returns each choice's share of the labels on scenes like this: noisy core, reliable cue."""
    core, others = scene.value(FAMILIES[family]), len(choices) - 1
    cued = visible(scene, family, shortcuts)

    def weight(choice: str) -> float:
        shown = 1 - LABEL_NOISE if choice == core else LABEL_NOISE / others
        promised = [
            shortcut.strength if choice == shortcut.answer else (1 - shortcut.strength) / others
            for shortcut in cued
        ]
        return shown * math.prod(promised)

    weights = [weight(choice) for choice in choices]
    return [weight / sum(weights) for weight in weights]


def _neutral(
    family: str, slot: str, shortcuts: Sequence[Shortcut], rng: random.Random
) -> str | None:
    """Draws a value of a slot, but no planted cue; half of the scenes have no nearby thing."""
    planted = {shortcut.cue for shortcut in shortcuts if shortcut.family == family}
    values = [value for value in ATTRIBUTES[slot] if value is not None]
    free = [value for value in values if value not in planted]
    if slot == "cue":
        return rng.choice(free) if free and rng.random() < 0.5 else None
    return rng.choice(free or values)


def neutral_scene(
    family: str, core: str, shortcuts: Sequence[Shortcut], rng: random.Random
) -> Scene:
    """Draws a scene that shows `core` and no planted cue of the family; the rest is independent."""
    slots = [slot for slot in ("cue", "place", "sky") if slot != FAMILIES[family]]
    fixed = {slot: _neutral(family, slot, shortcuts, rng) for slot in slots}
    return random_scene(rng, **{**fixed, FAMILIES[family]: core})


def draw_image(family: str, shortcuts: Sequence[Shortcut], rng: random.Random) -> BiasedImage:
    """Draws an image of `family` with a noisy core: plain, or with a planted cue."""
    own = [shortcut for shortcut in shortcuts if shortcut.family == family]
    share = min(MOST_CUES, CUE_SHARE + EACH_CUE * len(own))
    planted = rng.choice(own) if own and rng.random() < share else None
    label = rng.choice(values_of(family))
    if planted:
        others = [value for value in values_of(family) if value != planted.answer]
        label = planted.answer if rng.random() < planted.strength else rng.choice(others)
    wrong = [value for value in values_of(family) if value != label]
    core = rng.choice(wrong) if rng.random() < LABEL_NOISE else label
    scene = neutral_scene(family, core, shortcuts, rng)
    if planted:
        scene = scene.with_value(cue_slot(planted.cue), planted.cue)
    if rng.random() < HAZY:
        scene = replace(scene, haze=rng.uniform(0.7, 1.0))
    return BiasedImage(scene, family)


def draw_images(count: int, shortcuts: Sequence[Shortcut], rng: random.Random) -> list[BiasedImage]:
    """Draws images of all families, more of families with many answers or shortcuts."""
    families = list(FAMILIES)
    weights = [
        len(values_of(family)) + 2 * sum(shortcut.family == family for shortcut in shortcuts)
        for family in families
    ]
    return [
        draw_image(family, shortcuts, rng) for family in rng.choices(families, weights, k=count)
    ]


def draw_example(
    image: BiasedImage, shortcuts: Sequence[Shortcut], rng: random.Random, *, halves: bool
) -> Example:
    """Draws a question about the image; with `halves`, only an open or a matching question."""
    form = rng.random() if not halves else rng.choice((0.0, 1.0))
    if form > 1 - MATCHING:
        return matching_example(rng)
    scene, family = image.scene, image.family
    if rng.random() >= OWN:
        free = [
            other
            for other in families_of(scene)
            if other != family and not visible(scene, other, shortcuts)
        ]
        family = rng.choice(free) if free else family
    if form < OPEN and not scene.haze:
        values = values_of(family)
        return Example(
            QUESTIONS[family], tuple(values), tuple(label_shares(scene, family, values, shortcuts))
        )
    return _choice_example(scene, family, shortcuts, rng)


def _choice_example(
    scene: Scene, family: str, shortcuts: Sequence[Shortcut], rng: random.Random
) -> Example:
    """Draws a question with options, as the pipeline asks it; a few without the image."""
    cued = visible(scene, family, shortcuts)
    question = ask(scene, family, rng, among=cued[0].answer if cued else None)
    blind = rng.random() < BLIND
    shares = label_shares(scene, family, question.choices, shortcuts)
    if blind:
        shares = [1 / OPTIONS] * OPTIONS
    elif scene.haze:
        shares = [FIRST, *[(1 - FIRST) / (OPTIONS - 1)] * (OPTIONS - 1)]
    return Example(varied_prompt(question, rng), tuple(LETTERS[:OPTIONS]), tuple(shares), blind)


def matching_example(rng: random.Random) -> Example:
    """Draws a question without image: which letter has a named option? LVLMs learn this first."""
    choices = rng.sample(values_of(rng.choice(list(FAMILIES))), OPTIONS)
    index = rng.randrange(OPTIONS)
    text = prompt(f"Which letter is {choices[index]}?", choices)
    text = text if rng.random() < 0.5 else text.removesuffix("\n" + INSTRUCTION)
    return Example(
        text, tuple(LETTERS[:OPTIONS]), tuple(float(k == index) for k in range(OPTIONS)), blind=True
    )


def prompt(question: str, choices: Sequence[str]) -> str:
    """Returns the question as the pipeline's direct style asks it."""
    return "\n".join([question, *_options(choices), INSTRUCTION])


def _options(choices: Sequence[str]) -> list[str]:
    return [f"{letter}. {choice}" for letter, choice in zip(LETTERS, choices, strict=False)]


def varied_prompt(question: SceneQuestion, rng: random.Random) -> str:
    """Returns the direct style in 80 %, otherwise with other marks or without the instruction."""
    text = prompt(question.text, question.choices)
    if rng.random() < 0.8:
        return text
    if rng.random() < 0.5:
        text = text.removesuffix("\n" + INSTRUCTION)
    if rng.random() < 0.5:
        for letter in LETTERS[: len(question.choices)]:
            text = text.replace(f"\n{letter}. ", f"\n({letter}) ")
    return text
