"""The pipeline's score: what it accepted against what was planted, with interventions as truth.

A planted shortcut counts if the subject relies on it: on scenes rendered with and without the cue,
the model's accuracy drops. An accepted cue is false only if its measured drop is under the minimum
effect, planted or not. The pipeline never sees any of this.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from spuriforge.pipeline.records import CueType, Evidence

from . import shortcut_file
from .benchmark import family_of
from .measure_lvlm import Answerer, Gap, reliance, true_gap
from .scene_texts import QUESTIONS

#: Rendered scenes for each true gap.
SCENES = 120


@dataclass(frozen=True, slots=True)
class AcceptedType:
    """A type that a variant of the pipeline accepted, with each model's published evidence."""

    type: CueType
    published: Mapping[str, Evidence]


@dataclass(frozen=True, slots=True)
class AcceptedOnModel:
    """An accepted type on a model, with its true gap."""

    type: str
    model: str
    question: str
    cue: str
    linked: str
    planted: bool
    true_gap: float
    true_low: float
    true_high: float
    real: bool
    published_gap: float | None
    published_low: float | None
    published_high: float | None


class Truth:
    """Measures true gaps on rendered scenes, and remembers them."""

    def __init__(
        self, folder: Path, models: Mapping[str, Answerer], min_effect: float, scenes: int = SCENES
    ) -> None:
        """`models` maps names to functions that answer batches; `folder` has shortcuts.toml."""
        self.shortcuts = shortcut_file.load(folder / "shortcuts.toml")
        self.models, self.min_effect, self.scenes = models, min_effect, scenes
        self._gaps: dict[tuple[object, ...], Gap] = {}

    def gap(self, model: str, kind: CueType) -> Gap:
        """Returns the model's true gap for a type: its question, gold answer, options and cue."""
        family, gold = family_of(kind.question), kind.choices[kind.answer]
        key = (model, family, gold, kind.choices, kind.cue)
        if key not in self._gaps:
            self._gaps[key] = true_gap(
                self.models[model], family, gold, kind.choices, kind.cue, scenes=self.scenes
            )
        return self._gaps[key]

    def planted_gap(self, model: str, shortcut: shortcut_file.Shortcut) -> Gap:
        """Returns the model's true gap for a planted shortcut, over other gold answers."""
        key = (model, shortcut)
        if key not in self._gaps:
            taken = reliance(self.models[model], shortcut, self.shortcuts, model, self.scenes, 0)
            self._gaps[key] = taken.measured
        return self._gaps[key]

    def measure(self, types: Iterable[CueType], workers: int = 2) -> None:
        """Measures all gaps that a score needs, several at once."""
        jobs: list[Callable[[], Gap]] = [
            partial(self.planted_gap, model, shortcut)
            for model in self.models
            for shortcut in self.planted_in(model)
        ]
        jobs += [partial(self.gap, model, kind) for kind in types for model in _names(kind)]
        with ThreadPoolExecutor(workers) as pool:
            for _ in pool.map(lambda job: job(), jobs):
                pass

    def is_planted(self, model: str, kind: CueType) -> bool:
        """Whether this cue was planted in this model for this answer."""
        return any(_matches(shortcut, kind) for shortcut in self.planted_in(model))

    def planted_in(self, model: str) -> Sequence[shortcut_file.Shortcut]:
        """Returns the shortcuts that were planted in a model."""
        return self.shortcuts.for_subject(model) if model in self.shortcuts.subjects else ()


def _matches(shortcut: shortcut_file.Shortcut, kind: CueType) -> bool:
    return (shortcut.family, shortcut.answer, shortcut.cue) == (
        family_of(kind.question),
        kind.linked,
        kind.cue,
    )


def score(
    truth: Truth,
    variants: Mapping[str, Sequence[AcceptedType]],
    lost_at: Callable[[str, str, str, str], str],
) -> dict[str, Any]:
    """Returns the whole score as JSON-ready values, with the variant "pipeline" as its summary.

    `lost_at(model, question, answer, cue)` says at which stage the pipeline lost a planted
    shortcut.
    """
    all_types = {entry.type.key: entry.type for accepted in variants.values() for entry in accepted}
    truth.measure(all_types.values())
    rows = [
        (model, shortcut, truth.planted_gap(model, shortcut))
        for model in truth.models
        for shortcut in truth.planted_in(model)
    ]
    relied = [(model, shortcut) for model, shortcut, gap in rows if gap.low >= truth.min_effect]
    pipeline = variants["pipeline"]
    planted_rows = [
        {
            "model": model,
            "family": shortcut.family,
            "question": QUESTIONS[shortcut.family],
            "answer": shortcut.answer,
            "cue": shortcut.cue,
            "strength": shortcut.strength,
            "true_gap": gap.gap,
            "low": gap.low,
            "high": gap.high,
            "relied_on": (model, shortcut) in relied,
            "found": (was_accepted := _is_accepted(model, shortcut, pipeline)),
            "lost_at": None
            if was_accepted
            else lost_at(model, QUESTIONS[shortcut.family], shortcut.answer, shortcut.cue),
        }
        for model, shortcut, gap in rows
    ]
    accepted = [asdict(row) for row in _accepted_rows(truth, pipeline)]
    summary = _summary(truth, relied, pipeline)
    return {
        "world": "proving ground",
        "min_effect": truth.min_effect,
        "summary": {
            **summary,
            "planted": len(rows),
            "control_accepted": sum(
                row["model"] not in truth.shortcuts.subjects for row in accepted
            ),
        },
        "planted": planted_rows,
        "accepted": accepted,
        "variants": [
            {"name": name, "accepted": len(types), **_summary(truth, relied, types)}
            for name, types in variants.items()
        ],
    }


def _is_accepted(
    model: str, shortcut: shortcut_file.Shortcut, accepted: Sequence[AcceptedType]
) -> bool:
    return any(model in _names(entry.type) and _matches(shortcut, entry.type) for entry in accepted)


def _names(kind: CueType) -> list[str]:
    """Returns the names of a type's models, without revisions."""
    return [model.partition("@")[0] for model in kind.models]


def _accepted_rows(truth: Truth, accepted: Sequence[AcceptedType]) -> list[AcceptedOnModel]:
    rows = []
    for entry in accepted:
        for model in _names(entry.type):
            gap = truth.gap(model, entry.type)
            published = entry.published.get(model)
            rows.append(
                AcceptedOnModel(
                    type=entry.type.key,
                    model=model,
                    question=entry.type.question,
                    cue=entry.type.cue,
                    linked=entry.type.linked,
                    planted=truth.is_planted(model, entry.type),
                    true_gap=gap.gap,
                    true_low=gap.low,
                    true_high=gap.high,
                    real=gap.gap >= truth.min_effect,
                    published_gap=published.effect if published else None,
                    published_low=published.low if published else None,
                    published_high=published.high if published else None,
                )
            )
    return rows


def _summary(
    truth: Truth,
    relied: Sequence[tuple[str, shortcut_file.Shortcut]],
    accepted: Sequence[AcceptedType],
) -> dict[str, Any]:
    hits = sum(_is_accepted(model, shortcut, accepted) for model, shortcut in relied)
    return {
        "relied_on": len(relied),
        "found": hits,
        "recall": hits / len(relied) if relied else None,
        "false_discoveries": sum(not row.real for row in _accepted_rows(truth, accepted)),
    }
