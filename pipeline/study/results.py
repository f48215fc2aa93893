"""The results of a study: figures over seeds, computed from its runs.

    found = Results(runs, conditions=("pairs",), control_groups=("non-spurious", "without"))
    results.table["pairs"].after["with_cue"]  # Spread(value=0.79, low=0.7, high=0.88, seeds=5)
    results.gains                             # each condition beyond each control group, by seed

A seed's figure is a mean over types of means over their pairs. All intervals are Student's t over
seeds: they cover the split and the training's randomness, not the model that all trainings share.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from statistics import fmean, stdev

from scipy import stats

from ..statistics import sign_flip_p
from .runs import DIFFERENCES, FIGURES, StudyRun


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean over seeds with its 95 % t-interval; none where there are fewer than two seeds, or all
    gave the same.
    """

    value: float
    low: float | None
    high: float | None
    seeds: int

    @classmethod
    def of(cls, values: Sequence[float], bounds: tuple[float, float] = (-1.0, 1.0)) -> "Spread":
        """The mean of values that lie within bounds."""
        count, value = len(values), fmean(values)
        if count < 2 or max(values) - min(values) < 1e-9:
            return cls(value, None, None, count)
        half = float(stats.t.ppf(0.975, count - 1)) * stdev(values) / sqrt(count)
        return cls(value, max(bounds[0], value - half), min(bounds[1], value + half), count)

    @property
    def above_zero(self) -> bool:
        """Does the interval leave out zero, on the upper side?"""
        return self.low is not None and self.low > 0

    @property
    def below_zero(self) -> bool:
        """Does it leave out zero, on the lower side?"""
        return self.high is not None and self.high < 0


@dataclass(frozen=True, slots=True)
class Row:
    """A condition before and after its trainings, means over seeds."""

    condition: str
    is_control_group: bool
    before: Mapping[str, Spread]
    after: Mapping[str, Spread]
    #: After less before, paired by seed.
    change: Mapping[str, Spread]


@dataclass(frozen=True, slots=True)
class Gain:
    """Held-out accuracy with the cue: a condition's less a control group's after the same seed's
    training.
    """

    condition: str
    control_group: str
    beyond: Spread
    #: One-sided, by exact sign flips over seeds: no smaller than 1 / 2 ** seeds.
    p: float


@dataclass(frozen=True, slots=True)
class Point:
    """One number of training types."""

    label: str
    #: Types trained on, a mean over seeds; 0 for the matched baseline, which has clean questions
    #: alone.
    types: float
    after: Mapping[str, Spread]


@dataclass(frozen=True, slots=True)
class TypeResult:
    """A type in the seeds that held it out: accuracy with the cue before and after, and without it
    after.
    """

    key: str
    before: float
    after: float
    without: float
    seeds: int


@dataclass(frozen=True)
class Results:
    """All runs of a study, and what they say together."""

    runs: Sequence[StudyRun]
    conditions: Sequence[str]
    control_groups: Sequence[str]

    @cached_property
    def _of(self) -> dict[tuple[str, int | None], dict[int, StudyRun]]:
        """(condition, limit) -> seed -> its run."""
        by_condition: dict[tuple[str, int | None], dict[int, StudyRun]] = {}
        for run in self.runs:
            by_condition.setdefault((run.condition, run.limit), {})[run.seed] = run
        return by_condition

    def of(self, condition: str, limit: int | None = None) -> dict[int, StudyRun]:
        """Seed -> the run of a condition."""
        return self._of.get((condition, limit), {})

    @cached_property
    def groups(self) -> list[str]:
        """The control groups that were trained."""
        return [group for group in self.control_groups if self.of(group)]

    @cached_property
    def table(self) -> dict[str, Row]:
        """A row for each condition, the best first, then for each control group."""
        conditions = [
            condition
            for condition in self.conditions
            if condition not in self.control_groups and self.of(condition)
        ]
        rows = {condition: self._row(condition, False) for condition in conditions}
        ordered = sorted(
            rows.values(), key=lambda row: (-row.after["with_cue"].value, row.condition)
        )
        return {
            row.condition: row
            for row in [*ordered, *(self._row(group, True) for group in self.groups)]
        }

    def _row(self, condition: str, is_control_group: bool) -> Row:
        before, after = self.of("before"), self.of(condition)
        seeds = sorted(before.keys() & after.keys())
        first = {seed: {**before[seed].figures} for seed in seeds}
        last = {seed: after[seed].figures for seed in seeds}
        for seed in seeds:
            first[seed].pop("trained", None)
            if after[seed].trained:
                first[seed]["trained"] = before[seed].trained_mean(after[seed].trained)
        change = {
            seed: {
                name: last[seed][name] - first[seed][name]
                for name in last[seed].keys() & first[seed].keys()
            }
            for seed in seeds
        }
        return Row(
            condition,
            is_control_group,
            _spreads(first.values()),
            _spreads(last.values()),
            _spreads(change.values(), differences=True),
        )

    @property
    def best(self) -> Row:
        """The condition with the highest held-out accuracy with the cue after training."""
        return next(iter(self.table.values()))

    @cached_property
    def gains(self) -> list[Gain]:
        """Each condition beyond each control group."""
        pairs = [
            (row.condition, group)
            for row in self.table.values()
            if not row.is_control_group
            for group in self.groups
        ]
        return [self._gain(*pair) for pair in pairs]

    def _gain(self, condition: str, control_group: str) -> Gain:
        first, second = self.of(condition), self.of(control_group)
        differences = [
            first[seed].figures["with_cue"] - second[seed].figures["with_cue"]
            for seed in sorted(first.keys() & second.keys())
        ]
        return Gain(condition, control_group, Spread.of(differences), sign_flip_p(differences))

    @cached_property
    def ablation(self) -> list[Point]:
        """The first condition over the number of training types; empty where it was trained on one
        number alone.
        """
        first = self.conditions[0]
        limits = sorted(
            limit for condition, limit in self._of if condition == first and limit is not None
        )
        if not limits:
            return []
        matched = self.of("non-spurious")
        points = [_point("none", dict.fromkeys(matched, 0.0), matched)] if matched else []
        runs = [(str(limit), self.of(first, limit)) for limit in limits] + [("all", self.of(first))]
        return points + [
            _point(label, {seed: float(run.trained_on) for seed, run in by_seed.items()}, by_seed)
            for label, by_seed in runs
        ]

    @cached_property
    def types(self) -> list[TypeResult]:
        """Under the best condition, the types that were held out in some seed, the worst first."""
        before, after = self.of("before"), self.of(self.best.condition)
        by_type: dict[str, list[tuple[float, float, float]]] = {}
        for seed in sorted(before.keys() & after.keys()):
            first = dict(zip(before[seed].types, before[seed].with_cue, strict=True))
            run = after[seed]
            for key, held, with_cue, without in zip(
                run.types, run.held_out, run.with_cue, run.without_cue, strict=True
            ):
                if held:
                    by_type.setdefault(key, []).append((first[key], with_cue, without))
        type_results = [
            TypeResult(key, fmean(before), fmean(after), fmean(without), len(before))
            for key, (before, after, without) in (
                (key, tuple(zip(*of, strict=True))) for key, of in by_type.items()
            )
        ]
        return sorted(type_results, key=lambda result: (result.after, result.key))

    @property
    def trainings(self) -> list[StudyRun]:
        """The runs that trained."""
        return [run for run in self.runs if run.settings]

    @property
    def settings(self) -> dict[str, object]:
        """What all trainings share, but for condition, seed and number of types."""
        settings = json.loads(self.trainings[0].settings)
        return {
            name: value
            for name, value in settings.items()
            if name not in ("condition", "seed", "types")
        }


def _point(label: str, types: Mapping[int, float], runs: Mapping[int, StudyRun]) -> Point:
    return Point(label, fmean(types.values()), _spreads(run.figures for run in runs.values()))


def _spreads(
    figures: Iterable[Mapping[str, float]], *, differences: bool = False
) -> dict[str, Spread]:
    """Figure -> mean over seeds, where every seed has it."""
    rows = list(figures)
    shared = [name for name in FIGURES if rows and all(name in row for row in rows)]
    return {
        name: Spread.of([row[name] for row in rows], _bounds(name, differences)) for name in shared
    }


def _bounds(name: str, difference: bool) -> tuple[float, float]:
    """What a figure lies between; a change of it, where it is a difference."""
    low, high = (-1.0, 1.0) if name in DIFFERENCES else (0.0, 1.0)
    return (low - high, high - low) if difference else (low, high)
