"""Hands tasks to people and brings their judgments back; in the demo, scripts answer in between.

People's time costs most: they judge every proposed cue, but only those release pairs whose type the evidence accepts.
"""

from pathlib import Path

from annotation.pull import pull
from annotation.push import PushReport, push_cues, push_pairs
from annotation.scripted import answer_all
from pipeline.agreement import decide
from prefect import flow

from annotation import server
from pipeline.records import CueType, Decision, Judgment, Pair

from .generate import kept_pairs
from .opened import Opened
from .publish import accepted_types
from .scripted import Scripts
from .stage import record_stage

HOME = Path(".spuriforge") / "label-studio"


@flow(name="push")
def push(recipe_path: str) -> int:
    """Pushes the cues and pairs that await judgment; gives how many judgments are asked for that were not before."""
    opened = Opened(recipe_path)
    cues, pairs = open_cues(opened), open_pairs(opened)
    if not cues and not pairs:
        return 0
    running = server.up(HOME)
    samples = {sample.key: sample for sample in opened.samples()}
    reports: list[PushReport] = []
    with record_stage("push", opened.workspace, inputs=len(cues) + len(pairs), pending=len(cues) + len(pairs)) as tally:
        if cues:
            reports.append(push_cues(running, opened.workspace, cues, samples, opened.recipe))
        if pairs:
            reports.append(push_pairs(running, opened.workspace, pairs, opened.types(), opened.recipe))
        tally.outputs = sum(report.pushed for report in reports)
    return tally.outputs


@flow(name="collect")
def collect(recipe_path: str) -> int:
    """Brings new judgments back and decides what they suffice for; gives the number of new judgments."""
    opened = Opened(recipe_path)
    workspace = opened.workspace
    if not open_cues(opened) and not open_pairs(opened):
        return 0
    with record_stage("collect", workspace, inputs=0, pending=0) as tally:
        new = pull(server.up(HOME), workspace, opened.recipe)
        tally.inputs = tally.pending = tally.outputs = len(new)
    judgments, known = workspace.records(Judgment), workspace.keys(Decision)
    decided = [one for project in ("cue", "pair") for one in decide(judgments, project)]
    workspace.append([one for one in decided if one.key not in known])
    return len(new)


@flow(name="answer")
def answer(recipe_path: str) -> int:
    """The scripted annotators answer their open tasks; gives how many."""
    opened = Opened(recipe_path)
    with record_stage("answer (scripted)", opened.workspace, inputs=0, pending=0) as tally:
        scripts = Scripts(opened)
        answered = answer_all(server.up(HOME), opened.workspace, opened.recipe, scripts.judge)
        tally.inputs = tally.pending = tally.outputs = answered
    return answered


def open_cues(opened: Opened) -> list[CueType]:
    """The types that people have not decided on."""
    decided = {one.subject for one in opened.workspace.records(Decision) if one.project == "cue"}
    return [one for key, one in sorted(opened.types().items()) if key not in decided]


def open_pairs(opened: Opened) -> list[Pair]:
    """The release pairs to be judged next: for each accepted type as many as it still lacks, and no more."""
    decided = {one.subject: one for one in opened.workspace.records(Decision) if one.project == "pair"}
    wanted = opened.recipe.publish.pairs_per_type
    types = {one.key for one in accepted_types(opened)}
    pairs = [pair for pair in kept_pairs(opened) if pair.role == "release" and pair.type in types]
    accepted = {key: sum(pair.type == key and pair.key in decided and decided[pair.key].accepted for pair in pairs)
                for key in types}  # fmt: skip
    asked = []
    for pair in pairs:
        if pair.key not in decided and accepted[pair.type] < wanted:
            accepted[pair.type] += 1
            asked.append(pair)
    return asked
