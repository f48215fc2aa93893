"""Screening: proposes cues by association, a judge, or as published; then describes scenes."""

from prefect import flow

from spuriforge.data import spuriverse
from spuriforge.data.rows_to_samples import sample_key
from spuriforge.pipeline import judge
from spuriforge.pipeline.clip import OpenClip
from spuriforge.pipeline.recipe import PublishedModel, Source
from spuriforge.pipeline.records import ImageTags, Verdict
from spuriforge.pipeline.screen import tag_images, tags_key

from . import models
from .describe import describe
from .failures import check_failures
from .naming import RecipePath, run_name
from .stage import record_stage, run_shards, runner
from .state.benchmarks import rows
from .state.snapshot import Snapshot
from .state.store import store_proposals


@flow(name="screen", flow_run_name=run_name)
def screen(recipe_path: RecipePath) -> int:
    """Returns the number of types that the screeners propose."""
    recipe = Snapshot.take(recipe_path).recipe
    return screen_benchmark.with_options(task_runner=runner(recipe))(recipe_path)


@flow(name="screen-benchmark", flow_run_name=run_name)
def screen_benchmark(recipe_path: RecipePath) -> int:
    """The steps of screening, on the recipe's task runner."""
    snapshot = Snapshot.take(recipe_path)
    settings = snapshot.recipe
    has_captions = any(sample.caption for sample in snapshot.samples)
    if settings.describe.by == "captions" and not has_captions:
        raise ValueError(
            'The benchmark has no captions: set by = "lvlm" or by = "template" under [describe]'
        )
    if "association" in settings.screen.by:
        _tag(snapshot)
    if "published" in settings.screen.by:
        _take_published(snapshot)
    if "judge" in settings.screen.by:
        _ask_judge(snapshot)
    if settings.describe.by == "lvlm":
        snapshot = snapshot.retake()
        describe(snapshot, snapshot.proposed)
    snapshot = snapshot.retake()
    inputs = len(snapshot.candidates)
    with record_stage("propose", snapshot.workspace, inputs=inputs, pending=0) as tally:
        tally.pending = tally.outputs = store_proposals(snapshot)
    return len(snapshot.types)


def _tag(snapshot: Snapshot) -> None:
    """Finds out which tags of the vocabulary each image shows."""
    recipe, workspace, settings = snapshot.recipe, snapshot.workspace, snapshot.screen
    assert recipe.screen.clip is not None, "the recipe sees to it"
    clip = OpenClip.load(recipe.screen.clip)
    images = sorted({sample.image for sample in snapshot.samples if sample.image})
    run_shards(
        "tag",
        workspace,
        [(tags_key(digest, clip.name, settings), digest) for digest in images],
        ImageTags,
        lambda shard: tag_images(shard, clip, settings, workspace.image),
        size=recipe.run.shard,
        images=len,
    )


def _ask_judge(snapshot: Snapshot) -> None:
    """Asks the judge about each persistent error."""
    recipe, workspace = snapshot.recipe, snapshot.workspace
    assert recipe.judge is not None, "the recipe sees to it"
    lvlm = models.endpoint(recipe.judge, recipe)
    samples = {sample.key: sample for sample in snapshot.samples}
    asks = judge.plan(snapshot.errors, samples, lvlm.id)
    run_shards(
        "judge",
        workspace,
        [(ask.key, ask) for ask in asks],
        Verdict,
        lambda shard: judge.judge(shard, lvlm, workspace.image),
        size=recipe.run.shard,
        calls=len,
        meter=models.meter(recipe),
    )
    check_failures(snapshot, "judge", [ask.key for ask in asks], Verdict)


def _take_published(snapshot: Snapshot) -> None:
    """Turns the judge texts that came with a benchmark into verdicts on the errors mined here."""
    workspace, samples = snapshot.workspace, {sample.key: sample for sample in snapshot.samples}
    mined = snapshot.recipe.mined
    answered = {model.id for model in mined if isinstance(model, PublishedModel)}
    errors = {error.sample: error for error in snapshot.errors if error.model in answered}
    verdicts: dict[str, Verdict] = {}
    for source in snapshot.recipe.benchmarks:
        for row, asked in spuriverse.asked_rows(rows(source)) if isinstance(source, Source) else ():
            error = errors.get(sample_key(row))
            if error is None or not asked or row.published is None or not row.published.judge_text:
                continue
            text = row.published.judge_text
            parsed = spuriverse.verdict_of(text)
            sample = samples[error.sample]
            verdict = judge.from_published(
                sample, error, error.model, parsed.spurious, parsed.cue, parsed.reason, text
            )
            verdicts[verdict.key] = verdict
    new = verdicts.keys() - workspace.keys(Verdict)
    inputs = len(verdicts)
    with record_stage("read verdicts", workspace, inputs=inputs, pending=len(new)) as tally:
        tally.outputs = workspace.append([verdicts[key] for key in sorted(new)])
