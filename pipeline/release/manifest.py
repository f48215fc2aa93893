"""MANIFEST.json: what a release holds and what it was made of, down to each judgment. It tells no
time of day.

    manifest = describe(recipe, files, lineage(settled, judgments, names), agreement, names, withheld)

Folders of this machine, keys to sign by and names of people are left out; keys of records lead back
to the workspace.
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
#: Beside it, where the release is signed: an SSH signature of the manifest's bytes, and so of every
#: file's sha256.
SIGNATURE = f"{MANIFEST}.sig"
#: Whose versions decide what a release looks like; those that are not installed are left out.
TOOLS = (
    "pyarrow", "pillow", "numpy", "scipy", "torch", "transformers", "diffusers", "open_clip_torch", "lemminflect",
    "matplotlib",
)  # fmt: skip
#: Settings of the recipe that change nothing that is published.
_OF_THE_MACHINE = {
    "run": ("workspace", "shard", "workers"),
    "publish": ("folder", "sign_key", "approve", "approval_hours", "to"),
}
#: Of a model: where it was reached, and the name of the variable that held the key.
_OF_THE_ENDPOINT = ("url", "key_variable")

Agreement = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Withheld:
    """How much a public release leaves out, to be asked about by those who have the private one."""

    clusters: int
    types: int


def tools() -> dict[str, str]:
    """The versions of Python and of the libraries that a release depends on."""
    versions = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for name in TOOLS:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def public_recipe(recipe: Recipe, names: Mapping[str, str]) -> dict[str, Any]:
    """The recipe without the folders of this machine, its way of working, and the annotators'
    names.
    """

    def cleaned(value: object) -> object:
        if isinstance(value, dict):
            return {
                key: cleaned(inner) for key, inner in value.items() if key not in _OF_THE_ENDPOINT
            }
        if isinstance(value, list):
            return [cleaned(inner) for inner in value]
        return public_name(value) if isinstance(value, str) else value

    said = recipe.model_dump(mode="json")
    public: dict[str, Any] = {
        name: value if name == "publish" else cleaned(value) for name, value in said.items()
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
    """For each published type the keys of the records that it rests on; judgments by their ids in
    the release.
    """
    judged: dict[str, list[str]] = {}
    ids = judgment_ids(judgments, names)
    for one in judgments:
        judged.setdefault(one.subject, []).append(ids[one.key])
    found = {}
    for outcome in (one for one in settled if one.published):
        decision, selection, release = outcome.proof
        subjects = [outcome.type.key, *(checked.pair.key for checked in outcome.pairs)]
        found[outcome.type.key] = {
            "candidates": sorted(outcome.type.candidates),
            "decision": decision.key,
            "judgments": sorted(key for subject in subjects for key in judged.get(subject, [])),
            "evidence": {"selection": selection.key, "release": release.key},
            "pairs": [checked.pair.key for checked in outcome.pairs],
        }
    return found


def describe(
    recipe: Recipe,
    files: Sequence[File],
    traced: dict[str, Any],
    agreement: Agreement | None,
    names: Mapping[str, str],
    withheld: Withheld | Literal[True],
) -> dict[str, Any]:
    """The manifest, but for what depends on the version: `version`, `previous`, `texts` and the
    other files.

    `withheld` counts what a public release leaves out; True for the release that holds just that.
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
        # The run is named by what it was told; when it ran, and how often, changes nothing that it
        # found.
        "run": {"name": recipe.run.name, "recipe": key_of(dump(public))},
        "lineage": traced,
    }


def _rows(files: Iterable[File]) -> dict[str, dict[str, int]]:
    """How many rows each split of each config has."""
    rows: dict[str, dict[str, int]] = {}
    for file in files:
        counted = rows.setdefault(file.config, {})
        counted[file.split] = counted.get(file.split, 0) + file.rows
    return rows


#: What a release says beside its rows.
_SAID = (
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
    """A hash of all that a release says beside its rows; `texts` are rendered without a version."""
    said = {name: manifest[name] for name in _SAID}
    return hashlib.sha256((dump(said) + "\0".join(texts)).encode()).hexdigest()[:16]


def dump(manifest: Mapping[str, Any]) -> str:
    """The manifest's text, the same for the same content."""
    return json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
