"""Publication: weighs the checked release pairs, writes release and report, and scores the run.

A release goes to its folder first, and from there to every other place that the recipe names. Only
a proving ground has a score.
"""

import json
from pathlib import Path
from typing import Annotated, Any

from prefect import flow, get_run_logger

from spuriforge.pipeline import agreement
from spuriforge.pipeline.atomic import write_text
from spuriforge.pipeline.clip import OpenClip
from spuriforge.pipeline.decisions import counted
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import CatchTrial, Evidence, Exclusion, Judgment
from spuriforge.pipeline.release.build import BuiltRelease, build
from spuriforge.pipeline.release.destinations import upload
from spuriforge.pipeline.release.versions.version import Bump, latest
from spuriforge.pipeline.report import write
from spuriforge.pipeline.verify import weigh

from .approval import asking
from .naming import ParameterDescription, RecipePath, run_name
from .stage import record_stage
from .state.acceptance import accepted_types, checked_pairs
from .state.accuracy import accuracies
from .state.completion import report_folder
from .state.score import score_run
from .state.snapshot import Snapshot

BumpChoice = Annotated[
    Bump | None,
    ParameterDescription("Make the next version larger than what changed asks for; never smaller."),
]


@flow(name="publish", flow_run_name=run_name)
def publish(recipe_path: RecipePath, bump: BumpChoice = None) -> str | None:
    """Returns the release's folder, or None where no type is ready.

    Where nothing changed, that is the last release's folder.
    """
    snapshot = Snapshot.take(recipe_path)
    recipe, workspace = snapshot.recipe, snapshot.workspace
    evidence = release_evidence(snapshot)
    known = workspace.keys(Evidence)
    new = [result for result in evidence if result.key not in known]
    workspace.append(new)
    release: BuiltRelease | None = None
    with record_stage("publish", workspace, inputs=len(evidence), pending=len(new)) as tally:
        if evidence:
            release = _build(snapshot, recipe_path, bump)
            tally.outputs = release.pairs
            for place in recipe.publish.to:
                address = upload(release.folder, place, get_run_logger().info)
                get_run_logger().info("%s is at %s", release.version, address)
    score = score_run(snapshot, evidence)
    if score is not None:
        write_text(report_folder(recipe) / "score.json", json.dumps(score, indent=1))
    write_report(snapshot, release.version if release else None)
    return str(release.folder) if release else None


def _build(snapshot: Snapshot, recipe_path: str, bump: Bump | None) -> BuiltRelease:
    recipe = snapshot.recipe
    return build(
        snapshot.workspace,
        recipe,
        agreement=agreements(snapshot),
        evidence=all_evidence(snapshot),
        types=list(snapshot.types.values()),
        decided=snapshot.decided(),
        embed=lambda texts: OpenClip.load(recipe.gate.clip).encode_texts(texts),
        approve=asking(recipe_path, recipe),
        bump=bump,
    )


def release_evidence(snapshot: Snapshot) -> list[Evidence]:
    """The evidence that is published: on the release pairs alone, which decided nothing."""
    pairs = snapshot.complete(checked_pairs(snapshot)) or []
    published = {pair.type for pair in pairs}
    types = [cue_type for cue_type in accepted_types(snapshot) if cue_type.key in published]
    settings, responses = snapshot.recipe.verify, snapshot.responses
    return weigh(types, pairs, responses, settings, "release", snapshot.pools)


def all_evidence(snapshot: Snapshot) -> list[Evidence]:
    """What the selection pairs decide, and what the release pairs publish."""
    return [*snapshot.selection_evidence, *release_evidence(snapshot)]


def read_score(recipe: Recipe) -> dict[str, Any] | None:
    """The score of the last publication, or None where there is none."""
    path = report_folder(recipe) / "score.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def write_report(snapshot: Snapshot, version: str | None = None) -> Path:
    """Writes report.html, returns its path; `version` is the release's, by default the latest."""
    recipe = snapshot.recipe
    return write(
        snapshot.workspace,
        recipe,
        report_folder(recipe) / "report.html",
        agreement=agreements(snapshot),
        score=read_score(recipe),
        release=version or latest(Path(recipe.publish.folder)),
        evidence=all_evidence(snapshot),
        types=list(snapshot.types.values()),
        accuracy=accuracies(snapshot),
        decided=snapshot.decided(),
    )


def agreements(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    """Krippendorff's alpha with its interval for cues and pairs that two people judged."""
    tables = snapshot.tables
    judgments = counted(tables.records(Judgment), tables.records(Exclusion))
    trials = tables.records(CatchTrial)
    alphas = {
        project: agreement.agreement(judgments, project, trials) for project in ("cue", "pair")
    }
    return {
        project: {"alpha": alpha.value, "low": alpha.low, "high": alpha.high}
        for project, alpha in alphas.items()
        if alpha.value is not None
    }
