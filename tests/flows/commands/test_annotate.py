"""The desk's commands: who the annotators are and how they do, told by the workspace alone where no
server runs.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from spuriforge.annotation.private import write_private
from spuriforge.flows.commands.annotate import annotate_app
from spuriforge.flows.state.completion import mark_finished, pending, report_folder
from spuriforge.flows.state.snapshot import Snapshot
from spuriforge.flows.terminal.own_judgments import to_toml
from spuriforge.pipeline.recipe import Annotate, Recipe
from spuriforge.pipeline.records import Exclusion
from spuriforge.pipeline.workspace import Workspace
from tests.judged import catch_trial, judged

DEMO = Path(__file__).parents[3] / "flows" / "recipes" / "proving_ground.toml"

app = typer.Typer(rich_markup_mode=None)
app.add_typer(annotate_app, name="annotators")
app.add_typer(annotate_app, name="annotate")


def invoke(*arguments: str) -> Result:
    """Runs a command in this process, as wide as a terminal on a desk."""
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "160", "NO_COLOR": "1"})


def told(*arguments: str) -> str:
    """What a command that works prints, without the table's lines."""
    result = invoke(*arguments)
    assert result.exit_code == 0, result.output
    return re.sub(r"[│┃┡┩╇━─┼┌┐└┘┏┓┳┴┬├┤╋ ]+", " ", result.stdout)


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run that three people judge, and no Label Studio anywhere."""
    home = tmp_path / "label-studio"
    monkeypatch.setattr("spuriforge.flows.terminal.annotators.LABEL_STUDIO", home)
    monkeypatch.setattr("spuriforge.flows.commands.annotate.LABEL_STUDIO", home)
    monkeypatch.delenv("LABEL_STUDIO_URL", raising=False)
    monkeypatch.delenv("LABEL_STUDIO_API_KEY", raising=False)
    demo = Recipe.load(DEMO)
    ours = demo.model_copy(
        update={
            "run": demo.run.model_copy(update={"name": "desk", "workspace": str(tmp_path / "run")}),
            "annotate": Annotate(annotators=("ada", "bob", "cy")),
        }
    )
    (tmp_path / "recipe.toml").write_text(to_toml(ours), encoding="utf-8")
    return str(tmp_path / "recipe.toml")


@pytest.fixture
def workspace(recipe: str) -> Workspace:
    """Ada and Bob judged the same thirty cues, six of them known; Bob in a hurry."""
    kept = Workspace(Recipe.load(recipe).run.workspace)
    verdicts = ["spurious", "not_spurious", "not_spurious"]
    for name, seconds, judgeable in (("ada", 12.0, verdicts), ("bob", 0.8, ["spurious"])):
        kept.append(
            [
                judged(f"s{number:02}", name, judgeable[number % len(judgeable)], seconds=seconds)
                for number in range(30)
            ]
        )
    kept.append([catch_trial(f"s{number:02}", verdicts[number % 3]) for number in range(6)])
    return kept


def test_status_tells_everyones_figures_and_what_stands_out(
    recipe: str, workspace: Workspace
) -> None:
    shown = told("annotate", "status", recipe)
    assert " ada 30 - 0 12.0 not_spurious 67% 6/6 - 0.33 (0.18-0.53)" in shown
    assert " bob 30 - 0 0.8 spurious 100% 2/6 - 0.33 (0.18-0.53)" in shown
    assert " cy 0 - 0 - - - - -" in shown
    assert "Warning: bob takes 0.8 s for a task, too fast to look (median of 30).\n" in shown
    assert "Warning: bob nearly always says spurious (30 of 30 tasks).\n" in shown
    assert "Warning: bob gives 2 of 6 known answers right, below the bar of 0.7.\n" in shown
    assert "Warning: ada" not in shown
    assert re.search(
        r"^cues: \d+ decided, 0 waiting; alpha -0\.\d\d \(-0\.\d\d to -0\.\d\d\) on 24", shown, re.M
    )
    assert "pairs: 0 decided, 0 waiting; too few subjects" in shown
    assert "Label Studio is not running" in shown


def test_status_is_json_for_who_wants_to_read_on(recipe: str, workspace: Workspace) -> None:
    found = json.loads(invoke("annotate", "status", recipe, "--json").stdout)
    assert (found["run"], found["server"]) == ("desk", None)
    assert [(one["annotator"], one["done"], one["left"]) for one in found["annotators"]] == [
        ("ada", 30, None),
        ("bob", 30, None),
        ("cy", 0, None),
    ]
    assert found["annotators"][1]["gold"]["share"] == pytest.approx(1 / 3)
    assert found["cue"]["alpha"]["subjects"] == 24


def test_status_of_a_run_that_nobody_judged(recipe: str) -> None:
    shown = told("annotate", "status", recipe)
    assert "cues: 0 decided, 0 waiting; too few subjects with two votes for an alpha." in shown


def test_who_is_excluded_is_told_and_the_run_goes_on(recipe: str, workspace: Workspace) -> None:
    loaded = Recipe.load(recipe)
    report_folder(loaded).joinpath("report.html").write_text("", encoding="utf-8")
    mark_finished(loaded)
    assert pending(loaded) is None
    shown = told(
        "annotate", "exclude", recipe, "bob", "--reason", "[b]Gives all cues[/b] one verdict."
    )
    assert shown.startswith("bob's judgments are left out.")
    assert pending(loaded) is not None
    assert [one.annotator for one in workspace.records(Exclusion)] == ["bob"]
    shown = told("annotate", "status", recipe)
    assert "bob's judgments are left out: [b]Gives all cues[/b] one verdict.\n" in shown
    assert "too few subjects with two votes for an alpha" in shown
    told("annotate", "include", recipe, "bob")
    assert "alpha -0" in told("annotate", "status", recipe)


def test_too_few_that_are_left_are_told(recipe: str) -> None:
    told("annotate", "exclude", recipe, "bob", "--reason", "x")
    assert "1 are left to judge, and each cue needs 2" in told(
        "annotate", "exclude", recipe, "cy", "--reason", "x"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("annotate", "exclude", "eve", "--reason", "x"),
            "There is no annotator 'eve' in this run",
        ),
        (("annotate", "exclude", "bob", "--reason", " "), "Say why bob's judgments are left out"),
        (("annotate", "include", "bob"), "bob's judgments are not left out"),
        (("annotators", "remove", "eve"), "There is no annotator 'eve' in this run"),
        (("annotators", "add", "bob"), "bob is an annotator of this run already"),
        (("annotators", "add", "[x]"), "cannot be a pseudonym"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    recipe: str, arguments: tuple[str, ...], said: str
) -> None:
    group, command, name, *options = arguments
    result = invoke(group, command, recipe, name, *options)
    assert isinstance(result.exception, ValueError)
    assert said in str(result.exception)
    assert not Path(Recipe.load(recipe).run.workspace, "roster.json").exists()


def test_a_reason_must_be_given(recipe: str) -> None:
    result = invoke("annotate", "exclude", recipe, "bob")
    assert result.exit_code == 2
    assert "--reason" in result.stderr


def test_the_list_tells_who_is_there_and_where_they_log_in(recipe: str) -> None:
    write_private(
        Path(recipe).parent / "label-studio" / "annotators.json",
        {"ada": {"login": "ada-1@x.example", "password": "geheim"}},
    )
    shown = told("annotators", "remove", recipe, "bob")
    assert shown.startswith("bob gets no new tasks.")
    shown = told("annotators", "list", recipe)
    assert " ada ada-1@x.example - - - \n" in shown
    assert " bob - - - - no new tasks \n" in shown
    assert "geheim" not in shown
    assert "Label Studio is not running" in shown


def test_help_imports_nothing_slow() -> None:
    slow = "{'prefect', 'pyarrow', 'rich.table', 'scipy'}"
    module = "spuriforge.flows.commands.annotate"
    code = f"import sys, {module}; sys.exit(bool({slow} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_nothing_is_decided_by_who_is_excluded_or_on_what_is_known(
    recipe: str, workspace: Workspace
) -> None:
    assert len(Snapshot.take(recipe).decisions("cue")) == 24
    told("annotate", "exclude", recipe, "bob", "--reason", "careless")
    assert Snapshot.take(recipe).decisions("cue") == {}
    workspace.append([judged(f"s{number:02}", "cy", "spurious") for number in range(30)])
    decided = Snapshot.take(recipe).decisions("cue")
    assert {one.verdict for one in decided.values()} == {"spurious", "tie"}
    told("annotate", "include", recipe, "bob")
    assert {one.verdict for one in Snapshot.take(recipe).decisions("cue").values()} == {"spurious"}
