"""A single command trains all models; it skips finished parts and stops at a failure."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from spuriforge.data.proving_ground.train import Part, parts, train


def test_every_part_is_a_program_that_knows_its_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in parts(tmp_path):
        program = importlib.import_module(f"spuriforge.data.proving_ground.{part.module}")
        monkeypatch.setattr(sys, "argv", [part.module, "--help"])
        with pytest.raises(SystemExit) as ended:
            program.main()
        assert ended.value.code == 0
        known = capsys.readouterr().out
        assert all(name in known for name in part.arguments if name.startswith("--")), part.name


def test_a_finished_part_is_left_alone_and_a_failing_one_ends_it(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.touch()
    parts_ = [
        Part("finished", "no_such_module", (), there),
        Part("fails", "no_such_module", (), tmp_path / "gone"),
    ]
    train(parts_[:1])
    with pytest.raises(subprocess.CalledProcessError):
        train(parts_)
