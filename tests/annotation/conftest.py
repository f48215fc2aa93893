"""One real Label Studio server for all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spuriforge.annotation import server as embedded
from spuriforge.pipeline.recipe import Recipe
from tests.annotation.things import recipe_for
from tests.label_studio import prepare


@pytest.fixture
def recipe() -> Recipe:
    """Three scripted annotators, two for each cue."""
    return recipe_for()


@pytest.fixture(scope="session")
def label_studio_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the real server, started by the code under test and stopped at the end."""
    home = tmp_path_factory.mktemp("label-studio")
    prepare(home)
    embedded.up(home)
    yield home
    embedded.down(home)


@pytest.fixture
def label_studio(label_studio_home: Path) -> embedded.Server:
    """The real server, started again if a test stopped it."""
    return embedded.up(label_studio_home)
