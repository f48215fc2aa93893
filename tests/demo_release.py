"""A small release of scenes that subject-a really answers, for snippets and readers to be tested.

demo_release(tmp_path)              # .../releases/1.0.0
"""

import random
from pathlib import Path

import pytest
from PIL import Image

from spuriforge.data.proving_ground.render import render
from spuriforge.data.proving_ground.world import Scene, cue_slot, random_scene
from spuriforge.pipeline.records import key_of
from spuriforge.pipeline.release import build
from spuriforge.pipeline.workspace import Workspace
from tests import worlds

#: Shortcuts that subject-a was trained to take, so its gap on these types is no zero; two splits
#: have some.
TYPES = (
    ("What colour is the main object?", "yellow", "red", "apple", "thing"),
    ("What is the main object in the picture?", "fish", "boat", "anchor", "thing"),
    ("What colour is the main object?", "blue", "white", "snowfield", "place"),
)
CHOICES = {
    "yellow": ("blue", "red", "yellow", "white"),
    "fish": ("mug", "car", "boat", "fish"),
    "blue": ("white", "green", "blue", "purple"),
}
NUMBERS: dict[object, int] = {key_of("type", number): number for number in range(len(TYPES))}


def _picture(*seed: object) -> Image.Image:
    """What `worlds` asks for, drawn: all show the gold answer, and all but `without` and controls
    the cue.
    """
    what, number = (
        (seed[0], seed[1]) if seed[0] in ("anchor", "clean") else (seed[-1], NUMBERS[seed[0]])
    )
    assert isinstance(number, int)
    question, gold, _, cue, _ = TYPES[number % len(TYPES)]
    scene = random_scene(random.Random(repr(seed[:3])), cue=None, place="meadow")
    return render(
        _in_arm(scene.with_value("colour" if "colour" in question else "object", gold), cue, what)
    )


def _in_arm(scene: Scene, cue: str, arm: object) -> Scene:
    if arm in ("without", "clean"):
        return scene
    return (
        scene.with_value("cue", "kite")
        if arm == "placebo"
        else scene.with_value(cue_slot(cue), cue)
    )


def demo_release(folder: Path) -> Path:
    """Builds a release called demo, of three types and three pairs each; returns its folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worlds, "TYPES", TYPES)
        patch.setattr(worlds, "CHOICES", CHOICES)
        patch.setattr(worlds, "picture", _picture)
        workspace = Workspace(folder / "workspace")
        for number in range(len(TYPES)):
            worlds.add_type(workspace, number)
        worlds.add_clean_samples(workspace, 12)
    return build(workspace, worlds.recipe(folder, name="demo")).folder
