"""The questions of a release: each anchor, arm of a pair and control, and where its image lies.

    release = open_release("releases/demo")              # a release, or the latest in a folder
    questions = read_questions(release, split="test")
    picture = Pictures(release.folder)
    picture(questions[0])                                # decoded, its hash checked

Rows are read without their images. An image is read, with its row group, when a model needs it.
"""

import hashlib
import io
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from ..release.manifest import MANIFEST
from ..release.versions.release_folder import find

Config = Literal["anchors", "pairs", "controls"]
Split = Literal["all", "train", "validation", "test"]
CONFIGS: tuple[Config, ...] = ("anchors", "pairs", "controls")
#: Config -> the arms that it has, each with its image's column.
ARMS: dict[Config, dict[str, str]] = {
    "anchors": {"anchor": "image"},
    "pairs": {"with": "image_with", "without": "image_without", "placebo": "image_placebo"},
    "controls": {"control": "image"},
}
#: So many columns of row groups are kept in memory: the three arms of a pair, for two threads.
KEPT = 6


@dataclass(frozen=True, slots=True)
class OpenRelease:
    """A release folder and its manifest."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.manifest['name']} {self.manifest['version']}"

    @property
    def configs(self) -> tuple[Config, ...]:
        """Those of the configs asked about that this release has; older ones have no controls."""
        configs = {entry.get("config") for entry in self.manifest["files"].values()}
        return tuple(config for config in CONFIGS if config in configs)

    @property
    def models(self) -> tuple[str, ...]:
        """The models that answered the pairs when the types were selected, by name and version."""
        models: dict[str, None] = {}
        for path, entry in sorted(self.manifest["files"].items()):
            if entry.get("config") == "responses":
                column = pq.read_table(self.folder / path, columns=["model"]).column("model")
                models |= dict.fromkeys(column.unique().to_pylist())
        return tuple(sorted(models))

    def files(self, config: Config) -> list[tuple[str, str]]:
        """(path, split) of each data file of a config, sorted."""
        entries = sorted(self.manifest["files"].items())
        return [
            (path, str(entry["split"])) for path, entry in entries if entry.get("config") == config
        ]


@dataclass(frozen=True, slots=True)
class PublishedType:
    """A type in a release: question, cue, linked option, and the models that it was found on."""

    key: str
    question: str
    cue: str
    linked: str
    answer: str
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an image lies: file, row group, row within that, column."""

    path: str
    group: int
    row: int
    column: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question about one image, as a release's row has it."""

    #: The row's id: of an anchor, a pair, a control.
    id: str
    config: Config
    arm: str
    split: str
    question: str
    choices: tuple[str, ...]
    #: Index of the right option, and of the one that the cue points to.
    answer: int
    linked: int | None
    #: sha256 of the image's bytes.
    image: str
    place: Place
    #: None for a control: it belongs to no type.
    type: PublishedType | None
    #: The benchmark's sample that an anchor or control is; older releases do not name the
    #: controls'.
    sample: str | None
    #: What an arm of a pair was made from, and which cues of the vocabulary a control shows; None
    #: where nobody knows.
    prompt: str | None
    cues: tuple[str, ...] | None


def open_release(path: str | Path) -> OpenRelease:
    """Opens a release folder, or the latest release in a folder; ValueError if it is neither."""
    folder = find(Path(path))
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not {"name", "version", "files"} <= manifest.keys():
        raise ValueError(
            f"{folder / MANIFEST} is not a release's manifest: it lacks name, version or files."
        )
    return OpenRelease(folder, manifest)


def read_questions(
    release: OpenRelease,
    *,
    configs: Collection[Config] = CONFIGS,
    split: Split = "all",
    limit_types: int | None = None,
    types: Collection[str] | None = None,
) -> list[Question]:
    """Returns the questions of a release, or of one split, in the files' order.

    `types` selects types by key; `limit_types` takes the first types by key, for a trial. Controls
    belong to no type and stay. ValueError if nothing is left.
    """
    wanted_configs = [config for config in CONFIGS if config in configs]
    questions = [
        question for config in wanted_configs for question in _of_config(release, config, split)
    ]
    keys = sorted(
        {
            question.type.key
            for question in questions
            if question.type and (types is None or question.type.key in types)
        }
    )
    kept_types = set(keys[:limit_types])
    selected = [
        question
        for question in questions
        if question.type is None or question.type.key in kept_types
    ]
    if not selected:
        raise ValueError(
            f"{release.title} has nothing to ask in {', '.join(wanted_configs)} (split {split})."
        )
    return selected


def _of_config(release: OpenRelease, config: Config, split: Split) -> Iterator[Question]:
    for path, of_file in release.files(config):
        if split in ("all", of_file):
            yield from _of_file(release.folder, path, config, of_file)


def _of_file(folder: Path, path: str, config: Config, split: str) -> Iterator[Question]:
    arms = ARMS[config]
    with pq.ParquetFile(folder / path) as file:
        columns = file.schema_arrow.names
        names = [name for name in columns if name not in arms.values()]
        for group in range(file.num_row_groups):
            for number, row in enumerate(file.read_row_group(group, columns=names).to_pylist()):
                kind = _type(row) if config != "controls" else None
                for arm, column in arms.items():
                    if row[f"{column}_sha256"]:
                        yield _question(
                            row, config, arm, split, Place(path, group, number, column), kind
                        )


def _type(row: dict[str, Any]) -> PublishedType:
    return PublishedType(
        row["type"],
        row["question"],
        row["cue"],
        row["cue_linked"],
        row["answer"],
        tuple(row["models"]),
    )


def _question(
    row: dict[str, Any],
    config: Config,
    arm: str,
    split: str,
    place: Place,
    kind: PublishedType | None,
) -> Question:
    return Question(
        id=row["id"],
        config=config,
        arm=arm,
        split=split,
        question=row["question"],
        choices=tuple(row["choices"]),
        answer=row["answer_index"],
        linked=row["cue_linked_index"] if kind else None,
        image=row[f"{place.column}_sha256"],
        place=place,
        type=kind,
        sample=row.get("sample"),
        prompt=row.get(f"prompt_{arm}"),
        cues=None if row.get("cues") is None else tuple(row["cues"]),
    )


class Pictures:
    """The images of a release, with a cache of the last columns read; threads may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._column = lru_cache(maxsize=KEPT)(self._read)

    def __call__(self, question: Question) -> Image.Image:
        """The image that a question is about, as RGB."""
        return Image.open(io.BytesIO(self.bytes_of(question))).convert("RGB")

    def bytes_of(self, question: Question) -> bytes:
        """Returns the image's bytes; ValueError if their hash is not the release's."""
        place = question.place
        payload: bytes = self._column(place.path, place.group, place.column)[place.row][
            "bytes"
        ].as_py()
        if hashlib.sha256(payload).hexdigest() != question.image:
            raise ValueError(
                f"The image of {question.id} in {place.path} is damaged: fetch the release again."
            )
        return payload

    def _read(self, path: str, group: int, column: str) -> pa.ChunkedArray:
        with pq.ParquetFile(self.folder / path) as file:
            return file.read_row_group(group, columns=[column]).column(column)


def types_of(questions: Sequence[Question]) -> dict[str, PublishedType]:
    """Returns the types of the questions by key, sorted."""
    types = {question.type.key: question.type for question in questions if question.type}
    return dict(sorted(types.items()))
