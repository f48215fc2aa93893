"""What is trained of a model: everything outside the vision tower, or LoRA's small matrices alone.

The model here is a tower of one layer and two more, so that every weight can be looked at.
"""

import copy
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from spuriforge.pipeline.finetune.settings import TrainingSettings
from spuriforge.pipeline.finetune.weights import load, prepare, save, still


@pytest.fixture
def model() -> Any:
    """A tiny model in place of the folder that the other tests of fine-tuning train."""
    import torch

    class Tiny(torch.nn.Module):
        """A vision tower, a layer behind it, and the layer that writes words; all weights are 1."""

        def __init__(self) -> None:
            super().__init__()
            self.tower = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
            self.middle = torch.nn.Linear(2, 2)
            self.words = torch.nn.Linear(2, 3, bias=False)
            for weight in self.parameters():
                torch.nn.init.ones_(weight)

        def get_encoder(self, modality: str) -> torch.nn.Module:
            assert modality == "image"
            return self.tower

        def get_output_embeddings(self) -> torch.nn.Module:
            return self.words

    return Tiny()


def _prepared(model: Any, **settings: Any) -> Any:
    lvlm: Any = SimpleNamespace(model=model, id="tiny@1")
    prepare(lvlm, TrainingSettings(path="tiny", **settings))
    return lvlm.model


def _trained(model: Any) -> set[str]:
    return {name for name, weight in model.named_parameters() if weight.requires_grad}


def test_all_but_the_vision_tower_is_trained(model: Any) -> None:
    assert _trained(_prepared(model)) == {"middle.weight", "middle.bias", "words.weight"}


def test_matrices_that_are_trained_shrink_and_nothing_else(model: Any) -> None:
    weights = dict(_prepared(model, shrink=0.25).named_parameters())
    shrunk = {name for name, weight in weights.items() if (weight == 0.75).all()}
    assert shrunk == {"middle.weight", "words.weight"}
    assert all((weights[name] == 1).all() for name in weights.keys() - shrunk)


def test_a_model_without_a_known_vision_tower_is_refused(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(model), "get_encoder", lambda self, modality: self)
    with pytest.raises(ValueError, match=r"^tiny@1 has no vision tower"):
        _prepared(model)


def test_the_largest_parts_without_training_are_still(model: Any) -> None:
    assert still(_prepared(model)) == [model.tower]
    model.requires_grad_(True)
    assert still(model) == []
    model.requires_grad_(False)
    assert still(model) == [model]


@pytest.mark.integration
def test_lora_trains_small_matrices_on_the_layers_between_tower_and_words(model: Any) -> None:
    wrapped = _prepared(model, lora=1)
    trained = _trained(wrapped)
    assert {name.rpartition("middle.")[2] for name in trained} == {
        "lora_A.default.weight",
        "lora_B.default.weight",
    }
    assert all("middle" in name for name in trained)


@pytest.mark.integration
def test_lora_begins_as_its_seed_says(model: Any) -> None:
    first, again, other = (
        dict(_prepared(copy.deepcopy(model), lora=1, seed=seed).named_parameters())
        for seed in (1, 1, 2)
    )
    (name,) = (name for name in first if "lora_A" in name)
    assert (first[name] == again[name]).all()
    assert (first[name] != other[name]).any()


@pytest.mark.integration
def test_lora_is_merged_before_the_model_is_saved(model: Any, tmp_path: Path) -> None:
    settings = TrainingSettings(path="tiny", lora=1)
    saved: list[tuple[str, Path]] = []
    wrapped = _prepared(model, lora=1)
    model.save_pretrained = lambda folder: saved.append(("model", folder))
    processor = SimpleNamespace(save_pretrained=lambda folder: saved.append(("processor", folder)))
    lvlm: Any = SimpleNamespace(model=wrapped, processor=processor)
    save(lvlm, settings, tmp_path)
    assert saved == [("model", tmp_path), ("processor", tmp_path)]
    assert not any("lora" in name for name, _ in model.named_parameters())


@pytest.mark.integration
def test_a_folder_without_a_model_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=re.escape(str(tmp_path))):
        load(TrainingSettings(path=str(tmp_path)))
