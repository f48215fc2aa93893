"""A finished workspace that nobody changes, and the rows of its release."""

from collections import defaultdict
from typing import Any

import pytest

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.release.rows import clusters, tables
from spuriforge.pipeline.release.type_outcomes import outcomes
from spuriforge.pipeline.workspace import Workspace
from tests import worlds

Rows = dict[str, list[dict[str, Any]]]
World = tuple[Workspace, Recipe]


def rows_of(workspace: Workspace, recipe: Recipe, *, private: bool = False) -> Rows:
    """Returns every config's rows, each with its split."""
    settled = outcomes(workspace, recipe)
    cluster_of = clusters.of(workspace, settled, recipe.publish)
    rows: Rows = defaultdict(list)
    for part in tables.parts(workspace, recipe, settled, cluster_of, private=private):
        rows[part.config] += [row | {"split": part.split} for _, row in part.rows]
    return rows


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A finished workspace of three types that nobody changes."""
    return worlds.finished(tmp_path_factory.mktemp("world"), types=3)


@pytest.fixture(scope="session")
def rows(world: World) -> Rows:
    """Its public rows."""
    return rows_of(*world)
