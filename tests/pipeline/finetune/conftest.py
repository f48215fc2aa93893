"""A tiny release, and the proving ground's own architecture with random weights to train on it."""

from pathlib import Path

import pytest

from tests.pipeline.finetune.tiny_release import made


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import TimmWrapperModel

    from spuriforge.data.proving_ground.subject_model import new_processor, new_subject, save
    from spuriforge.data.proving_ground.vision_tower import tower_config

    place, processor = tmp_path_factory.mktemp("model"), new_processor()
    save(new_subject(TimmWrapperModel(tower_config()).eval(), processor, seed=1), processor, place)
    return place
