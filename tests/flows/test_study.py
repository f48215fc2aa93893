"""`spuriforge finetune` and `spuriforge study`: what their options mean, and a study that does
nothing twice.
"""

import fcntl
import json
import re
import shlex
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any, Self, get_args

import pyarrow.parquet as pq
import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from spuriforge.flows import cli
from spuriforge.flows.commands import finetune
from spuriforge.flows.commands import study as command
from spuriforge.flows.study import study, study_of_recipe
from spuriforge.pipeline import model_names
from spuriforge.pipeline.finetune import CONDITIONS, TrainingSettings
from spuriforge.pipeline.finetune.train import Trained
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.recipe_models import TransformersModel
from spuriforge.pipeline.study import defaults
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


# --- options --------------------------------------------------------------------------------------


def test_the_commands_know_every_condition() -> None:
    assert get_args(finetune.Condition) == CONDITIONS
    for profile in defaults.PROFILES.values():
        assert not set(profile.conditions) & set(profile.control_groups)
        assert set(profile.conditions) | set(profile.control_groups) <= set(CONDITIONS)
        TrainingSettings(path="nowhere", **profile.proving_ground)  # type: ignore[arg-type]


def test_numbers_of_types_are_numbers_or_all() -> None:
    assert command.type_counts(["0", "2", "all"]) == (0, 2, None)
    assert command.type_counts([]) == ()
    with pytest.raises(
        ValueError, match=r"--train-types takes a number or the word all, not 'many', '-1'"
    ):
        command.type_counts(["2", "many", "-1"])


def plan_of(release: Path, model: Path, profile: defaults.Name = "full", **options: Any) -> Any:
    options = {"training": {}, "seeds": None, "conditions": (), "types": (), **options}
    options = {"workers": None, "keep_models": False, **options}
    start = TransformersModel(name="model", path=str(model))
    return defaults.study_of(start, str(release), "study", profile, **options)


def test_what_a_command_leaves_out_is_as_the_profile_says(release: Path, tmp_path: Path) -> None:
    full, quick = plan_of(release, tmp_path), plan_of(release, tmp_path, "quick")
    assert (full.seeds, full.control_groups) == (5, ("non-spurious", "without", "placebo", "blind"))
    assert (quick.seeds, len(quick.conditions) + len(quick.control_groups)) == (2, 4)
    options = {"conditions": ("pairs", "group"), "seeds": 3, "types": (2, None), "workers": 4}
    plan = plan_of(release, tmp_path, **options)
    assert {name: getattr(plan, name) for name in options} == options
    assert plan_of(release, tmp_path, training={"device": "cuda"}).workers == 1


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


def test_an_endpoint_cannot_be_trained(tmp_path: Path) -> None:
    model = model_names.trainable(f"mine={tmp_path}")
    assert (model.name, model.path, model.revision) == ("mine", str(tmp_path), None)
    with pytest.raises(ValueError, match="is an endpoint"):
        model_names.trainable("gpt-4o")


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


# --- the flow -------------------------------------------------------------------------------------


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


# --- the page of the field recipe -----------------------------------------------------------------


def test_every_command_of_the_page_exists_with_its_options() -> None:
    app = typer.Typer()
    app.command("finetune")(finetune.finetune)
    app.command("study")(command.study)
    known = {**get_command(cli.app).commands, **get_command(app).commands}  # type: ignore[attr-defined]
    page = (ROOT / "docs" / "how-to" / "fix-your-model.md").read_text(encoding="utf-8")
    shown = re.findall(r"^spuriforge (.+)$", page, re.MULTILINE)
    assert {line.split()[0] for line in shown} == {
        "audit",
        "plan",
        "run",
        "study",
        "finetune",
        "evaluate",
    }
    for line in shown:
        name, *words = shlex.split(line)
        options = {one for parameter in known[name].params for one in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, line
    (line,) = [line for line in shown if "--train-types" in line]
    words = shlex.split(line)
    counts = [word for option, word in pairwise(words) if option == "--train-types"]
    assert command.type_counts(counts) == (0, 2, 4, 8, None)
    for link in re.findall(r"\]\(([^)#:]+)\)", page):
        assert (ROOT / "docs" / "how-to" / link).exists(), link


def test_the_recipe_of_the_page_is_valid_and_leaves_a_study_its_controls(tmp_path: Path) -> None:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    shutil.copy(ROOT / "flows" / "recipes" / "unlearn.toml", tmp_path / "recipe.toml")
    recipe = Recipe.load(tmp_path)
    assert recipe.publish.controls_per_type >= 100
    assert recipe.generate.placebo
    assert [one.name for one in recipe.models] == [recipe.publish.name]
    page = ROOT / "docs" / "how-to" / "fix-your-model.md"
    assert Path(recipe.publish.folder).name in page.read_text(encoding="utf-8")
