"""The flow of an evaluation asks nothing twice."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spuriforge.flows import models
from spuriforge.flows.evaluate import EvaluationSettings, evaluate, styled
from spuriforge.pipeline.evaluate.answers import Reply
from spuriforge.pipeline.lvlm.interface import Answer, Query
from spuriforge.pipeline.lvlm.prompts import version_for
from spuriforge.pipeline.recipe_models import EndpointModel, TransformersModel
from spuriforge.pipeline.workspace import Workspace
from tests.pipeline.evaluate.tiny import FOUND, Shortcut, write_release


def test_a_model_that_thinks_first_is_read_from_what_it_writes() -> None:
    model = TransformersModel(name="a", path="/nowhere")
    assert styled(model, "direct") == model
    other = styled(model, "chain-of-thought")
    assert (other.prompt, other.answer_by) == ("chain-of-thought", "generate")  # type: ignore[union-attr]
    assert version_for(other) != version_for(model)
    endpoint = EndpointModel(name="e", backend="endpoint", preset="gpt-4o")
    assert styled(endpoint, "spurious-aware").prompt == "spurious-aware"


# --- the flow -------------------------------------------------------------------------------------


class Asked:
    """Stands in for loading: every model is the tiny shortcut, and what it was asked is counted."""

    def __init__(self) -> None:
        self.queries: list[Query] = []
        self.loaded: list[str] = []
        #: After so many answers the next shard fails.
        self.stops_after: int | None = None
        self.fails_on = "nothing"

    def __call__(self, model: TransformersModel) -> Shortcut:
        """The model, loaded."""
        self.loaded.append(model.id)
        lvlm = Shortcut(id=model.id, prompt=version_for(model), fails_on=self.fails_on)
        lvlm.answer = self._counted(lvlm.answer)  # type: ignore[method-assign]
        return lvlm

    def _counted(self, answer: Callable[[Any], list[Answer]]) -> Callable[[Any], list[Answer]]:
        def counted(queries: list[Query]) -> list[Answer]:
            if self.stops_after is not None and len(self.queries) >= self.stops_after:
                raise ValueError("the machine was switched off")
            self.queries += queries
            return answer(queries)

        return counted


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """In place of the models."""
    one = Asked()
    monkeypatch.setattr(models, "alone", one)
    monkeypatch.setattr("spuriforge.flows.evaluate.SHARD", 16)
    return one


def settings(tmp_path: Path, release: Path, *names: str, **more: object) -> EvaluationSettings:
    """An evaluation of models that are never loaded."""
    versions = {"found": FOUND.partition("@")[2]}
    chosen = tuple(
        TransformersModel(name=name, path=f"/nowhere/{name}", revision=versions.get(name, "v1"))
        for name in names
    )
    return EvaluationSettings(
        release=release, models=chosen, workspace=str(tmp_path / "workspace"), **more
    )


@pytest.mark.integration
@pytest.mark.usefixtures("prefect_server")
def test_it_goes_on_where_it_stopped_and_asks_nothing_twice(tmp_path: Path, asked: Asked) -> None:
    release = write_release(tmp_path / "releases", types=3)
    one = settings(tmp_path, release, "found", rotations=2, publish_answers=True)
    asked.stops_after = 32
    with pytest.raises(ValueError, match="switched off"):
        evaluate(one)
    assert not (one.folder / "index.html").exists()
    kept = len(Workspace(one.workspace).keys(Reply))
    assert 16 <= kept == len(asked.queries) < 55
    asked.stops_after = None
    folder = Path(evaluate(one))
    whole = 2 * 23 + 9  # the questions in two rotations, and blind each order once
    assert len(asked.queries) == whole == len(Workspace(one.workspace).keys(Reply))
    files = ["index.html", "leaderboard.json", "leaderboard.parquet", "responses.parquet"]
    assert sorted(path.name for path in folder.iterdir()) == files
    first = {name: (folder / name).read_bytes() for name in files}
    loaded = len(asked.loaded)
    evaluate(one)
    assert (len(asked.queries), len(asked.loaded)) == (whole, loaded)  # not even loaded
    assert {name: (folder / name).read_bytes() for name in files} == first


@pytest.mark.integration
@pytest.mark.usefixtures("prefect_server")
def test_another_model_and_another_prompt_are_all_that_is_asked(
    tmp_path: Path, asked: Asked
) -> None:
    release = write_release(tmp_path / "releases", types=2)
    evaluate(settings(tmp_path, release, "found", blind=False))
    before = len(asked.queries)
    both = settings(
        tmp_path,
        tmp_path / "releases",
        "found",
        "other",
        blind=False,
        prompts=("direct", "chain-of-thought"),
    )
    board = json.loads((Path(evaluate(both)) / "leaderboard.json").read_text())
    assert len(asked.queries) == 4 * before
    parts = {(one["model"], one["prompt"]): one["part"] for one in board["entries"]}
    assert parts == {
        (FOUND, "direct"): "selected", (FOUND, "chain-of-thought"): "selected",
        ("other@v1", "direct"): "no", ("other@v1", "chain-of-thought"): "no",
    }  # fmt: skip


@pytest.mark.integration
@pytest.mark.usefixtures("prefect_server")
def test_failed_calls_stop_a_leaderboard_and_are_asked_again(tmp_path: Path, asked: Asked) -> None:
    release = write_release(tmp_path / "releases", types=2)
    one = settings(tmp_path, release, "found", blind=False)
    asked.fails_on = "picture 1"
    with pytest.raises(RuntimeError, match=r"7 of 16 calls failed \(no connection\)"):
        evaluate(one)
    asked.fails_on = "nothing"
    board = json.loads((Path(evaluate(one)) / "leaderboard.json").read_text())
    assert board["entries"][0]["failed"] == 0
    assert len(asked.queries) == 16 + 7
