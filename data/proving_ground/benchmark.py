"""The proving ground as a benchmark: multiple-choice questions about rendered scenes.

    entries = list(questions(folder, count=4800, seed=0))     # scenes and questions, not rendered
    samples = to_samples(entries, 0, put_image)               # rendered, as records

Scenes are decorrelated except for the decoys in the world's shortcut file: correlations in the
images that no model was trained on. A few gold labels are wrong and a few images hazy, as in any
benchmark. Nothing here tells what was planted: a model under test sees every cue with every answer.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from spuriforge.pipeline.records import Sample, key_of

from . import shortcut_file
from .render import render
from .scene_texts import FAMILIES, QUESTIONS, SceneQuestion, ask, caption
from .world import ATTRIBUTES, Scene, cue_slot, random_scene

NAME = "proving-ground"
#: Share of questions with a wrong gold label.
WRONG_GOLD = 0.015
#: Share of hazy images.
HAZY = 0.03


@dataclass(frozen=True, slots=True)
class Entry:
    """A question of the benchmark and the scene that its image shows."""

    id: str
    scene: Scene
    question: SceneQuestion
    caption: str


def questions(folder: Path, count: int, seed: int) -> Iterator[Entry]:
    """Yields `count` questions, the families in turn; depends only on the arguments."""
    decoys = shortcut_file.load(folder / "shortcuts.toml").decoys
    rng = random.Random(f"benchmark/{seed}")
    families = list(FAMILIES)
    for number in range(count):
        family = families[number % len(families)]
        value = rng.choice([value for value in ATTRIBUTES[FAMILIES[family]] if value is not None])
        scene = random_scene(rng, **{FAMILIES[family]: value})
        for decoy in decoys:
            if (decoy.family, decoy.answer) == (family, value) and rng.random() < decoy.rate:
                scene = scene.with_value(cue_slot(decoy.cue), decoy.cue)
        if rng.random() < HAZY:
            scene = replace(scene, haze=rng.uniform(0.75, 1.0))
        wrong = [other for other in ATTRIBUTES[FAMILIES[family]] if other not in (None, value)]
        gold = rng.choice(wrong) if rng.random() < WRONG_GOLD else value
        yield Entry(
            f"{family}-{number:05d}", scene, ask(scene, family, rng, gold=gold), caption(scene, rng)
        )


def sample_key(entry: Entry, seed: int) -> str:
    """Returns the key of the entry's sample."""
    return key_of("sample", NAME, str(seed), entry.id, entry.question.text, entry.question.choices)


def to_samples(
    entries: Iterable[Entry], seed: int, put_image: Callable[[Image.Image], str]
) -> list[Sample]:
    """Renders each entry's scene, stores the image and returns the samples."""
    return [
        Sample(
            key=sample_key(entry, seed),
            benchmark=NAME,
            split=str(seed),
            question_id=entry.id,
            question=entry.question.text,
            choices=entry.question.choices,
            answer=entry.question.answer,
            image=put_image(render(entry.scene)),
            caption=entry.caption,
        )
        for entry in entries
    ]


def family_of(question: str) -> str:
    """Returns the family of a question; ValueError if the proving ground does not ask it."""
    for family, wording in QUESTIONS.items():
        if wording == question:
            return family
    raise ValueError(f"The proving ground does not ask {question!r}.")


def write_recipe(out: Path) -> Path:
    """Writes `out`/recipe.toml: the demo's recipe with the LVLMs in `out`.

    The image model and CLIP are the shipped ones.
    """
    shipped = Path(__file__).parent / "models"
    template = Path(__file__).parents[2] / "flows" / "recipes" / "proving_ground.toml"
    names = [*shortcut_file.load(out / "shortcuts.toml").subjects, "control"]
    head, _, rest = template.read_text(encoding="utf-8").partition("[[models]]")
    tail = rest[rest.index("[mine]") :]
    models = "".join(f'[[models]]\nname = "{name}"\npath = "./{name}"\n\n' for name in names)
    text = (head + models + tail).replace(
        "../../data/proving_ground/models/", f"{shipped.as_posix()}/"
    )
    text = text.replace('"../../data/proving_ground/models"', '"."')
    text = text.replace("../../runs/proving-ground", "./run").replace(
        "../../releases/proving-ground", "./releases"
    )
    path = out / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path
