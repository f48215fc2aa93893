"""What each stage yields, measured so far or assumed: the figures that a plan rests on.

    figures = yields(workspace, recipe.plan)
    figures["gate_yield"].value, figures["gate_yield"].origin        # .62, "measured on 480 pairs"

A stage that has run on too few cases keeps its assumption.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .recipe import Assumptions
from .records import (
    Candidate,
    Decision,
    Evidence,
    GateResult,
    PersistentError,
    Prediction,
    StageRun,
    Verdict,
)
from .workspace import Workspace

#: With fewer cases the assumption stays.
ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Yield:
    """A figure of a plan, and where it comes from."""

    value: float
    origin: str


def yields(workspace: Workspace, assumed: Assumptions) -> dict[str, Yield]:
    """Returns every figure that a plan needs, by the name of its assumption."""
    given = assumed.model_dump(exclude={"questions"})
    figures = {name: Yield(float(value), "assumed") for name, value in given.items()}
    measured = _measured(workspace)
    return figures | {name: figure for name, figure in measured.items() if figure is not None}


def _measured(workspace: Workspace) -> dict[str, Yield | None]:
    seen = workspace.read(Prediction, ["sample", "model", "blind", "tokens_in", "tokens_out"])
    asked = len({(row["sample"], row["model"]) for row in seen.to_pylist() if not row["blind"]})
    errors = len(workspace.keys(PersistentError))
    judged = workspace.read(Verdict, ["spurious"]).column("spurious").drop_null().to_pylist()
    decisions = workspace.read(Decision, ["project", "accepted"]).to_pylist()
    decided = {
        name: [row["accepted"] for row in decisions if row["project"] == name]
        for name in ("cue", "pair")
    }
    gated = workspace.read(GateResult, ["kept"]).column("kept").to_pylist()
    weighed = workspace.read(Evidence, ["pooled", "role", "accepted"]).to_pylist()
    tested = [row["accepted"] for row in weighed if row["pooled"] and row["role"] == "selection"]
    return {
        "error_rate": _share(errors, asked, "answers"),
        "spurious_rate": _share(sum(judged), len(judged), "verdicts"),
        "types": _types(workspace),
        "cue_acceptance": _share(sum(decided["cue"]), len(decided["cue"]), "cues"),
        "pair_acceptance": _share(sum(decided["pair"]), len(decided["pair"]), "pairs"),
        "gate_yield": _share(sum(gated), len(gated), "pairs"),
        "accepted_rate": _share(sum(tested), len(tested), "types"),
        "answer_tokens": _mean(seen.column("tokens_out").drop_null().to_pylist(), "answers"),
        **_seconds(workspace),
    }


def _share(part: int, whole: int, what: str) -> Yield | None:
    return Yield(part / whole, f"measured on {whole} {what}") if whole >= ENOUGH else None


def _mean(values: list[int], what: str) -> Yield | None:
    return (
        Yield(sum(values) / len(values), f"measured on {len(values)} {what}")
        if len(values) >= ENOUGH
        else None
    )


def _types(workspace: Workspace) -> Yield | None:
    """Returns the cues that association proposed per model."""
    rows = workspace.read(Candidate, ["screener", "model", "kept"]).to_pylist()
    kept = [row["model"] for row in rows if row["kept"] and row["screener"] == "association"]
    models = len(set(kept))
    return Yield(len(kept) / models, f"measured on {models} models") if models else None


def _seconds(workspace: Workspace) -> dict[str, Yield | None]:
    """Returns seconds of the machine per image and per answer, from the ledger."""
    ledger = workspace.records(StageRun)

    def rate(stages: Iterable[StageRun], what: str) -> Yield | None:
        runs = list(stages)
        count = sum(run.images if what == "images" else run.model_calls for run in runs)
        seconds = sum(run.seconds for run in runs)
        return Yield(seconds / count, f"measured on {count} {what}") if count >= ENOUGH else None

    return {
        "seconds_per_image": rate((run for run in ledger if run.stage == "generate"), "images"),
        "seconds_per_answer": rate(
            (run for run in ledger if run.stage.startswith(("mine", "verify"))), "answers"
        ),
    }
