"""The optimizer of the LVLMs' language side: Muon on the matrices of its layers, AdamW on all else, one schedule."""

import torch
from torch import Tensor, nn

from .muon import Muon


class ScheduledPair:
    """Muon and AdamW under one schedule: a linear warm-up, a plateau, then linear to zero."""

    def __init__(self, model: nn.Module, *, matrix_rate: float, rate: float, warmup: int, steps: int) -> None:
        learned = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
        inner = {name for name, weight in learned.items() if ".layers." in name and weight.ndim == 2}
        self.weights, self.warmup, self.steps = list(learned.values()), warmup, steps
        self.rates = (matrix_rate, rate)
        self.parts: tuple[torch.optim.Optimizer, ...] = (
            Muon([learned[name] for name in sorted(inner)], lr=matrix_rate),
            torch.optim.AdamW([w for n, w in learned.items() if n not in inner], lr=rate, betas=(0.9, 0.98)),
        )

    def step(self, loss: Tensor, step: int) -> None:
        """One update at the rate that is due at `step`."""
        for part in self.parts:
            part.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
        share = min((step + 1) / self.warmup, 1.5 * (1 - step / self.steps), 1.0)
        for part, rate in zip(self.parts, self.rates, strict=True):
            part.param_groups[0]["lr"] = rate * share
            part.step()
