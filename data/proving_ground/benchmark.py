"""The proving ground as a benchmark: multiple-choice questions about rendered scenes, one question
an image.

    for question in questions(folder, count=4800, seed=0): ...     # scenes and questions, nothing rendered
    samples = to_samples(questions(...), 0, put_image)              # rendered, as records

Scenes are decorrelated but for the decoys of the world's shortcut file: correlations that are in
the images and that no model was trained on. A few gold labels are wrong and a few images hazy, as
in any benchmark. Nothing here says what was planted: a model under test meets every cue with every
answer.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from spuriforge.pipeline.records import Sample, key_of

from . import shortcut_file
from .render import render
from .scene_texts import FAMILIES, SceneQuestion, ask, caption
from .world import ATTRIBUTES, Scene, cue_slot, random_scene

NAME = "proving-ground"
WRONG_GOLD = 0.015
HAZY = 0.03


@dataclass(frozen=True, slots=True)
class Entry:
    """One question of the benchmark and the scene that its image shows."""

    id: str
    scene: Scene
    question: SceneQuestion
    caption: str


def questions(folder: Path, count: int, seed: int) -> Iterator[Entry]:
    """`count` questions, the families in turn; the same folder, count and seed give the same
    questions.
    """
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


def sample_key(question: Entry, seed: int) -> str:
    """The key of the sample that a question becomes."""
    return key_of(
        "sample", NAME, str(seed), question.id, question.question.text, question.question.choices
    )


def to_samples(
    asked: Iterable[Entry], seed: int, put_image: Callable[[Image.Image], str]
) -> list[Sample]:
    """Renders each question's scene, keeps the image and gives the sample."""
    return [
        Sample(
            key=sample_key(one, seed),
            benchmark=NAME,
            split=str(seed),
            question_id=one.id,
            question=one.question.text,
            choices=one.question.choices,
            answer=one.question.answer,
            image=put_image(render(one.scene)),
            caption=one.caption,
        )
        for one in asked
    ]


def family_of(question: str) -> str:
    """The family that a question's wording belongs to; ValueError for a question of another
    benchmark.
    """
    from .scene_texts import QUESTIONS

    for family, wording in QUESTIONS.items():
        if wording == question:
            return family
    raise ValueError(f"The proving ground does not ask {question!r}.")


def write_recipe(out: Path) -> Path:
    """Writes `out`/recipe.toml: the demo's recipe on this world's own LVLMs, with the shipped image
    model and CLIP.
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
