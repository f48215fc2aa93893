"""Updates are made orthogonal, for kernels too."""

import torch
from torch import nn

from spuriforge.data.proving_ground.muon import Muon, orthogonal, split_weights


def test_an_orthogonal_update_has_singular_values_near_one() -> None:
    values = torch.linalg.svdvals(orthogonal(torch.randn(16, 40)))
    assert 0.5 < values.min() <= values.max() < 1.4


def test_a_kernel_is_updated_as_a_matrix_and_edges_are_left_to_adamw() -> None:
    model = nn.ModuleDict({"conv_in": nn.Conv2d(3, 4, 3), "middle": nn.Conv2d(4, 4, 3)})
    inner, rest = split_weights(model)
    assert [weight.shape for weight in inner] == [(4, 4, 3, 3)]
    assert len(rest) == 3
    before = inner[0].clone()
    inner[0].grad = torch.randn_like(inner[0])
    Muon(inner, lr=0.1).step()
    values = torch.linalg.svdvals((before - inner[0]).flatten(1) / 0.1)
    assert 0.5 < values.min() <= values.max() < 1.4
