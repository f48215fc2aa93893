"""The scene reader: shapes, a round trip through its folder, and the trained reader itself."""

import json
import random
from pathlib import Path

import pytest
import torch
from PIL import Image

from spuriforge.data.proving_ground.render import render
from spuriforge.data.proving_ground.scene_reader import (
    Network,
    SceneReader,
    accuracy,
    disturbed,
    labels,
    pixels,
)
from spuriforge.data.proving_ground.world import ATTRIBUTES, random_scene

MODEL = Path("data/proving_ground/models/reader")


def test_pixels_are_bytes_of_the_world_size() -> None:
    images = pixels([Image.new("RGB", (64, 64), "red"), Image.new("L", (128, 128))])
    assert images.shape == (2, 3, 64, 64)
    assert images.dtype == torch.uint8
    assert images[0, 0].float().mean() == 255


def test_labels_index_the_values_of_a_scene() -> None:
    scenes = [random_scene(random.Random(k)) for k in range(5)]
    for name, indices in labels(scenes).items():
        assert [ATTRIBUTES[name][k] for k in indices.tolist()] == [
            scene.value(name) for scene in scenes
        ]


def test_a_saved_reader_reads_as_before(tmp_path: Path) -> None:
    torch.manual_seed(0)
    reader = SceneReader(Network().half().float())
    reader.save(tmp_path, {"seed": 0})
    images = [render(random_scene(random.Random(k))) for k in range(3)]
    assert SceneReader.load(tmp_path).read(images) == reader.read(images)
    assert reader.read([]) == []


def test_a_reader_of_another_vocabulary_is_refused(tmp_path: Path) -> None:
    SceneReader(Network()).save(tmp_path, {})
    (tmp_path / "reader.json").write_text(json.dumps({"attributes": {"place": ["moon"]}}))
    with pytest.raises(ValueError, match="another vocabulary"):
        SceneReader.load(tmp_path)


def test_disturbed_images_stay_near_the_bytes() -> None:
    images = pixels([render(random_scene(random.Random(k))) for k in range(8)])
    seen = disturbed(images, torch.Generator().manual_seed(0))
    assert seen.shape == images.shape
    assert (seen - images).abs().mean() < 40


@pytest.mark.integration
@pytest.mark.skipif(not MODEL.exists(), reason="the reader has not been trained")
def test_the_trained_reader_reads_fresh_renders() -> None:
    scenes = [random_scene(random.Random(f"test/{k}")) for k in range(200)]
    figures = accuracy(SceneReader.load(MODEL), [render(scene) for scene in scenes], scenes)
    assert min(figures.values()) >= 0.98, figures
