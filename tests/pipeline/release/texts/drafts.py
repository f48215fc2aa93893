"""The data files of a release as they lie in a draft, with manifest and figures: what the texts are
made from.

    draft = make_draft(tmp_path, types=3)
    card.texts(draft.manifest, draft.figures)

Rows come from the pipeline; they are written here, plainly, so that a test of a text needs no whole
build.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.release.files.parquet import IMAGE, Row
from spuriforge.pipeline.release.manifest import public_recipe
from spuriforge.pipeline.release.rows import clusters, tables
from spuriforge.pipeline.release.rows.columns import SCHEMAS
from spuriforge.pipeline.release.rows.licences import canary
from spuriforge.pipeline.release.texts.figures import Figures
from spuriforge.pipeline.release.type_outcomes import outcomes
from spuriforge.pipeline.workspace import Workspace
from tests import worlds

AGREEMENT = {
    "cue": {"alpha": 0.81, "low": 0.7, "high": 0.9},
    "pair": {"alpha": 0.75, "low": 0.6, "high": 0.85},
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A folder with data files, and what is known of them."""

    folder: Path
    manifest: dict[str, Any]
    figures: Figures


def make_draft(
    home: Path,
    types: int = 2,
    *,
    change: Callable[[Workspace], None] = lambda workspace: None,
    **publish: object,
) -> Draft:
    """The data files of a tiny world; `change` may first take something from its workspace, or add
    to it.
    """
    workspace, recipe = worlds.finished(home, types=types)
    if publish:
        recipe = recipe.model_copy(update={"publish": recipe.publish.model_copy(update=publish)})
    change(workspace)
    manifest = _manifest(recipe, tables.pseudonyms(workspace, recipe))
    settled = outcomes(workspace, recipe)
    for part in tables.parts(
        workspace, recipe, settled, clusters.of(workspace, settled, recipe.publish)
    ):
        rows = [_whole(workspace, part.config, row) for _, row in part.rows]
        if rows:
            _write(home / "draft", part.config, part.split, rows, manifest)
    return Draft(home / "draft", manifest, Figures.of(workspace, home / "draft", manifest))


def _manifest(recipe: Recipe, names: dict[str, str]) -> dict[str, Any]:
    published = public_recipe(recipe, names)
    published["publish"]["url"] = recipe.publish.url
    return {
        "name": recipe.publish.name,
        "version": "1.2.0",
        "license": recipe.publish.license,
        "rows": {},
        "files": {},
        "agreement": AGREEMENT,
        "tools": {"pyarrow": pa.__version__},
        "recipe": published,
        "canary": canary(recipe.publish.name),
        "private": {"clusters": 0, "types": 0},
    }


def _whole(workspace: Workspace, config: str, row: Row) -> Row:
    """A row with the bytes of its images."""
    images = {field.name for field in SCHEMAS[config] if field.type == IMAGE}
    return {
        name: {"bytes": workspace.image_bytes(value), "path": f"{value}.png"}
        if name in images and value
        else value
        for name, value in row.items()
    }


def _write(
    folder: Path, config: str, split: str, rows: list[Row], manifest: dict[str, Any]
) -> None:
    path = folder / config / f"{split}-00000.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMAS[config]), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest["files"][f"{config}/{path.name}"] = {
        "config": config,
        "split": split,
        "rows": len(rows),
        "bytes": path.stat().st_size,
        "sha256": digest,
    }
    manifest["rows"].setdefault(config, {})[split] = len(rows)
