"""One run of a study as the record that is kept of it, and its figures.

one.figures["with_cue"]      # 0.79: a mean over the held-out types of means over their pairs
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from statistics import fmean
from typing import ClassVar

from ..records import Record

#: Figure -> what it says.
FIGURES = {
    "with_cue": "held-out types: accuracy with the cue",
    "without_cue": "held-out types: accuracy without it, on the same scenes",
    "gap": "held-out types: accuracy without the cue less accuracy with it",
    "placebo": "held-out types: accuracy with something irrelevant changed in the cue's place",
    "bias": "held-out types: answers that give the option that the cue points to",
    "controls": "held-out control questions: accuracy",
    "trained": (
        "types of the training split: accuracy with the cue, on the images that there are to train "
        "on"
    ),
}
DIFFERENCES = ("gap",)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRun(Record):
    """One run's answers, summed up by type; the lists go side by side. Not a number: the type has
    no such arm.
    """

    table: ClassVar[str] = "study_runs"
    #: A condition; "before" and "look" trained nothing.
    condition: str
    seed: int
    #: So many of the training types were asked for; None: all.
    limit: int | None
    model: str
    #: Types whose counterfactuals the gradient saw.
    trained_on: int
    types: tuple[str, ...]
    held_out: tuple[bool, ...]
    with_cue: tuple[float, ...]
    without_cue: tuple[float, ...]
    placebo: tuple[float, ...]
    bias: tuple[float, ...]
    controls: float | None
    controls_asked: int
    pairs: int
    #: The training's settings as JSON; empty where nothing was trained.
    settings: str
    #: Images that the gradient saw, one counting as often as it was seen.
    images: int
    seconds: float
    evaluation_seconds: float
    device: str

    @property
    def figures(self) -> dict[str, float]:
        """Figure -> its value in this run; what it has nothing for is not there."""
        figures = {
            "with_cue": self._mean(self.with_cue, True),
            "without_cue": self._mean(self.without_cue, True),
            "placebo": self._mean(self.placebo, True),
            "bias": self._mean(self.bias, True),
            "controls": float("nan") if self.controls is None else self.controls,
            "trained": self._mean(self.with_cue, False),
        }
        figures["gap"] = figures["without_cue"] - figures["with_cue"]
        return {name: figures[name] for name in FIGURES if not isnan(figures[name])}

    def _mean(
        self, values: Sequence[float], held_out: bool, among: Sequence[str] | None = None
    ) -> float:
        known = [
            value
            for key, value, held in zip(self.types, values, self.held_out, strict=True)
            if held is held_out and not isnan(value) and (among is None or key in among)
        ]
        return fmean(known) if known else float("nan")

    def trained_mean(self, among: Sequence[str]) -> float:
        """Accuracy with the cue on those of the trained types."""
        return self._mean(self.with_cue, False, among)

    @property
    def trained(self) -> list[str]:
        """The types of the training split that it is judged on."""
        return [key for key, held in zip(self.types, self.held_out, strict=True) if not held]
