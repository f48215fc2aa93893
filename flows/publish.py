"""Weighs the checked release pairs, writes the release and the report, and, on a proving ground, the score."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from pipeline.agreement import krippendorff
from prefect import flow

from pipeline.recipe import Recipe
from pipeline.records import CueType, Decision, Evidence, Judgment, Pair, Response
from pipeline.release.build import Release, build
from pipeline.report import write
from pipeline.verify import weigh
from pipeline.workspace import Workspace

from .generate import kept_pairs
from .opened import Opened
from .stage import record_stage
from .truth import score_run
from .verify import selection_evidence


def accepted_types(opened: Opened) -> list[CueType]:
    """The types that people call spurious and that the evidence on selection pairs accepts."""
    spurious = {one.subject for one in opened.workspace.records(Decision) if one.project == "cue" and one.accepted}
    proven = {one.type for one in selection_evidence(opened) if one.pooled and one.accepted}
    return [one for key, one in sorted(opened.types().items()) if key in spurious & proven]


def checked_pairs(opened: Opened) -> list[Pair]:
    """The pairs to publish: of each accepted type the first release pairs that people accepted, none of any too short."""
    accepted = {one.subject for one in opened.workspace.records(Decision) if one.project == "pair" and one.accepted}
    wanted = opened.recipe.publish.pairs_per_type
    types = {one.key for one in accepted_types(opened)}
    by_type: dict[str, list[Pair]] = defaultdict(list)
    for pair in kept_pairs(opened):
        if pair.role == "release" and pair.key in accepted and pair.type in types:
            by_type[pair.type].append(pair)
    return [pair for pairs in by_type.values() if len(pairs) >= wanted for pair in pairs[:wanted]]


def release_evidence(opened: Opened) -> list[Evidence]:
    """The evidence that is published: on the release pairs alone, which decided nothing."""
    pairs = checked_pairs(opened)
    chosen = {pair.type for pair in pairs}
    types = [one for one in accepted_types(opened) if one.key in chosen]
    return weigh(types, pairs, opened.workspace.records(Response), opened.recipe.verify, "release")


@flow(name="publish")
def publish(recipe_path: str) -> str:
    """Gives the release's folder: a new one, or the last one where nothing changed."""
    opened = Opened(recipe_path)
    workspace = opened.workspace
    evidence = release_evidence(opened)
    new = [one for one in evidence if one.key not in workspace.keys(Evidence)]
    workspace.append(new)
    with record_stage("publish", workspace, inputs=len(evidence), pending=len(new)) as tally:
        release: Release = build(workspace, opened.recipe, agreement=agreement(workspace))
        tally.outputs = len(checked_pairs(opened))
    score = score_run(opened, evidence)
    folder = report_folder(opened.recipe)
    if score is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "score.json").write_text(json.dumps(score, indent=1), encoding="utf-8")
    write_report(opened.recipe)
    return str(release.folder)


def report_folder(recipe: Recipe) -> Path:
    """Where report.html and score.json lie: in the run's own folder, or here where that is on another machine."""
    return Path("reports") / recipe.run.name if "://" in recipe.run.workspace else Path(recipe.run.workspace)


def read_score(recipe: Recipe) -> dict[str, Any] | None:
    """The score of the last publication, where there is one."""
    path = report_folder(recipe) / "score.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def write_report(recipe: Recipe) -> Path:
    """Writes report.html from the workspace as it is."""
    workspace = Workspace(recipe.run.workspace)
    path = report_folder(recipe) / "report.html"
    return write(workspace, recipe, path, agreement=agreement(workspace), score=read_score(recipe))


def agreement(workspace: Workspace) -> dict[str, Any]:
    """Krippendorff's alpha with its interval, for cues and for pairs, where two people judged the same."""
    judgments = workspace.records(Judgment)
    return {project: found for project in ("cue", "pair") if (found := krippendorff(judgments, project)) is not None}
