"""The figures in a release's texts, counted from its data files and from the run's workspace.

    figures = Figures.of(workspace, draft, manifest)
    figures.types, figures.mean("effect"), figures.left

Whatever the data files hold is counted there, so a card cannot describe rows that do not exist. The
workspace adds only what no file holds: how many questions were asked, how often models erred, and
how many pairs the gate kept.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ...records import GateResult, PersistentError, Sample
from ...workspace import Workspace
from ..rows.splits import PRIVATE, SPLITS

#: The stages at which a candidate can stop, in order; "publish" means that it did not stop.
FUNNEL_STAGES = ("screen", "describe", "annotate", "generate", "gate", "verify", "check", "publish")
#: Configs whose rows hold images and name their owner.
OWNED = ("pairs", "anchors", "controls")
#: Columns of `anchors` that the texts and plots use.
_OF_TYPE = (
    "type",
    "cluster",
    "question",
    "answer",
    "cue",
    "cue_linked",
    "models",
    "effect",
    "effect_low",
    "effect_high",
    "q",
    "accuracy_with",
    "accuracy_without",
    "cue_votes",
    "benchmark",
)

Row = dict[str, Any]
#: Names with their counts, most frequent first.
Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Owned:
    """Rows of a config whose images and questions have the same licence and owner."""

    config: str
    license: str
    attribution: str
    rows: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers for card, data sheet, plots and Croissant."""

    #: A row of `anchors` for each published type, with its `split`, ordered by question and cue.
    rows: tuple[Row, ...]
    pairs: int
    #: Pairs with a placebo arm.
    placebos: int
    routes: Counts
    generators: Counts
    owned: tuple[Owned, ...]
    #: Benchmark -> its types; benchmark -> its controls.
    benchmarks: Counts
    controls: Counts
    #: Candidates by the stage where they stopped.
    stages: Counts
    judgments: int
    annotators: int
    #: Judgments by programs, on catch trials, and by excluded annotators.
    scripted: int
    known: int
    excluded: int
    #: The models that answered the pairs, and the number of their prompts.
    models: tuple[str, ...]
    prompts: int
    questions: int
    errors: int
    gate_seen: int
    gate_kept: int
    #: Why the gate rejected pairs.
    gate_reasons: Counts

    @property
    def types(self) -> int:
        """The number of published types."""
        return len(self.rows)

    @property
    def candidates(self) -> int:
        """The number of screened candidates."""
        return sum(count for _, count in self.stages)

    @property
    def all_scripted(self) -> bool:
        """Whether programs made all judgments."""
        return 0 < self.judgments == self.scripted

    @property
    def clusters(self) -> dict[str, tuple[int, int]]:
        """Split -> (number of cue clusters, number of types), without empty splits."""
        splits = {
            name: [row for row in self.rows if row["split"] == name] for name in (*SPLITS, PRIVATE)
        }
        return {
            name: (len({row["cluster"] for row in rows}), len(rows))
            for name, rows in splits.items()
            if rows
        }

    @property
    def left(self) -> Counts:
        """How many candidates were left after each stage, starting with all of them."""
        stopped = dict(self.stages)
        after = [
            sum(stopped.get(later, 0) for later in FUNNEL_STAGES[number:])
            for number in range(len(FUNNEL_STAGES))
        ]
        return tuple(zip(("propose", *FUNNEL_STAGES[:-1]), after, strict=True))

    def mean(self, column: str) -> float:
        """Returns the mean of a column over the types; every type counts once."""
        return fmean(row[column] for row in self.rows)

    @classmethod
    def of(cls, workspace: Workspace, folder: Path, manifest: Mapping[str, Any]) -> "Figures":
        """Counts the data files that `manifest` lists in `folder`, and the workspace."""
        data = _Data(folder, manifest)
        judged = data.counted("annotations", "scripted", "excluded", "control", "annotator")
        gate = Counter(workspace.read(GateResult, ["reason"]).column("reason").to_pylist())
        answered = data.counted("responses", "model", "prompt")
        return cls(
            rows=data.types(),
            pairs=data.counted("pairs").total(),
            placebos=sum(
                n
                for (digest,), n in data.counted("pairs", "image_placebo_sha256").items()
                if digest
            ),
            routes=_ranked(data.counted("pairs", "route")),
            generators=_ranked(data.counted("pairs", "generator")),
            owned=data.owned(),
            benchmarks=_ranked(data.counted("anchors", "benchmark")),
            controls=_ranked(data.counted("controls", "benchmark")),
            stages=_ranked(data.counted("candidates", "stage")),
            judgments=judged.total(),
            annotators=len({name for *_, name in judged}),
            scripted=sum(n for (scripted, *_), n in judged.items() if scripted),
            known=sum(n for (_, _, control, _), n in judged.items() if control is not None),
            excluded=sum(n for (_, excluded, *_), n in judged.items() if excluded),
            models=tuple(sorted({model for model, _ in answered})),
            prompts=len({prompt for _, prompt in answered}),
            questions=len(workspace.keys(Sample)),
            errors=len(workspace.keys(PersistentError)),
            gate_seen=gate.total(),
            gate_kept=gate["kept"],
            gate_reasons=_ranked(
                Counter({(reason,): n for reason, n in gate.items() if reason != "kept"})
            ),
        )


@dataclass(frozen=True, slots=True)
class _Data:
    """The data files of a draft, read without their images."""

    folder: Path
    manifest: Mapping[str, Any]

    def files(self, config: str) -> Iterator[tuple[Path, str]]:
        """Yields the data files of a config, each with its split."""
        for path, entry in sorted(self.manifest["files"].items()):
            if "config" in entry and entry["config"] == config:
                yield self.folder / path, entry["split"]

    def counted(self, config: str, *columns: str) -> Counter[tuple[Any, ...]]:
        """Counts each combination of values; without columns, the rows under an empty key."""
        counts: Counter[tuple[Any, ...]] = Counter()
        for path, _ in self.files(config):
            file = pq.ParquetFile(path)
            if not columns:
                counts[()] += file.metadata.num_rows
                continue
            for batch in file.iter_batches(columns=list(columns)):
                grouped = (
                    pa.Table.from_batches([batch])
                    .group_by(list(columns))
                    .aggregate([([], "count_all")])
                )
                for row in grouped.to_pylist():
                    counts[tuple(row[name] for name in columns)] += row["count_all"]
        return counts

    def types(self) -> tuple[Row, ...]:
        """Returns the published types, each with its split."""
        rows = [
            row | {"split": split}
            for path, split in self.files("anchors")
            for row in pq.read_table(path, columns=list(_OF_TYPE)).to_pylist()
        ]
        return tuple(
            sorted(
                rows, key=lambda row: (row["question"], row["cue"], row["cue_linked"], row["type"])
            )
        )

    def owned(self) -> tuple[Owned, ...]:
        """Returns the owners of each config's images and questions."""
        return tuple(
            Owned(config, license or "unknown", attribution or "not stated", rows)
            for config in OWNED
            for (license, attribution), rows in sorted(
                self.counted(config, "license", "attribution").items(), key=str
            )
        )


def _ranked(counted: Counter[tuple[Any, ...]]) -> Counts:
    """Returns one column's counts, most frequent first, ties by name."""
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], str(pair[0][0])))
    return tuple((str(name), count) for (name,), count in ranked)
