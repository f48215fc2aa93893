"""The funnel: how many of what each stage was given, let through and left out, and for which
reasons.

    for group in funnel(workspace, outcomes(workspace, recipe), recipe):
        print(group.unit, [(step.name, step.count, step.left_out) for step in group.steps])

A type's way is that of `pipeline.release.type_outcomes`: report and release cannot disagree.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow.compute as pc

from ..recipe import Recipe
from ..records import (
    Candidate,
    Decision,
    Failure,
    GateResult,
    Pair,
    PersistentError,
    Prediction,
    Rejection,
    Sample,
)
from ..release.type_outcomes import TYPE_STAGES, Outcome, best_decisions
from ..workspace import Workspace

Reasons = tuple[tuple[str, int], ...]

#: What a type has behind it once it is past a stage.
_PAST = {
    "annotate": "judged spurious",
    "generate": "pairs made",
    "gate": "pairs kept by the gate",
    "verify": "effect proven on selection pairs",
    "check": "release pairs checked",
    "publish": "published",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One stage: how many are left after it, and why the others are not."""

    name: str
    count: int
    left_out: Reasons = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Steps that count the same thing."""

    unit: str
    steps: tuple[Step, ...]

    def share(self, step: Step) -> float:
        """A step's count as a share of the group's first, for a bar."""
        return step.count / self.steps[0].count if self.steps[0].count else 0.0


def counted(reasons: Iterable[str]) -> Reasons:
    """Reasons with their counts, most frequent first; reasons that differ only in figures are one."""
    return tuple(
        sorted(Counter(map(without_figures, reasons)).items(), key=lambda pair: (-pair[1], pair[0]))
    )


def without_figures(reason: str) -> str:
    """A reason without its numbers: "not significant: q = 0.3" and "not significant: q = 0.2" are
    the same reason.
    """
    reason = re.sub(r"(?:: | \()[^:()]*\d[^()]*\)?$", "", reason)
    return re.sub(r"(?<![\w-])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w-])", "…", reason)


def funnel(
    workspace: Workspace,
    settled: Sequence[Outcome],
    recipe: Recipe,
    decided: Sequence[Decision] | None = None,
) -> list[Group]:
    """The groups of steps from samples to published types, and the pairs beside them."""
    return [
        _questions(workspace, recipe),
        _answers(workspace),
        _cues(workspace),
        _types(settled),
        _pairs(workspace, settled, workspace.records(Decision) if decided is None else decided),
    ]


def _questions(workspace: Workspace, recipe: Recipe) -> Group:
    samples = len(workspace.keys(Sample))
    asked = workspace.read(Prediction, ["sample"]).column("sample").unique()
    missed = workspace.read(PersistentError, ["sample"]).column("sample").unique()
    models = len(recipe.mined)
    return Group(
        "questions",
        (
            Step("samples", samples, counted(_rejected(workspace))),
            Step("asked", len(asked), _only(("not asked yet", samples - len(asked)))),
            Step(
                "with a persistent error",
                len(missed),
                _only(("answered right, or not wrong steadily", len(asked) - len(missed))),
                f"of at least one of {models} model{'s'[: models != 1]}",
            ),
        ),
    )


def _answers(workspace: Workspace) -> Group:
    """Every answer given, then the errors (question and model)."""
    table = workspace.read(Prediction, ["outcome", "blind", "model", "sample"])
    seeing = table.filter(pc.invert(table.column("blind")))
    outcomes = Counter(seeing.column("outcome").to_pylist())
    errors = (
        workspace.read(PersistentError, ["language_prior"]).column("language_prior").to_pylist()
    )
    asked = seeing.group_by(["model", "sample"]).aggregate([]).num_rows
    return Group(
        "questions by models",
        (
            Step(
                "asked",
                asked,
                (),
                f"{seeing.num_rows:,} answers, each with the options in one rotation",
            ),
            Step(
                "persistent errors",
                len(errors),
                _only(
                    ("right, or not wrong steadily", asked - len(errors)),
                    ("answers unparsed", outcomes["unparsed"]),
                    ("calls failed", _failed(workspace)),
                ),
                f"{sum(errors):,} of them made blind too: a language prior" if any(errors) else "",
            ),
        ),
    )


def _rejected(workspace: Workspace) -> list[str]:
    """The reasons of the rows that are no samples, those that were mended since left out."""
    samples = workspace.keys(Sample)
    rows = workspace.read(Rejection, ["sample", "reason"]).to_pylist()
    return [str(row["reason"]) for row in rows if row["sample"] not in samples]


def _failed(workspace: Workspace) -> int:
    """Calls about a sample that failed for good and gave no answer since."""
    failures = workspace.read(Failure, ["stage", "subject"]).to_pylist()
    asked = {one["subject"] for one in failures if one["stage"] == "mine"}
    return len(asked - workspace.keys(Prediction))


def _cues(workspace: Workspace) -> Group:
    rows = workspace.read(Candidate, ["kept", "reason"]).to_pylist()
    rejected = counted(row["reason"] for row in rows if not row["kept"])
    return Group(
        "cues by models",
        (
            Step("tested by the screener", len(rows)),
            Step("candidates", sum(row["kept"] for row in rows), rejected),
        ),
    )


def _types(settled: Sequence[Outcome]) -> Group:
    steps = [Step("types: equal candidates merged", len(settled))]
    for number, stage in enumerate(TYPE_STAGES[:-1], start=1):
        left = sum(TYPE_STAGES.index(one.stage) >= number for one in settled)
        steps.append(
            Step(_PAST[stage], left, counted(one.reason for one in settled if one.stage == stage))
        )
    steps.append(Step(_PAST["publish"], sum(one.published for one in settled)))
    return Group("types", tuple(steps))


def _pairs(workspace: Workspace, settled: Sequence[Outcome], decided: Iterable[Decision]) -> Group:
    """All pairs made, those of rejected types included, where the recipe asks for them."""
    made = workspace.read(Pair, ["role"]).to_pylist()
    roles = {row["key"]: row["role"] for row in made if row["role"] != "preview"}
    gate = {
        row["pair"]: row
        for row in workspace.read(GateResult, ["pair", "kept", "reason"]).to_pylist()
    }
    kept = {key for key, row in gate.items() if row["kept"]}
    best = best_decisions(decided)
    decisions = [one for (project, _), one in best.items() if project == "pair"]
    accepted = [one for one in decisions if one.accepted]
    refused = counted(one.verdict.replace("_", " ") for one in decisions if not one.accepted)
    release = sum(role == "release" for role in roles.values())
    rejected = counted(row["reason"] for row in gate.values() if not row["kept"])
    return Group(
        "pairs",
        (
            Step(
                "pairs made",
                len(roles),
                (),
                f"{len(roles) - release:,} for selection, {release:,} for release",
            ),
            Step(
                "kept by the gate",
                len(kept),
                rejected + _only(("not gated yet", len(roles) - len(gate))),
            ),
            Step(
                "accepted by annotators",
                len(accepted),
                refused,
                f"{len(decisions):,} release pairs were checked",
            ),
            Step("published", sum(len(one.pairs) for one in settled)),
        ),
    )


def _only(*reasons: tuple[str, int]) -> Reasons:
    """The reasons that happened."""
    return tuple((reason, count) for reason, count in reasons if count > 0)
