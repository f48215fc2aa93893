"""Every raw answer as Parquet: this file and the release are enough to rebuild a leaderboard.

parquet(runs)      # the file's content
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..release.questions import Question
from .answers import ask_of, orders
from .leaderboard import ModelRun

#: `chosen` is an index into the options of the release's row, `shown` the options as the model saw
#: them.
SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        ("prompt", pa.string()),
        ("prompt_version", pa.string()),
        ("config", pa.string()),
        ("id", pa.string()),
        ("type", pa.string()),
        ("arm", pa.string()),
        ("blind", pa.bool_()),
        ("rotation", pa.int64()),
        ("shown", pa.list_(pa.string())),
        ("outcome", pa.string()),
        ("chosen", pa.int64()),
        ("correct", pa.bool_()),
        ("linked", pa.bool_()),
        ("text", pa.string()),
        ("margin", pa.float64()),
    ]
)


def parquet(runs: Sequence[ModelRun]) -> bytes:
    """Returns responses.parquet's content, a row group per run."""
    stream = io.BytesIO()
    with pq.ParquetWriter(stream, SCHEMA, compression="zstd") as writer:
        for run in runs:
            writer.write_table(pa.Table.from_pylist(list(_rows(run)), schema=SCHEMA))
    return stream.getvalue()


def _rows(run: ModelRun) -> Iterator[dict[str, Any]]:
    for blind, grades in ((False, run.grades), (True, run.blind)):
        for grade in grades:
            for rotation, chosen in enumerate(grade.chosen):
                yield _row(run, grade.question, rotation, chosen, blind)


def _row(
    run: ModelRun, question: Question, rotation: int, chosen: int | None, blind: bool
) -> dict[str, Any]:
    order = orders(question, run.rotations)[rotation]
    ask = ask_of(question, order, run.model, run.prompt_version, blind)
    reply = run.replies[ask.key]
    return {
        "model": run.model,
        "prompt": run.prompt,
        "prompt_version": run.prompt_version,
        "config": question.config,
        "id": question.id,
        "type": question.type and question.type.key,
        "arm": "blind" if blind else question.arm,
        "blind": blind,
        "rotation": rotation,
        "shown": list(ask.shown),
        "outcome": reply.outcome,
        "chosen": chosen,
        "correct": chosen == question.answer,
        "linked": chosen is not None and chosen == question.linked,
        "text": reply.text,
        "margin": reply.margin,
    }
