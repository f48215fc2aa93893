"""Proposes cues: by association over the tagged images, by a judge, as published; then describes
their scenes.
"""

from prefect import flow

from spuriforge.data import spuriverse
from spuriforge.data.samples import sample_key
from spuriforge.pipeline import judge
from spuriforge.pipeline.recipe import PublishedModel, Source
from spuriforge.pipeline.records import ImageTags, Verdict
from spuriforge.pipeline.screen import tag_images, tags_key

from . import models
from .benchmarks import rows
from .described import describe
from .failed import tell_failures
from .opened import Opened
from .stage import record_stage, run_shards, runner


@flow(name="screen")
def screen(recipe_path: str) -> int:
    """Gives the number of types that the screeners propose."""
    return screen_benchmark.with_options(task_runner=runner(Opened(recipe_path).recipe))(
        recipe_path
    )


@flow(name="screen-benchmark")
def screen_benchmark(recipe_path: str) -> int:
    """The stages of screening, on the recipe's task runner."""
    opened = Opened(recipe_path)
    settings = opened.recipe
    if settings.describe.by == "captions" and not any(one.caption for one in opened.samples):
        raise ValueError(
            'The benchmark has no captions: set by = "lvlm" or by = "template" under [describe]'
        )
    if "association" in settings.screen.by:
        _tag(opened)
    if "published" in settings.screen.by:
        _take_published(opened)
    if "judge" in settings.screen.by:
        _ask_judge(opened)
    if settings.describe.by == "lvlm":
        opened = Opened(recipe_path)
        describe(opened, opened.proposed)
    opened = Opened(recipe_path)
    with record_stage(
        "propose", opened.workspace, inputs=len(opened.candidates), pending=0
    ) as tally:
        tally.pending = tally.outputs = opened.keep_proposals()
    return len(opened.types)


def _tag(opened: Opened) -> None:
    """Which tags of the vocabulary each image shows."""
    recipe, workspace, clip = opened.recipe, opened.workspace, opened.clip()
    images = sorted({sample.image for sample in opened.samples if sample.image})
    run_shards(
        "tag",
        workspace,
        [(tags_key(sha, clip.name, opened.screen), sha) for sha in images],
        ImageTags,
        lambda shard: tag_images(shard, clip, opened.screen, workspace.image),
        size=recipe.run.shard,
        images=len,
    )


def _ask_judge(opened: Opened) -> None:
    """What the judge says of each persistent error."""
    recipe, workspace = opened.recipe, opened.workspace
    assert recipe.judge is not None, "the recipe sees to it"
    asked = models.endpoint(recipe.judge, recipe)
    asks = judge.plan(opened.errors, {one.key: one for one in opened.samples}, asked.id)
    run_shards(
        "judge",
        workspace,
        [(ask.key, ask) for ask in asks],
        Verdict,
        lambda shard: judge.judge(shard, asked, workspace.image),
        size=recipe.run.shard,
        calls=len,
        meter=models.meter(recipe),
    )
    tell_failures(opened, "judge", [ask.key for ask in asks], Verdict)


def _take_published(opened: Opened) -> None:
    """The judge texts that came with the benchmark, as verdicts on the errors that we find in the
    same answers.
    """
    workspace, samples = opened.workspace, {one.key: one for one in opened.samples}
    answered = {model.id for model in opened.recipe.mined if isinstance(model, PublishedModel)}
    errors = {one.sample: one for one in opened.errors if one.model in answered}
    made: dict[str, Verdict] = {}
    for source in opened.recipe.benchmarks:
        for row, asked in spuriverse.asked_rows(rows(source)) if isinstance(source, Source) else ():
            error = errors.get(sample_key(row))
            if error is None or not asked or row.published is None or not row.published.judge_text:
                continue
            text = row.published.judge_text
            said = spuriverse.verdict_of(text)
            one = judge.from_published(
                samples[error.sample],
                error,
                error.model,
                said.spurious,
                said.cue,
                said.reason,
                text,
            )
            made[one.key] = one
    new = made.keys() - workspace.keys(Verdict)
    with record_stage("read verdicts", workspace, inputs=len(made), pending=len(new)) as tally:
        tally.outputs = workspace.append([made[key] for key in sorted(new)])
