"""A pipeline's arguments follow from its signature; an unsuitable pipeline is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spuriforge.pipeline.image_pipelines import (
    arguments,
    load_pipelines,
    reads_whole,
    side_of,
    work_size,
)
from spuriforge.pipeline.recipe import Generate

from .tiny_pipelines import (
    CLIP_LIMIT,
    flux,
    instruct_pix2pix,
    stable_diffusion,
    stable_diffusion_3,
    untrained,
)

SETTINGS = Generate(model="m", edit_model="e", steps=7, guidance=3.0)


def _told(name: str, size: tuple[int, int] | None = (64, 32)) -> dict[str, Any]:
    """The arguments for a pipeline class of diffusers, of which nothing but the class is there."""
    import diffusers

    return arguments(object.__new__(getattr(diffusers, name)), SETTINGS, size, 2)


@pytest.mark.integration
def test_each_family_is_told_what_it_takes() -> None:
    sized = {"num_inference_steps": 7, "width": 64, "height": 32}
    assert _told("StableDiffusionPipeline") == sized | {"guidance_scale": 3.0}
    assert _told("FluxPipeline") == sized | {"guidance_scale": 3.0}
    assert _told("FluxPipeline", None) == {"num_inference_steps": 7, "guidance_scale": 3.0}
    assert _told("StableDiffusion3InpaintPipeline") == sized | {
        "guidance_scale": 3.0,
        "strength": 1.0,
    }
    assert _told("FluxKontextPipeline") == sized | {"guidance_scale": 3.0, "max_area": 64 * 32}
    assert _told("QwenImageEditPipeline") == sized | {
        "true_cfg_scale": 3.0,
        "negative_prompt": [" ", " "],
    }
    assert _told("StableDiffusionInstructPix2PixPipeline") == {
        "num_inference_steps": 7,
        "guidance_scale": 3.0,
    }


@pytest.mark.parametrize(
    ("size", "side", "worked_on"),
    [
        ((640, 480), 512, (512, 384)),
        ((64, 64), 64, (64, 64)),
        ((100, 30), 512, (512, 128)),
        ((900, 20), 96, (96, 32)),
        ((50, 50), 50, (32, 32)),
    ],
)
def test_images_keep_their_proportions_at_sizes_that_every_family_takes(
    size: tuple[int, int], side: int, worked_on: tuple[int, int]
) -> None:
    assert work_size(size, side) == worked_on


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[], Any]], str]:
    """A maker's pipeline in a folder."""
    root = tmp_path_factory.mktemp("pipelines")

    def save(make: Callable[[], Any]) -> str:
        if not (root / make.__name__).is_dir():
            untrained(make).save_pretrained(root / make.__name__)
        return str(root / make.__name__)

    return save


def _load(model: str, **changes: object) -> dict[str, Any]:
    return load_pipelines(Generate.model_validate({"model": model, **changes}))


@pytest.mark.integration
def test_only_the_routes_of_the_recipe_are_loaded_with_its_dtype(saved: Callable[..., str]) -> None:
    import torch

    model = saved(stable_diffusion)
    both = _load(model, dtype="bfloat16")
    assert set(both) == {"text-to-image", "inpainting"}
    assert both["text-to-image"].unet is both["inpainting"].unet
    assert both["inpainting"].unet.dtype == torch.bfloat16
    editing = _load("not there", edit_model=saved(instruct_pix2pix), routes=["edit"])
    assert set(editing) == {"edit"}
    assert side_of(editing["edit"], SETTINGS) == 32
    assert side_of(editing["edit"], SETTINGS.model_copy(update={"side": 96})) == 96


@pytest.mark.integration
@pytest.mark.parametrize(
    ("make", "scheduler", "refusal"),
    [
        (stable_diffusion, "DPMSolverMultistepScheduler", None),
        (stable_diffusion_3, "FlowMatchHeunDiscreteScheduler", None),
        (stable_diffusion, "NoScheduler", "'NoScheduler', but diffusers has no such scheduler"),
        (stable_diffusion, "FluxPipeline", "'FluxPipeline', but diffusers has no such scheduler"),
        (
            stable_diffusion,
            "FlowMatchEulerDiscreteScheduler",
            "made with DDIMScheduler, was trained for another kind",
        ),
        (
            flux,
            "DDIMScheduler",
            "made with FlowMatchEulerDiscreteScheduler, needs a flow-matching scheduler",
        ),
    ],
)
def test_a_scheduler_is_taken_only_where_it_fits(
    saved: Callable[..., str], make: Callable[[], Any], scheduler: str, refusal: str | None
) -> None:
    if refusal:
        with pytest.raises(ValueError, match=refusal):
            _load(saved(make), scheduler=scheduler)
    else:
        pipelines = _load(saved(make), scheduler=scheduler)
        assert {type(pipeline.scheduler).__name__ for pipeline in pipelines.values()} == {scheduler}


@pytest.mark.integration
def test_the_denoiser_is_compiled_once_for_both_routes(saved: Callable[..., str]) -> None:
    pipelines = _load(saved(flux), compile=True)
    assert pipelines["inpainting"].transformer._compiled_call_impl is not None
    assert _load(saved(flux))["inpainting"].transformer._compiled_call_impl is None


@pytest.mark.integration
def test_every_pipeline_is_offloaded_to_the_accelerator(
    saved: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import DiffusionPipeline

    placed: list[tuple[str, str]] = []
    for way in ("model", "sequential"):
        monkeypatch.setattr(
            DiffusionPipeline,
            f"enable_{way}_cpu_offload",
            lambda _, device, way=way: placed.append((way, device)),
        )
    _load(saved(stable_diffusion), offload="model", device="cuda")
    _load(saved(stable_diffusion), offload="sequential", device="cuda:1", routes=["text-to-image"])
    assert placed == [("model", "cuda"), ("model", "cuda"), ("sequential", "cuda:1")]
    with pytest.raises(ValueError, match=r"generate\.offload moves parts"):
        _load(saved(stable_diffusion), offload="model")


@pytest.mark.integration
def test_a_model_that_does_not_suit_its_route_is_refused(
    saved: Callable[..., str], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=f"The image model cannot be loaded from {tmp_path}"):
        _load(str(tmp_path))
    with pytest.raises(
        ValueError, match="StableDiffusionPipeline, which does not edit an image by instruction"
    ):
        _load("m", edit_model=saved(stable_diffusion), routes=["edit"])
    with pytest.raises(ValueError, match='without inpainting: take "inpainting" out'):
        _load(saved(instruct_pix2pix))
    _load(saved(stable_diffusion), routes=["inpainting"])["inpainting"].save_pretrained(
        tmp_path / "painting"
    )
    assert set(_load(str(tmp_path / "painting"), routes=["inpainting"])) == {
        "text-to-image",
        "inpainting",
    }
    with pytest.raises(ValueError, match='which paints in images: take "text-to-image" out'):
        _load(str(tmp_path / "painting"))


@pytest.mark.integration
def test_a_prompt_is_read_whole_where_one_encoder_takes_it() -> None:
    short, long = "a car, an anchor", "a car, an anchor, " * 20
    assert len(long) > CLIP_LIMIT
    assert reads_whole(stable_diffusion(), short)
    assert not reads_whole(stable_diffusion(), long)
    assert reads_whole(flux(), long)
    without_t5 = stable_diffusion_3()
    without_t5.text_encoder_3 = None
    assert not reads_whole(without_t5, long)
