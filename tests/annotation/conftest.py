"""One real Label Studio server for all tests, and one in memory with types to push to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spuriforge.annotation import desks, handout, repair
from spuriforge.annotation import server as embedded
from spuriforge.annotation.accounts import Account
from spuriforge.annotation.catch_trials import cue_trials
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import CatchTrial, CueType, Sample, key_of
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.fake_label_studio import FakeLabelStudio
from tests.annotation.pushing import recipe_with
from tests.annotation.things import cue_type, picture, recipe_for
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


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeLabelStudio:
    """In place of every connection."""
    fake = FakeLabelStudio()
    for module in (handout, repair):
        monkeypatch.setattr(module, "connect", lambda server, token=None: fake)
    monkeypatch.setattr(
        repair, "annotators", lambda server, names: {name: Account(name, None) for name in names}
    )
    monkeypatch.setattr(desks, "_BATCH", 4)
    return fake


@pytest.fixture
def types(workspace: Workspace) -> list[CueType]:
    """Thirty types, the clearest first."""
    return [
        cue_type(workspace, number, cue=("kite", "umbrella")[number % 2]) for number in range(30)
    ]


@pytest.fixture
def catch_trials(workspace: Workspace, types: list[CueType]) -> list[tuple[CatchTrial, CueType]]:
    """Three gold and three sham cues."""
    samples = [
        Sample(
            key=key_of("s", number),
            benchmark="b",
            split="test",
            question_id=str(number),
            question="Which colour?",
            choices=("red", "blue"),
            answer=0,
            image=workspace.put_image(picture(40 + number)),
        )
        for number in range(30)
    ]
    trials = cue_trials(types, samples, {}, recipe_with())
    assert len(trials) == 6
    return trials
