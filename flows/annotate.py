"""Hands tasks to people and brings their judgments back; in the demo, scripts answer in between.

People's time costs most: they judge every proposed cue, but only those release pairs whose type the
evidence accepts.
"""

from pathlib import Path

from prefect import flow, get_run_logger

from spuriforge.annotation import pull, receiver, server, webhook
from spuriforge.annotation.push import adjudicate_cues, adjudicate_pairs, push_cues, push_pairs
from spuriforge.annotation.scripted import answer_all
from spuriforge.pipeline.records import CueType

from . import events
from .checking import open_cues, open_pairs
from .controls import by_value, cue_controls, pair_controls
from .opened import Opened
from .previews import draw_previews, edited_pairs, edited_types
from .previews import previews as previews_of
from .scripted import Scripts
from .stage import record_stage

HOME = Path(".spuriforge") / "label-studio"


@flow(name="push")
def push(recipe_path: str) -> int:
    """Pushes the cues and pairs that await judgment, and ties to one more person; gives the number
    of new tasks.

    The clearest first; with controls among them, and previews where the recipe wants them.
    """
    opened = Opened(recipe_path)
    workspace, recipe = opened.workspace, opened.recipe
    cues, pairs = by_value(opened, open_cues(opened)), open_pairs(opened)
    known_cues = cue_controls(opened) if cues else []
    known_pairs = pair_controls(opened) if pairs else []
    previews = _previews(opened, [*cues, *(one for _, one in known_cues)])
    if recipe.annotate.previews:
        pairs = [*pairs, *edited_pairs(opened)]
    if not cues and not pairs:
        return 0
    running = server.up(HOME)
    samples, types = {sample.key: sample for sample in opened.samples}, opened.types
    with record_stage(
        "push", workspace, inputs=len(cues) + len(pairs), pending=len(cues) + len(pairs)
    ) as tally:
        reports = [
            push_cues(
                running, workspace, cues, samples, recipe, controls=known_cues, previews=previews
            ),
            push_pairs(running, workspace, pairs, types, recipe, controls=known_pairs),
            adjudicate_cues(running, workspace, cues, samples, recipe, previews=previews),
            adjudicate_pairs(running, workspace, pairs, types, recipe),
        ]
        tally.outputs = sum(report.imported for report in reports)
    for problem in dict.fromkeys(problem for report in reports for problem in report.problems):
        get_run_logger().warning(problem)
    _have_told(running, opened)
    return tally.outputs


def _previews(opened: Opened, types: list[CueType]) -> dict[str, tuple[bytes, bytes]] | None:
    """Type -> its two preview images, drawn where they are missing, those of edited descriptions
    too.
    """
    if not opened.recipe.annotate.previews:
        return None
    draw_previews(opened, [*types, *edited_types(opened)])
    return previews_of(opened, types)


def _have_told(running: server.Server, opened: Opened) -> None:
    """Has Label Studio tell of each judgment, in new projects too, where `spuriforge serve`
    listens.
    """
    recipe = opened.recipe
    hook = receiver.hook(HOME.parent, recipe.run.name)
    if hook is None:
        return
    try:
        webhook.register(running, opened.workspace, recipe, hook.url, hook.secret)
    except RuntimeError as error:
        get_run_logger().warning(f"{error} Judgments are fetched on schedule alone.")


@flow(name="collect")
def collect(recipe_path: str) -> int:
    """Brings new judgments back and decides what they suffice for; gives the number of new
    judgments.
    """
    opened = Opened(recipe_path)
    workspace = opened.workspace
    if (
        not open_cues(opened)
        and not open_pairs(opened)
        and not (server.external_server() or server.status(HOME))
    ):
        return 0
    with record_stage("collect", workspace, inputs=0, pending=0) as tally:
        pulled = pull.collect(server.up(HOME), workspace, opened.recipe)
        tally.inputs = tally.pending = tally.outputs = len(pulled.judgments)
    for problem in pulled.problems:
        get_run_logger().warning(problem)
    opened.keep_decisions()
    return len(pulled.judgments)


@flow(name="poll")
def poll(recipe_path: str) -> int:
    """Brings back the judgments that no webhook told of, and has the run go on if there are any;
    their number.
    """
    new = collect(recipe_path)
    if new:
        events.judged(Opened(recipe_path).recipe.run.name, new)
    return new


@flow(name="answer")
def answer(recipe_path: str) -> int:
    """The scripted annotators answer their open tasks; gives how many."""
    opened = Opened(recipe_path)
    with record_stage("answer (scripted)", opened.workspace, inputs=0, pending=0) as tally:
        scripts = Scripts(opened)
        answered = answer_all(server.up(HOME), opened.workspace, opened.recipe, scripts.judge)
        tally.inputs = tally.pending = tally.outputs = answered
    return answered
