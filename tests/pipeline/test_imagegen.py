"""The arms of a pair share a seed in any batch, and edits leave the rest of an image untouched.

These tests use the stock Stable-Diffusion pipelines with small random weights;
test_imagegen_families.py has the other families.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from spuriforge.pipeline.describe import Scene
from spuriforge.pipeline.imagegen import (
    EDIT_INSTRUCTION,
    Generator,
    _sound,
    make_pairs,
    mask_of,
    plan_pairs,
)
from spuriforge.pipeline.recipe import Generate
from spuriforge.pipeline.records import key_of
from spuriforge.pipeline.workspace import Workspace

from .tiny_pipelines import instruct_pix2pix, stable_diffusion, untrained

#: Signs that the tiny pipeline reads, fewer than an instruction has.
LIMIT = 60
ROUTES = ("text-to-image", "inpainting", "edit")
SETTINGS = Generate(
    model="tiny", edit_model="editing", routes=ROUTES, steps=2, batch_size=4, box=(0.5, 0.5, 1, 1)
)


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Generator:
    folder = tmp_path_factory.mktemp("models")
    untrained(lambda: stable_diffusion(LIMIT)).save_pretrained(folder / "tiny")
    untrained(instruct_pix2pix).save_pretrained(folder / "editing")
    paths = {"model": str(folder / "tiny"), "edit_model": str(folder / "editing")}
    return Generator(Generator.load(SETTINGS.model_copy(update=paths)).pipelines, SETTINGS)


def _plans(
    make_sample: Any, cue_type: Any, workspace: Workspace, route: str, count: int = 3
) -> list[Any]:
    noise = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype="uint8")
    sample = make_sample(0, image=workspace.put_image(Image.fromarray(noise)))
    scenes = [
        Scene(sample, f"a car {number}, an anchor", f"a car {number}", "a car, a kite")
        for number in range(count)
    ]
    return plan_pairs(cue_type, scenes, "selection", 0, route, SETTINGS, seed=1)


def test_an_image_depends_on_its_seed_and_prompt_and_not_on_its_batch(generator: Generator) -> None:
    together = generator.draw(["a car", "a cat", "a dog"], [1, 2, 3])
    (alone,) = generator.draw(["a cat"], [2])
    assert together[1] is not None
    assert alone is not None
    assert np.abs(np.asarray(together[1], int) - np.asarray(alone, int)).max() <= 1


def test_the_arms_of_a_pair_have_three_prompts_and_one_seed(
    make_sample: Any, cue_type: Any, workspace: Workspace, generator: Generator
) -> None:
    plans = _plans(make_sample, cue_type, workspace, "text-to-image")
    pairs = make_pairs(plans, generator, workspace)
    assert [pair.key for pair in pairs] == [plan.key for plan in plans]
    assert len({pair.seed for pair in pairs}) == 3
    assert all(
        len({pair.image_with, pair.image_without, pair.image_placebo}) == 3 for pair in pairs
    )
    assert all(pair.source_image is None for pair in pairs)
    assert make_pairs(plans, generator, workspace) == pairs


def test_an_edit_changes_the_box_and_nothing_else(
    make_sample: Any, cue_type: Any, workspace: Workspace, generator: Generator
) -> None:
    (pair, *_) = make_pairs(
        _plans(make_sample, cue_type, workspace, "inpainting", 1), generator, workspace
    )
    assert pair.source_image is not None
    before = np.asarray(workspace.image(pair.source_image))
    for sha in (pair.image_with, pair.image_without):
        after = np.asarray(workspace.image(sha))
        assert (after[:16] == before[:16]).all()
        assert (after[:, :16] == before[:, :16]).all()
        assert (after[16:, 16:] != before[16:, 16:]).any()


def test_routes_and_roles_have_seeds_of_their_own(
    make_sample: Any, cue_type: Any, workspace: Workspace
) -> None:
    seeds = {
        plan.seed for route in ROUTES for plan in _plans(make_sample, cue_type, workspace, route)
    }
    assert len(seeds) == 9


def test_all_arms_of_an_edited_pair_are_edits_by_instruction(
    make_sample: Any,
    cue_type: Any,
    workspace: Workspace,
    generator: Generator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    edit = generator.edit
    monkeypatch.setattr(
        generator, "edit", lambda prompts, *rest: (asked.extend(prompts), edit(prompts, *rest))[1]
    )
    (plan,) = _plans(make_sample, cue_type, workspace, "edit", 1)
    (pair,) = make_pairs([plan], generator, workspace)
    descriptions = ("a car 0, an anchor", "a car 0", "a car, a kite")
    assert asked == [
        EDIT_INSTRUCTION.replace("{description}", description) for description in descriptions
    ]
    assert (pair.prompt_with, pair.source_image) == (descriptions[0], plan.scene.sample.image)
    assert len({pair.image_with, pair.image_without, pair.image_placebo, pair.source_image}) == 4


def test_plans_of_several_routes_are_made_together(
    make_sample: Any, cue_type: Any, workspace: Workspace, generator: Generator
) -> None:
    plans = [
        plan for route in ROUTES for plan in _plans(make_sample, cue_type, workspace, route, 2)
    ]
    mixed = make_pairs(plans[::2] + plans[1::2], generator, workspace)
    assert [pair.key for pair in mixed] == [plan.key for plan in plans[::2] + plans[1::2]]
    assert all(pair.image_with and pair.image_without and pair.image_placebo for pair in mixed)
    assert mixed[0] == make_pairs(plans[:1], generator, workspace)[0]


def test_keys_name_what_a_pair_was_made_of(make_sample: Any, cue_type: Any) -> None:
    scene = Scene(make_sample(0), "a car, an anchor", "a car", None)

    def key(route: str, **box: Any) -> str:
        return plan_pairs(cue_type, [scene], "selection", 0, route, SETTINGS, 1, **box)[0].key

    def made_of(route: str, *more: object) -> str:
        seed = int(key_of("seed", 1, route, "type", "selection", 0), 16) % 2**31
        scene_parts = ("a car, an anchor", "a car", None, "image-0")
        return key_of("pair", "type", "selection", 0, SETTINGS.id, route, seed, *scene_parts, *more)

    assert (
        key("text-to-image")
        == made_of("text-to-image")
        == key("text-to-image", box=(0.0, 0.0, 0.5, 0.5))
    )
    assert key("inpainting") == made_of("inpainting")
    assert key("inpainting", box=(0.0, 0.0, 0.5, 0.5)) == made_of(
        "inpainting", [0.0, 0.0, 0.5, 0.5]
    )
    assert key("edit") == made_of("edit", key_of("instruction", EDIT_INSTRUCTION))


def test_a_box_of_the_type_goes_before_the_recipes(make_sample: Any, cue_type: Any) -> None:
    scene = Scene(make_sample(0), "a car, an anchor", "a car", None)
    plans = [
        plan_pairs(cue_type, [scene], "selection", 0, "inpainting", SETTINGS, 1, box)[0]
        for box in (None, (0.0, 0.0, 0.5, 0.5))
    ]
    assert [plan.box for plan in plans] == [SETTINGS.box, (0.0, 0.0, 0.5, 0.5)]


def test_a_description_that_would_be_cut_off_does_not_fit(
    make_sample: Any, cue_type: Any, workspace: Workspace, generator: Generator
) -> None:
    drawn, edited = (
        _plans(make_sample, cue_type, workspace, route, 1)[0] for route in ("text-to-image", "edit")
    )
    assert generator.fits(drawn)
    assert generator.fits(edited)
    long = Scene(drawn.scene.sample, "a car, " + "very " * LIMIT + "old, an anchor", "a car", None)
    (plan,) = plan_pairs(cue_type, [long], "selection", 0, "text-to-image", SETTINGS, 1)
    assert not generator.fits(plan)


def _answering(call: Any) -> Generator:
    class Pipeline:
        def __call__(self, prompt: list[str], generator: list[object], output_type: str) -> object:
            return call(prompt)

    return Generator({"text-to-image": Pipeline()}, SETTINGS)


def test_one_refused_prompt_leaves_the_others_of_its_batch() -> None:
    noise = np.random.default_rng(0).random((3, 8, 8, 3))
    generator = _answering(
        lambda _: SimpleNamespace(images=noise, nsfw_content_detected=[False, True, False])
    )
    assert [image is None for image in generator.draw(["a", "b", "c"], [1, 2, 3])] == [
        False,
        True,
        False,
    ]


def test_too_little_memory_is_one_clear_sentence() -> None:
    def full(_: list[str]) -> object:
        raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB.")

    def other(_: list[str]) -> object:
        raise RuntimeError("shapes do not agree")

    with pytest.raises(
        ValueError, match=r"does not hold 2 images at once .* set a smaller generate\.batch_size"
    ):
        _answering(full).draw(["a", "b"], [1, 2])
    with pytest.raises(RuntimeError, match="shapes do not agree"):
        _answering(other).draw(["a"], [1])


def test_the_smallest_box_is_a_pixel() -> None:
    assert np.asarray(mask_of((10, 10), (0.5, 0.5, 0.501, 0.501))).nonzero() == ([5], [5])
    assert np.asarray(mask_of((10, 10), (0.5, 0.0, 1.0, 0.5))).nonzero()[0].size == 25


@pytest.mark.parametrize(
    "array", [np.zeros((4, 4, 3)), np.full((4, 4, 3), np.nan), np.full((4, 4, 3), 0.5)]
)
def test_black_broken_and_empty_images_are_refusals(array: np.ndarray) -> None:
    assert _sound(array) is None


def test_a_missing_pipeline_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="The image model cannot be loaded from"):
        Generator.load(Generate(model=str(tmp_path)))
