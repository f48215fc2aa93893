"""A tower is asked once for each image, and only where that changes nothing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from spuriforge.pipeline.finetune.vision_tower import CachedTower

if TYPE_CHECKING:
    from torch import Tensor

pytestmark = pytest.mark.integration


@dataclass
class _Tower:
    """Counts the rows that it is asked for."""

    mixes: bool = False
    rows: int = 0

    def __call__(self, pixel_values: "Tensor", scale: int = 1, mask: "Tensor | None" = None) -> Any:
        from transformers.modeling_outputs import BaseModelOutput

        self.rows += len(pixel_values)
        tokens = scale * pixel_values.flatten(1).cumsum(-1)
        if self.mixes:
            tokens = tokens - tokens.mean(0)
        return BaseModelOutput(
            last_hidden_state=tokens if mask is None else tokens * mask, hidden_states=(tokens,)
        )


@pytest.fixture
def batches() -> list["Tensor"]:
    import torch

    images = torch.randn(6, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    return [images[:3], images[2:], images[[5, 0, 3]]]


def test_each_image_is_asked_for_once(batches: list["Tensor"]) -> None:
    import torch

    tower, plain = _Tower(), _Tower()
    seen = CachedTower(tower, 6, {})
    for batch in batches:
        given, expected = seen(batch), plain(batch)
        assert torch.equal(given.last_hidden_state, expected.last_hidden_state)
        assert torch.equal(given.hidden_states[0], expected.hidden_states[0])
        given.last_hidden_state.zero_()  # as a model may do with what is its own
    assert seen.used
    assert tower.rows == 3 + 1 + 6  # the first batch to compare with, and each image alone
    seen(batches[0], scale=2)
    assert tower.rows == 3 + 1 + 6 + 3


def test_another_training_finds_what_the_last_one_saw(batches: list["Tensor"]) -> None:
    store: dict[Any, Any] = {}
    CachedTower(_Tower(), 3, store)(batches[0])
    tower = _Tower()
    CachedTower(tower, 3, store)(batches[0])
    assert tower.rows == 3 + 1


@pytest.mark.parametrize("why", ["rows hang together", "no room", "more than pixels"])
def test_a_tower_that_has_to_be_asked_each_time_is(
    batches: list["Tensor"], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    if why == "no room":
        monkeypatch.setattr("spuriforge.pipeline.finetune.vision_tower.KEPT", 1_000)
    more: dict[str, Any] = {"mask": torch.ones(1)} if why == "more than pixels" else {}
    tower = _Tower(mixes=why == "rows hang together")
    seen = CachedTower(tower, 6, {})
    for batch in batches:
        asked = tower.rows
        assert torch.equal(
            seen(batch, **more).last_hidden_state, tower(batch, **more).last_hidden_state
        )
    assert seen.used is False
    assert tower.rows - asked == 6
