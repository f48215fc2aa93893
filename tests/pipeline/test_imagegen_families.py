"""Every family of image models draws or edits through diffusers' own code.

The pipelines have small random weights, and are saved and loaded as a recipe loads them.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spuriforge.pipeline.imagegen import Generator
from spuriforge.pipeline.recipe import Generate

from .tiny_pipelines import DRAWING, EDITING, stable_diffusion_refusing, untrained

pytestmark = pytest.mark.integration

PROMPTS = ("a car, an anchor", "a car, with a ladder beside it")
BOX = (0.5, 0.25, 1.0, 0.75)


def _noise(seed: int, width: int = 32, height: int = 32) -> Image.Image:
    return Image.fromarray(
        np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype="uint8")
    )


def _apart(first: Image.Image | None, second: Image.Image | None) -> int:
    """The largest difference of two images' pixels, of 255."""
    assert first is not None
    assert second is not None
    return int(np.abs(np.asarray(first, int) - np.asarray(second, int)).max())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A family's pipeline in a folder, made when it is first asked for."""
    root = tmp_path_factory.mktemp("pipelines")

    def saved(family: str) -> Path:
        if not (root / family).is_dir():
            untrained({**DRAWING, **EDITING}[family]).save_pretrained(root / family)
        return root / family

    return saved


@pytest.fixture
def small_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """FLUX Kontext and Qwen-Image-Edit read images at a megapixel; here they read far less."""
    from diffusers.pipelines.flux import pipeline_flux_kontext as kontext
    from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit as qwen

    dimensions = qwen.calculate_dimensions
    monkeypatch.setattr(qwen, "calculate_dimensions", lambda _, ratio: dimensions(128 * 128, ratio))
    monkeypatch.setattr(kontext, "PREFERRED_KONTEXT_RESOLUTIONS", [(128, 128), (176, 96)])


def _settings(folder: Path, **changes: object) -> Generate:
    return Generate.model_validate(
        {"model": str(folder), "steps": 2, "guidance": 3.0, "side": 32} | changes
    )


@pytest.mark.parametrize("family", DRAWING)
def test_a_family_draws_and_paints_the_same_alone_as_in_a_batch(
    folder: Callable[[str], Path], family: str
) -> None:
    generator = Generator.load(_settings(folder(family)))
    together, alone = generator.draw(PROMPTS, [1, 2]), generator.draw(PROMPTS[1:], [2])
    assert _apart(together[1], alone[0]) <= 2
    assert _apart(alone[0], generator.draw(PROMPTS[:1], [2])[0]) > 0
    assert _apart(alone[0], generator.draw(PROMPTS[1:], [3])[0]) > 30

    images = [_noise(1, 50, 40), _noise(2, 40, 50)]
    painted = generator.inpaint(PROMPTS, [1, 2], images, [BOX] * 2)
    single = generator.inpaint(PROMPTS[1:], [2], images[1:], [BOX])
    assert _apart(painted[1], single[0]) <= 2
    for image, new in zip(images, painted, strict=True):
        assert new is not None
        changed = (np.asarray(new) != np.asarray(image)).any(axis=2)
        width, height = image.size
        assert changed[height // 4 : height * 3 // 4, width // 2 :].mean() > 0.9
        changed[height // 4 : height * 3 // 4, width // 2 :] = False
        assert not changed.any()


@pytest.mark.usefixtures("small_reference")
@pytest.mark.parametrize("family", EDITING)
def test_a_family_edits_images_of_any_size(folder: Callable[[str], Path], family: str) -> None:
    generator = Generator.load(
        _settings(folder(family), edit_model=str(folder(family)), routes=["edit"])
    )
    images = [_noise(1, 64, 64), _noise(2, 70, 40)]
    together, alone = (
        generator.edit(PROMPTS, [1, 2], images),
        generator.edit(PROMPTS[1:], [2], images[1:]),
    )
    assert [image and image.size for image in together] == [(64, 64), (70, 40)]
    assert _apart(together[1], alone[0]) <= 2
    assert _apart(alone[0], generator.edit(PROMPTS[1:], [3], images[1:])[0]) > 0
    assert _apart(alone[0], generator.edit(PROMPTS[:1], [2], images[1:])[0]) > 2
    assert _apart(together[0], generator.edit(PROMPTS[:1], [1], [_noise(3, 64, 64)])[0]) > 2


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_what_a_safety_checker_refuses_is_no_image(tmp_path: Path) -> None:
    untrained(stable_diffusion_refusing).save_pretrained(tmp_path)
    generator = Generator.load(_settings(tmp_path))
    assert generator.draw(PROMPTS, [1, 2]) == [None, None]
    assert generator.inpaint(PROMPTS[:1], [1], [_noise(1)], [BOX]) == [None]
