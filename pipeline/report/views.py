"""What the report's template shows: published types, types left out, agreement and score.

    views = [type_view(workspace, outcome, context) for outcome in settled if outcome.published]

The views only name, count and draw; they decide nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from markupsafe import Markup

from ..agreement import latest, without_catch_trials
from ..decisions import counted
from ..pages.formats import signed
from ..pages.images import data_uri
from ..pages.plots import Line, Point, Share, dumbbells, scatter, wilson
from ..records import CatchTrial, Decision, Evidence, Exclusion, Judgment, Response, Sample
from ..release.rows.record_rows import public_name
from ..release.type_outcomes import TYPE_STAGES, CheckedPair, Outcome, best_decisions
from ..workspace import Workspace

Right = dict[tuple[str, str], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Shot:
    """An image of a pair, and how many of the models' answers to it were right."""

    uri: str
    right: int
    asked: int
    prompt: str


@dataclass(frozen=True, slots=True)
class TypeView:
    """A published type."""

    outcome: Outcome
    proof: Evidence
    selection: Evidence
    anchor: str
    source: str
    #: Arm -> an image for each pair; None for a pair without a placebo.
    arms: dict[str, list[Shot | None]]
    plot: Markup

    @property
    def id(self) -> str:
        """The type's anchor on the page."""
        return f"type-{self.outcome.type.key}"


@dataclass(frozen=True, slots=True)
class Context:
    """Records that all views read, loaded once."""

    right: Right
    evidence: dict[str, list[Evidence]]
    samples: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, workspace: Workspace, evidence: Sequence[Evidence]) -> "Context":
        """Loads answers, each model's own evidence and the samples' names.

        Of two rows of evidence the row on more pairs counts.
        """
        alone = {
            (row.type, row.models): row
            for row in sorted(evidence, key=lambda row: (row.models, row.pairs, row.key))
            if row.role == "release" and not row.pooled
        }
        by_type: dict[str, list[Evidence]] = defaultdict(list)
        for (kind, _), row in alone.items():
            by_type[kind].append(row)
        models = {row.type: set(row.models) for row in evidence if row.pooled}
        names = workspace.read(Sample, ["benchmark", "split", "question_id"])
        return cls(
            _right(workspace, models), by_type, {row["key"]: row for row in names.to_pylist()}
        )


def _right(workspace: Workspace, models: Mapping[str, set[str]]) -> Right:
    """Returns (pair, arm) -> (right answers, all answers) of the models that have the shortcut."""
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in workspace.read(Response, ["pair", "arm", "type", "model", "correct"]).to_pylist():
        if row["model"] in models.get(row["type"], ()):
            count = counts[row["pair"], row["arm"]]
            count[0] += row["correct"]
            count[1] += 1
    return {key: (right, asked) for key, (right, asked) in counts.items()}


def type_view(workspace: Workspace, outcome: Outcome, context: Context) -> TypeView:
    """Returns a published type with its images and its plot."""
    _, selection, proof = outcome.proof
    sample = context.samples.get(outcome.type.anchor)
    arms = {
        arm: [_shot(workspace, checked, arm, context.right) for checked in outcome.pairs]
        for arm in ("with", "without", "placebo")
    }
    return TypeView(
        outcome=outcome,
        proof=proof,
        selection=selection,
        anchor=data_uri(workspace.image_bytes(outcome.type.image)),
        source=" / ".join(filter(None, map(sample.get, ("benchmark", "split", "question_id"))))
        if sample
        else "",
        arms={arm: shots for arm, shots in arms.items() if any(shots)},
        plot=_models_plot(outcome, context.evidence[outcome.type.key]),
    )


def _shot(workspace: Workspace, checked: CheckedPair, arm: str, right: Right) -> Shot | None:
    digest = getattr(checked.pair, f"image_{arm}")
    if digest is None:
        return None
    good, asked = right.get((checked.pair.key, arm), (0, 0))
    return Shot(
        data_uri(workspace.image_bytes(digest)),
        good,
        asked,
        getattr(checked.pair, f"prompt_{arm}") or "",
    )


def interval(evidence: Evidence) -> str:
    """Returns an effect with its interval."""
    return f"{signed(evidence.effect)} [{signed(evidence.low)}, {signed(evidence.high)}]"


def _line(evidence: Evidence, label: str, detail: str = "", link: str = "") -> Line:
    placebo = (
        None
        if evidence.placebo_effect is None
        else evidence.accuracy_without - evidence.placebo_effect
    )
    with_, without = (
        wilson(share, evidence.pairs)
        for share in (evidence.accuracy_with, evidence.accuracy_without)
    )
    return Line(label, with_, without, placebo, detail, interval(evidence), link)


def _models_plot(outcome: Outcome, alone: Sequence[Evidence]) -> Markup:
    """Draws a type's pooled line, then a line for each model, including models only compared."""
    _, _, proof = outcome.proof
    misled = proof.models
    lines = [_line(proof, "pooled" if len(misled) > 1 else shown_name(misled[0]))]
    for evidence in alone:
        name = evidence.models[0]
        if name not in misled or len(misled) > 1:
            label = shown_name(name) + ("" if name in misled else ", also asked")
            lines.append(_line(evidence, label))
    return dumbbells(lines, width=760, label_width=190, effect_width=160, step=26)


def overview(views: Sequence[TypeView]) -> Markup:
    """Draws all published types on one axis."""
    return dumbbells(
        [
            _line(
                view.proof,
                f"{view.outcome.cue} → {view.outcome.type.linked}",
                _models(view.proof.models),
                view.id,
            )
            for view in views
        ]
    )


def _models(names: Sequence[str]) -> str:
    return ", ".join(shown_name(name) for name in names)


def shown_name(name: str) -> str:
    """Returns a model's name without folder and revision; the release has it in full."""
    return public_name(name).partition("@")[0]


def left_out(settled: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Returns the types that were not published, those that passed most stages first."""
    return [
        {
            "cue": outcome.cue,
            "linked": outcome.type.linked,
            "question": outcome.type.question,
            "models": _models(outcome.type.models),
            "stage": outcome.stage,
            "reason": outcome.reason,
            "effect": interval(outcome.selection) if outcome.selection else "",
            "q": outcome.selection.q if outcome.selection else None,
        }
        for outcome in sorted(settled, key=lambda outcome: -TYPE_STAGES.index(outcome.stage))
        if not outcome.published
    ]


def agreement(
    workspace: Workspace,
    alphas: Mapping[str, Mapping[str, Any]] | None,
    decisions: Iterable[Decision] | None = None,
) -> list[dict[str, Any]]:
    """Returns a row for each of the projects cue and pair: judgments, agreement and verdicts.

    Catch trials and excluded annotators do not count.
    """
    counting = counted(workspace.records(Judgment), workspace.records(Exclusion))
    judged = latest(without_catch_trials(counting, workspace.records(CatchTrial)))
    decided = list(
        best_decisions(workspace.records(Decision) if decisions is None else decisions).values()
    )
    rows = []
    for project in ("cue", "pair"):
        judgments = [judgment for judgment in judged if judgment.project == project]
        if not judgments:
            continue
        decisions_of = [decision for decision in decided if decision.project == project]
        shared = [decision for decision in decisions_of if decision.votes > 1]
        rows.append(
            {
                "project": project,
                "subjects": len({judgment.subject for judgment in judgments}),
                "judgments": len(judgments),
                "annotators": len({judgment.annotator for judgment in judgments}),
                "skipped": sum(judgment.skipped for judgment in judgments),
                "scripted": sum(judgment.scripted for judgment in judgments),
                "unanimous": fmean(decision.agreement == 1 for decision in shared)
                if shared
                else None,
                "adjudicated": sum(decision.adjudicated for decision in decisions_of),
                "verdicts": Counter(
                    (judgment.verdict or "none").replace("_", " ")
                    for judgment in judgments
                    if not judgment.skipped
                ).most_common(),
                "alpha": dict((alphas or {}).get(project) or {}),
            }
        )
    return rows


def score_view(score: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Adds a scatter plot to the score, and the distance of published gaps to true gaps."""
    if score is None:
        return None
    accepted = [row for row in score.get("accepted", []) if row.get("published_gap") is not None]
    points = [
        Point(
            f"{row['cue']} → {row['linked']} ({row['model']})",
            _gap(row, "true"),
            _gap(row, "published"),
            bool(row["real"]),
        )
        for row in accepted
    ]
    bias = fmean(point.published.value - point.true.value for point in points) if points else None
    covered = sum(
        point.published.low <= point.true.value <= point.published.high for point in points
    )
    plot = scatter(points, score["min_effect"]) if points else None
    return {**score, "plot": plot, "bias": bias, "covered": covered, "measured": len(points)}


def _gap(row: Mapping[str, Any], which: str) -> Share:
    value = row[f"{which}_gap"]
    low, high = row.get(f"{which}_low"), row.get(f"{which}_high")
    return Share(value, value if low is None else low, value if high is None else high)
