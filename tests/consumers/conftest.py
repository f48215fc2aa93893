"""A small release of scenes that subject-a really answers, and a folder in which it lies."""

import random
import re
from pathlib import Path

import pytest
from PIL import Image

from spuriforge.data.proving_ground.render import render
from spuriforge.data.proving_ground.world import Scene, cue_slot, random_scene
from spuriforge.pipeline.records import key_of
from spuriforge.pipeline.release import build
from spuriforge.pipeline.workspace import Workspace
from tests import worlds

PAGE = Path(__file__).parents[2] / "docs" / "use-a-release.md"
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


def snippets(language: str) -> list[str]:
    """The fenced blocks of the page "use a release" in one language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


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


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of three types of three pairs, called demo."""
    folder = tmp_path_factory.mktemp("release")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worlds, "TYPES", TYPES)
        patch.setattr(worlds, "CHOICES", CHOICES)
        patch.setattr(worlds, "picture", _picture)
        workspace = Workspace(folder / "workspace")
        for number in range(len(TYPES)):
            worlds.add_type(workspace, number)
        worlds.add_clean_samples(workspace, 12)
    return build(workspace, worlds.recipe(folder, name="demo")).folder


@pytest.fixture
def desk(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which releases/demo lies, to work in."""
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "demo").symlink_to(release.parent)
    monkeypatch.chdir(tmp_path)
    return tmp_path
