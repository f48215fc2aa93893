"""Builds a release from the workspace: drafted beside its place, checked, approved, signed, and
only then revealed.

    release = build(workspace, recipe, agreement={"cue": {"alpha": 0.81, "low": 0.74, "high": 0.88}})

A release is never changed once written. Nothing new in the workspace, nothing new published. With
publish.private a share of the cues goes to a release of its own, in the folder NAME-private, under
the same version.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ..recipe import Recipe
from ..records import CueType, Decision, Evidence
from ..workspace import Workspace
from . import checks, manifest, signature
from .draft import Source, Written, beside, draft, tell
from .placement import highest_of, reveal
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
    """A release that lies in its folder, new or, when nothing changed, the last one."""

    version: str
    folder: Path
    types: int
    pairs: int
    #: False when the workspace says just what the last release says, and nothing was written.
    new: bool
    message: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A release that is written and checked, and that no reader sees yet: what `approve` is asked
    about.
    """

    name: str
    version: str
    #: The version before it, or None for the first.
    previous: str | None
    #: A hidden folder, gone when `approve` raises.
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
    """Publishes what is ready under recipe.publish.folder; ReleaseError says why it cannot, and
    leaves nothing behind.

    `agreement` is Krippendorff's alpha with its interval for each project: {"cue": {"alpha", "low",
    "high"}, ...}; `evidence` is what weighing the responses says now, selection and release,
    `types` what the screener, `decided` what people say now; left out, the workspace's tables.
    `embed` finds cues that are alike in meaning; `approve` raises to refuse; `bump` asks for more
    than the change makes it: a "major" version, say.
    """
    settled = outcomes(workspace, recipe, evidence, types, decided)
    source = Source(
        workspace,
        recipe,
        settled,
        clusters.of(workspace, settled, recipe.publish, embed),
        agreement,
    )
    published = _ready(source)
    if key := _key(recipe):
        signature.require_key(key)
    home = Path(recipe.publish.folder)
    last, highest = latest(home), highest_of(home)
    with ExitStack() as stack:
        drafts = [
            draft(
                stack.enter_context(beside(home)),
                source,
                private=False,
                last=home / last if last else None,
            )
        ]
        if source.withheld.types:
            apart = withheld_folder(home)
            drafts.insert(
                0,
                draft(
                    stack.enter_context(beside(apart)),
                    source,
                    private=True,
                    last=_last(apart, home),
                ),
            )
        if last and all(one.change and one.change.empty for one in drafts):
            return _release(
                home, last, published, new=False, message=f"Nothing changed since {last}."
            )
        _not_yanked(home, drafts[-1].folder)
        version = next_version(highest, _bump(drafts), bump)
        _finish(drafts, version, recipe, approve)
        reveal([(one.folder, one.folder.parent) for one in drafts], version, highest)
    change = drafts[-1].change
    summary = "; ".join(sentences(change)) if change else "the first release"
    return _release(home, version, published, new=True, message=f"Published {version}: {summary}.")


def withheld_folder(home: Path) -> Path:
    """Where the releases lie that hold what the releases of `home` leave out."""
    return home.with_name(f"{home.name}-private")


def _ready(source: Source) -> list[Outcome]:
    """The types that the public release publishes, in their order; ReleaseError where there are
    none.
    """
    published = source.published(private=False)
    if published:
        return published
    if withheld := source.withheld.types:
        raise ReleaseError(
            f"All {withheld} types that are ready are withheld: lower publish.private."
        )
    raise ReleaseError(f"Nothing is ready to be published: {_waiting(source.settled)}.")


def _waiting(settled: Sequence[Outcome]) -> str:
    """How many types stopped at each stage, in words."""
    counts = {stage: sum(one.stage == stage for one in settled) for stage in TYPE_STAGES}
    said = [
        f"{count} type{'s'[: count != 1]} stopped at {stage}"
        for stage, count in counts.items()
        if count
    ]
    return ", ".join(said) or "the workspace has no types yet"


def _not_yanked(home: Path, folder: Path) -> None:
    """ReleaseError for a draft that says just what a yanked version says: the next schedule would
    bring it back.
    """
    for version in versions(home):
        reason = release_folder.yank_reason(home, version)
        if reason is not None and diff(home / version, folder).empty:
            raise ReleaseError(
                f"The workspace still says what {version} said, which was yanked: {reason}."
            )


def _last(apart: Path, home: Path) -> Path | None:
    """The last private release whose public half is there too: a build may have been killed between
    the two.
    """
    whole = [version for version in versions(apart) if version in versions(home)]
    return apart / whole[-1] if whole else None


def _bump(drafts: Sequence[Written]) -> Bump:
    """The largest of the changes; what has nothing before it is no change of what readers have."""
    changes = [one.change.bump for one in drafts if one.change]
    return max(changes, key=_BUMPS.index, default="major")


def _finish(
    drafts: Sequence[Written], version: str, recipe: Recipe, approve: Callable[[Draft], None] | None
) -> None:
    """What is said of the data, the checks, a person's approval, and the signature."""
    for one in drafts:
        tell(one, version)
    passed = [checks.require(one.folder) for one in drafts]
    if approve:
        approve(_shown(drafts[-1], passed[-1]))
    for one in drafts:
        if key := _key(recipe):
            signature.sign(one.folder / manifest.MANIFEST, key)


def _key(recipe: Recipe) -> Path | None:
    return Path(recipe.publish.sign_key).expanduser() if recipe.publish.sign_key else None


def _shown(public: Written, passed: Sequence[checks.Check]) -> Draft:
    said = public.manifest
    return Draft(
        name=said["name"],
        version=said["version"],
        previous=said["previous"],
        folder=public.folder,
        types=public.figures.types,
        pairs=public.figures.pairs,
        change=tuple(sentences(public.change)) if public.change else (),
        checks=tuple(passed),
    )


def _release(
    home: Path, version: str, published: Sequence[Outcome], *, new: bool, message: str
) -> BuiltRelease:
    return BuiltRelease(
        version,
        home / version,
        len(published),
        sum(len(one.pairs) for one in published),
        new,
        message,
    )
