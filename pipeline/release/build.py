"""Builds a release from the workspace: drafted, checked, approved, signed, then put in its place.

    release = build(workspace, recipe, agreement={"cue": {"alpha": 0.81, "low": 0.7, "high": 0.9}})

A release never changes once written, and a build that finds nothing new publishes nothing. With
publish.private, a share of the cues goes to a second release of the same version, in the folder
NAME-private.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ..recipe import Recipe
from ..records import CueType, Decision, Evidence
from ..workspace import Workspace
from . import checks, manifest, signature
from .draft import Source, WrittenDraft, hidden_folder, write_data, write_texts
from .placement import highest_of, place
from .rows import clusters
from .type_outcomes import TYPE_STAGES, Outcome, outcomes
from .versions import release_folder
from .versions.diff import diff
from .versions.version import Bump, latest, next_version, versions
from .versions.wording import sentences

ReleaseError = checks.ReleaseError
_BUMPS: tuple[Bump, ...] = ("patch", "minor", "major")


@dataclass(frozen=True, slots=True)
class BuiltRelease:
    """A release in its folder: a new one or, if nothing changed, the last one."""

    version: str
    folder: Path
    types: int
    pairs: int
    #: False if the workspace says the same as the last release, so nothing was written.
    new: bool
    message: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A release that is written and checked but not visible to readers: what `approve` gets."""

    name: str
    version: str
    #: The version before it, or None for the first.
    previous: str | None
    #: A hidden folder; it is removed if `approve` raises.
    folder: Path
    types: int
    pairs: int
    #: What changed since the last release, in sentences.
    change: tuple[str, ...]
    checks: tuple[checks.Check, ...]


def build(
    workspace: Workspace,
    recipe: Recipe,
    *,
    agreement: manifest.Agreement | None = None,
    evidence: Sequence[Evidence] | None = None,
    types: Sequence[CueType] | None = None,
    decided: Sequence[Decision] | None = None,
    embed: clusters.Embed | None = None,
    approve: Callable[[Draft], None] | None = None,
    bump: Bump | None = None,
) -> BuiltRelease:
    """Publishes what is ready under recipe.publish.folder.

    `agreement` is Krippendorff's alpha with its interval for each project: {"cue": {"alpha", "low",
    "high"}, ...}. `evidence`, `types` and `decided` replace the workspace's tables by what testing,
    screening and people say now. `embed` finds cues alike in meaning. `approve` raises to refuse.
    `bump` asks for a larger version step than the change requires.

    ReleaseError says why nothing can be published; nothing is left behind then.
    """
    settled = outcomes(workspace, recipe, evidence, types, decided)
    cluster_of = clusters.of(workspace, settled, recipe.publish, embed)
    source = Source(workspace, recipe, settled, cluster_of, agreement)
    published = _ready(source)
    if key := _key(recipe):
        signature.require_key(key)
    home = Path(recipe.publish.folder)
    last, highest = latest(home), highest_of(home)
    with ExitStack() as stack:

        def drafted(folder: Path, last: Path | None, *, private: bool) -> WrittenDraft:
            hidden = stack.enter_context(hidden_folder(folder))
            return write_data(hidden, source, private=private, last=last)

        drafts = [drafted(home, home / last if last else None, private=False)]
        if source.withheld.types:
            private_home = private_folder(home)
            drafts.insert(0, drafted(private_home, _last(private_home, home), private=True))
        if last and all(draft.change and draft.change.empty for draft in drafts):
            message = f"Nothing changed since {last}."
            return _release(home, last, published, new=False, message=message)
        _refuse_yanked(home, drafts[-1].folder)
        version = next_version(highest, _bump(drafts), bump)
        _finish(drafts, version, recipe, approve)
        place([(draft.folder, draft.folder.parent) for draft in drafts], version, highest)
    change = drafts[-1].change
    summary = "; ".join(sentences(change)) if change else "the first release"
    message = f"Published {version}: {summary}."
    return _release(home, version, published, new=True, message=message)


def private_folder(home: Path) -> Path:
    """Returns the folder of the private releases, which hold what those of `home` leave out."""
    return home.with_name(f"{home.name}-private")


def _ready(source: Source) -> list[Outcome]:
    """Returns the types that the public release publishes; ReleaseError if there are none."""
    published = source.published(private=False)
    if published:
        return published
    if withheld := source.withheld.types:
        raise ReleaseError(
            f"All {withheld} types that are ready are withheld: lower publish.private."
        )
    raise ReleaseError(f"Nothing is ready to be published: {_waiting(source.settled)}.")


def _waiting(settled: Sequence[Outcome]) -> str:
    """Returns how many types stopped at each stage, in words."""
    counts = Counter(outcome.stage for outcome in settled)
    phrases = [
        f"{counts[stage]} type{'s'[: counts[stage] != 1]} stopped at {stage}"
        for stage in TYPE_STAGES
        if counts[stage]
    ]
    return ", ".join(phrases) or "the workspace has no types yet"


def _refuse_yanked(home: Path, folder: Path) -> None:
    """Raises ReleaseError for a draft equal to a yanked version, which a schedule would restore."""
    for version in versions(home):
        reason = release_folder.yank_reason(home, version)
        if reason is not None and diff(home / version, folder).empty:
            raise ReleaseError(
                f"The workspace still says what {version} said, which was yanked: {reason}."
            )


def _last(private_home: Path, home: Path) -> Path | None:
    """Returns the last private release whose public half exists.

    A build may have been killed between the two.
    """
    whole = [version for version in versions(private_home) if version in versions(home)]
    return private_home / whole[-1] if whole else None


def _bump(drafts: Sequence[WrittenDraft]) -> Bump:
    """Returns the largest step that the changes need; a first release is a major step."""
    steps = [draft.change.bump for draft in drafts if draft.change]
    return max(steps, key=_BUMPS.index, default="major")


def _finish(
    drafts: Sequence[WrittenDraft],
    version: str,
    recipe: Recipe,
    approve: Callable[[Draft], None] | None,
) -> None:
    """Writes the texts, runs the checks, asks for approval of the public draft, and signs."""
    for draft in drafts:
        write_texts(draft, version)
    passed = [checks.require(draft.folder) for draft in drafts]
    if approve:
        approve(_shown(drafts[-1], passed[-1]))
    if key := _key(recipe):
        for draft in drafts:
            signature.sign(draft.folder / manifest.MANIFEST, key)


def _key(recipe: Recipe) -> Path | None:
    return Path(recipe.publish.sign_key).expanduser() if recipe.publish.sign_key else None


def _shown(public: WrittenDraft, passed: Sequence[checks.Check]) -> Draft:
    return Draft(
        name=public.manifest["name"],
        version=public.manifest["version"],
        previous=public.manifest["previous"],
        folder=public.folder,
        types=public.figures.types,
        pairs=public.figures.pairs,
        change=tuple(sentences(public.change)) if public.change else (),
        checks=tuple(passed),
    )


def _release(
    home: Path, version: str, published: Sequence[Outcome], *, new: bool, message: str
) -> BuiltRelease:
    pairs = sum(len(outcome.pairs) for outcome in published)
    return BuiltRelease(version, home / version, len(published), pairs, new, message)
