"""What the report shows of each thing, ready for the template: published types, those left out,
agreement, score.

    views = [type_view(workspace, outcome, context) for outcome in settled if outcome.published]

Nothing is decided here: the views only name, count and draw.
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
    """One image of a pair, and how many of the models' answers to it were right."""

    uri: str
    right: int
    asked: int
    prompt: str


@dataclass(frozen=True, slots=True)
class TypeView:
    """One published type."""

    outcome: Outcome
    proof: Evidence
    selection: Evidence
    anchor: str
    source: str
    #: Arm -> its image of each pair; None where a pair has no placebo.
    arms: dict[str, list[Shot | None]]
    plot: Markup

    @property
    def id(self) -> str:
        """Where on the page the type is."""
        return f"type-{self.outcome.type.key}"


@dataclass(frozen=True, slots=True)
class Context:
    """What all views read: loaded once."""

    right: Right
    evidence: dict[str, list[Evidence]]
    samples: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, workspace: Workspace, evidence: Sequence[Evidence]) -> "Context":
        """Loads answers, each model's own evidence (of two rows that on more pairs) and the
        samples' names.
        """
        alone = {
            (one.type, one.models): one
            for one in sorted(evidence, key=lambda one: (one.models, one.pairs, one.key))
            if one.role == "release" and not one.pooled
        }
        by_type: dict[str, list[Evidence]] = defaultdict(list)
        for (kind, _), one in alone.items():
            by_type[kind].append(one)
        models = {one.type: set(one.models) for one in evidence if one.pooled}
        names = workspace.read(Sample, ["benchmark", "split", "question_id"])
        return cls(
            _right(workspace, models), by_type, {row["key"]: row for row in names.to_pylist()}
        )


def _right(workspace: Workspace, models: Mapping[str, set[str]]) -> Right:
    """(pair, arm) -> right answers and all answers, over the models that the type was found on."""
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in workspace.read(Response, ["pair", "arm", "type", "model", "correct"]).to_pylist():
        if row["model"] in models.get(row["type"], ()):
            count = counts[row["pair"], row["arm"]]
            count[0] += row["correct"]
            count[1] += 1
    return {key: (right, asked) for key, (right, asked) in counts.items()}


def type_view(workspace: Workspace, outcome: Outcome, context: Context) -> TypeView:
    """A published type with its images and its plot."""
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


def interval(one: Evidence) -> str:
    """An effect and its interval in words."""
    return f"{signed(one.effect)} [{signed(one.low)}, {signed(one.high)}]"


def _line(one: Evidence, label: str, detail: str = "", link: str = "") -> Line:
    placebo = None if one.placebo_effect is None else one.accuracy_without - one.placebo_effect
    with_, without = wilson(one.accuracy_with, one.pairs), wilson(one.accuracy_without, one.pairs)
    return Line(label, with_, without, placebo, detail, interval(one), link)


def _models_plot(outcome: Outcome, alone: Sequence[Evidence]) -> Markup:
    """The pooled line of a type, then each model's own; those it was not found on are asked too, to
    compare.
    """
    _, _, proof = outcome.proof
    found = proof.models
    lines = [_line(proof, "pooled" if len(found) > 1 else shown_name(found[0]))]
    for one in alone:
        name = one.models[0]
        if name not in found or len(found) > 1:
            lines.append(_line(one, shown_name(name) + ("" if name in found else ", also asked")))
    return dumbbells(lines, width=760, label_width=190, effect_width=160, step=26)


def overview(views: Sequence[TypeView]) -> Markup:
    """All published types on one axis."""
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
    """A model's name without its folder and its revision, which the release names in full."""
    return public_name(name).partition("@")[0]


def left_out(settled: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The types that were not published, the furthest first."""
    return [
        {
            "cue": one.cue,
            "linked": one.type.linked,
            "question": one.type.question,
            "models": _models(one.type.models),
            "stage": one.stage,
            "reason": one.reason,
            "effect": interval(one.selection) if one.selection else "",
            "q": one.selection.q if one.selection else None,
        }
        for one in sorted(settled, key=lambda one: -TYPE_STAGES.index(one.stage))
        if not one.published
    ]


def agreement(
    workspace: Workspace,
    alphas: Mapping[str, Mapping[str, Any]] | None,
    decisions: Iterable[Decision] | None = None,
) -> list[dict[str, Any]]:
    """For the cue and the pair project: who judged how much, how far they agreed, and with what
    verdicts.

    Without the catch trials, and without those whom the lead excluded.
    """
    counting = counted(workspace.records(Judgment), workspace.records(Exclusion))
    judged = latest(without_catch_trials(counting, workspace.records(CatchTrial)))
    decided = list(
        best_decisions(workspace.records(Decision) if decisions is None else decisions).values()
    )
    rows = []
    for project in ("cue", "pair"):
        said = [one for one in judged if one.project == project]
        if not said:
            continue
        shared = [one for one in decided if one.project == project and one.votes > 1]
        rows.append(
            {
                "project": project,
                "subjects": len({one.subject for one in said}),
                "judgments": len(said),
                "annotators": len({one.annotator for one in said}),
                "skipped": sum(one.skipped for one in said),
                "scripted": sum(one.scripted for one in said),
                "unanimous": fmean(one.agreement == 1 for one in shared) if shared else None,
                "adjudicated": sum(one.adjudicated for one in decided if one.project == project),
                "verdicts": Counter(
                    (one.verdict or "none").replace("_", " ") for one in said if not one.skipped
                ).most_common(),
                "alpha": dict((alphas or {}).get(project) or {}),
            }
        )
    return rows


def score_view(score: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The score with its scatter plot, and how far the published gaps are from the true ones."""
    if score is None:
        return None
    accepted = [one for one in score.get("accepted", []) if one.get("published_gap") is not None]
    points = [
        Point(
            f"{one['cue']} → {one['linked']} ({one['model']})",
            _gap(one, "true"),
            _gap(one, "published"),
            bool(one["real"]),
        )
        for one in accepted
    ]
    bias = fmean(one.published.value - one.true.value for one in points) if points else None
    covered = sum(one.published.low <= one.true.value <= one.published.high for one in points)
    plot = scatter(points, score["min_effect"]) if points else None
    return {**score, "plot": plot, "bias": bias, "covered": covered, "measured": len(points)}


def _gap(one: Mapping[str, Any], which: str) -> Share:
    value = one[f"{which}_gap"]
    low, high = one.get(f"{which}_low"), one.get(f"{which}_high")
    return Share(value, value if low is None else low, value if high is None else high)
