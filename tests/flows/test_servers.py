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
