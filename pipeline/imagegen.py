"""Counterfactual pairs from any diffusers pipeline: text-to-image with a shared seed, and inpainting of a box.

    generator = Generator.load(recipe.generate)
    pairs = make_pairs(plans, generator, workspace)

Each arm of a pair has the same seed and a fresh CPU generator, whatever else is in its batch. Edits of a real image
are pasted back outside the mask pixel for pixel, and the arm without the cue is an edit too, by the same route: an
artefact is then in all arms alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from .describe import Scene
from .recipe import Generate
from .records import CueType, Pair, key_of
from .workspace import Workspace

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PairPlan:
    """One pair to be made; `box` and the scene's own image are used by the inpainting route."""

    key: str
    type: str
    role: str
    index: int
    route: str
    seed: int
    scene: Scene
    box: Box | None


def plan_pairs(
    one: CueType, scenes: Sequence[Scene], role: str, start: int, route: str, generate: Generate, seed: int
) -> list[PairPlan]:
    """Plans for `scenes`, numbered from `start`; every plan has its own seed, edits a stream apart from synthesis."""
    plans = []
    for index, scene in enumerate(scenes, start):
        drawn = int(key_of("seed", seed, route, one.key, role, index), 16) % 2**31
        made_of = (generate.id, route, drawn, scene.with_cue, scene.without_cue)
        placebo = scene.placebo if generate.placebo else None
        key = key_of("pair", one.key, role, index, *made_of, placebo, scene.sample.image)
        plans.append(PairPlan(key, one.key, role, index, route, drawn, scene, generate.box))
    return plans


class Generator:
    """A text-to-image pipeline and, from the same weights, its inpainting twin."""

    def __init__(self, pipeline: Any, settings: Generate) -> None:
        self.text_to_image, self.settings, self.name = pipeline, settings, settings.id
        self._inpainting: Any = None

    @classmethod
    def load(cls, settings: Generate) -> "Generator":
        """Loads the recipe's pipeline; ValueError with its name where it cannot be loaded."""
        import torch
        from diffusers import DiffusionPipeline

        try:
            pipeline = DiffusionPipeline.from_pretrained(
                settings.model, revision=settings.revision, dtype=getattr(torch, settings.dtype)
            )
        except (OSError, ValueError) as error:
            raise ValueError(f"The image model cannot be loaded from {settings.model}: {error}") from error
        pipeline.set_progress_bar_config(disable=True)
        return cls(pipeline.to(settings.device), settings)

    def _arguments(self, prompts: Sequence[str], seeds: Sequence[int]) -> dict[str, Any]:
        import torch

        return {
            "prompt": list(prompts),
            "generator": [torch.Generator("cpu").manual_seed(seed) for seed in seeds],
            "num_inference_steps": self.settings.steps,
            "guidance_scale": self.settings.guidance,
            "output_type": "np",
        }

    def draw(self, prompts: Sequence[str], seeds: Sequence[int]) -> list[Image.Image | None]:
        """One image a prompt; None where the model refused or gave a black or broken one."""
        out = self.text_to_image(**self._arguments(prompts, seeds))
        return [_sound(array) for array in out.images]

    def inpaint(
        self, prompts: Sequence[str], seeds: Sequence[int], images: Sequence[Image.Image], boxes: Sequence[Box]
    ) -> list[Image.Image | None]:
        """The images with their boxes painted anew, all else pasted back pixel for pixel."""
        from diffusers import AutoPipelineForInpainting

        if self._inpainting is None:
            self._inpainting = AutoPipelineForInpainting.from_pipe(self.text_to_image)
            self._inpainting.set_progress_bar_config(disable=True)
        masks = [_mask(image.size, box) for image, box in zip(images, boxes, strict=True)]
        out = self._inpainting(
            image=list(images), mask_image=masks, strength=1.0, width=images[0].width, height=images[0].height,
            **self._arguments(prompts, seeds),
        )  # fmt: skip
        painted = [_sound(array) for array in out.images]
        return [
            None if new is None else Image.composite(new, old, mask)
            for new, old, mask in zip(painted, images, masks, strict=True)
        ]


def _mask(size: tuple[int, int], box: Box) -> Image.Image:
    mask = Image.new("L", size, 0)
    left, top, right, bottom = box
    width, height = size
    ImageDraw.Draw(mask).rectangle([left * width, top * height, right * width - 1, bottom * height - 1], fill=255)
    return mask


def _sound(array: np.ndarray) -> Image.Image | None:
    """An image, or None where it is broken, black or of one colour: a safety checker answers with black."""
    if not np.isfinite(array).all() or float(array.std()) < 0.01:
        return None
    return Image.fromarray((array * 255).round().astype("uint8"))


def make_pairs(plans: Sequence[PairPlan], generator: Generator, workspace: Workspace) -> list[Pair]:
    """Makes the pairs of one route, `batch_size` images at a time, and keeps their images."""
    work = [(plan, arm, prompt) for plan in plans for arm, prompt in _arms(plan, generator.settings)]
    kept: dict[tuple[str, str], str] = {}
    size = generator.settings.batch_size
    for start in range(0, len(work), size):
        batch = work[start : start + size]
        for (plan, arm, _), image in zip(batch, _make(batch, generator, workspace), strict=True):
            kept[plan.key, arm] = "" if image is None else workspace.put_image(image)
    return [_pair(plan, kept, generator) for plan in plans]


def _make(
    batch: Sequence[tuple[PairPlan, str, str]], generator: Generator, workspace: Workspace
) -> list[Image.Image | None]:
    prompts, seeds = [prompt for _, _, prompt in batch], [plan.seed for plan, _, _ in batch]
    if batch[0][0].route == "text-to-image":
        return generator.draw(prompts, seeds)
    boxes = [plan.box for plan, _, _ in batch]
    assert all(box is not None for box in boxes), "an inpainting plan has a box"
    images = [workspace.image(plan.scene.sample.image) for plan, _, _ in batch]
    return generator.inpaint(prompts, seeds, images, [box for box in boxes if box])


def _arms(plan: PairPlan, settings: Generate) -> list[tuple[str, str]]:
    arms = [("with", plan.scene.with_cue), ("without", plan.scene.without_cue)]
    return [*arms, ("placebo", plan.scene.placebo)] if settings.placebo and plan.scene.placebo else arms


def _pair(plan: PairPlan, images: dict[tuple[str, str], str], generator: Generator) -> Pair:
    return Pair(
        key=plan.key,
        type=plan.type,
        role=plan.role,
        index=plan.index,
        route=plan.route,
        generator=generator.name,
        seed=plan.seed,
        prompt_with=plan.scene.with_cue,
        prompt_without=plan.scene.without_cue,
        prompt_placebo=plan.scene.placebo if generator.settings.placebo else None,
        image_with=images[plan.key, "with"],
        image_without=images[plan.key, "without"],
        image_placebo=images.get((plan.key, "placebo")),
        source_image=plan.scene.sample.image if plan.route == "inpainting" else None,
    )
