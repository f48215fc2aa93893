"""Counterfactual pairs from any diffusers pipeline, by three routes.

    generator = Generator.load(recipe.generate)
    pairs = make_pairs([plan for plan in plans if generator.fits(plan)], generator, workspace)

The routes are text-to-image with a shared seed; inpainting of a box, the rest pasted back pixel for
pixel; and edits of a real image by instruction. The arms of a pair have the same seed and a fresh
CPU generator, whatever else is in the batch. All arms take the same route, so an artefact is in all
of them alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from .describe import Scene
from .image_pipelines import Size, arguments, load_pipelines, reads_whole, side_of, work_size
from .recipe import Generate
from .records import CueType, Pair, key_of
from .workspace import Workspace

Box = tuple[float, float, float, float]

#: The instruction for an arm of an edited pair; its wording is part of the pair's key.
EDIT_INSTRUCTION = (
    "Change the scene so that it shows: {description}. Keep everything else exactly as it is."
)


@dataclass(frozen=True, slots=True)
class PairPlan:
    """A pair to be made.

    Inpainting uses `box`; inpainting and editing use the scene's own image.
    """

    key: str
    type: str
    role: str
    index: int
    route: str
    seed: int
    scene: Scene
    box: Box | None


def plan_pairs(
    cue_type: CueType,
    scenes: Sequence[Scene],
    role: str,
    start: int,
    route: str,
    generate: Generate,
    seed: int,
    box: Box | None = None,
) -> list[PairPlan]:
    """Returns plans for `scenes`, numbered from `start`.

    Every plan has its own seed, and edits have other seeds than synthesis. A `box` drawn for this
    type wins over the recipe's.
    """
    way: tuple[object, ...] = ()
    if route == "edit":
        way = (key_of("instruction", EDIT_INSTRUCTION),)
    elif route == "inpainting" and box:
        way = (list(box),)
    plans = []
    for index, scene in enumerate(scenes, start):
        drawn = int(key_of("seed", seed, route, cue_type.key, role, index), 16) % 2**31
        made_of = (generate.id, route, drawn, scene.with_cue, scene.without_cue)
        placebo = scene.placebo if generate.placebo else None
        key = key_of("pair", cue_type.key, role, index, *made_of, placebo, scene.sample.image, *way)
        plans.append(
            PairPlan(key, cue_type.key, role, index, route, drawn, scene, box or generate.box)
        )
    return plans


class Generator:
    """The pipelines of the recipe's routes; each thread needs its own, as schedulers keep state."""

    def __init__(self, pipelines: Mapping[str, Any], settings: Generate) -> None:
        self.pipelines, self.settings, self.name = pipelines, settings, settings.id

    @classmethod
    def load(cls, settings: Generate) -> "Generator":
        """Loads what the recipe's routes need; ValueError says what does not load or suit."""
        return cls(load_pipelines(settings), settings)

    def fits(self, plan: PairPlan) -> bool:
        """Returns whether the pipeline reads all prompts of the plan whole.

        A prompt that is cut off would lack the cue, which comes last.
        """
        pipeline = self.pipelines[plan.route]
        return all(
            reads_whole(pipeline, _asked(plan, prompt)) for _, prompt in _arms(plan, self.settings)
        )

    def draw(self, prompts: Sequence[str], seeds: Sequence[int]) -> list[Image.Image | None]:
        """Returns an image per prompt; None where it was refused, black or broken."""
        side = self.settings.side
        return self._call(
            "text-to-image", prompts, seeds, work_size((side, side), side) if side else None
        )

    def inpaint(
        self,
        prompts: Sequence[str],
        seeds: Sequence[int],
        images: Sequence[Image.Image],
        boxes: Sequence[Box],
    ) -> list[Image.Image | None]:
        """Returns the images with their boxes repainted, at the images' own sizes."""
        side = side_of(self.pipelines["inpainting"], self.settings)
        sizes = [work_size(image.size, side) for image in images]
        painted: dict[int, Image.Image | None] = {}
        for size in dict.fromkeys(sizes):
            same = [index for index, other in enumerate(sizes) if other == size]
            new = self._call(
                "inpainting",
                [prompts[index] for index in same],
                [seeds[index] for index in same],
                size,
                image=[_sized(images[index], size) for index in same],
                mask_image=[mask_of(size, boxes[index]) for index in same],
            )
            painted.update(zip(same, new, strict=True))
        return [_pasted(painted[index], image, boxes[index]) for index, image in enumerate(images)]

    def edit(
        self, prompts: Sequence[str], seeds: Sequence[int], images: Sequence[Image.Image]
    ) -> list[Image.Image | None]:
        """Returns the images changed as the prompts say, at their own sizes.

        Images are edited singly. A list gives every image the proportions of the first;
        Qwen-Image-Edit also reads a list at another resolution than a single image, and its
        successor takes it for several pictures of one prompt.
        """
        side = side_of(self.pipelines["edit"], self.settings)
        edited = []
        for prompt, seed, image in zip(prompts, seeds, images, strict=True):
            size = work_size(image.size, side)
            (new,) = self._call("edit", [prompt], [seed], size, image=_sized(image, size))
            edited.append(None if new is None else _sized(new, image.size))
        return edited

    def _call(
        self,
        route: str,
        prompts: Sequence[str],
        seeds: Sequence[int],
        size: Size | None,
        **inputs: object,
    ) -> list[Image.Image | None]:
        """Calls a pipeline with a CPU generator per image; a refused or broken image is None."""
        import torch
        from accelerate.utils.memory import should_reduce_batch_size

        pipeline = self.pipelines[route]
        try:
            out = pipeline(
                prompt=list(prompts),
                generator=[torch.Generator("cpu").manual_seed(seed) for seed in seeds],
                output_type="np",
                **arguments(pipeline, self.settings, size, len(prompts)),
                **inputs,
            )
        except RuntimeError as error:
            if not should_reduce_batch_size(error):
                raise
            raise ValueError(
                f"The memory of {self.settings.device} does not hold {len(prompts)} images at once "
                f"(route {route}): set a smaller generate.batch_size or generate.side, or "
                "generate.offload."
            ) from None
        refused = getattr(out, "nsfw_content_detected", None) or [False] * len(prompts)
        return [
            None if bad else _sound(array) for array, bad in zip(out.images, refused, strict=True)
        ]


def _sized(image: Image.Image, size: Size) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def _pasted(new: Image.Image | None, image: Image.Image, box: Box) -> Image.Image | None:
    """Returns the image with the box of `new` in it."""
    return (
        None
        if new is None
        else Image.composite(_sized(new, image.size), image, mask_of(image.size, box))
    )


def mask_of(size: Size, box: Box) -> Image.Image:
    """Returns a mask: white in the box (shares of the image) to repaint, black elsewhere."""
    mask = Image.new("L", size, 0)
    left, top, right, bottom = box
    width, height = size
    # The rectangle's last column and row are painted too; a box thinner than a pixel is one pixel.
    last = max(left * width, right * width - 1), max(top * height, bottom * height - 1)
    ImageDraw.Draw(mask).rectangle([left * width, top * height, *last], fill=255)
    return mask


def _sound(array: np.ndarray) -> Image.Image | None:
    """Returns an image, or None if it is broken or of one colour, as a safety checker's black."""
    if not np.isfinite(array).all() or float(array.std()) < 0.01:
        return None
    return Image.fromarray((array * 255).round().astype("uint8"))


def make_pairs(plans: Sequence[PairPlan], generator: Generator, workspace: Workspace) -> list[Pair]:
    """Makes the pairs, `batch_size` images of one route at a time, and keeps their images."""
    kept: dict[tuple[str, str], str] = {}
    size = generator.settings.batch_size
    for route in dict.fromkeys(plan.route for plan in plans):
        same = [plan for plan in plans if plan.route == route]
        work = [
            (plan, arm, prompt) for plan in same for arm, prompt in _arms(plan, generator.settings)
        ]
        for start in range(0, len(work), size):
            batch = work[start : start + size]
            for (plan, arm, _), image in zip(
                batch, _make(route, batch, generator, workspace), strict=True
            ):
                kept[plan.key, arm] = "" if image is None else workspace.put_image(image)
    return [_pair(plan, kept, generator) for plan in plans]


def _make(
    route: str,
    batch: Sequence[tuple[PairPlan, str, str]],
    generator: Generator,
    workspace: Workspace,
) -> list[Image.Image | None]:
    prompts = [_asked(plan, prompt) for plan, _, prompt in batch]
    seeds = [plan.seed for plan, _, _ in batch]
    if route == "text-to-image":
        return generator.draw(prompts, seeds)
    images = [workspace.image(plan.scene.sample.image) for plan, _, _ in batch]
    if route == "edit":
        return generator.edit(prompts, seeds, images)
    boxes = [plan.box for plan, _, _ in batch if plan.box]
    assert len(boxes) == len(batch), "an inpainting plan has a box"
    return generator.inpaint(prompts, seeds, images, boxes)


def _asked(plan: PairPlan, description: str) -> str:
    """Returns an arm's prompt: its description, or an instruction to make the image so."""
    # A description is a sentence, or a caption without a full stop.
    return (
        EDIT_INSTRUCTION.replace("{description}", description.rstrip(" ."))
        if plan.route == "edit"
        else description
    )


def _arms(plan: PairPlan, settings: Generate) -> list[tuple[str, str]]:
    arms = [("with", plan.scene.with_cue), ("without", plan.scene.without_cue)]
    return (
        [*arms, ("placebo", plan.scene.placebo)]
        if settings.placebo and plan.scene.placebo
        else arms
    )


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
        source_image=None if plan.route == "text-to-image" else plan.scene.sample.image,
        box=plan.box if plan.route == "inpainting" else None,
    )
