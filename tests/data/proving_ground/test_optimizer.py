"""Both optimizers share a loss and a schedule, and a checkpoint restores them."""

import torch
from torch import nn

from spuriforge.data.proving_ground.optimizer import MuonWithAdamW


def _stepped(steps: int) -> tuple[nn.Linear, MuonWithAdamW]:
    torch.manual_seed(0)
    layer = nn.Linear(4, 4)
    optimizer = MuonWithAdamW([layer.weight], [layer.bias], muon_rate=0.1, adamw_rate=0.1)
    for _ in range(steps):
        optimizer.step(layer(torch.ones(1, 4)).square().mean(), 0.5)
    return layer, optimizer


def test_a_step_lowers_the_loss_with_both_parts() -> None:
    (before, _), (after, optimizer) = _stepped(0), _stepped(5)
    inputs = torch.ones(1, 4)
    assert after(inputs).square().mean() < before(inputs).square().mean()
    assert not torch.equal(before.weight, after.weight)
    assert not torch.equal(before.bias, after.bias)
    assert [part.param_groups[0]["lr"] for part in optimizer.parts] == [0.05, 0.05]


def test_a_checkpoint_restores_the_momentum() -> None:
    _, optimizer = _stepped(3)
    _, restored = _stepped(0)
    restored.load_state_dict(optimizer.state_dict())
    (speed,) = (state["speed"] for state in restored.parts[0].state.values())
    (wanted,) = (state["speed"] for state in optimizer.parts[0].state.values())
    assert torch.equal(speed, wanted)
