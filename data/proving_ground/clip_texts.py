"""Texts that CLIP learns to tell apart: paraphrased zero-shot prompts, and edited captions.

prompts("cue", rng)     # a text for each value of the attribute, None included
edited(scene, rng)      # its caption, one with another cue, one with another attribute changed
"""

import random

from .scene_texts import caption, with_article
from .text_encoder import UNSAID
from .world import ATTRIBUTES, CUES, Scene

#: Attribute -> wordings of a prompt; the pipeline's recipe uses the first.
TEMPLATES: dict[str, tuple[str, ...]] = {
    "cue": ("a picture with a {} nearby", "a picture with {a}", "{a}", "a picture of {a} nearby",
            "there is {a} nearby", "a drawing with {a}", "next to {a}", "near {a}"),
    "place": ("a picture of a {}", "a picture of {a}", "a {}", "{}", "a drawing of {a}",
              "a picture with {a}"),
    "sky": ("a picture with a {} sky", "a {} sky", "under a {} sky", "{}",
            "a drawing with a {} sky"),
    "object": ("a picture of a {}", "a picture of {a}", "a {}", "{}", "a drawing of {a}",
               "an image of {a}"),
    "colour": ("a {} object", "a picture of a {} object", "a {} thing", "{}"),
    "count": ("{} birds", "{b}", "a picture with {b}", "{b} in the sky",
              "a picture with {b} in the sky"),
    "direction": ("an arrow pointing {}", "a picture with an arrow pointing {}",
                  "with an arrow pointing {}"),
}  # fmt: skip
NULLS: dict[str, tuple[str, ...]] = {
    "cue": (
        "a picture with nothing nearby",
        "nothing nearby",
        "there is nothing nearby",
        "with nothing nearby",
    ),
    "count": ("no birds", "a picture with no birds", "no birds in the sky"),
    "direction": ("no arrow", "a picture with no arrow"),
}


def _filled(template: str, value: str) -> str:
    birds = f"{value} bird" if value == "one" else f"{value} birds"
    return template.format(value, a=with_article(value), b=birds)


def prompts(attribute: str, rng: random.Random | None = None) -> list[str]:
    """Returns a text for each value of the attribute, in the order of `ATTRIBUTES`.

    The wording is the recipe's; with `rng`, only in half of the draws.
    """
    templates, nulls = TEMPLATES[attribute], NULLS.get(attribute, ("",))
    template, null = templates[0], nulls[0]
    if rng is not None and rng.random() >= 0.5:
        template, null = rng.choice(templates), rng.choice(nulls)
    return [_filled(template, value) if value else null for value in ATTRIBUTES[attribute]]


def _other(attribute: str, scene: Scene, rng: random.Random) -> Scene:
    values = [value for value in ATTRIBUTES[attribute] if value != scene.value(attribute)]
    return scene.with_value(attribute, rng.choice(values))


def _cue_changed(scene: Scene, rng: random.Random) -> Scene:
    if scene.cue and rng.random() < 0.6:
        return scene.with_value("cue", None)
    return scene.with_value("cue", rng.choice([cue for cue in CUES if cue != scene.cue]))


def edited(scene: Scene, rng: random.Random) -> tuple[str, str, str]:
    """Returns the scene's caption, and two with a wrong clause: the cue, and any other."""
    other = rng.choice([name for name in ATTRIBUTES if name != "cue"])
    scenes = (scene, _cue_changed(scene, rng), _other(other, scene, rng))
    wording = rng.getrandbits(32) if rng.random() < 0.7 else None
    texts = [
        caption(shown, random.Random(wording) if wording is not None else None) for shown in scenes
    ]
    if other not in ("place", "sky") and rng.random() < UNSAID:
        unsaid = rng.choice((scene.place, scene.sky))
        texts = [
            ", ".join(clause for clause in text.split(", ") if unsaid not in clause)
            for text in texts
        ]
    return texts[0], texts[1], texts[2]
