"""The optimizer of all the proving ground's models: Muon on inner matrices, AdamW on the rest."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .muon import Muon


class MuonWithAdamW:
    """Two optimizers that share a backward pass and a schedule.

    optimizer = MuonWithAdamW(inner, rest, muon_rate=0.01, adamw_rate=2e-3)
    optimizer.step(loss, clock.rate())
    """

    def __init__(
        self,
        inner: Sequence[nn.Parameter],
        rest: Sequence[nn.Parameter],
        *,
        muon_rate: float,
        adamw_rate: float,
        weight_decay: float = 0.01,
        betas: tuple[float, float] = (0.9, 0.99),
        clip: float = float("inf"),
    ) -> None:
        self.weights, self.peaks, self.clip = [*inner, *rest], (muon_rate, adamw_rate), clip
        self.parts: tuple[torch.optim.Optimizer, ...] = (
            Muon(inner, lr=muon_rate),
            torch.optim.AdamW(rest, lr=adamw_rate, weight_decay=weight_decay, betas=betas),
        )

    def step(self, loss: Tensor, share: float) -> None:
        """Makes an update at `share` of the peak rates."""
        for part in self.parts:
            part.zero_grad()
        loss.backward()
        if self.clip < float("inf"):
            torch.nn.utils.clip_grad_norm_(self.weights, self.clip)
        for part, peak in zip(self.parts, self.peaks, strict=True):
            part.param_groups[0]["lr"] = peak * share
            part.step()

    def state_dict(self) -> list[dict[str, Any]]:
        """Returns the state for a checkpoint."""
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, states: Sequence[dict[str, Any]]) -> None:
        """Restores the state of a checkpoint."""
        for part, state in zip(self.parts, states, strict=True):
            part.load_state_dict(state)
