"""Collects what the report shows and renders it as one HTML file that loads nothing else.

    write(workspace, recipe, "report.html", score=score, release="1.0.0")

All texts are escaped, and the page's content security policy forbids loading anything.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from statistics import fmean
from typing import Any

import jinja2

from .. import budget, costs
from ..atomic import write_text
from ..pages.formats import duration, percent, signed, small
from ..pages.templates import environment
from ..recipe import Recipe, Source
from ..records import CueType, Decision, Evidence, Sample, StageRun
from ..release.type_outcomes import outcomes
from ..release.versions.version import latest
from ..workspace import Workspace
from . import views
from .funnel import funnel

Json = Mapping[str, Any]


def write(
    workspace: Workspace,
    recipe: Recipe,
    path: str | Path,
    *,
    agreement: dict[str, Any] | None = None,
    score: dict[str, Any] | None = None,
    release: str | None = None,
    evidence: Sequence[Evidence] | None = None,
    types: Sequence[CueType] | None = None,
    accuracy: Sequence[Json] = (),
    decided: Sequence[Decision] | None = None,
) -> Path:
    """Writes the report of a run, finished or not, and returns its path.

    `agreement` is Krippendorff's alpha by project: {"cue": {"alpha", "low", "high"}, ...}.
    `score` compares what was found with what was planted, where that is known.
    `release` is the version to name, by default the latest.
    `evidence`, `types` and `decided` replace the workspace's tables.
    `accuracy` has a row for each model and benchmark; G-Acc and its like are None without groups.
    """
    weighed = workspace.records(Evidence) if evidence is None else evidence
    version = release or latest(Path(recipe.publish.folder))
    page = render(
        workspace,
        recipe,
        weighed,
        types,
        agreement=agreement,
        score=score,
        release=version,
        accuracy=accuracy,
        decided=decided,
    )
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_text(target, page)
    return target


def render(
    workspace: Workspace,
    recipe: Recipe,
    evidence: Sequence[Evidence],
    types: Sequence[CueType] | None,
    *,
    agreement: Json | None,
    score: Json | None,
    release: str | None,
    accuracy: Sequence[Json],
    decided: Sequence[Decision] | None,
) -> str:
    """Returns the page's HTML."""
    settled = outcomes(workspace, recipe, evidence, types, decided)
    context = views.Context.of(workspace, evidence)
    shown = [
        views.type_view(workspace, outcome, context) for outcome in settled if outcome.published
    ]
    shown.sort(key=lambda view: -view.proof.effect)
    spent = costs.by_stage(workspace.records(StageRun))
    judged = views.agreement(workspace, agreement, decided)
    scored = views.score_view(score)
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            recipe=recipe,
            release=release,
            types=shown,
            overview=views.overview(shown) if shown else None,
            left_out=views.left_out(settled),
            funnel=funnel(workspace, settled, recipe, decided),
            agreement=judged,
            scripted=_scripted(judged, recipe),
            costs=spent,
            total=costs.total(spent),
            spent=budget.spent(workspace),
            accuracy=accuracy,
            grouped=any(row["g_acc"] is not None for row in accuracy),
            benchmarks=" and ".join(
                benchmark.title if isinstance(benchmark, Source) else benchmark.kind
                for benchmark in recipe.benchmarks
            ),
            score=scored,
            samples=len(workspace.keys(Sample)),
            headline=_headline(shown, judged, spent, scored),
        )
    )


@lru_cache
def _environment() -> jinja2.Environment:
    jinja = environment(Path(__file__).parent)
    jinja.filters |= {
        "percent": percent,
        "small": small,
        "signed": signed,
        "duration": duration,
        "interval": views.interval,
        "public": views.shown_name,
    }
    return jinja


def _scripted(judged: list[dict[str, Any]], recipe: Recipe) -> str:
    """Returns whether "all", "some" or "none" of the judgments are scripted.

    Before the first judgment it is what the recipe says.
    """
    judgments = sum(row["judgments"] for row in judged)
    scripted = sum(row["scripted"] for row in judged)
    if not judgments:
        return "all" if recipe.annotate.by == "scripted" else "none"
    return "all" if scripted == judgments else "some" if scripted else "none"


def _headline(
    shown: list[views.TypeView],
    judged: list[dict[str, Any]],
    spent: list[costs.Cost],
    score: Json | None,
) -> list[tuple[str, str, str]]:
    """Returns the figures at the top: value, name and a note."""
    pairs = sum(len(view.outcome.pairs) for view in shown)
    figures = [
        (
            f"{len(shown)}",
            f"shortcut{'s'[: len(shown) != 1]} published",
            f"{pairs:,} counterfactual pairs",
        )
    ]
    if shown:
        low, high = (
            fmean(getattr(view.proof, f"accuracy_{arm}") for view in shown)
            for arm in ("with", "without")
        )
        figures.append(
            (
                signed(high - low),
                "mean effect",
                f"accuracy {percent(high)} without the cue, {percent(low)} with it",
            )
        )
    if score:
        figures += _scored(score)
    figures += [
        (
            f"{row['alpha']['alpha']:.2f}",
            f"Krippendorff's alpha, {row['project']} judgments",
            _alpha_interval(row["alpha"]),
        )
        for row in judged
        if row["alpha"].get("alpha") is not None
    ][: 1 if score else 2]
    if spent:
        whole = costs.total(spent)
        figures.append(
            (
                duration(whole.seconds, short=True),
                "of stage time",
                f"{whole.model_calls:,} model calls",
            )
        )
    return figures


def _scored(score: Json) -> list[tuple[str, str, str]]:
    summary = score["summary"]
    false, control = summary["false_discoveries"], summary["control_accepted"]
    return [
        (
            percent(summary["recall"]),
            "recall",
            f"{summary['found']} of {summary['relied_on']} shortcuts relied on",
        ),
        (
            f"{false}",
            f"false discover{'y' if false == 1 else 'ies'}",
            f"{control} accepted on the control model",
        ),
    ]


def _alpha_interval(alpha: Json) -> str:
    if alpha.get("low") is None or alpha.get("high") is None:
        return "1 is full agreement"
    return f"95 % interval {alpha['low']:.2f} to {alpha['high']:.2f}"
