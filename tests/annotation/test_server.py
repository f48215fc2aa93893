"""The embedded server starts once, stops, survives what a crash leaves, and keeps its secrets."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from spuriforge.annotation import server as embedded
from spuriforge.annotation.accounts import annotators
from spuriforge.annotation.client import Server, connect
from spuriforge.annotation.private import write_private
from spuriforge.annotation.processes import start_time


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server is named in the environment."""
    monkeypatch.delenv("LABEL_STUDIO_URL", raising=False)
    monkeypatch.delenv("LABEL_STUDIO_API_KEY", raising=False)


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_server: None) -> Path:
    """A home whose Label Studio says one line and ends."""
    venv = tmp_path / "venv"
    record = venv / f"lib/python3.11/site-packages/label_studio-{embedded.VERSION}.dist-info/RECORD"
    program = venv / "bin" / "label-studio"
    for file in (record, program):
        file.parent.mkdir(parents=True)
        file.write_text("#!/bin/sh\necho starting\necho 'no such table: boom'\necho\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv(embedded.VENV_VARIABLE, str(venv))
    return tmp_path / "home"


def test_a_server_that_ends_is_one_sentence_with_its_last_line(broken: Path) -> None:
    with pytest.raises(
        RuntimeError, match=r"Label Studio ended: no such table: boom \(see .*server.log\)"
    ):
        embedded.up(broken)
    assert embedded.status(broken) is None
    assert embedded.down(broken) is False


def test_a_server_that_never_answers_is_stopped(broken: Path) -> None:
    program = embedded.venv_folder() / "bin" / "label-studio"
    program.write_text("#!/bin/sh\necho sleeping\nexec sleep 60\n")
    progress: list[str] = []
    with pytest.raises(RuntimeError, match="did not answer in 3 s: sleeping"):
        embedded.up(broken, say=progress.append, wait=3)
    assert progress
    pid = json.loads((broken / "server.json").read_text())["pid"]
    assert start_time(pid) == ""


def test_secrets_are_private_and_never_shown(broken: Path) -> None:
    with pytest.raises(RuntimeError):
        embedded.up(broken)
    kept = json.loads((broken / "credentials.json").read_text())
    assert (broken / "credentials.json").stat().st_mode & 0o777 == 0o600
    log = (broken / "server.log").read_text()
    shown = repr(Server("http://x", kept["token"], kept["login"], kept["password"], broken))
    assert kept["token"] not in log + shown
    assert kept["password"] not in log + shown


def test_the_server_inherits_nothing_that_changes_it(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEBUG", "true")
    monkeypatch.setenv("LABEL_STUDIO_HOST", "http://elsewhere")
    program = embedded.venv_folder() / "bin" / "label-studio"
    program.write_text("#!/bin/sh\nenv | grep -cE '^(LABEL_STUDIO_HOST|DEBUG=true)'\nexit 1\n")
    with pytest.raises(RuntimeError, match="ended: 0 "):
        embedded.up(broken)


def test_a_number_left_by_a_crash_is_not_taken_for_ours(tmp_path: Path, no_server: None) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        write_private(tmp_path / "server.json", {"pid": other.pid, "started": "12", "port": 1})
        assert embedded.status(tmp_path) is None
        assert embedded.down(tmp_path) is False
        assert other.poll() is None
        other.kill()


def test_without_an_installation_the_error_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_server: None
) -> None:
    monkeypatch.setenv(embedded.VENV_VARIABLE, str(tmp_path / "nothing"))
    with pytest.raises(RuntimeError, match="not installed: run"):
        embedded.up(tmp_path)


def test_an_existing_server_needs_address_and_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_server: None
) -> None:
    assert embedded.external_server() is None
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://127.0.0.1:9/")
    with pytest.raises(RuntimeError, match="Set both"):
        embedded.external_server()
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "key")
    with pytest.raises(RuntimeError, match="does not take the token"):
        embedded.up(tmp_path)


def test_the_constraints_pin_the_version_and_name_no_host() -> None:
    lines = embedded.CONSTRAINTS.read_text().splitlines()
    assert f"label-studio=={embedded.VERSION}" in lines
    assert all("==" in line and "://" not in line for line in lines)


@pytest.mark.integration
def test_up_gives_the_one_that_runs(label_studio: Server, no_server: None) -> None:
    assert label_studio.home is not None
    assert embedded.up(label_studio.home) == label_studio == embedded.status(label_studio.home)


@pytest.mark.integration
def test_an_existing_server_is_used_and_nothing_started(
    label_studio: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.token)
    outside = embedded.up(tmp_path)
    assert (outside.url, outside.home) == (label_studio.url, None)
    assert os.listdir(tmp_path) == []
    assert annotators(outside, ("a",))["a"].token == label_studio.token


@pytest.mark.integration
def test_it_comes_back_with_its_data(label_studio: Server, no_server: None) -> None:
    assert label_studio.home is not None
    before = annotators(label_studio, ("annotator-1",))
    assert embedded.down(label_studio.home)
    assert embedded.status(label_studio.home) is None
    assert not embedded.down(label_studio.home)
    again = embedded.up(label_studio.home)
    assert again.token == label_studio.token
    assert (
        connect(again, before["annotator-1"].token).users.whoami().id == before["annotator-1"].user
    )
