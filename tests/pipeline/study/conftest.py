"""The tiny release of fine-tuning's tests, once for all tests of a study."""

from pathlib import Path

import pytest

from tests.pipeline.finetune.tiny_release import made


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("release"))
