"""Measures the image model and CLIP with the scene reader, and writes their cards.

    python -m spuriforge.data.proving_ground.measure_image_models --models DIR

Measured are text-to-image by attribute; pairs with one seed whose captions differ in the cue;
inpainting of the cue's box, the best of a few seeds by CLIP; CLIP's zero-shot tags, and whether it
prefers an image's own caption.
"""

import argparse
import json
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import open_clip
import torch
from diffusers import AutoPipelineForInpainting, DiffusionPipeline
from PIL import Image, ImageDraw
from torch import Tensor

from .autoencoder import reconstructed
from .clip_texts import prompts
from .image_cards import write_cards
from .render import CUE_BOX, SIZE, render
from .scene_reader import SceneReader, accuracy, pixels
from .scene_texts import caption
from .world import ATTRIBUTES, CUES, Scene, random_scene

ASKED = ("place", "sky", "colour", "object", "cue")


@dataclass(frozen=True, slots=True)
class MeasuredModels:
    """The models that are measured (image model, CLIP), and the reader that judges them."""

    image: DiffusionPipeline
    inpaint: DiffusionPipeline
    clip: open_clip.CLIP
    preprocess: Callable[[Image.Image], Tensor]
    tokenizer: Callable[[list[str]], Tensor]
    reader: SceneReader

    @classmethod
    def load(cls, folder: Path) -> "MeasuredModels":
        """Loads all models from their folders."""
        image = DiffusionPipeline.from_pretrained(folder / "image-model")
        inpaint = AutoPipelineForInpainting.from_pipe(image)
        for pipeline in (image, inpaint):
            pipeline.set_progress_bar_config(disable=True)
        name = f"local-dir:{folder / 'clip'}"
        clip, _, preprocess = open_clip.create_model_and_transforms(name)
        reader = SceneReader.load(folder / "reader")
        return cls(
            image, inpaint, clip.float().eval(), preprocess, open_clip.get_tokenizer(name), reader
        )

    @torch.inference_mode()
    def logits(self, images: Sequence[Image.Image], texts: Sequence[str]) -> np.ndarray:
        """Returns CLIP's logits, images x texts."""
        image_features = self.clip.encode_image(
            torch.stack([self.preprocess(image) for image in images]), normalize=True
        )
        text_features = self.clip.encode_text(self.tokenizer(list(texts)), normalize=True)
        return (self.clip.logit_scale.exp() * image_features @ text_features.T).numpy()


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """How images are sampled."""

    steps: int = 10
    guidance: float = 2.0
    batch: int = 25


def generators(seeds: Sequence[int]) -> list[torch.Generator]:
    """Returns a generator for each image, so that an image does not depend on its batch."""
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def generate(
    models: MeasuredModels, texts: Sequence[str], seeds: Sequence[int], how: SamplingSettings
) -> list[Image.Image]:
    """Generates images from texts, in batches."""
    images: list[Image.Image] = []
    for at in range(0, len(texts), how.batch):
        part = slice(at, at + how.batch)
        images += models.image(
            list(texts[part]),
            num_inference_steps=how.steps,
            guidance_scale=how.guidance,
            generator=generators(seeds[part]),
        ).images
    return images


def mask() -> Image.Image:
    """Returns the mask of the cue's box: white inside."""
    image = Image.new("L", (SIZE, SIZE))
    left, top, right, bottom = (round(share * SIZE) for share in CUE_BOX)
    ImageDraw.Draw(image).rectangle([left, top, right - 1, bottom - 1], fill=255)
    return image


def inpaint(
    models: MeasuredModels,
    images: Sequence[Image.Image],
    texts: Sequence[str],
    seeds: Sequence[int],
    how: SamplingSettings,
) -> list[Image.Image]:
    """Paints the cue's box anew, and keeps everything else."""
    painted: list[Image.Image] = []
    for at in range(0, len(images), how.batch):
        part = slice(at, at + how.batch)
        painted += models.inpaint(
            list(texts[part]),
            image=list(images[part]),
            mask_image=[mask()] * len(images[part]),
            strength=1.0,
            num_inference_steps=how.steps,
            guidance_scale=how.guidance,
            generator=generators(seeds[part]),
        ).images
    return [Image.composite(new, old, mask()) for new, old in zip(painted, images, strict=True)]


def agreement(
    read: dict[str, str | None], scene: Scene, names: Sequence[str] = tuple(ATTRIBUTES)
) -> list[bool]:
    """Returns, for each attribute, whether it is read as the scene has it."""
    return [read[name] == scene.value(name) for name in names]


def measure_text_to_image(
    models: MeasuredModels, how: SamplingSettings, *, count: int, seed: int = 0
) -> dict[str, float]:
    """Returns the shares of images that show what the caption says, and the seconds per image."""
    rng = random.Random(f"text-to-image/{seed}")
    scenes = [random_scene(rng) for _ in range(count)]
    began = time.process_time()
    images = generate(models, [caption(scene, rng) for scene in scenes], range(count), how)
    seconds = (time.process_time() - began) / count
    read = models.reader.read(images)
    right = np.array([agreement(row, scene) for row, scene in zip(read, scenes, strict=True)])
    names = list(ATTRIBUTES)
    figures = {name: float(right[:, column].mean()) for column, name in enumerate(names)}
    figures["count, asked"] = float(
        right[[scene.count is not None for scene in scenes], names.index("count")].mean()
    )
    asked = [scene.direction is not None for scene in scenes]
    figures["direction, asked"] = float(right[asked, names.index("direction")].mean())
    figures["five at once"] = float(right[:, [names.index(name) for name in ASKED]].all(1).mean())
    return {
        **figures,
        "all seven at once": float(right.all(1).mean()),
        "seconds an image": round(seconds, 4),
    }


def with_and_without(count: int, seed: object) -> list[tuple[Scene, Scene]]:
    """Returns scenes with a cue, each with the same scene without it."""
    rng = random.Random(f"pairs/{seed}")
    scenes = [random_scene(rng, cue=rng.choice(CUES)) for _ in range(count)]
    return [(scene, replace(scene, cue=None)) for scene in scenes]


def measure_pairs(
    models: MeasuredModels, how: SamplingSettings, *, count: int, seed: int = 0
) -> dict[str, float]:
    """Measures pairs with one seed: is the cue only in the right image, is the rest unchanged?"""
    pairs = with_and_without(count, seed)
    arms = [
        generate(models, [caption(pair[k]) for pair in pairs], range(count), how) for k in (0, 1)
    ]
    first, second = (models.reader.read(images) for images in arms)
    cue = np.array(
        [
            a["cue"] == scene.cue and b["cue"] is None
            for a, b, (scene, _) in zip(first, second, pairs, strict=True)
        ]
    )
    rest = [name for name in ATTRIBUTES if name != "cue"]
    same = np.array(
        [all(a[name] == b[name] for name in rest) for a, b in zip(first, second, strict=True)]
    )
    return {
        "cue in the right one": float(cue.mean()),
        "and nothing else changed": float((cue & same).mean()),
        "CLIP prefers own caption": prefers_own(models, pairs, arms),
    }


def prefers_own(
    models: MeasuredModels,
    pairs: Sequence[tuple[Scene, Scene]],
    arms: Sequence[Sequence[Image.Image]],
) -> float:
    """Returns the share of images whose own caption CLIP prefers to their twin's."""
    wins = []
    for k in (0, 1):
        own = models.logits(arms[k], [caption(pair[k]) for pair in pairs]).diagonal()
        other = models.logits(arms[k], [caption(pair[1 - k]) for pair in pairs]).diagonal()
        wins.append(own > other)
    return float(np.concatenate(wins).mean())


def best_inpaint(
    models: MeasuredModels,
    pairs: Sequence[tuple[Scene, Scene]],
    how: SamplingSettings,
    *,
    seeds: int,
) -> tuple[list[Image.Image], list[Image.Image]]:
    """Returns renders of the first scenes, and their best inpaintings to the second by CLIP."""
    before = [render(old) for old, _ in pairs]
    texts, others = [caption(new) for _, new in pairs], [caption(old) for old, _ in pairs]
    tries, scores = [], []
    for k in range(seeds):
        tries.append(
            inpaint(models, before, texts, [1000 * k + row for row in range(len(pairs))], how)
        )
        odds = (
            models.logits(tries[-1], texts).diagonal() - models.logits(tries[-1], others).diagonal()
        )
        scores.append(odds)
    best = np.argmax(np.stack(scores), axis=0)
    return before, [tries[k][row] for row, k in enumerate(best)]


def measure_inpainting(
    models: MeasuredModels, how: SamplingSettings, *, count: int, seeds: int = 4
) -> dict[str, float]:
    """Measures how often inpainting removes or adds the cue, and keeps the rest."""
    pairs = with_and_without(count, "inpainting")
    figures: dict[str, float] = {}
    for name, turned in (("removed", pairs), ("added", [(new, old) for old, new in pairs])):
        _, after = best_inpaint(models, turned, how, seeds=seeds)
        read = models.reader.read(after)
        cue = np.array([row["cue"] == new.cue for row, (_, new) in zip(read, turned, strict=True)])
        rest = [other for other in ATTRIBUTES if other != "cue"]
        same = np.array(
            [all(agreement(row, new, rest)) for row, (_, new) in zip(read, turned, strict=True)]
        )
        figures |= {name: float(cue.mean()), f"{name}, rest unchanged": float(same.mean())}
    return figures


def measure_clip(models: MeasuredModels, *, count: int) -> dict[str, float]:
    """Measures zero-shot accuracy on fresh renders, and caption preference on exact pairs."""
    rng = random.Random("clip/fresh")
    scenes = [random_scene(rng) for _ in range(count)]
    images = [render(scene) for scene in scenes]
    figures = {}
    for name, values in ATTRIBUTES.items():
        known = [value for value in values if value or name == "cue"]
        rows = [row for row, scene in enumerate(scenes) if scene.value(name) in known]
        texts = dict(zip(values, prompts(name), strict=True))
        best = models.logits(
            [images[row] for row in rows], [texts[value] for value in known]
        ).argmax(1)
        figures[name] = float(
            np.mean(
                [known[at] == scenes[row].value(name) for at, row in zip(best, rows, strict=True)]
            )
        )
    pairs = with_and_without(count // 4, "clip")
    arms = [[render(pair[k]) for pair in pairs] for k in (0, 1)]
    return {**figures, "prefers own caption": prefers_own(models, pairs, arms)}


def measure_decoded(models: MeasuredModels, *, count: int) -> dict[str, float]:
    """Measures the reader itself on renders that the image model's autoencoder decoded."""
    rng = random.Random("decoded")
    scenes = [random_scene(rng) for _ in range(count)]
    decoded = reconstructed(models.image.vae, pixels([render(scene) for scene in scenes]))
    images = [Image.fromarray(array.permute(1, 2, 0).numpy()) for array in decoded]
    return accuracy(models.reader, images, scenes)


def measure(
    folder: Path, how: SamplingSettings = SamplingSettings(), *, count: int = 400
) -> Iterator[tuple[str, dict[str, float]]]:
    """Yields each group of figures of the models in `folder` as soon as it is measured.

    `count` is the number of captions; there are half as many pairs and a quarter as many scenes to
    inpaint.
    """
    models = MeasuredModels.load(folder)
    yield "decoded", measure_decoded(models, count=count)
    yield "clip", measure_clip(models, count=2 * count)
    yield "text-to-image", measure_text_to_image(models, how, count=count)
    yield "pairs", measure_pairs(models, how, count=count // 2)
    yield "inpainting", measure_inpainting(models, how, count=count // 4)


def measure_and_write(
    folder: Path, how: SamplingSettings = SamplingSettings(), *, count: int = 400
) -> Iterator[str]:
    """Yields the figures as lines of JSON, then writes the models' cards and figures.json."""
    figures: dict[str, object] = {"steps": how.steps, "guidance": how.guidance, "captions": count}
    for name, measured in measure(folder, how, count=count):
        figures[name] = measured
        yield f"{name}: {json.dumps(measured)}"
    write_cards(folder, figures)


def main() -> None:
    """Measures everything and writes the cards, from the command line."""
    parser = argparse.ArgumentParser(
        description="Measure the image model and CLIP with the scene reader."
    )
    parser.add_argument(
        "--models", type=Path, required=True, help="folder with reader, image-model and clip"
    )
    parser.add_argument(
        "--count", type=int, default=400, help="captions for text-to-image; half as many pairs"
    )
    parser.add_argument("--steps", type=int, default=SamplingSettings().steps)
    parser.add_argument("--guidance", type=float, default=SamplingSettings().guidance)
    given = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    for line in measure_and_write(
        given.models, SamplingSettings(given.steps, given.guidance), count=given.count
    ):
        print(line, flush=True)


if __name__ == "__main__":
    main()
