"""The settings of a fine-tuning: what cannot be trained is refused, and keys tell them apart."""

from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path
from typing import Any

import pytest

from spuriforge.pipeline.finetune.settings import TrainingSettings
from spuriforge.pipeline.recipe_models import version_of


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"condition": "magic"}, "no condition 'magic'"),
        ({"steps": 0}, "at least one step"),
        ({"every": 0}, "a look every one step"),
        ({"images": 3}, "one step of four images"),
        ({"replay": 1.0}, "replay is a share"),
        ({"temperature": 0}, "must be over 0"),
        ({"rate": 0.0}, "must be over 0"),
        ({"recall": -0.1}, "not under it"),
        ({"precision": "4bit"}, "set a rank for LoRA"),
        ({"shrink": 1.0}, "shrink is a share"),
        ({"shrink": 0.3, "lora": 4}, "set shrink to 0"),
    ],
)
def test_settings_that_cannot_be_are_one_clear_sentence(
    changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        TrainingSettings(path="m", **changes)  # type: ignore[arg-type]


#: Another value of each setting, itself valid.
CHANGES: dict[str, Any] = {
    "path": "another",
    "revision": "abc",
    "condition": "group",
    "seed": 1,
    "steps": 299,
    "images": 32,
    "replay": 0.25,
    "types": 3,
    "rate": 2e-4,
    "decay": 0.0,
    "temperature": 2.0,
    "recall": 0.0,
    "consistency": 0.5,
    "shrink": 0.5,
    "lora": 4,
    "precision": "bfloat16",
    "device": "cuda",
    "every": 10,
    "patience": 2,
}


def test_every_setting_is_part_of_the_key() -> None:
    assert CHANGES.keys() == {field.name for field in fields(TrainingSettings)}
    settings = TrainingSettings(path="m")
    assert settings.key == TrainingSettings(path="m").key
    keys = {replace(settings, **{name: value}).key for name, value in CHANGES.items()}
    assert len(keys | {settings.key}) == len(CHANGES) + 1


def test_other_weights_in_the_same_folder_are_another_training(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"first")
    before = TrainingSettings(path=str(tmp_path)).key
    weights.write_bytes(b"second")
    version_of.cache_clear()  # as in the next process
    assert TrainingSettings(path=str(tmp_path)).key != before


def test_4bit_weights_can_be_trained_by_lora() -> None:
    assert TrainingSettings(path="m", precision="4bit", lora=8).lora == 8


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = TrainingSettings(path="m")
    with pytest.raises(FrozenInstanceError):
        settings.steps = 1  # type: ignore[misc]
