"""Loads diffusers pipelines as the recipe asks, and finds out which arguments each accepts.

    pipelines = load_pipelines(recipe.generate)    # {"text-to-image": ..., "edit": ...}
    pipeline(prompt=prompts, **arguments(pipeline, recipe.generate, size, len(prompts)))

No family is known by its name: the arguments follow from the signature of `__call__` alone.
"""

import inspect
from collections.abc import Mapping
from math import inf
from typing import Any

from .recipe import Generate

#: Families need sides that are multiples of 8, 16 or 32 pixels, so all get multiples of 32.
MULTIPLE = 32
#: Classifier-free guidance by `true_cfg_scale` needs a negative prompt, for Qwen-Image not an empty
#: one.
NO_PROMPT = " "

Size = tuple[int, int]


def load_pipelines(settings: Generate) -> dict[str, Any]:
    """Returns the pipeline of each route in the recipe.

    Text-to-image and inpainting are two pipelines on the same weights. ValueError names a pipeline
    that cannot be loaded or does not suit its route.
    """
    pipelines = {}
    if {"text-to-image", "inpainting"} & set(settings.routes):
        pipelines["text-to-image"] = _load(settings.model, settings.revision, settings)
    if "inpainting" in settings.routes:
        pipelines["inpainting"] = _inpainting(pipelines["text-to-image"], settings)
    if "edit" in settings.routes:
        assert settings.edit_model is not None, "the recipe checks that the edit route has a model"
        pipelines["edit"] = _load(settings.edit_model, settings.edit_revision, settings)
    for route, pipeline in pipelines.items():
        if route in settings.routes:
            _check(route, pipeline, settings)
    return pipelines


def _load(model: str, revision: str | None, settings: Generate) -> Any:
    import torch
    from diffusers import DiffusionPipeline

    try:
        pipeline = DiffusionPipeline.from_pretrained(
            model, revision=revision, dtype=getattr(torch, settings.dtype)
        )
    except (OSError, ValueError, AttributeError) as error:
        raise ValueError(f"The image model cannot be loaded from {model}: {error}") from error
    if settings.scheduler:
        pipeline.scheduler = _scheduler(settings.scheduler, pipeline.scheduler, model)
    if settings.compile:
        # In place, so that the inpainting twin, which shares the module, is compiled too.
        _denoiser(pipeline).compile()
    return _placed(pipeline, settings)


def _inpainting(pipeline: Any, settings: Generate) -> Any:
    from diffusers import AutoPipelineForInpainting

    try:
        twin = AutoPipelineForInpainting.from_pipe(pipeline)
    except ValueError as error:
        raise ValueError(
            f"{settings.model} is {type(pipeline).__name__}, without inpainting: take "
            '"inpainting" out of the routes.'
        ) from error
    return _placed(twin, settings)


def _placed(pipeline: Any, settings: Generate) -> Any:
    """Returns the pipeline on its device, whole or by parts."""
    pipeline.set_progress_bar_config(disable=True)
    if settings.offload != "none" and settings.device == "cpu":
        raise ValueError(
            "generate.offload moves parts of the model to generate.device: set that to "
            '"cuda" for it.'
        )
    # The inpainting twin is placed again: it uses the shared parts in another order.
    if settings.offload == "model":
        pipeline.enable_model_cpu_offload(device=settings.device)
    elif settings.offload == "sequential":
        pipeline.enable_sequential_cpu_offload(device=settings.device)
    else:
        pipeline.to(settings.device)
    return pipeline


def _denoiser(pipeline: Any) -> Any:
    """Returns the part that is called at every step."""
    return pipeline.components.get("transformer") or pipeline.components["unet"]


def _scheduler(name: str, old: Any, model: str) -> Any:
    """Returns a scheduler of diffusers in place of the pipeline's own, with its settings.

    A scheduler that reads the denoiser's output in another way than it was trained for would draw
    noise. A flow-matching model (SD 3, FLUX, Qwen-Image) needs a flow-matching scheduler, known by
    `scale_noise`; the others list the schedulers that they can replace.
    """
    import diffusers

    scheduler: Any = getattr(diffusers, name, None)
    if diffusers.SchedulerMixin not in getattr(scheduler, "__mro__", ()):
        raise ValueError(f"generate.scheduler is {name!r}, but diffusers has no such scheduler.")
    flow = hasattr(old, "scale_noise")
    new = scheduler.from_config(old.config)
    alike = (
        hasattr(new, "scale_noise")
        if flow
        else type(new) in old.compatibles or type(old) in new.compatibles
    )
    if type(new) is not type(old) and not alike:
        needed = "needs a flow-matching scheduler" if flow else "was trained for another kind"
        raise ValueError(
            f"generate.scheduler is {name!r}, but {model}, made with {type(old).__name__}, "
            f"{needed}."
        )
    return new


def _check(route: str, pipeline: Any, settings: Generate) -> None:
    """Raises ValueError if a pipeline does not suit its route."""
    takes = set(_parameters(pipeline))
    name = type(pipeline).__name__
    if route == "text-to-image" and "mask_image" in takes:
        raise ValueError(
            f"{settings.model} is {name}, which paints in images: take "
            '"text-to-image" out of the routes.'
        )
    if route == "edit" and ("image" not in takes or takes & {"mask_image", "strength"}):
        raise ValueError(
            f"{settings.edit_model} is {name}, which does not edit an image by instruction."
        )


def _parameters(pipeline: Any) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(type(pipeline).__call__).parameters


def arguments(pipeline: Any, settings: Generate, size: Size | None, count: int) -> dict[str, Any]:
    """Returns the recipe's settings as this pipeline's own arguments, for `count` prompts.

    What the pipeline does not accept is left out. `guidance` is `guidance_scale`, or
    `true_cfg_scale` where `guidance_scale` is unused by default (Qwen-Image). Painting starts from
    pure noise (`strength` 1). FLUX Kontext also needs the area of its output, or it ignores width
    and height. `image_guidance_scale` (InstructPix2Pix) keeps the pipeline's default.
    """
    takes = _parameters(pipeline)
    scale = takes.get("guidance_scale")
    given: dict[str, Any] = {"num_inference_steps": settings.steps, "strength": 1.0}
    if "true_cfg_scale" in takes and (scale is None or scale.default is None):
        given |= {"true_cfg_scale": settings.guidance, "negative_prompt": [NO_PROMPT] * count}
    else:
        given["guidance_scale"] = settings.guidance
    if size:
        given |= {"width": size[0], "height": size[1], "max_area": size[0] * size[1]}
    return {name: value for name, value in given.items() if name in takes}


def side_of(pipeline: Any, settings: Generate) -> int:
    """Returns the longest side to work at: the recipe's, or what the pipeline was trained for."""
    if settings.side:
        return settings.side
    sample = getattr(pipeline, "default_sample_size", None)
    if sample is None and "unet" in pipeline.components:
        sample = pipeline.unet.config.sample_size
    if sample is None:
        raise ValueError(
            f"{type(pipeline).__name__} has no image size of its own: set generate.side."
        )
    return int(sample * pipeline.vae_scale_factor)


def work_size(size: Size, side: int) -> Size:
    """Returns the width and height to work at: the longest side is at most `side`.

    The proportions stay. Small images are scaled up as well: a model paints badly far below the
    size that it was trained for.
    """
    width, height = (
        max(MULTIPLE, round(edge * side / max(size)) // MULTIPLE * MULTIPLE) for edge in size
    )
    return width, height


def reads_whole(pipeline: Any, prompt: str) -> bool:
    """Returns whether any of the pipeline's text encoders takes the whole prompt.

    diffusers silently cuts off what is too long.
    """
    parts, takes = pipeline.components, _parameters(pipeline)
    longest = takes["max_sequence_length"].default if "max_sequence_length" in takes else inf
    readers = [
        part
        for name, part in parts.items()
        if name.startswith("tokenizer")
        and part
        and parts.get(name.replace("tokenizer", "text_encoder"))
    ]
    lengths = [
        (len(reader(prompt).input_ids), min(reader.model_max_length, longest)) for reader in readers
    ]
    return not readers or any(length <= most for length, most in lengths)
