"""The leaderboard: a row for each model and prompt style, as Parquet, JSON and table rows.

    board = Leaderboard(release, "test", questions, runs)
    board.entries, board.comparisons, board.as_json(), parquet(board)

A model is flagged if its answers took part in the selection of the types, because its gap is then
partly due to the selection. Its release pairs differ from the pairs of the selection.
"""

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from ..release.questions import OpenRelease, PublishedType, Question, types_of
from .answers import Grade, Reply
from .compare import COMPARED, Comparison, compare
from .figures import FIGURES, Figure, by_type, means, summarize, unparsed
from .intervals import RESAMPLES

#: "selected": its answers decided on types of this release; "asked": it was asked, but no type was
#: found on it; "another version": only another version of it was asked; "no": no part.
Part = Literal["selected", "asked", "another version", "no"]
#: A version that many models have.
_TAG = re.compile(r"main|master|published|v?\d{1,3}(\.\d+)*")


@dataclass(frozen=True, slots=True)
class ModelRun:
    """One model under one prompt style, with all that it chose."""

    #: Name and version, and how it was asked.
    model: str
    prompt: str
    prompt_version: str
    rotations: int
    grades: Sequence[Grade]
    blind: Sequence[Grade]
    replies: Mapping[str, Reply]
    #: Calls that failed for good; their questions are left out.
    failed: int
    cost: float | None

    @property
    def label(self) -> str:
        """What it is called where several are shown."""
        return f"{self.model.partition('@')[0]} · {self.prompt}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the leaderboard."""

    model: str
    prompt: str
    prompt_version: str
    label: str
    part: Part
    #: How many of the types asked about were decided by its answers.
    selected_on: int
    rotations: int
    images: int
    unparsed: float
    failed: int
    cost: float | None
    figures: Mapping[str, Figure]
    #: Figure -> type -> its mean there.
    by_type: Mapping[str, Mapping[str, float]]

    @classmethod
    def of(
        cls, run: ModelRun, release_models: Sequence[str], types: Mapping[str, PublishedType]
    ) -> "Entry":
        """Sums up a run; `release_models` answered when the types were selected."""
        figures = summarize(run.grades, run.blind)
        part, selected_on = part_in(run.model, release_models, types)
        return cls(
            model=run.model,
            prompt=run.prompt,
            prompt_version=run.prompt_version,
            label=run.label,
            part=part,
            selected_on=selected_on,
            rotations=run.rotations,
            images=len(run.grades),
            unparsed=unparsed(run.grades),
            failed=run.failed,
            cost=run.cost,
            figures=figures,
            by_type=means(by_type(run.grades, run.blind)),
        )

    @property
    def rank(self) -> tuple[float, str]:
        """Best first: by accuracy with the cue, or on the anchors where no pair was asked about."""
        first = (
            self.figures.get("with_cue")
            or self.figures.get("anchors")
            or self.figures.get("controls")
        )
        return (-first.value if first else 1.0, self.label)


@dataclass(frozen=True)
class Leaderboard:
    """All entries on one release, best first."""

    release: OpenRelease
    split: str
    questions: Sequence[Question]
    runs: Sequence[ModelRun]

    @cached_property
    def types(self) -> dict[str, PublishedType]:
        """The types asked about, by key."""
        return types_of(self.questions)

    @cached_property
    def entries(self) -> list[Entry]:
        """Best first."""
        release_models = self.release.models
        return sorted(
            (Entry.of(run, release_models, self.types) for run in self.runs),
            key=lambda entry: entry.rank,
        )

    @cached_property
    def comparisons(self) -> list[Comparison]:
        """Every pair of entries on each figure that is compared."""
        return [
            comparison
            for figure in COMPARED
            for comparison in compare(
                {entry.label: entry.by_type.get(figure, {}) for entry in self.entries}, figure
            )
        ]

    @property
    def absent(self) -> list[str]:
        """What the release has nothing for, in words."""
        return [
            f"no {config}"
            for config in ("anchors", "pairs", "controls")
            if config not in self.release.configs
        ]

    def rows(self) -> list[dict[str, Any]]:
        """A flat row for each entry: what the Parquet file has."""
        return [self._row(entry) for entry in self.entries]

    def _row(self, entry: Entry) -> dict[str, Any]:
        row: dict[str, Any] = {
            "model": entry.model,
            "prompt": entry.prompt,
            "prompt_version": entry.prompt_version,
            "release": self.release.manifest["name"],
            "release_version": self.release.manifest["version"],
            "split": self.split,
            "rotations": entry.rotations,
            "part_in_selection": entry.part,
            "selected_on": entry.selected_on,
            "types": len(self.types),
            "images": entry.images,
            "unparsed": entry.unparsed,
            "failed": entry.failed,
            "cost": entry.cost,
        }
        for name in FIGURES:
            figure = entry.figures.get(name)
            row[name] = figure and figure.value
            row |= {
                f"{name}_{part}": getattr(figure, part, None)
                for part in ("low", "high", "groups", "n")
            }
        return row

    def as_json(self) -> str:
        """All figures, comparisons, and each type's accuracies."""
        board = {
            "release": self.release.manifest["name"],
            "version": self.release.manifest["version"],
            "split": self.split,
            "absent": self.absent,
            "resamples": RESAMPLES,
            "figures": FIGURES,
            "types": [asdict(cue_type) for cue_type in self.types.values()],
            "entries": [asdict(entry) for entry in self.entries],
            "comparisons": [asdict(comparison) for comparison in self.comparisons],
        }
        return json.dumps(board, indent=1, ensure_ascii=False) + "\n"


def part_in(
    model: str, release_models: Sequence[str], types: Mapping[str, PublishedType]
) -> tuple[Part, int]:
    """Returns a model's part in the selection, and on how many of the types it decided.

    The fingerprint or commit identifies the same weights under another name. A branch or a tag
    identifies nothing.
    """
    name, _, version = model.partition("@")
    telling = not _TAG.fullmatch(version)

    def same(other: str) -> bool:
        return other == model or (telling and other.partition("@")[2] == version)

    decided = sum(any(map(same, cue_type.models)) for cue_type in types.values())
    if decided:
        return "selected", decided
    if any(map(same, release_models)):
        return "asked", 0
    names = {other.partition("@")[0] for other in release_models}
    return ("another version" if name in names else "no"), 0


def _schema() -> pa.Schema:
    """Returns the columns of leaderboard.parquet."""
    text, whole, real = pa.string(), pa.int64(), pa.float64()
    columns = {
        "model": text,
        "prompt": text,
        "prompt_version": text,
        "release": text,
        "release_version": text,
        "split": text,
        "rotations": whole,
        "part_in_selection": text,
        "selected_on": whole,
        "types": whole,
        "images": whole,
        "unparsed": real,
        "failed": whole,
        "cost": real,
    }
    for name in FIGURES:
        columns |= {
            name: real,
            f"{name}_low": real,
            f"{name}_high": real,
            f"{name}_groups": whole,
            f"{name}_n": whole,
        }
    return pa.schema(list(columns.items()))


SCHEMA = _schema()


def parquet(board: Leaderboard) -> bytes:
    """Returns leaderboard.parquet's content."""
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(board.rows(), schema=SCHEMA), stream)
    return stream.getvalue()
