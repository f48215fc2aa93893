"""A copy of a sound release for each test to corrupt."""

import shutil
from pathlib import Path

import pytest

from spuriforge.pipeline.release import BuiltRelease


@pytest.fixture
def release(built: BuiltRelease, tmp_path: Path) -> Path:
    """A copy of a sound release; its types are in the splits train and test."""
    return shutil.copytree(built.folder, tmp_path / "1.0.0")
