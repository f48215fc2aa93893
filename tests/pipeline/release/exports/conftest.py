"""A small release and its questions, built once for all tests of exports."""

import pytest

from spuriforge.pipeline.release import build
from spuriforge.pipeline.release.questions import (
    OpenRelease,
    Question,
    open_release,
    read_questions,
)
from tests import worlds


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> OpenRelease:
    return open_release(build(*worlds.finished(tmp_path_factory.mktemp("world"), types=3)).folder)


@pytest.fixture(scope="session")
def questions(release: OpenRelease) -> list[Question]:
    return read_questions(release)
