"""A finished study with what it was made of: what the page, the files and the words are written
from.

report = Report(study, opened, results, own=types, measured=False)
report.rows(), cost(report)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..release.questions import PublishedType, types_of
from .defaults import on_proving_ground, scripted
from .plan import LEAST_GAP, StudyPlan, StudyRelease
from .results import Results, Spread
from .runs import FIGURES


@dataclass(frozen=True)
class Report:
    """A finished study with what it was made of."""

    study: StudyPlan
    opened: StudyRelease
    results: Results
    #: The types that the model is judged on.
    own: Sequence[str]
    #: Were they told by the model's gap before training? Else the release says that they were found
    #: on it.
    measured: bool

    @cached_property
    def types(self) -> dict[str, PublishedType]:
        """All types of the release."""
        return types_of(self.opened.questions)

    @property
    def model(self) -> str:
        """The model's name."""
        return self.study.name

    @property
    def proving_ground(self) -> bool:
        """Is the release of the proving ground?"""
        return on_proving_ground(self.opened.release)

    @property
    def scripted(self) -> bool:
        """Did scripts judge in the place of people?"""
        return scripted(self.opened.release)

    @property
    def rule(self) -> str:
        """Which types count, in words."""
        clusters = len({self.opened.cluster_of[key] for key in self.own})
        counts = (
            f"{len(self.own)} of the release's {len(self.types)} types, "
            f"of {clusters} clusters of cues"
        )
        if self.measured:
            return (
                f"{counts}: those with a gap of at least {LEAST_GAP} on this model "
                "before any training"
            )
        return (
            f"{counts}: those that were found on this model, by its name and version "
            "or its weights' fingerprint"
        )

    @property
    def absent(self) -> list[str]:
        """The control groups that the release has nothing for."""
        return [group for group in self.study.control_groups if group not in self.results.groups]

    @property
    def too_many(self) -> list[int]:
        """Numbers of types that were asked for and that some seed does not have."""
        done = {run.limit for run in self.results.runs}
        return [count for count in self.study.types if count and count not in done]

    def rows(self) -> list[dict[str, Any]]:
        """A flat row for each condition: figure before, after and its interval."""
        return [
            {
                "condition": row.condition,
                "control group": row.is_control_group,
                **{
                    f"{name}, {when}": _cell(spreads.get(name))
                    for name in FIGURES
                    for when, spreads in (("before", row.before), ("after", row.after))
                },
            }
            for row in self.results.table.values()
        ]


def _cell(spread: Spread | None) -> str:
    if spread is None:
        return ""
    ends = "" if spread.low is None else f" ({spread.low:.2f} to {spread.high:.2f})"
    return f"{spread.value:.2f}{ends}"


def cost(report: Report) -> dict[str, Any]:
    """Returns a study's cost: trainings, their minutes and images, and the device."""
    trainings = report.results.trainings
    return {
        "trainings": len(trainings),
        "evaluations": len(report.results.runs),
        "training_minutes": round(sum(training.seconds for training in trainings) / 60, 1),
        "evaluation_minutes": round(
            sum(run.evaluation_seconds for run in report.results.runs) / 60, 1
        ),
        "seconds_each": round(sum(training.seconds for training in trainings) / len(trainings), 1),
        "images": sum(training.images for training in trainings),
        "images_each": trainings[0].images,
        "device": trainings[0].device,
        "workers": report.study.workers,
    }
