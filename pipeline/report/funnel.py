"""The funnel: how many records each stage kept and left out, and for which reasons.

    for group in funnel(workspace, outcomes(workspace, recipe), recipe):
        print(group.unit, [(step.name, step.count, step.left_out) for step in group.steps])

Types follow `pipeline.release.type_outcomes`, so report and release cannot disagree.
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

#: Stage -> what a type that is left after it has passed.
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
    """A stage: how many are left after it, and why the others are not."""

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
        """Returns a step's count as a share of the group's first, for a bar."""
        return step.count / self.steps[0].count if self.steps[0].count else 0.0


def counted(reasons: Iterable[str]) -> Reasons:
    """Counts reasons, most frequent first; reasons that differ only in figures count together."""
    return tuple(
        sorted(Counter(map(without_figures, reasons)).items(), key=lambda pair: (-pair[1], pair[0]))
    )


def without_figures(reason: str) -> str:
    """Returns a reason without its figures: "not significant: q = 0.3" is "not significant"."""
    reason = re.sub(r"(?:: | \()[^:()]*\d[^()]*\)?$", "", reason)
    return re.sub(r"(?<![\w-])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w-])", "…", reason)


def funnel(
    workspace: Workspace,
    settled: Sequence[Outcome],
    recipe: Recipe,
    decided: Sequence[Decision] | None = None,
) -> list[Group]:
    """Returns the groups of steps from samples to published types, and for pairs."""
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
                _only(("answered right, or not wrong persistently", len(asked) - len(missed))),
                f"of at least one of {models} model{'s'[: models != 1]}",
            ),
        ),
    )


def _answers(workspace: Workspace) -> Group:
    """Counts answers, and errors of a model on a question."""
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
                f"{seeing.num_rows:,} answers, each to one rotation of the options",
            ),
            Step(
                "persistent errors",
                len(errors),
                _only(
                    ("right, or not wrong persistently", asked - len(errors)),
                    ("answers unparsed", outcomes["unparsed"]),
                    ("calls failed", _failed(workspace)),
                ),
                f"{sum(errors):,} of them also without the image: a language prior"
                if any(errors)
                else "",
            ),
        ),
    )


def _rejected(workspace: Workspace) -> list[str]:
    """Returns the reasons of rows that are still no samples."""
    samples = workspace.keys(Sample)
    rows = workspace.read(Rejection, ["sample", "reason"]).to_pylist()
    return [str(row["reason"]) for row in rows if row["sample"] not in samples]


def _failed(workspace: Workspace) -> int:
    """Counts failed calls about samples that have had no answer since."""
    failures = workspace.read(Failure, ["stage", "subject"]).to_pylist()
    asked = {failure["subject"] for failure in failures if failure["stage"] == "mine"}
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
        left = sum(TYPE_STAGES.index(outcome.stage) >= number for outcome in settled)
        steps.append(
            Step(
                _PAST[stage],
                left,
                counted(outcome.reason for outcome in settled if outcome.stage == stage),
            )
        )
    steps.append(Step(_PAST["publish"], sum(outcome.published for outcome in settled)))
    return Group("types", tuple(steps))


def _pairs(workspace: Workspace, settled: Sequence[Outcome], decided: Iterable[Decision]) -> Group:
    """Counts all pairs, including those of types that were later rejected."""
    pairs = workspace.read(Pair, ["role"]).to_pylist()
    roles = {row["key"]: row["role"] for row in pairs if row["role"] != "preview"}
    gate = {
        row["pair"]: row
        for row in workspace.read(GateResult, ["pair", "kept", "reason"]).to_pylist()
    }
    kept = {key for key, row in gate.items() if row["kept"]}
    best = best_decisions(decided)
    decisions = [decision for (project, _), decision in best.items() if project == "pair"]
    accepted = [decision for decision in decisions if decision.accepted]
    refused = counted(
        decision.verdict.replace("_", " ") for decision in decisions if not decision.accepted
    )
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
            Step("published", sum(len(outcome.pairs) for outcome in settled)),
        ),
    )


def _only(*reasons: tuple[str, int]) -> Reasons:
    """Returns the reasons with a count above zero."""
    return tuple((reason, count) for reason, count in reasons if count > 0)
