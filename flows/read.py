"""Reads benchmarks into the workspace: samples, and a reason for each row that became none."""

from pathlib import Path

from prefect import get_run_logger

from spuriforge.data import rows_to_samples as from_rows
from spuriforge.data import spuriverse
from spuriforge.data.proving_ground import benchmark
from spuriforge.pipeline.benchmark_samples import note_samples
from spuriforge.pipeline.mine import published
from spuriforge.pipeline.recipe import ProvingGround, PublishedModel, Source
from spuriforge.pipeline.records import Prediction, Rejection, Sample

from .stage import record_stage, run_shards
from .state.benchmarks import rows
from .state.snapshot import Snapshot


def read(snapshot: Snapshot) -> None:
    """Reads what is new of every benchmark; ValueError where a benchmark gave no sample at all.

    The workspace keeps every sample that a benchmark ever had; which it has now is noted beside the
    tables.
    """
    keys: list[str] = []
    for source in snapshot.recipe.benchmarks:
        if isinstance(source, ProvingGround):
            keys += _read_world(snapshot, source)
        else:
            keys += _read_source(snapshot, source)
    note_samples(snapshot.workspace, keys)


def _read_world(snapshot: Snapshot, world: ProvingGround) -> list[str]:
    workspace, seed = snapshot.workspace, world.seed
    questions = benchmark.questions(Path(world.path), world.questions, seed)
    planned = [(benchmark.sample_key(question, seed), question) for question in questions]
    run_shards(
        "read",
        workspace,
        planned,
        Sample,
        lambda shard: benchmark.to_samples(shard, seed, workspace.put_image),
        size=snapshot.recipe.run.shard,
    )
    return [key for key, _ in planned]


def _read_source(snapshot: Snapshot, source: Source) -> list[str]:
    """Turns rows into samples or rejections; the next run tries rejected rows again."""
    workspace = snapshot.workspace
    planned, doubled = from_rows.plan(rows(source))
    workspace.append(doubled)
    run_shards(
        f"read {source.title}",
        workspace,
        planned,
        Sample,
        lambda shard: [from_rows.to_sample(row, workspace.put_image) for row in shard],
        size=snapshot.recipe.run.shard,
    )
    accepted = workspace.keys(Sample) & {key for key, _ in planned}
    if not accepted:
        rejections = workspace.records(Rejection)
        reasons = [row.reason for row in rejections if row.benchmark == source.title]
        raise ValueError(
            f"No question of {source.path} can be asked{': ' + reasons[0] if reasons else ''}. "
            f"`spuriforge audit {source.path}` says what is wrong"
        )
    total = len(planned) + len(doubled)
    if len(accepted) < total:
        get_run_logger().warning(
            f"{source.title}: {total - len(accepted)} of {total} rows became no sample; the table "
            "`rejections` says why"
        )
    return [key for key, _ in planned]


def read_published(snapshot: Snapshot, model: PublishedModel) -> None:
    """Writes the published answers to the benchmarks' samples as predictions.

    Rows that were never really asked (they repeat another row's answer) are left out.
    """
    workspace, samples = snapshot.workspace, {sample.key: sample for sample in snapshot.samples}
    predictions: dict[str, Prediction] = {}
    for source in snapshot.recipe.benchmarks:
        if not isinstance(source, Source):
            continue
        for row, asked in spuriverse.asked_rows(rows(source)):
            sample = samples.get(from_rows.sample_key(row))
            if asked and row.published and sample:
                prediction = published(sample, model, row.published.text)
                predictions[prediction.key] = prediction
    if not predictions:
        raise ValueError(
            f"No benchmark of this recipe came with a model's answers: {model.name!r} cannot be "
            "mined"
        )
    new = predictions.keys() - workspace.keys(Prediction)
    inputs = len(predictions)
    with record_stage(f"read {model.name}", workspace, inputs=inputs, pending=len(new)) as tally:
        tally.outputs = workspace.append([predictions[key] for key in sorted(new)])
