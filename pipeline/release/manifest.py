"""MANIFEST.json: what a release holds and what it was made of, down to each judgment.

    traced = lineage(outcomes, judgments, names)
    manifest = describe(recipe, files, traced, agreement, names, withheld)

It has no time of day, no folder of this machine, no signing key and no person's name. The keys of
records lead back to the workspace.
"""

import hashlib
import importlib.metadata
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..recipe import Recipe
from ..records import Judgment, key_of
from .files.parquet import File
from .rows.licences import canary
from .rows.record_rows import judgment_ids, public_name
from .texts import prompts
from .type_outcomes import Outcome

MANIFEST = "MANIFEST.json"
#: A signed release has an SSH signature of the manifest's bytes, hence of every file's sha256.
SIGNATURE = f"{MANIFEST}.sig"
#: Packages whose versions shape a release; packages that are not installed are left out.
TOOLS = (
    "pyarrow",
    "pillow",
    "numpy",
    "scipy",
    "torch",
    "transformers",
    "diffusers",
    "open_clip_torch",
    "lemminflect",
    "matplotlib",
)
#: Settings of the recipe that do not change what is published.
_OF_THE_MACHINE = {
    "run": ("workspace", "shard", "workers"),
    "publish": ("folder", "sign_key", "approve", "approval_hours", "to"),
}
#: Settings of a model that say where it was reached, and which variable held the key.
_OF_THE_ENDPOINT = ("url", "key_variable")

Agreement = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Withheld:
    """How much a public release leaves out: the content of the private one."""

    clusters: int
    types: int


def tools() -> dict[str, str]:
    """Returns the versions of Python and of the packages that shape a release."""
    versions = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for name in TOOLS:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def public_recipe(recipe: Recipe, names: Mapping[str, str]) -> dict[str, Any]:
    """Returns the recipe without this machine's folders and settings, and people's names."""

    def cleaned(value: object) -> object:
        if isinstance(value, dict):
            return {
                key: cleaned(inner) for key, inner in value.items() if key not in _OF_THE_ENDPOINT
            }
        if isinstance(value, list):
            return [cleaned(inner) for inner in value]
        return public_name(value) if isinstance(value, str) else value

    public: dict[str, Any] = {
        name: value if name == "publish" else cleaned(value)
        for name, value in recipe.model_dump(mode="json").items()
    }
    for section, settings in _OF_THE_MACHINE.items():
        for name in settings:
            del public[section][name]
    del public["budget"], public["plan"], public["study"]
    public["annotate"]["annotators"] = [names[name] for name in recipe.annotate.annotators]
    return public


def lineage(
    settled: Iterable[Outcome], judgments: Sequence[Judgment], names: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Returns for each published type the keys of the records that it rests on.

    Judgments are named by their ids in the release.
    """
    judged: dict[str, list[str]] = {}
    ids = judgment_ids(judgments, names)
    for judgment in judgments:
        judged.setdefault(judgment.subject, []).append(ids[judgment.key])
    traced = {}
    for outcome in settled:
        if not outcome.published:
            continue
        decision, selection, release = outcome.proof
        subjects = [outcome.type.key, *(checked.pair.key for checked in outcome.pairs)]
        traced[outcome.type.key] = {
            "candidates": sorted(outcome.type.candidates),
            "decision": decision.key,
            "judgments": sorted(key for subject in subjects for key in judged.get(subject, [])),
            "evidence": {"selection": selection.key, "release": release.key},
            "pairs": [checked.pair.key for checked in outcome.pairs],
        }
    return traced


def describe(
    recipe: Recipe,
    files: Sequence[File],
    traced: dict[str, Any],
    agreement: Agreement | None,
    names: Mapping[str, str],
    withheld: Withheld | Literal[True],
) -> dict[str, Any]:
    """Returns the manifest without `texts` and text files, with `version` and `previous` None.

    `withheld` counts what a public release leaves out; it is True for the private release.
    """
    public = public_recipe(recipe, names)
    return {
        "name": recipe.publish.name,
        "version": None,
        "previous": None,
        "license": recipe.publish.license,
        "canary": canary(recipe.publish.name),
        "private": withheld if withheld is True else asdict(withheld),
        "rows": _rows(files),
        "files": {file.path: file.entry() for file in files},
        "agreement": {project: dict(figures) for project, figures in (agreement or {}).items()},
        "tools": tools(),
        "recipe": public,
        "prompts": prompts.used(recipe),
        # A run is identified by its recipe: when and how often it ran changes no result.
        "run": {"name": recipe.run.name, "recipe": key_of(dump(public))},
        "lineage": traced,
    }


def _rows(files: Iterable[File]) -> dict[str, dict[str, int]]:
    """Returns how many rows each split of each config has."""
    rows: dict[str, dict[str, int]] = {}
    for file in files:
        counts = rows.setdefault(file.config, {})
        counts[file.split] = counts.get(file.split, 0) + file.rows
    return rows


#: What the manifest says beside the rows and files.
_STATEMENTS = (
    "license",
    "canary",
    "private",
    "agreement",
    "tools",
    "recipe",
    "prompts",
    "run",
    "lineage",
)


def texts_hash(manifest: Mapping[str, Any], texts: Iterable[str]) -> str:
    """Returns a hash of what a release says beside its rows; `texts` are rendered unversioned."""
    statements = {name: manifest[name] for name in _STATEMENTS}
    return hashlib.sha256((dump(statements) + "\0".join(texts)).encode()).hexdigest()[:16]


def dump(manifest: Mapping[str, Any]) -> str:
    """Returns the manifest's text, the same for the same content."""
    return json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
