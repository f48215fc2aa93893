"""Hands tasks to people and brings their judgments back; in the demo, scripts answer in between.

People's time costs most: they judge every proposed cue, but only those release pairs whose type the evidence accepts.
"""

from pathlib import Path

from prefect import flow, get_run_logger

from annotation import pull, server
from annotation.push import adjudicate_cues, adjudicate_pairs, push_cues, push_pairs
from annotation.scripted import answer_all
from pipeline.records import Decision

from .checking import open_cues, open_pairs, tied
from .opened import Opened
from .scripted import Scripts
from .stage import record_stage

HOME = Path(".spuriforge") / "label-studio"


@flow(name="push")
def push(recipe_path: str) -> int:
    """Pushes the cues and pairs that await judgment, and ties to one more person; gives the number of new tasks."""
    opened = Opened(recipe_path)
    workspace, recipe = opened.workspace, opened.recipe
    cues, pairs = open_cues(opened), open_pairs(opened)
    if not cues and not pairs:
        return 0
    running = server.up(HOME)
    samples, types = {sample.key: sample for sample in opened.samples}, opened.types
    ties = {project: tied(opened, project) for project in ("cue", "pair")}
    with record_stage("push", workspace, inputs=len(cues) + len(pairs), pending=len(cues) + len(pairs)) as tally:
        reports = [
            push_cues(running, workspace, cues, samples, recipe),
            push_pairs(running, workspace, pairs, types, recipe),
        ]
        if ties["cue"]:
            reports.append(adjudicate_cues(running, workspace, cues, samples, recipe))
        if ties["pair"]:
            reports.append(adjudicate_pairs(running, workspace, pairs, types, recipe))
        tally.outputs = sum(report.imported for report in reports)
    return tally.outputs


@flow(name="collect")
def collect(recipe_path: str) -> int:
    """Brings new judgments back and decides what they suffice for; gives the number of new judgments."""
    opened = Opened(recipe_path)
    workspace = opened.workspace
    if not open_cues(opened) and not open_pairs(opened):
        return 0
    with record_stage("collect", workspace, inputs=0, pending=0) as tally:
        pulled = pull.collect(server.up(HOME), workspace, opened.recipe)
        tally.inputs = tally.pending = tally.outputs = len(pulled.judgments)
    for problem in pulled.problems:
        get_run_logger().warning(problem)
    known = workspace.keys(Decision)
    decided = [one for project in ("cue", "pair") for one in opened.decisions(project).values()]
    workspace.append([one for one in decided if one.key not in known])
    return len(pulled.judgments)


@flow(name="answer")
def answer(recipe_path: str) -> int:
    """The scripted annotators answer their open tasks; gives how many."""
    opened = Opened(recipe_path)
    with record_stage("answer (scripted)", opened.workspace, inputs=0, pending=0) as tally:
        scripts = Scripts(opened)
        answered = answer_all(server.up(HOME), opened.workspace, opened.recipe, scripts.judge)
        tally.inputs = tally.pending = tally.outputs = answered
    return answered
