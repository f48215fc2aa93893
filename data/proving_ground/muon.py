"""Muon for convolutions: momentum with orthogonal updates, so small networks learn in few steps.

torch's own `Muon` takes matrices only; here a kernel is a matrix of output channels by the rest.
Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024).
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


def orthogonal(matrix: Tensor, rounds: int = 5) -> Tensor:
    """Returns about the nearest matrix with all singular values 1 (quintic Newton-Schulz)."""
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(rounds):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """Nesterov momentum with orthogonal updates, for weights of two or more dimensions."""

    def __init__(
        self, weights: Iterable[nn.Parameter], lr: float, *, momentum: float = 0.95
    ) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Updates every weight that has a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._update(weight, group["lr"], group["momentum"])

    def _update(self, weight: nn.Parameter, lr: float, momentum: float) -> None:
        state = self.state[weight]
        if "speed" not in state:
            state["speed"] = torch.zeros_like(weight)
        state["speed"].lerp_(weight.grad, 1 - momentum)
        direction = weight.grad.lerp(state["speed"], momentum).flatten(1)
        rows, columns = direction.shape
        update = orthogonal(direction) * max(1.0, rows / columns) ** 0.5
        weight.add_(update.view(weight.shape), alpha=-lr)


def split_weights(model: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Splits weights: inner matrices and kernels for Muon; biases, norms and edges for AdamW."""
    inner: list[nn.Parameter] = []
    rest: list[nn.Parameter] = []
    for name, weight in model.named_parameters():
        edge = name.startswith(("conv_in", "conv_out")) or "embedding" in name
        (rest if weight.ndim < 2 or edge else inner).append(weight)
    return inner, rest
