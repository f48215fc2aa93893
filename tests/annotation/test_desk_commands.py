"""`annotate` beside a real Label Studio; `tests/flows/commands/test_annotate.py` needs none."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from spuriforge.annotation.accounts import annotators
from spuriforge.annotation.client import Server
from spuriforge.annotation.push import push_cues
from spuriforge.annotation.roster import staffed
from spuriforge.flows.commands.annotate import annotate_app
from spuriforge.flows.terminal.own_judgments import to_toml
from spuriforge.pipeline.recipe import Annotate, Recipe
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.things import cue_type

pytestmark = pytest.mark.integration

DEMO = Path(__file__).parents[2] / "flows" / "recipes" / "proving_ground.toml"

app = typer.Typer(rich_markup_mode=None)
app.add_typer(annotate_app, name="annotators")
app.add_typer(annotate_app, name="annotate")


def printed(*arguments: str) -> str:
    """What a command that works prints, its words a space apart."""
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200", "NO_COLOR": "1"})
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.replace("│", " ").split())


def test_somebody_new_gets_an_account_and_then_tasks(
    label_studio: Server,
    label_studio_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for command in ("terminal.annotators", "commands.annotate"):
        monkeypatch.setattr(f"spuriforge.flows.{command}.LABEL_STUDIO", label_studio_home)
    demo = Recipe.load(DEMO)
    run = demo.run.model_copy(update={"name": "commands", "workspace": str(tmp_path / "run")})
    changed = demo.model_copy(
        update={"run": run, "annotate": Annotate(annotators=("ada",), overlap=1)}
    )
    path = tmp_path / "recipe.toml"
    path.write_text(to_toml(changed), encoding="utf-8")
    recipe, workspace = Recipe.load(path), Workspace(run.workspace)

    shown = printed("annotators", "add", str(path), "emil")
    account = annotators(label_studio, ("emil",))["emil"]
    assert account.login
    assert (
        f"login {account.login} password {account.password} emil is an annotator of commands"
        in shown
    )
    listed = printed("annotators", "list", str(path))
    assert f"emil {account.login} - 0 0" in listed
    assert str(account.password) not in listed

    types = [cue_type(workspace, number) for number in range(8)]
    push_cues(label_studio, workspace, types, {}, staffed(workspace, recipe))
    assert f"emil {account.login} {label_studio.url}/projects/" in printed(
        "annotators", "list", str(path)
    )
    rows = json.loads(printed("annotate", "status", str(path), "--json"))["annotators"]
    assert [row["annotator"] for row in rows] == ["ada", "emil"]
    assert sum(row["left"] for row in rows) >= 8
    assert all(row["left"] for row in rows)
