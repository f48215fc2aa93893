"""Weighs the checked release pairs, writes the release and the report, and, on a proving ground,
the score.

A release goes to its folder first, and from there to every other place that the recipe names.
"""

import json
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger

from spuriforge.pipeline import agreement
from spuriforge.pipeline.decisions import counted
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import Control, Evidence, Exclusion, Judgment
from spuriforge.pipeline.release.build import BuiltRelease, build
from spuriforge.pipeline.release.destinations import upload
from spuriforge.pipeline.release.versions.version import Bump, latest
from spuriforge.pipeline.report import write
from spuriforge.pipeline.verify import weigh
from spuriforge.pipeline.workspace import Workspace

from .accuracy import accuracies
from .approval import asking
from .checking import accepted_types, checked_pairs
from .finished import report_folder
from .opened import Opened
from .stage import record_stage
from .truth import score_run


def release_evidence(opened: Opened) -> list[Evidence]:
    """The evidence that is published: on the release pairs alone, which decided nothing."""
    pairs = opened.complete(checked_pairs(opened)) or []
    chosen = {pair.type for pair in pairs}
    types = [one for one in accepted_types(opened) if one.key in chosen]
    return weigh(types, pairs, opened.responses(), opened.recipe.verify, "release", opened.pools)


@flow(name="publish")
def publish(recipe_path: str, bump: Bump | None = None) -> str | None:
    """Gives the release's folder, a new one or the last where nothing changed; None where no type
    is ready.

    `bump` makes the next version larger than what changed asks for, never smaller.
    """
    opened = Opened(recipe_path)
    workspace = opened.workspace
    evidence = release_evidence(opened)
    known = workspace.keys(Evidence)
    new = [one for one in evidence if one.key not in known]
    workspace.append(new)
    release: BuiltRelease | None = None
    with record_stage("publish", workspace, inputs=len(evidence), pending=len(new)) as tally:
        if evidence:
            types = list(opened.types.values())
            release = build(
                workspace,
                opened.recipe,
                agreement=agreements(workspace),
                evidence=weighed(opened),
                types=types,
                decided=opened.decided(),
                embed=lambda texts: opened.gate_clip().encode_texts(texts),
                approve=asking(recipe_path, opened.recipe),
                bump=bump,
            )
            tally.outputs = release.pairs
            for place in opened.recipe.publish.to:
                get_run_logger().info(
                    "%s is at %s", release.version, upload(release.folder, place, _say)
                )
    score = score_run(opened, evidence)
    if score is not None:
        report_folder(opened.recipe).mkdir(parents=True, exist_ok=True)
        (report_folder(opened.recipe) / "score.json").write_text(
            json.dumps(score, indent=1), encoding="utf-8"
        )
    write_report(opened, release.version if release else None)
    return str(release.folder) if release else None


def _say(text: str) -> None:
    get_run_logger().info(text)


def read_score(recipe: Recipe) -> dict[str, Any] | None:
    """The score of the last publication, where there is one."""
    path = report_folder(recipe) / "score.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def weighed(opened: Opened) -> list[Evidence]:
    """All evidence as it is now: what the selection pairs decide, and what the release pairs
    publish.
    """
    return [*opened.selection_evidence, *release_evidence(opened)]


def write_report(opened: Opened, version: str | None = None) -> Path:
    """Writes report.html from the workspace as it is; `version` is the release's, if not the
    latest.
    """
    recipe, workspace = opened.recipe, opened.workspace
    return write(
        workspace,
        recipe,
        report_folder(recipe) / "report.html",
        agreement=agreements(workspace),
        score=read_score(recipe),
        release=version or latest(Path(recipe.publish.folder)),
        evidence=weighed(opened),
        types=list(opened.types.values()),
        accuracy=accuracies(opened),
        decided=opened.decided(),
    )


def agreements(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Krippendorff's alpha with its interval, for cues and for pairs, where two people judged the
    same.
    """
    judgments, controls = (
        counted(workspace.records(Judgment), workspace.records(Exclusion)),
        workspace.records(Control),
    )
    found = {
        project: agreement.agreement(judgments, project, controls) for project in ("cue", "pair")
    }
    return {
        project: {"alpha": one.value, "low": one.low, "high": one.high}
        for project, one in found.items()
        if one.value is not None
    }
