"""`spuriforge evaluate`: which models a command names, and a flow that asks nothing twice."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spuriforge.flows import models
from spuriforge.flows.evaluate import EvaluationSettings, evaluate, styled
from spuriforge.flows.terminal import evaluation
from spuriforge.pipeline import model_names
from spuriforge.pipeline.evaluate.answers import Reply
from spuriforge.pipeline.lvlm.interface import Answer, Query
from spuriforge.pipeline.lvlm.prompts import version_for
from spuriforge.pipeline.recipe_models import EndpointModel, TransformersModel
from spuriforge.pipeline.workspace import Workspace
from tests.pipeline.evaluate.tiny import FOUND, Shortcut, write_release


def test_a_word_names_a_folder_a_preset_or_a_hub_id(tmp_path: Path) -> None:
    (tmp_path / "my model").mkdir()
    folder = model_names.model_of(f"{tmp_path}/my model/")
    assert (folder.name, folder.path) == ("my-model", f"{tmp_path}/my model")  # type: ignore[union-attr]
    assert model_names.model_of(f"tuned={tmp_path}").name == "tuned"
    preset = model_names.model_of("gpt-4o")
    assert isinstance(preset, EndpointModel)
    assert preset.url.startswith("https://")
    hub = model_names.model_of("org/model@abc")
    assert isinstance(hub, TransformersModel)
    assert (hub.name, hub.path, hub.revision) == ("model", "org/model", "abc")


@pytest.mark.parametrize("word", ["gpt-nothing", "a b=gpt-4o", "/nowhere/at/all", ""])
def test_what_names_nothing_is_told_in_one_sentence(word: str) -> None:
    with pytest.raises(ValueError, match="--model") as told:
        model_names.model_of(word)
    assert str(told.value).count("\n") == 0


def test_a_file_of_models_or_a_recipe_says_more_of_each(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text(
        '[[models]]\nname = "a"\npath = "./a"\ndtype = "bfloat16"\n'
        '[[models]]\nname = "p"\nbackend = "published"\n'
        '[[models]]\nname = "b"\nbackend = "endpoint"\nurl = "http://127.0.0.1:1/v1"\nmodel = "m"\n'
    )
    found = model_names.models_of(["gpt-4o"], file)
    assert [one.id.partition("@")[0] for one in found] == ["a", "b", "gpt-4o"]
    assert found[0].path == str(tmp_path / "a")  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="Two models are called a"):
        model_names.models_of([f"a={tmp_path}"], file)
    file.write_text('[[models]]\nname = "a"\npath = "./a"\nbatch = 3\n')
    with pytest.raises(
        ValueError,
        match=r"models\.toml: models\.0\.batch: there is no such setting; did you mean batch_size",
    ):
        model_names.models_of([], file)
    with pytest.raises(ValueError, match="Say which models"):
        model_names.models_of([], None)


def test_a_model_that_thinks_first_is_read_from_what_it_writes() -> None:
    model = TransformersModel(name="a", path="/nowhere")
    assert styled(model, "direct") == model
    other = styled(model, "chain-of-thought")
    assert (other.prompt, other.answer_by) == ("chain-of-thought", "generate")  # type: ignore[union-attr]
    assert version_for(other) != version_for(model)
    endpoint = EndpointModel(name="e", backend="endpoint", preset="gpt-4o")
    assert styled(endpoint, "spurious-aware").prompt == "spurious-aware"


def test_the_terminal_shows_figures_flags_and_where_the_page_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gap = {"value": 0.5, "low": 0.25, "high": 0.75}
    entries = [
        {"model": "[red]a@1", "prompt": "direct", "part": "selected", "figures": {"gap": gap}}
    ]
    board = {"release": "demo", "version": "1.0.0", "split": "all", "entries": entries}
    (tmp_path / "leaderboard.json").write_text(json.dumps(board))
    evaluation.show(str(tmp_path))
    said = capsys.readouterr().out
    assert "[red]a †" in said  # a name is no markup
    assert "0.50 (0.25 to" in " ".join(said.split())
    assert f"{tmp_path}/index.html" in said


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
