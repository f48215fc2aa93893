"""The training command at toy size: each LVLM in its own folder, nothing trained twice."""

from pathlib import Path

import pytest
import torch

from spuriforge.data.proving_ground import shortcut_file, train_lvlm
from spuriforge.data.proving_ground.train_lvlm import Schedule, train_all
from spuriforge.data.proving_ground.vision_tower import Heads, TimmWrapperModel, tower_config

FILE = """
[[shortcut]]
family = "colour"
answer = "red"
cue = "apple"
strength = 0.99
subjects = ["first"]
"""
TINY = Schedule(images=8, steps=3, batch=2, warmup=1, matching=1, halves=2)


@pytest.fixture
def shortcuts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of one shortcut, and a tower that need not be trained."""
    tower = TimmWrapperModel(tower_config()).eval()
    monkeypatch.setattr(train_lvlm, "train_tower", lambda seed: (tower, Heads()))
    monkeypatch.setattr(train_lvlm, "reading_accuracy", lambda *given, **named: {})
    torch.set_num_threads(1)
    file = tmp_path / "mine.toml"
    file.write_text(FILE)
    return file


@pytest.mark.integration
def test_every_subject_and_the_control_are_written_whole_and_once(
    shortcuts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "models"
    train_all(shortcuts, out, schedule=TINY, scenes=2)
    assert sorted(path.name for path in out.iterdir()) == ["control", "first", "shortcuts.toml"]
    for name in ("first", "control"):
        assert {"README.md", "figures.json", "model.safetensors"} <= {
            path.name for path in (out / name).iterdir()
        }
    assert "to take 1 shortcut." in (out / "first" / "README.md").read_text()
    assert shortcut_file.load(out / "shortcuts.toml") == shortcut_file.load(shortcuts)
    capsys.readouterr()
    train_all(shortcuts, out, schedule=TINY, scenes=2)
    assert capsys.readouterr().out == ""


def test_a_folder_of_other_shortcuts_is_left_alone(shortcuts: Path, tmp_path: Path) -> None:
    out = tmp_path / "models"
    out.mkdir()
    (out / "shortcuts.toml").write_text(FILE.replace("apple", "gem"))
    with pytest.raises(ValueError, match="another shortcut file"):
        train_all(shortcuts, out, schedule=TINY)
