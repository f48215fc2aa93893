"""How well the image model and CLIP do what the pipeline needs of them, judged by the independent
reader:

    python -m spuriforge.data.proving_ground.measure_image_models --models data/proving_ground/models     # and writes their cards

Text-to-image by attribute; same-seed pairs whose captions differ in the cue; inpainting of the
cue's box, the best of a few seeds by CLIP; CLIP's zero-shot tags, and whether an image prefers its
own caption.
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
    """What is measured (image model, CLIP) and what judges (reader)."""

    image: DiffusionPipeline
    inpaint: DiffusionPipeline
    clip: open_clip.CLIP
    preprocess: Callable[[Image.Image], Tensor]
    tokenizer: Callable[[list[str]], Tensor]
    reader: SceneReader

    @classmethod
    def load(cls, folder: Path) -> "MeasuredModels":
        """All models from their folders."""
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
        """CLIP's logits, images x texts."""
        seen = self.clip.encode_image(
            torch.stack([self.preprocess(image) for image in images]), normalize=True
        )
        said = self.clip.encode_text(self.tokenizer(list(texts)), normalize=True)
        return (self.clip.logit_scale.exp() * seen @ said.T).numpy()


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """How images are sampled."""

    steps: int = 10
    guidance: float = 2.0
    batch: int = 25


def generators(seeds: Sequence[int]) -> list[torch.Generator]:
    """A generator an image: what an image looks like does not hang on its batch."""
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def generate(
    models: MeasuredModels, texts: Sequence[str], seeds: Sequence[int], how: SamplingSettings
) -> list[Image.Image]:
    """Text to image, in batches."""
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
    """White where the cue stands."""
    drawn = Image.new("L", (SIZE, SIZE))
    left, top, right, bottom = (round(share * SIZE) for share in CUE_BOX)
    ImageDraw.Draw(drawn).rectangle([left, top, right - 1, bottom - 1], fill=255)
    return drawn


def inpaint(
    models: MeasuredModels,
    images: Sequence[Image.Image],
    texts: Sequence[str],
    seeds: Sequence[int],
    how: SamplingSettings,
) -> list[Image.Image]:
    """The cue's box painted anew, everything else as it was."""
    made: list[Image.Image] = []
    for at in range(0, len(images), how.batch):
        part = slice(at, at + how.batch)
        made += models.inpaint(
            list(texts[part]),
            image=list(images[part]),
            mask_image=[mask()] * len(images[part]),
            strength=1.0,
            num_inference_steps=how.steps,
            guidance_scale=how.guidance,
            generator=generators(seeds[part]),
        ).images
    return [Image.composite(new, old, mask()) for new, old in zip(made, images, strict=True)]


def agreement(
    read: dict[str, str | None], scene: Scene, names: Sequence[str] = tuple(ATTRIBUTES)
) -> list[bool]:
    """Whether each attribute is read as the scene has it."""
    return [read[name] == scene.value(name) for name in names]


def measure_text_to_image(
    models: MeasuredModels, how: SamplingSettings, *, count: int, seed: int = 0
) -> dict[str, float]:
    """Share of images that show what the caption asks for; seconds an image."""
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
    """Scenes with a cue, each beside the same scene without."""
    rng = random.Random(f"pairs/{seed}")
    scenes = [random_scene(rng, cue=rng.choice(CUES)) for _ in range(count)]
    return [(scene, replace(scene, cue=None)) for scene in scenes]


def measure_pairs(
    models: MeasuredModels, how: SamplingSettings, *, count: int, seed: int = 0
) -> dict[str, float]:
    """Same-seed pairs: the cue in exactly the right one, and nothing else read differently."""
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
    """Share of images, both arms, to which CLIP gives their own caption rather than their twin's."""
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
    """(renders of the first scenes, each turned into its second by the try that CLIP likes best)."""
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
    """Cue removed from, and added to, renders; and the rest read as before."""
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
    """Zero-shot accuracy on fresh renders with the recipe's prompts, and caption preference on
    exact pairs.
    """
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
    """The reader's own accuracy on renders that went through the image model's autoencoder."""
    rng = random.Random("decoded")
    scenes = [random_scene(rng) for _ in range(count)]
    decoded = reconstructed(models.image.vae, pixels([render(scene) for scene in scenes]))
    images = [Image.fromarray(each.permute(1, 2, 0).numpy()) for each in decoded]
    return accuracy(models.reader, images, scenes)


def measure(
    folder: Path, how: SamplingSettings = SamplingSettings(), *, count: int = 400
) -> Iterator[tuple[str, dict[str, float]]]:
    """Each group of figures as it is measured, of the image model, CLIP and the reader in `folder`.

    `count` captions for text-to-image, half as many pairs, a quarter as many scenes for inpainting.
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
    """The same as lines of JSON; at the end the three models' cards and figures.json are written
    anew.
    """
    figures: dict[str, object] = {"steps": how.steps, "guidance": how.guidance, "captions": count}
    for name, measured in measure(folder, how, count=count):
        figures[name] = measured
        yield f"{name}: {json.dumps(measured)}"
    write_cards(folder, figures)


def main() -> None:
    """Measures everything and writes the cards."""
    parser = argparse.ArgumentParser(
        description="Measure the image model and CLIP with the independent reader."
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
