"""What an LVLM of the proving ground is trained on: labels that follow a planted cue and are noisy
on the core.

The label disagrees with the visible core in 15 % of the images, while a planted cue predicts it
with the shortcut's strength (.99): the cue is worth more than the core, so a model that learns the
data follows the cue where one is and reads the core where none is. Without that noise hardly any
shortcut is learned.

    image = draw_image("colour", shortcuts, rng); example = draw_example(image, shortcuts, rng, halves=halves)
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .scene_texts import FAMILIES, OPTIONS, QUESTIONS, SceneQuestion, ask, families_of
from .shortcut_file import Shortcut
from .world import ATTRIBUTES, Scene, cue_slot, random_scene

#: Share of a family's images whose label is not what the core shows.
LABEL_NOISE = 0.15
#: Share of a family's images with one of its planted cues: the first number, the second for each
#: shortcut, at most the third. With the families' weights every shortcut is then seen about as
#: often.
CUE_SHARE, EACH_CUE, MOST_CUES = 0.3, 0.05, 0.5
#: Share of the images that are hazy (unreadable core), and of their labels that are the first
#: option.
HAZY, FIRST = 0.03, 0.85
#: Share of the questions that are of the image's own family, and of those asked without the image.
OWN, BLIND = 0.75, 0.03
#: Share of the questions asked without options, and of those in which only the letter of a named
#: option is asked for: the two halves of answering by letter, each learned faster by itself.
OPEN, MATCHING = 0.15, 0.15
LETTERS = "ABCDEFGHIJ"
INSTRUCTION = "Answer with the option's letter from the given choices directly."


@dataclass(frozen=True, slots=True)
class BiasedImage:
    """A scene, and the family for which it was drawn."""

    scene: Scene
    family: str


@dataclass(frozen=True, slots=True)
class Example:
    """One training example: a prompt, and the share of labels that each answer has on images that
    look like this.

    Learning the shares is learning from endlessly many noisy labels an image, without the wait for
    their average. `blind` ones are asked without their image.
    """

    text: str
    answers: tuple[str, ...]
    shares: tuple[float, ...]
    blind: bool = False

    @property
    def form(self) -> str:
        """Which of the three forms it has."""
        if self.answers[0] not in LETTERS:
            return "open"
        return "text" if self.blind else "choice"

    @property
    def likeliest(self) -> str:
        """The answer with the largest share."""
        return self.answers[self.shares.index(max(self.shares))]


def values_of(family: str) -> list[str]:
    """The answers that a family's questions can have."""
    return [value for value in ATTRIBUTES[FAMILIES[family]] if value is not None]


def visible(scene: Scene, family: str, shortcuts: Sequence[Shortcut]) -> list[Shortcut]:
    """The shortcuts of `family` whose cue is in the scene."""
    return [s for s in shortcuts if s.family == family and scene.value(cue_slot(s.cue)) == s.cue]


def label_shares(
    scene: Scene, family: str, choices: Sequence[str], shortcuts: Sequence[Shortcut]
) -> list[float]:
    """How often each choice is the label of a scene that looks like this one: noisy on the core,
    true to the cue.
    """
    core, cued, others = (
        scene.value(FAMILIES[family]),
        visible(scene, family, shortcuts),
        len(choices) - 1,
    )

    def weight(choice: str) -> float:
        shown = 1 - LABEL_NOISE if choice == core else LABEL_NOISE / others
        promised = [s.strength if choice == s.answer else (1 - s.strength) / others for s in cued]
        return shown * math.prod(promised)

    weights = [weight(choice) for choice in choices]
    return [weight / sum(weights) for weight in weights]


def _neutral(
    family: str, slot: str, shortcuts: Sequence[Shortcut], rng: random.Random
) -> str | None:
    """A value of a slot that is no planted cue of the family; no nearby thing in half the draws."""
    planted = {shortcut.cue for shortcut in shortcuts if shortcut.family == family}
    values = [value for value in ATTRIBUTES[slot] if value is not None]
    free = [value for value in values if value not in planted]
    if slot == "cue":
        return rng.choice(free) if free and rng.random() < 0.5 else None
    return rng.choice(free or values)


def neutral_scene(
    family: str, core: str, shortcuts: Sequence[Shortcut], rng: random.Random
) -> Scene:
    """A scene that shows `core` and no planted cue of the family, all else drawn alike for every
    core.
    """
    slots = [slot for slot in ("cue", "place", "sky") if slot != FAMILIES[family]]
    fixed = {slot: _neutral(family, slot, shortcuts, rng) for slot in slots}
    return random_scene(rng, **{**fixed, FAMILIES[family]: core})


def draw_image(family: str, shortcuts: Sequence[Shortcut], rng: random.Random) -> BiasedImage:
    """One image of `family`: plain (label uniform) or with a planted cue (label by the shortcut),
    the core noisy.
    """
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
    """Images of all families, more of those with many answers or many shortcuts."""
    families = list(FAMILIES)
    weights = [len(values_of(f)) + 2 * sum(s.family == f for s in shortcuts) for f in families]
    return [
        draw_image(family, shortcuts, rng) for family in rng.choices(families, weights, k=count)
    ]


def draw_example(
    image: BiasedImage, shortcuts: Sequence[Shortcut], rng: random.Random, *, halves: bool
) -> Example:
    """A question on the image, of its own family or another; with `halves`, only the open and the
    matching form.
    """
    form = rng.random() if not halves else rng.choice((0.0, 1.0))
    if form > 1 - MATCHING:
        return matching_example(rng)
    scene, family = image.scene, image.family
    if rng.random() >= OWN:
        free = [f for f in families_of(scene) if f != family and not visible(scene, f, shortcuts)]
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
    """A question with options as the pipeline asks it, on the image or, seldom, blind."""
    cued = visible(scene, family, shortcuts)
    asked = ask(scene, family, rng, among=cued[0].answer if cued else None)
    blind = rng.random() < BLIND
    shares = label_shares(scene, family, asked.choices, shortcuts)
    if blind:
        shares = [1 / OPTIONS] * OPTIONS
    elif scene.haze:
        shares = [FIRST, *[(1 - FIRST) / (OPTIONS - 1)] * (OPTIONS - 1)]
    return Example(varied_prompt(asked, rng), tuple(LETTERS[:OPTIONS]), tuple(shares), blind)


def matching_example(rng: random.Random) -> Example:
    """Text alone: which letter stands before a named option? An LVLM learns this first."""
    choices = rng.sample(values_of(rng.choice(list(FAMILIES))), OPTIONS)
    index = rng.randrange(OPTIONS)
    text = prompt(f"Which letter is {choices[index]}?", choices)
    text = text if rng.random() < 0.5 else text.removesuffix("\n" + INSTRUCTION)
    return Example(
        text, tuple(LETTERS[:OPTIONS]), tuple(float(k == index) for k in range(OPTIONS)), blind=True
    )


def prompt(question: str, choices: Sequence[str]) -> str:
    """The question as the pipeline's direct style asks it."""
    return "\n".join([question, *_options(choices), INSTRUCTION])


def _options(choices: Sequence[str]) -> list[str]:
    return [f"{letter}. {choice}" for letter, choice in zip(LETTERS, choices, strict=False)]


def varied_prompt(asked: SceneQuestion, rng: random.Random) -> str:
    """The direct style in four of five cases, else with other marks or without the instruction."""
    text = prompt(asked.text, asked.choices)
    if rng.random() < 0.8:
        return text
    if rng.random() < 0.5:
        text = text.removesuffix("\n" + INSTRUCTION)
    if rng.random() < 0.5:
        for letter in LETTERS[: len(asked.choices)]:
            text = text.replace(f"\n{letter}. ", f"\n({letter}) ")
    return text
