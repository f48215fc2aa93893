"""`spuriforge finetune`: what its options mean, and what it prints."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from typer.testing import CliRunner

from spuriforge.flows.commands import finetune
from spuriforge.pipeline.finetune import CONDITIONS, TrainingSettings
from spuriforge.pipeline.finetune.train import Trained
from spuriforge.pipeline.study import defaults
from tests.pipeline.finetune.tiny_release import made


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small release of eight types."""
    return made(tmp_path_factory.mktemp("release"), types=8, controls=24)


def test_the_commands_know_every_condition() -> None:
    assert get_args(finetune.Condition) == CONDITIONS
    for profile in defaults.PROFILES.values():
        assert not set(profile.conditions) & set(profile.control_groups)
        assert set(profile.conditions) | set(profile.control_groups) <= set(CONDITIONS)
        TrainingSettings(path="nowhere", **profile.proving_ground)  # type: ignore[arg-type]


def test_only_the_proving_ground_has_settings_of_its_own(release: Path) -> None:
    assert finetune.settings_of(release, rate=1e-5, lora=None) == {"rate": 1e-5}
    own = json.loads((release / "MANIFEST.json").read_text()) | {
        "recipe": {"benchmarks": [{"kind": "proving-ground"}]}
    }
    place = release.parent / "2.0.0"
    place.mkdir()
    (place / "MANIFEST.json").write_text(json.dumps(own))
    expected = {**defaults.PROFILES["quick"].proving_ground, "steps": 7}
    assert finetune.settings_of(place, quick=True, steps=7) == expected


def test_finetune_says_what_it_did_and_what_comes_next(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[TrainingSettings] = []

    def train(release: str, settings: TrainingSettings, out: Path, *, on_step: Any) -> Trained:
        seen.append(settings)
        for step in range(settings.steps):
            on_step(step + 1, settings.steps)
        return Trained(
            out, 3, 0.25, {"train": ["a", "b"], "validation": ["c"], "test": ["d"]}, 9, 12.4
        )

    monkeypatch.setattr("spuriforge.pipeline.finetune.finetune", train)
    monkeypatch.setattr("spuriforge.flows.prefect_server.configure", lambda home: None)
    app = typer.Typer()
    app.command()(finetune.finetune)
    words = [
        str(release),
        "--model",
        str(tmp_path),
        "--condition",
        "pairs",
        "--out",
        "tu ned",
        "--steps",
        "3",
        "--lora",
        "8",
        "--seed",
        "2",
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert seen == [
        TrainingSettings(path=str(tmp_path), condition="pairs", steps=3, lora=8, seed=2)
    ]
    assert "finetune pairs: 3/3" in done.stderr
    assert (
        "trained on 2 types in 12 s, the weights of step 3, loss on the validation types 0.250; 1 "
        in done.stdout
    )
    assert f"spuriforge evaluate {release} --model 'tu ned' --split test" in done.stdout
