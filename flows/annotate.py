"""Annotation: hands tasks to people and collects their judgments; in the demo, scripts answer.

People's time costs most: they judge every proposed cue, but only those release pairs whose type the
evidence accepts.
"""

from prefect import flow, get_run_logger

from spuriforge.annotation import pull, receiver, server, webhook
from spuriforge.annotation.client import Server
from spuriforge.annotation.push import adjudicate_cues, adjudicate_pairs, push_cues, push_pairs
from spuriforge.annotation.scripted import answer_all
from spuriforge.pipeline.records import CueType

from . import events
from .catch_trials import cue_trials, pair_trials
from .home import HOME, LABEL_STUDIO
from .naming import RecipePath, run_name
from .previews import draw_previews, edited_pairs, edited_types, previews
from .scripted_annotators import Scripts
from .stage import record_stage
from .state.acceptance import clearest_first, open_cues, open_pairs
from .state.snapshot import Snapshot
from .state.store import store_decisions


@flow(name="push", flow_run_name=run_name)
def push(recipe_path: RecipePath) -> int:
    """Pushes the cues and pairs that await judgment, the clearest first; returns the new tasks.

    Catch trials are mixed in; ties go to one more person; previews are drawn if the recipe wants
    them.
    """
    snapshot = Snapshot.take(recipe_path)
    workspace, recipe = snapshot.workspace, snapshot.recipe
    cues, pairs = clearest_first(snapshot, open_cues(snapshot)), open_pairs(snapshot)
    known_cues = cue_trials(snapshot) if cues else []
    known_pairs = pair_trials(snapshot) if pairs else []
    images = _previews(snapshot, [*cues, *(cue_type for _, cue_type in known_cues)])
    if recipe.annotate.previews:
        pairs = [*pairs, *edited_pairs(snapshot)]
    waiting = len(cues) + len(pairs)
    if not waiting:
        return 0
    running = server.up(LABEL_STUDIO)
    samples, types = {sample.key: sample for sample in snapshot.samples}, snapshot.types
    with record_stage("push", workspace, inputs=waiting, pending=waiting) as tally:
        reports = [
            push_cues(
                running, workspace, cues, samples, recipe, catch_trials=known_cues, previews=images
            ),
            push_pairs(running, workspace, pairs, types, recipe, catch_trials=known_pairs),
            adjudicate_cues(running, workspace, cues, samples, recipe, previews=images),
            adjudicate_pairs(running, workspace, pairs, types, recipe),
        ]
        tally.outputs = sum(report.imported for report in reports)
    for problem in dict.fromkeys(problem for report in reports for problem in report.problems):
        get_run_logger().warning(problem)
    _register_webhook(running, snapshot)
    return tally.outputs


def _previews(snapshot: Snapshot, types: list[CueType]) -> dict[str, tuple[bytes, bytes]] | None:
    """Type -> its two preview images, drawn where they are missing; None: the recipe wants none."""
    if not snapshot.recipe.annotate.previews:
        return None
    draw_previews(snapshot, [*types, *edited_types(snapshot)])
    return previews(snapshot, types)


def _register_webhook(running: Server, snapshot: Snapshot) -> None:
    """Asks Label Studio to announce judgments in new projects too, where `serve` listens."""
    recipe = snapshot.recipe
    hook = receiver.hook(HOME, recipe.run.name)
    if hook is None:
        return
    try:
        webhook.register(running, snapshot.workspace, recipe, hook.url, hook.secret)
    except RuntimeError as error:
        get_run_logger().warning(f"{error} Judgments are collected on schedule alone.")


@flow(name="collect", flow_run_name=run_name)
def collect(recipe_path: RecipePath) -> int:
    """Collects new judgments and decides what they suffice for; returns how many are new."""
    snapshot = Snapshot.take(recipe_path)
    workspace = snapshot.workspace
    nothing_open = not open_cues(snapshot) and not open_pairs(snapshot)
    if nothing_open and not (server.external_server() or server.status(LABEL_STUDIO)):
        return 0
    with record_stage("collect", workspace, inputs=0, pending=0) as tally:
        pulled = pull.collect(server.up(LABEL_STUDIO), workspace, snapshot.recipe)
        tally.inputs = tally.pending = tally.outputs = len(pulled.judgments)
    for problem in pulled.problems:
        get_run_logger().warning(problem)
    store_decisions(snapshot.retake())
    return len(pulled.judgments)


@flow(name="poll", flow_run_name=run_name)
def poll(recipe_path: RecipePath) -> int:
    """Collects judgments that no webhook announced and starts a build if there are any."""
    new = collect(recipe_path)
    if new:
        events.judged(Snapshot.take(recipe_path).recipe.run.name, new)
    return new


@flow(name="answer", flow_run_name=run_name)
def answer(recipe_path: RecipePath) -> int:
    """Has the scripted annotators answer their open tasks; returns how many they answered."""
    snapshot = Snapshot.take(recipe_path)
    with record_stage("answer (scripted)", snapshot.workspace, inputs=0, pending=0) as tally:
        judge = Scripts(snapshot).judge
        running = server.up(LABEL_STUDIO)
        answered = answer_all(running, snapshot.workspace, snapshot.recipe, judge)
        tally.inputs = tally.pending = tally.outputs = answered
    return answered
