"""A release as a draft: its data files, then what is said of them, in a hidden folder beside the
finished releases.

    with beside(home) as folder:
        written = draft(folder, source, private=False, last=home / "1.0.0")
        tell(written, "1.1.0")

What the last release holds already is linked from there. A draft has no version until all of it is
known.
"""

import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..recipe import Recipe
from ..records import Judgment
from ..workspace import Workspace
from . import manifest
from .contents import manifest_of
from .files.parquet import File, Images, earlier, sha256, write
from .manifest import MANIFEST
from .rows import tables
from .rows.columns import SCHEMAS
from .texts import card, croissant, plots
from .texts.figures import Figures
from .type_outcomes import Outcome
from .versions import changelog
from .versions.changes import Diff
from .versions.diff import diff

CHANGELOG = "CHANGELOG.md"


@dataclass(frozen=True, slots=True)
class Source:
    """What releases are made from: the workspace, and what became of every type."""

    workspace: Workspace
    recipe: Recipe
    settled: Sequence[Outcome]
    #: Type -> the cluster of its cue.
    cluster_of: Mapping[str, str]
    agreement: manifest.Agreement | None

    def told(self, *, private: bool) -> list[Outcome]:
        """What became of the types that the public release tells of, or the private one."""
        return tables.included_outcomes(self.settled, self.cluster_of, self.recipe, private=private)

    def published(self, *, private: bool) -> list[Outcome]:
        """The types that the public release publishes, or the private one."""
        return [one for one in self.told(private=private) if one.published]

    @property
    def withheld(self) -> manifest.Withheld:
        """How much the public release leaves out."""
        keys = [one.type.key for one in self.published(private=True)]
        return manifest.Withheld(len({self.cluster_of[key] for key in keys}), len(keys))


@dataclass(frozen=True, slots=True)
class Written:
    """A draft on the disk: its manifest, which still grows, its figures, and how it differs from
    the last release.
    """

    folder: Path
    manifest: dict[str, Any]
    figures: Figures
    last: Path | None
    change: Diff | None


@contextmanager
def beside(home: Path) -> Iterator[Path]:
    """A folder of our own beside the releases, hidden, gone at the end unless it was renamed."""
    folder = home / f".draft-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def draft(folder: Path, source: Source, *, private: bool, last: Path | None) -> Written:
    """Writes all data files and the manifest so far, and compares them with the last release."""
    files = _write_rows(folder, source, private, last)
    judgments = source.workspace.records(Judgment)
    names = tables.pseudonyms(source.workspace, source.recipe)
    described = manifest.describe(
        source.recipe,
        files,
        manifest.lineage(source.told(private=private), judgments, names),
        source.agreement,
        names,
        True if private else source.withheld,
    )
    figures = Figures.of(source.workspace, folder, described)
    described["texts"] = manifest.texts_hash(described, card.texts(described, figures).values())
    (folder / MANIFEST).write_text(manifest.dump(described), encoding="utf-8")
    return Written(folder, described, figures, last, diff(last, folder) if last else None)


def _write_rows(folder: Path, source: Source, private: bool, last: Path | None) -> list[File]:
    images = Images.of(source.workspace)
    previous = earlier(last, manifest_of(last)) if last else {}
    parts = tables.parts(
        source.workspace, source.recipe, source.settled, source.cluster_of, private=private
    )
    return [
        file
        for part in parts
        for file in write(folder, part, SCHEMAS[part.config], images, previous)
    ]


def tell(written: Written, version: str) -> None:
    """Writes what is said of the data under its version: texts, plots, metadata, and the manifest
    that lists all.
    """
    described, figures, last = written.manifest, written.figures, written.last
    described |= {"version": version, "previous": last.name if last else None}
    before = (last / CHANGELOG).read_text(encoding="utf-8") if last else ""
    texts = card.texts(described, figures) | {
        CHANGELOG: changelog.entry(version, written.change, before)
    }
    for name, text in texts.items():
        _put(written, name, text.encode())
    for name, payload in plots.draw(described, figures).items():
        _put(written, name, payload)
    _put(written, croissant.CROISSANT, croissant.describe(described, figures).encode())
    (written.folder / MANIFEST).write_text(manifest.dump(described), encoding="utf-8")


def _put(written: Written, name: str, payload: bytes) -> None:
    path = written.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(payload)
    written.manifest["files"][name] = {"bytes": len(payload), "sha256": sha256(path)}
