"""The servers of a run: started if wanted, stopped at the end, and left alone if of others."""

from pathlib import Path
from typing import Any

import pytest

from spuriforge.annotation import receiver
from spuriforge.annotation.client import Server
from spuriforge.flows import servers
from spuriforge.pipeline.recipe import Recipe

RECIPE = Path(__file__).parents[2] / "flows" / "recipes" / "proving_ground.toml"


def test_a_label_studio_elsewhere_needs_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", "https://label.example.org")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "key")
    recipe = Recipe.load(RECIPE)
    asked: list[Any] = []
    monkeypatch.setattr(
        "spuriforge.annotation.webhook.register", lambda *given: asked.append(given[3])
    )
    monkeypatch.setattr(
        "spuriforge.annotation.webhook.unregister", lambda *given: asked.append("gone")
    )
    monkeypatch.setattr(
        servers.label_studio, "up", lambda _home: Server("https://label.example.org", "key")
    )
    with servers.webhook_receiver(recipe, tmp_path, "127.0.0.1:0", None):
        assert receiver.hook(tmp_path, recipe.run.name) is None
    assert "--webhook-url" in capsys.readouterr().err
    with servers.webhook_receiver(recipe, tmp_path, "127.0.0.1:0", "https://here.example.org/w"):
        assert receiver.hook(tmp_path, recipe.run.name) is not None
    assert asked == ["https://here.example.org/w", "gone"]


# --- Label Studio ---------------------------------------------------------------------------------


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of Label Studio's server; it is neither installed nor started."""
    calls: list[str] = []
    for name in ("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(servers.label_studio, "install", lambda _home: calls.append("install"))
    monkeypatch.setattr(servers.label_studio, "up", lambda _home: calls.append("up"))
    monkeypatch.setattr(servers.label_studio, "down", lambda _home: calls.append("down"))
    monkeypatch.setattr(servers.label_studio, "status", lambda _home: None)
    return calls


def test_a_run_stops_the_label_studio_that_it_started(tmp_path: Path, calls: list[str]) -> None:
    mark = tmp_path / "label-studio" / servers.OF_A_RUN

    def interrupted() -> None:
        with servers.label_studio_of_a_run(tmp_path, wanted=True):
            assert mark.exists()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert calls == ["install", "up", "down"]
    assert not mark.exists()


@pytest.mark.parametrize("reason", ["not wanted", "started by somebody", "elsewhere"])
def test_a_run_leaves_other_label_studios_alone(
    tmp_path: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    if reason == "elsewhere":
        monkeypatch.setenv("LABEL_STUDIO_URL", "https://label.example.org")
        monkeypatch.setenv("LABEL_STUDIO_API_KEY", "key")
    if reason == "started by somebody":
        running = Server("http://127.0.0.1:1", "token")
        monkeypatch.setattr(servers.label_studio, "status", lambda _home: running)
    with servers.label_studio_of_a_run(tmp_path, wanted=reason != "not wanted"):
        pass
    assert calls == []


def test_a_run_takes_over_the_server_of_a_killed_run(
    tmp_path: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "label-studio"
    folder.mkdir()
    (folder / servers.OF_A_RUN).touch()
    running = Server("http://127.0.0.1:1", "token")
    monkeypatch.setattr(servers.label_studio, "status", lambda _home: running)
    with servers.label_studio_of_a_run(tmp_path, wanted=True):
        pass
    assert calls[-1] == "down"
    assert not (folder / servers.OF_A_RUN).exists()


def test_a_label_studio_that_cannot_start_is_a_warning(
    tmp_path: Path,
    calls: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(_home: Path) -> None:
        raise RuntimeError("the port is taken")

    monkeypatch.setattr(servers.label_studio, "up", refuse)
    with servers.label_studio_of_a_run(tmp_path, wanted=True):
        pass
    assert "Label Studio: the port is taken" in capsys.readouterr().err
    assert calls == ["install", "down"]
