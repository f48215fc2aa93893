"""Builds a release from the workspace: written beside its place, checked, renamed, and only then pointed to.

    release = build(workspace, recipe, agreement={"cue": {"alpha": 0.81, "low": 0.74, "high": 0.88}})

A release is never changed once written. Nothing new in the workspace, nothing new published.
"""

import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..recipe import Recipe
from ..records import CueType, Decision, Evidence, Judgment
from ..workspace import Workspace
from . import card, checks, manifest, tables
from .diff import Diff, diff
from .parquet import File, sha256, write
from .publication import STAGES, Outcome, outcomes
from .splits import SPLITS, assign
from .version import latest, next_version

ReleaseError = checks.ReleaseError


@dataclass(frozen=True, slots=True)
class Release:
    """A release that lies in its folder, new or, when nothing changed, the last one."""

    version: str
    folder: Path
    types: int
    pairs: int
    #: False when the workspace says just what the last release says, and nothing was written.
    new: bool
    message: str


def build(
    workspace: Workspace,
    recipe: Recipe,
    *,
    agreement: manifest.Agreement | None = None,
    evidence: Sequence[Evidence] | None = None,
    types: Sequence[CueType] | None = None,
    decided: Sequence[Decision] | None = None,
) -> Release:
    """Publishes what is ready under recipe.publish.folder; ReleaseError says why it cannot, and leaves nothing behind.

    `agreement` is Krippendorff's alpha with its interval for each project: {"cue": {"alpha", "low", "high"}, ...};
    `evidence` is what weighing the responses says now, selection and release, `types` what the screener, `decided`
    what people say now; left out, the workspace's tables.
    """
    settled = outcomes(workspace, recipe, evidence, types, decided)
    published = [one for one in settled if one.published]
    if not published:
        raise ReleaseError(f"Nothing is ready to be published: {_waiting(settled)}.")
    home = Path(recipe.publish.folder)
    last = latest(home)
    with _beside(home) as draft:
        described = _write_rows(draft, workspace, recipe, settled, agreement)
        said = card.Figures.of(workspace, settled, described)
        described["texts"] = manifest.texts_hash(described, card.texts(described, said).values())
        (draft / manifest.MANIFEST).write_text(manifest.dump(described), encoding="utf-8")
        change = diff(home / last, draft) if last else None
        if last and change and change.empty:
            return _release(home, last, published, new=False, message=f"Nothing changed since {last}.")
        version = next_version(last, change.bump if change else "major")
        _write_texts(draft, described, said, home, last, version, change)
        checks.require(draft)
        _reveal(draft, home, version)
    summary = "; ".join(change.sentences()) if change else "the first release"
    return _release(home, version, published, new=True, message=f"Published {version}: {summary}.")


def _release(home: Path, version: str, published: list[Outcome], *, new: bool, message: str) -> Release:
    return Release(version, home / version, len(published), sum(len(one.pairs) for one in published), new, message)


def _waiting(settled: list[Outcome]) -> str:
    """How many types stopped at each stage, in words."""
    counts = {stage: sum(one.stage == stage for one in settled) for stage in STAGES}
    said = [f"{count} type{'s'[: count != 1]} stopped at {stage}" for stage, count in counts.items() if count]
    return ", ".join(said) or "the workspace has no types yet"


@contextmanager
def _beside(home: Path) -> Iterator[Path]:
    """A folder of our own beside the releases, hidden, gone at the end unless it was renamed."""
    draft = home / f".draft-{uuid.uuid4().hex}"
    draft.mkdir(parents=True)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write_rows(
    draft: Path, workspace: Workspace, recipe: Recipe, settled: list[Outcome], agreement: manifest.Agreement | None
) -> dict[str, Any]:
    """All data files, and the manifest so far."""
    published = [one for one in settled if one.published]
    judgments = workspace.records(Judgment)
    names = tables.pseudonyms(workspace, recipe)
    pairs = {checked.pair.key for one in published for checked in one.pairs}
    shown = pairs | {one.type.key for one in published}
    scripted = {one.subject for one in judgments if one.scripted}
    files: list[File] = []
    split_of = assign(published)
    for split in SPLITS:
        here = [one for one in published if split_of[one.type.key] == split]
        files += write(draft, "pairs", split, tables.SCHEMAS["pairs"], tables.pair_rows(workspace, here, scripted))
        files += write(
            draft, "anchors", split, tables.SCHEMAS["anchors"], tables.anchor_rows(workspace, here, scripted)
        )
    for config, rows in (
        ("candidates", tables.candidate_rows(workspace, settled)),
        ("annotations", tables.annotation_rows(workspace, names, shown)),
        ("responses", tables.response_rows(workspace, pairs)),
    ):
        files += write(draft, config, "full", tables.SCHEMAS[config], rows)
    return manifest.describe(recipe, files, manifest.lineage(settled, judgments, names), agreement, names)


def _write_texts(
    draft: Path, described: dict[str, Any], said: card.Figures, home: Path, last: str | None, version: str,
    change: Diff | None,
) -> None:  # fmt: skip
    """The card, the changelog, the citation and the licence, and the manifest that lists them too."""
    described |= {"version": version, "previous": last}
    texts = card.texts(described, said)
    before = (home / last / "CHANGELOG.md").read_text(encoding="utf-8") if last else ""
    texts["CHANGELOG.md"] = card.changelog(version, change.sentences() if change else [], before)
    for name, text in texts.items():
        (draft / name).write_text(text, encoding="utf-8")
        described["files"][name] = {"bytes": len(text.encode()), "sha256": sha256(draft / name)}
    (draft / manifest.MANIFEST).write_text(manifest.dump(described), encoding="utf-8")


def _reveal(draft: Path, home: Path, version: str) -> None:
    """Renames the draft to its version, which must not be there, and moves the pointer last."""
    if (home / version).exists():
        raise ReleaseError(f"{home / version} exists already; a release is never overwritten.")
    for path in sorted(draft.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
    try:
        draft.rename(home / version)
    except OSError as error:
        raise ReleaseError(f"{home / version} could not be put in place: {error.strerror}.") from error
    pointer = home / f".latest-{uuid.uuid4().hex}"
    pointer.write_text(f"{version}\n", encoding="utf-8")
    pointer.replace(home / "latest")
