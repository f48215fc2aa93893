"""The flow of a study does nothing twice, wherever it was stopped."""

import fcntl
import json
import shutil
from pathlib import Path
from typing import Self

import pyarrow.parquet as pq
import pytest

from spuriforge.flows.commands import study as command
from spuriforge.flows.study import study, study_of_recipe
from spuriforge.pipeline.recipe_models import TransformersModel
from spuriforge.pipeline.study.plan import TrainingRun
from spuriforge.pipeline.study.runs import StudyRun
from spuriforge.pipeline.study.workers import folder_of
from spuriforge.pipeline.workspace import Workspace
from tests.pipeline.finetune.tiny_release import made
from tests.pipeline.study.made_runs import run, study_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("release"), types=8, controls=24)


class Scripted:
    """In place of processes: what each run found is made up, and one may stop them all."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.left = 1_000

    def __call__(self, count: int) -> Self:
        """As the workers are made."""
        return self

    def __enter__(self) -> Self:
        """Nothing starts."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing ends."""

    def stop(self) -> None:
        """Nothing runs."""

    def do(self, one: TrainingRun, out: Path) -> StudyRun:
        """A made-up answer; the trained model lies where a real one would."""
        if self.left <= 0:
            raise ValueError("the machine was switched off")
        self.left -= 1
        self.done.append(one.key)
        if one.kind == "train":
            folder_of(one.key, out).mkdir(parents=True)
        value = {"before": 0.1, "look": 0.2, "pairs": 0.8}.get(
            one.settings.condition if one.kind == "train" else one.kind, 0.5
        )
        types = (*one.held_out, *one.trained)
        same = tuple(value for _ in types)
        return run(
            one.settings.condition if one.kind == "train" else one.kind,
            one.settings.seed,
            value,
            key=one.key,
            types=types,
            held_out=tuple(key in one.held_out for key in types),
            with_cue=same,
            without_cue=tuple(1.0 for _ in types),
            placebo=same,
            bias=same,
            limit=one.settings.types,
        )


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    one = Scripted()
    monkeypatch.setattr("spuriforge.flows.study.Workers", one)
    return one


@pytest.mark.integration
@pytest.mark.usefixtures("prefect_server")
def test_stopped_between_any_two_runs_it_does_only_what_is_missing(
    release: Path, tmp_path: Path, scripted: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    one = study_of(release, tmp_path / "study", seeds=1)
    for finished in range(1, 4):
        scripted.left = 1
        with pytest.raises(ValueError, match="switched off"):
            study(one)
        assert len(Workspace(one.out).keys(StudyRun)) == finished
        assert not (tmp_path / "study" / "index.html").exists()
    scripted.left = 1
    page = Path(study(one))
    assert len(scripted.done) == len(set(scripted.done)) == 4
    assert not list(
        (tmp_path / "study" / "models").glob("*")
    )  # what they answered is kept, the weights are not
    first = {
        name: (page.parent / name).read_bytes()
        for name in ("index.html", "study.json", "study.parquet")
    }
    study(one)
    assert len(scripted.done) == 4
    assert {name: (page.parent / name).read_bytes() for name in first} == first
    assert pq.read_table(page.parent / "study.parquet").num_rows == 4
    capsys.readouterr()
    command.show(page)
    said = " ".join(capsys.readouterr().out.split())
    assert "0.10 → 0.80" in said
    assert "subject goes from 10 to 80 % right" in said


@pytest.mark.integration
@pytest.mark.usefixtures("prefect_server")
def test_a_model_that_the_release_does_not_know_is_looked_at_first(
    release: Path, tmp_path: Path, scripted: Scripted
) -> None:
    one = study_of(release, tmp_path / "study", name="another", seeds=1, keep_models=True)
    (tmp_path / "study").mkdir()
    with (tmp_path / "study" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ValueError, match="Another study is at work"):
            study(one)
    assert scripted.done == []
    page = Path(study(one))
    found = json.loads((page.parent / "study.json").read_text())
    assert "a gap of at least 0.2 on this model" in found["types"]["rule"]
    assert len(found["types"]["judged"]) == 8
    assert len(scripted.done) == 5
    assert len(list((page.parent / "models").iterdir())) == 3


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A subject of the proving ground under the name that the tiny release was made with."""
    place = tmp_path_factory.mktemp("models") / "subject"
    shutil.copytree(ROOT / "data" / "proving_ground" / "models" / "subject-a", place)
    return place


@pytest.mark.integration
@pytest.mark.usefixtures("prefect_server")
def test_a_recipe_studies_its_model_on_its_new_release(
    release: Path, tmp_path: Path, scripted: Scripted
) -> None:
    model = TransformersModel(
        name="subject", path=str(tmp_path), revision="1", dtype="bfloat16", device="cuda"
    )
    page = Path(study_of_recipe(model, str(release), tmp_path / "study", quick=True))
    found = json.loads((page.parent / "study.json").read_text())
    assert found["cost"]["workers"] == 1
    assert len(scripted.done) == 2 * 4
    assert "found on this model" in found["types"]["rule"]


@pytest.mark.integration
@pytest.mark.usefixtures("prefect_server")
def test_a_small_study_of_a_real_model_from_end_to_end(
    release: Path, model: Path, tmp_path: Path
) -> None:
    one = study_of(
        release,
        tmp_path / "study",
        path=str(model),
        seeds=1,
        control_groups=("non-spurious",),
        training={"steps": 2, "images": 8, "rate": 1e-4},
    )
    page = Path(study(one))
    found = json.loads((page.parent / "study.json").read_text())
    assert [row["condition"] for row in found["conditions"]] == ["pairs", "non-spurious"]
    assert found["cost"]["trainings"] == 2
    assert found["cost"]["images"] == 32
    assert set(found["conditions"][0]["after"]) == {
        "with_cue",
        "without_cue",
        "gap",
        "placebo",
        "bias",
        "controls",
        "trained",
    }
    assert page.read_text(encoding="utf-8").count("<svg") == 1
