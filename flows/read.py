"""Reads benchmarks into the workspace: samples, and a reason for each row that became none."""

from pathlib import Path

from prefect import get_run_logger

from spuriforge.data import samples as from_rows
from spuriforge.data import spuriverse
from spuriforge.data.proving_ground import benchmark
from spuriforge.pipeline.mine import published
from spuriforge.pipeline.recipe import ProvingGround, PublishedModel, Source
from spuriforge.pipeline.records import Prediction, Rejection, Sample

from .benchmarks import rows
from .opened import Opened
from .stage import record_stage, run_shards


def read(opened: Opened) -> None:
    """Reads what is new of every benchmark; ValueError where a benchmark gave no sample at all.

    The workspace keeps what a benchmark once had; which samples it has now is noted beside the
    tables.
    """
    keys: list[str] = []
    for one in opened.recipe.benchmarks:
        keys += (
            _read_world(opened, one)
            if isinstance(one, ProvingGround)
            else _read_source(opened, one)
        )
    opened.note_samples(keys)


def _read_world(opened: Opened, world: ProvingGround) -> list[str]:
    workspace, seed = opened.workspace, world.seed
    asked = benchmark.questions(Path(world.path), world.questions, seed)
    planned = [(benchmark.sample_key(one, seed), one) for one in asked]
    run_shards(
        "read",
        workspace,
        planned,
        Sample,
        lambda shard: benchmark.to_samples(shard, seed, workspace.put_image),
        size=opened.recipe.run.shard,
    )
    return [key for key, _ in planned]


def _read_source(opened: Opened, source: Source) -> list[str]:
    """A row becomes a sample or a rejection; a rejected one is tried again by the next run: a file
    can be mended.
    """
    workspace = opened.workspace
    planned, doubled = from_rows.plan(rows(source))
    workspace.append(doubled)
    run_shards(
        f"read {source.title}",
        workspace,
        planned,
        Sample,
        lambda shard: [from_rows.to_sample(row, workspace.put_image) for row in shard],
        size=opened.recipe.run.shard,
    )
    made = workspace.keys(Sample) & {key for key, _ in planned}
    if not made:
        reasons = [
            one.reason for one in workspace.records(Rejection) if one.benchmark == source.title
        ]
        raise ValueError(
            f"No question of {source.path} can be asked{': ' + reasons[0] if reasons else ''}. "
            f"`spuriforge audit {source.path}` says what is wrong"
        )
    if len(made) < len(planned) + len(doubled):
        get_run_logger().warning(
            f"{source.title}: {len(planned) + len(doubled) - len(made)} of "
            f"{len(planned) + len(doubled)} rows became "
            "no sample; the table `rejections` says why"
        )
    return [key for key, _ in planned]


def read_published(opened: Opened, model: PublishedModel) -> None:
    """The published answers to the benchmarks' samples as predictions, those alone that were really
    asked.
    """
    workspace, samples = opened.workspace, {one.key: one for one in opened.samples}
    made: dict[str, Prediction] = {}
    for source in opened.recipe.benchmarks:
        if not isinstance(source, Source):
            continue
        for row, asked in spuriverse.asked_rows(rows(source)):
            sample = samples.get(from_rows.sample_key(row))
            if asked and row.published and sample:
                one = published(sample, model, row.published.text)
                made[one.key] = one
    if not made:
        raise ValueError(
            f"No benchmark of this recipe came with answers of a model: {model.name!r} cannot be "
            f"mined"
        )
    new = made.keys() - workspace.keys(Prediction)
    with record_stage(f"read {model.name}", workspace, inputs=len(made), pending=len(new)) as tally:
        tally.outputs = workspace.append([made[key] for key in sorted(new)])
