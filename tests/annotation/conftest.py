"""One real Label Studio server for all tests; its first start takes about a minute."""

from collections.abc import Iterator

import pytest

from annotation import server as embedded
from pipeline.recipe import Recipe
from tests.annotation.things import recipe_for


@pytest.fixture
def recipe() -> Recipe:
    """Three scripted annotators, two for each cue."""
    return recipe_for()


@pytest.fixture(scope="session")
def label_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Server]:
    """The real server, started by the code under test."""
    home = tmp_path_factory.mktemp("label-studio")
    embedded.install(home)
    yield embedded.up(home)
    embedded.down(home)
