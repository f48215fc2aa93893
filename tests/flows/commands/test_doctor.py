"""`spuriforge doctor` runs every check, and each failure says what to do."""

from collections import namedtuple
from pathlib import Path

import pytest
import typer

from spuriforge.flows import prefect_server, schedules
from spuriforge.flows.commands import doctor
from spuriforge.flows.commands.doctor import Finding, examine

CHECKS = ["python", "packages", "torch", "prefect", "label studio", "chromium", "models", "disk"]
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands in for what is slow to look at, or differs between machines."""
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setattr(doctor, "_torch", lambda: "2.0, CPU only")
    monkeypatch.setattr(doctor, "_label_studio", lambda: "1.0")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _folder: Usage(9e9, 0, 9e9))


def _findings(home: Path) -> dict[str, Finding]:
    return {finding.what: finding for finding in examine(home)}


def _serve(monkeypatch: pytest.MonkeyPatch, sentences: list[str], *, answers: bool = True) -> None:
    """Has a Prefect server run, which says `sentences` of its schedules."""
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    monkeypatch.setattr(prefect_server, "answers", lambda _url: answers)
    monkeypatch.setattr(schedules, "unplanned", lambda: sentences)


def test_one_failing_check_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def faint() -> str:
        raise MemoryError

    monkeypatch.setattr(doctor, "_python", faint)
    monkeypatch.setattr(doctor, "_torch", lambda: 1 / 0)
    findings = _findings(tmp_path)
    assert list(findings) == CHECKS
    assert findings["python"] == Finding("python", False, "MemoryError")
    assert findings["torch"] == Finding("torch", False, "division by zero")
    assert findings["disk"] == Finding("disk", True, "9 GB free")


def test_a_schedule_without_planned_runs_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _serve(monkeypatch, ["The schedule of birds is active, but no run is planned."])
    finding = _findings(tmp_path)["prefect"]
    assert not finding.ok
    assert finding.explanation == "The schedule of birds is active, but no run is planned."
    _serve(monkeypatch, [])
    finding = _findings(tmp_path)["prefect"]
    assert finding.ok
    assert "at http://127.0.0.1:1/api, with runs planned" in finding.explanation


def test_a_prefect_server_that_is_away_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _serve(monkeypatch, [], answers=False)
    finding = _findings(tmp_path)["prefect"]
    assert not finding.ok
    assert "nothing answers at http://127.0.0.1:1/api" in finding.explanation


def test_packages_are_compared_with_the_constraints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = {"torch": "2.0", "numpy": "1.0"}
    monkeypatch.setattr(doctor, "_installed", versions.get)
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("# pins\ntorch==2.0\nabsent==3.0\n", encoding="utf-8")
    assert doctor._packages(constraints) == "1 as in constraints.txt"
    constraints.write_text("torch==2.1\nnumpy==1.0\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"^torch 2\.0, not 2\.1: run `make"):
        doctor._packages(constraints)


def test_missing_models_are_named(tmp_path: Path) -> None:
    for name in doctor.MODELS[1:]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.safetensors").write_bytes(b"0" * 500_000)
    with pytest.raises(ValueError, match=f"lacks {doctor.MODELS[0]}: "):
        doctor._models(tmp_path)
    (tmp_path / doctor.MODELS[0]).mkdir()
    (tmp_path / doctor.MODELS[0] / "model.safetensors").touch()
    assert doctor._models(tmp_path) == f"5 in {tmp_path} (2 MB)"


def test_a_full_disk_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _folder: Usage(9e9, 8e9, 1e9))
    with pytest.raises(ValueError, match=f"1.0 GB free at {tmp_path}: a run needs 3"):
        doctor._disk(tmp_path / "not" / "there")
    finding = _findings(tmp_path)["disk"]
    assert (finding.ok, finding.explanation[:11]) == (False, "1.0 GB free")


def test_the_exit_code_is_1_where_a_check_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    findings = [Finding("disk", True, "9 GB free"), Finding("torch", False, "run `make`")]
    monkeypatch.setattr(doctor, "examine", lambda _home: findings)
    with pytest.raises(typer.Exit) as end:
        doctor.doctor()
    assert end.value.exit_code == 1
    assert capsys.readouterr().out.splitlines() == [
        "ok      disk: 9 GB free",
        "not ok  torch: run `make`",
    ]
    findings.pop()
    doctor.doctor()
