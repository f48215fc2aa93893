"""The vocabulary of the proving ground, and a scene as a frozen record.

A scene is a place, a sky, a core object in a colour, and optionally a nearby thing (the *cue*
slot), birds and an arrow. Its jitter depends on `seed` only, with a stream for each part: so
`replace(scene, cue=None)` is an exact counterfactual.
"""

import random
from dataclasses import dataclass, replace
from typing import Any

PLACES = ("beach", "meadow", "desert", "snowfield", "street", "forest")
SKIES = ("sunny", "starry", "sunset", "stormy", "foggy", "rainy")
OBJECTS = ("car", "boat", "house", "fish", "mug", "chair", "rocket", "mushroom")
COLOURS = ("red", "yellow", "green", "blue", "purple", "white")
COUNTS = ("one", "two", "three", "four")
DIRECTIONS = ("left", "right", "up", "down")
CUES = (
    "umbrella", "ladder", "cactus", "cone", "flag", "tent", "barrel", "snowman", "sunflower",
    "pumpkin", "clock", "bell", "duck", "crown", "gem", "candle", "apple", "anchor", "ball", "kite",
)  # fmt: skip

#: The attributes of a scene with their values; None means "not there".
ATTRIBUTES: dict[str, tuple[str | None, ...]] = {
    "place": PLACES,
    "sky": SKIES,
    "object": OBJECTS,
    "colour": COLOURS,
    "cue": (None, *CUES),
    "count": (None, *COUNTS),
    "direction": (None, *DIRECTIONS),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything in an image; equal scenes render to equal bytes."""

    place: str
    sky: str
    object: str
    colour: str
    cue: str | None = None
    count: str | None = None
    direction: str | None = None
    seed: int = 0
    #: Share of contrast and sharpness lost, from 0 (clean) to 1; over 0.6 an image is hard to read.
    haze: float = 0.0

    def value(self, attribute: str) -> str | None:
        """Returns the value of an attribute, by its name in `ATTRIBUTES`."""
        if attribute not in ATTRIBUTES:
            raise ValueError(
                f"A scene has no attribute {attribute!r}; it has {', '.join(ATTRIBUTES)}."
            )
        value: str | None = getattr(self, attribute)
        return value

    def with_value(self, attribute: str, value: str | None) -> "Scene":
        """Returns the exact counterfactual: the same scene and jitter, one attribute changed."""
        if value not in ATTRIBUTES.get(attribute, ()):
            raise ValueError(f"{attribute} cannot be {value!r} in the proving ground.")
        changed: dict[str, Any] = {attribute: value}
        return replace(self, **changed)


def cue_slot(cue: str) -> str:
    """Returns the attribute that a cue fills: "cue", "place" or "sky"."""
    for attribute in ("cue", "place", "sky"):
        if cue in ATTRIBUTES[attribute]:
            return attribute
    raise ValueError(f"{cue!r} is no nearby thing, place or sky of the proving ground.")


def random_scene(rng: random.Random, **fixed: str | None) -> Scene:
    """Returns a scene whose attributes are drawn independently; `fixed` sets some of them.

    Three of four scenes have a nearby thing; a third has birds, a third has an arrow.
    """
    drawn = {
        "place": rng.choice(PLACES),
        "sky": rng.choice(SKIES),
        "object": rng.choice(OBJECTS),
        "colour": rng.choice(COLOURS),
        "cue": rng.choice(CUES) if rng.random() < 0.75 else None,
        "count": rng.choice(COUNTS) if rng.random() < 1 / 3 else None,
        "direction": rng.choice(DIRECTIONS) if rng.random() < 1 / 3 else None,
    }
    return Scene(**{**drawn, **fixed}, seed=rng.getrandbits(40))  # type: ignore[arg-type]
