"""The Trainer whose loss covers the answer's tokens, consistency of two arms, and rehearsal.

It imports transformers, so it is imported only when a training starts.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from transformers import (
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from .batches import Batches
from .lessons import Course, ShownLesson
from .settings import TrainingSettings
from .weights import still


class AnswerTrainer(Trainer):
    """Trains one model on batches of lessons."""

    def __init__(
        self,
        settings: TrainingSettings,
        batches: Batches,
        arguments: TrainingArguments,
        course: Course,
        looks: Sequence[ShownLesson],
        callbacks: list[TrainerCallback],
    ) -> None:
        super().__init__(
            model=batches.lvlm.model,
            args=arguments,
            data_collator=batches,
            train_dataset=course,
            eval_dataset=list(looks) or None,
            callbacks=callbacks,
        )
        self.remove_callback(PrinterCallback)
        self.settings = settings
        self.letter, self.letters = len(batches.beginning), batches.letters
        self.still = still(self.model)
        self.model_accepts_loss_kwargs = False

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> torch.Tensor:
        """The loss over all rows of a batch, whether they show an image or not."""
        assert not return_outputs, "nothing but the loss is asked for"
        for module in self.still:
            module.eval()
        rows = sum(len(part["answers"]) for part in inputs.values())
        losses = [
            self._part_loss(model, part) * (len(part["answers"]) / rows) for part in inputs.values()
        ]
        return torch.stack(losses).sum()

    def _part_loss(self, model: nn.Module, part: dict[str, Any]) -> torch.Tensor:
        answers = part["answers"]
        length = answers.shape[1]
        logits = (
            model(**part["inputs"], logits_to_keep=length, use_cache=False)
            .logits[:, -length:]
            .float()
        )
        sharp = logits / self.settings.temperature
        token_losses = functional.cross_entropy(
            sharp.flatten(0, 1), answers.flatten(), reduction="none"
        )
        loss = (
            token_losses.view(answers.shape).mean(1).index_fill(0, part["unlabelled"], 0.0).mean()
        )
        if len(part["recalled"]):
            loss = loss + self.settings.recall * self._forgotten(logits[:, self.letter], part)
        if len(part["tied"]):
            loss = loss + self.settings.consistency * self._unlike(sharp[:, self.letter], part)
        return loss

    def _unlike(self, logits: torch.Tensor, part: dict[str, Any]) -> torch.Tensor:
        """How far the two arms' shares of the options are apart: Kullback-Leibler, the mean of both
        directions.
        """
        shares = self._shares(logits, part)
        first, second = shares[part["tied"][:, 0]], shares[part["tied"][:, 1]]
        return 0.5 * ((first.exp() - second.exp()) * (first - second)).sum(-1).mean()

    def _forgotten(self, logits: torch.Tensor, part: dict[str, Any]) -> torch.Tensor:
        """How far the shares are from what they were: Kullback-Leibler, summed over what is
        recalled, a row's mean.
        """
        former = part["former"]
        now = self._shares(logits, part)[part["recalled"], : former.shape[1]]
        return functional.kl_div(now, former, reduction="sum") / len(logits)

    def _shares(self, logits: torch.Tensor, part: dict[str, Any]) -> torch.Tensor:
        """Logarithms of each option's share among the options."""
        letters = logits[:, self.letters]
        beyond = torch.arange(letters.shape[1], device=letters.device) >= part["options"][:, None]
        return letters.masked_fill(beyond, torch.finfo(letters.dtype).min).log_softmax(-1)

    def prediction_step(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        prediction_loss_only: bool,
        ignore_keys: list[str] | None = None,
    ) -> tuple[torch.Tensor, None, None]:
        """Only the loss is looked at on the way."""
        with torch.no_grad(), self.compute_loss_context_manager():
            return self.compute_loss(model, self._prepare_inputs(inputs)).detach(), None, None


class StepReport(TrainerCallback):
    """Reports each finished step, and the number of steps."""

    def __init__(self, on_step: Callable[[int, int], None]) -> None:
        self._on_step = on_step

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: object
    ) -> None:
        """After each step."""
        self._on_step(state.global_step, state.max_steps)
