"""Counterfactual pairs from any diffusers pipeline, by three routes.

    generator = Generator.load(recipe.generate)
    pairs = make_pairs([plan for plan in plans if generator.fits(plan)], generator, workspace)

Text-to-image with a shared seed; inpainting of a box, all else pasted back pixel for pixel; edits
of a real image by instruction. Each arm of a pair has the same seed and a fresh CPU generator,
whatever else is in its batch, and all arms are made by the same route: an artefact is then in all
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

#: What an editing model is told of an arm; its wording is part of the key of every edited pair.
EDIT_INSTRUCTION = (
    "Change the scene so that it shows: {description}. Keep everything else exactly as it is."
)


@dataclass(frozen=True, slots=True)
class PairPlan:
    """One pair to be made; `box` is used by inpainting, the scene's own image by inpainting and
    editing.
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
    one: CueType,
    scenes: Sequence[Scene],
    role: str,
    start: int,
    route: str,
    generate: Generate,
    seed: int,
    box: Box | None = None,
) -> list[PairPlan]:
    """Plans for `scenes`, numbered from `start`; every plan has its own seed, edits a stream apart
    from synthesis.

    A `box` that was drawn for this type goes before the recipe's.
    """
    way: tuple[object, ...] = ()
    if route == "edit":
        way = (key_of("instruction", EDIT_INSTRUCTION),)
    elif route == "inpainting" and box:
        way = (list(box),)
    plans = []
    for index, scene in enumerate(scenes, start):
        drawn = int(key_of("seed", seed, route, one.key, role, index), 16) % 2**31
        made_of = (generate.id, route, drawn, scene.with_cue, scene.without_cue)
        placebo = scene.placebo if generate.placebo else None
        key = key_of("pair", one.key, role, index, *made_of, placebo, scene.sample.image, *way)
        plans.append(PairPlan(key, one.key, role, index, route, drawn, scene, box or generate.box))
    return plans


class Generator:
    """The pipelines of the recipe's routes. One for each thread: a scheduler keeps the state of its
    last call.
    """

    def __init__(self, pipelines: Mapping[str, Any], settings: Generate) -> None:
        self.pipelines, self.settings, self.name = pipelines, settings, settings.id

    @classmethod
    def load(cls, settings: Generate) -> "Generator":
        """Loads what the recipe's routes need; ValueError says what cannot be loaded or does not
        suit.
        """
        return cls(load_pipelines(settings), settings)

    def fits(self, plan: PairPlan) -> bool:
        """Are all prompts of the plan read whole? One that is cut off would lack the cue, which
        comes last.
        """
        pipeline = self.pipelines[plan.route]
        return all(
            reads_whole(pipeline, _asked(plan, prompt)) for _, prompt in _arms(plan, self.settings)
        )

    def draw(self, prompts: Sequence[str], seeds: Sequence[int]) -> list[Image.Image | None]:
        """One image a prompt; None where the model refused or gave a black or broken one."""
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
        """The images with their boxes painted anew, all else pasted back pixel for pixel at the
        image's own size.
        """
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
        """The images changed as the prompts say, at their own sizes.

        One at a time. As tried on each family: a list gives every image the proportions of its
        first, Qwen-Image-Edit also reads a list at another resolution than one image, and its
        successor takes it for pictures of one prompt.
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
        """One call of a pipeline, each image with a fresh CPU generator; None where an image is
        refused or broken.
        """
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
                f"(route {route}): "
                "set a smaller generate.batch_size or generate.side, or generate.offload."
            ) from None
        refused = getattr(out, "nsfw_content_detected", None) or [False] * len(prompts)
        return [
            None if bad else _sound(array) for array, bad in zip(out.images, refused, strict=True)
        ]


def _sized(image: Image.Image, size: Size) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def _pasted(new: Image.Image | None, image: Image.Image, box: Box) -> Image.Image | None:
    """The image with the box of `new` in it."""
    return (
        None
        if new is None
        else Image.composite(_sized(new, image.size), image, mask_of(image.size, box))
    )


def mask_of(size: Size, box: Box) -> Image.Image:
    """White where a box of shares of the image is painted anew, black where the image stays as it
    is.
    """
    mask = Image.new("L", size, 0)
    left, top, right, bottom = box
    width, height = size
    # The rectangle's last column and row are painted too; a box thinner than a pixel is one pixel.
    last = max(left * width, right * width - 1), max(top * height, bottom * height - 1)
    ImageDraw.Draw(mask).rectangle([left * width, top * height, *last], fill=255)
    return mask


def _sound(array: np.ndarray) -> Image.Image | None:
    """An image, or None where it is broken, black or of one colour: a safety checker answers with
    black.
    """
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
    prompts, seeds = (
        [_asked(plan, prompt) for plan, _, prompt in batch],
        [plan.seed for plan, _, _ in batch],
    )
    if route == "text-to-image":
        return generator.draw(prompts, seeds)
    images = [workspace.image(plan.scene.sample.image) for plan, _, _ in batch]
    if route == "edit":
        return generator.edit(prompts, seeds, images)
    boxes = [plan.box for plan, _, _ in batch if plan.box]
    assert len(boxes) == len(batch), "an inpainting plan has a box"
    return generator.inpaint(prompts, seeds, images, boxes)


def _asked(plan: PairPlan, description: str) -> str:
    """What the image model is told of an arm: its description, or an instruction to make an image
    so.
    """
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
