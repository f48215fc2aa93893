"""A release as a draft: data files, texts and plots in a hidden folder beside the releases.

    with hidden_folder(home) as folder:
        written = write_data(folder, source, private=False, last=home / "1.0.0")
        write_texts(written, "1.1.0")

Files that the last release has already are linked. A draft gets its version only when all of its
data is written, because the version follows from the difference to the last release.
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
    """What releases are made from: the workspace, and the outcome of every type."""

    workspace: Workspace
    recipe: Recipe
    settled: Sequence[Outcome]
    #: Type -> the cluster of its cue.
    cluster_of: Mapping[str, str]
    agreement: manifest.Agreement | None

    def included(self, *, private: bool) -> list[Outcome]:
        """Returns the outcomes that the public or the private release covers."""
        return tables.included_outcomes(self.settled, self.cluster_of, self.recipe, private=private)

    def published(self, *, private: bool) -> list[Outcome]:
        """Returns the types that the public or the private release publishes."""
        return [outcome for outcome in self.included(private=private) if outcome.published]

    @property
    def withheld(self) -> manifest.Withheld:
        """How much the public release leaves out."""
        keys = [outcome.type.key for outcome in self.published(private=True)]
        return manifest.Withheld(len({self.cluster_of[key] for key in keys}), len(keys))


@dataclass(frozen=True, slots=True)
class WrittenDraft:
    """A draft on the disk: its manifest, which still grows, its figures, and what changed."""

    folder: Path
    manifest: dict[str, Any]
    figures: Figures
    last: Path | None
    #: The difference to the last release, or None if there is none.
    change: Diff | None


@contextmanager
def hidden_folder(home: Path) -> Iterator[Path]:
    """Yields a new hidden folder beside the releases; it is removed unless it gets renamed."""
    folder = home / f".draft-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_data(folder: Path, source: Source, *, private: bool, last: Path | None) -> WrittenDraft:
    """Writes all data files and a first manifest, and compares them with the last release."""
    files = _write_rows(folder, source, private, last)
    judgments = source.workspace.records(Judgment)
    names = tables.pseudonyms(source.workspace, source.recipe)
    described = manifest.describe(
        source.recipe,
        files,
        manifest.lineage(source.included(private=private), judgments, names),
        source.agreement,
        names,
        True if private else source.withheld,
    )
    figures = Figures.of(source.workspace, folder, described)
    described["texts"] = manifest.texts_hash(described, card.texts(described, figures).values())
    (folder / MANIFEST).write_text(manifest.dump(described), encoding="utf-8")
    change = diff(last, folder) if last else None
    return WrittenDraft(folder, described, figures, last, change)


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


def write_texts(draft: WrittenDraft, version: str) -> None:
    """Writes texts, plots and metadata under a version, then the manifest, listing all files."""
    described, figures, last = draft.manifest, draft.figures, draft.last
    described |= {"version": version, "previous": last.name if last else None}
    log_before = (last / CHANGELOG).read_text(encoding="utf-8") if last else ""
    texts = card.texts(described, figures)
    texts |= {CHANGELOG: changelog.entry(version, draft.change, log_before)}
    for name, text in texts.items():
        _add(draft, name, text.encode())
    for name, payload in plots.draw(described, figures).items():
        _add(draft, name, payload)
    _add(draft, croissant.CROISSANT, croissant.describe(described, figures).encode())
    (draft.folder / MANIFEST).write_text(manifest.dump(described), encoding="utf-8")


def _add(draft: WrittenDraft, name: str, payload: bytes) -> None:
    """Writes a file and enters it in the manifest."""
    path = draft.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(payload)
    draft.manifest["files"][name] = {"bytes": len(payload), "sha256": sha256(path)}
