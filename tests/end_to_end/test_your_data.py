"""The commands of docs/tutorial/your-data.md, run in order as a newcomer would.

Only the person is not real (a script judges): the file, the commands, Label Studio, Prefect and the
models are.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from spuriforge.annotation import server as label_studio
from spuriforge.annotation.pictures import preview_uri
from spuriforge.annotation.scripted import ScriptedAnswer, answer_all
from spuriforge.annotation.texts import quoted
from spuriforge.pipeline.recipe import Annotate, Recipe
from spuriforge.pipeline.records import Evidence, Pair
from spuriforge.pipeline.release import checks
from spuriforge.pipeline.workspace import Workspace
from tests.docs.pages import blocks
from tests.label_studio import prepare

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial" / "your-data.md"
SPURIFORGE = str(Path(sys.executable).with_name("spuriforge"))
SECONDS = 900
#: The cue whose description the person edits.
EDITED = quoted("cone")


def _commands() -> list[list[str]]:
    """The page's commands, in order."""
    return [shlex.split(line) for block in blocks(PAGE, "sh") for line in block.splitlines()]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    kept.setdefault("SPURIFORGE_LABEL_STUDIO_VENV", str(ROOT / ".venv-label-studio"))
    return kept


def _run(words: list[str], folder: Path) -> str:
    assert words[0] == "spuriforge"
    done = subprocess.run(
        [SPURIFORGE, *words[1:]],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All commands but the last, which waits for a person; previews are wanted, which the page
    leaves off.
    """
    folder = tmp_path_factory.mktemp("newcomer")
    prepare(folder / ".spuriforge" / "label-studio")
    first, *others = _commands()[:-1]
    _run(first, folder)
    recipe = folder / "example" / "recipe.toml"
    text = recipe.read_text(encoding="utf-8")
    assert "[annotate]" in text
    recipe.write_text(
        re.sub(r"^\[annotate\].*$", "[annotate]\npreviews = true", text, flags=re.MULTILINE)
    )
    for words in others:
        _run(words, folder)
    return folder


def _recipe(folder: Path) -> Recipe:
    """The run's recipe with its one annotator, as the API's answerer wants it."""
    recipe = Recipe.load(folder / ".spuriforge" / "recipes" / "my-data-me.toml")
    return recipe.model_copy(
        update={
            "annotate": Annotate.model_construct(
                annotators=("me",), overlap=1, by="scripted", error_rates=(0.0,)
            )
        }
    )


def _answer(kind: str, data: dict[str, Any], _name: str) -> ScriptedAnswer:
    """A trusting person: every cue is spurious, every pair is good; one description is put in
    better words.
    """
    if kind == "pair":
        return ScriptedAnswer(verdict="good")
    assert data["preview"] != preview_uri(None), "a task without its preview"
    edited = f"a picture of {data['description_with']}" if EDITED in data["proposed"] else None
    return ScriptedAnswer("spurious", {"description_with": edited})


def _answer_what_is_open(home: Path, workspace: Workspace, recipe: Recipe) -> None:
    """The person's next round. The run stops Label Studio once it has the last answer, while we may
    still look.
    """
    running = label_studio.status(home)
    if not running:
        return
    try:
        answer_all(running, workspace, recipe, _answer)
    except RuntimeError:
        if label_studio.status(home):
            raise


def test_the_page_has_the_commands_that_it_says() -> None:
    assert [words[1] for words in _commands()] == [
        "proving-ground",
        "audit",
        "plan",
        "run",
        "status",
        "run",
    ]


def test_a_newcomer_comes_to_a_release(folder: Path) -> None:
    waiting = subprocess.Popen(
        [SPURIFORGE, *_commands()[-1][1:]],
        cwd=folder,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    home = folder / ".spuriforge" / "label-studio"
    deadline = time.monotonic() + SECONDS
    recipe = _recipe(folder)
    workspace = Workspace(recipe.run.workspace)
    try:
        while waiting.poll() is None and time.monotonic() < deadline:
            _answer_what_is_open(home, workspace, recipe)
            time.sleep(2)
    finally:
        waiting.terminate()
    said = waiting.communicate()[0]
    assert waiting.returncode == 0, said[-2000:]
    assert "Finished in" in said
    release = folder / "example" / "releases" / "my-data-me" / "1.0.0"
    assert all(check.passed for check in checks.run(release))


def test_an_edited_description_came_into_the_pair_project_as_a_new_preview(folder: Path) -> None:
    workspace = Workspace(_recipe(folder).run.workspace)
    drawn = {one.key: one for one in workspace.records(Pair) if one.role == "preview"}
    (note,) = Path(workspace.root).glob("label-studio/pair-*.json")  # what lies in the pair project
    shown = [
        drawn[key]
        for key in json.loads(note.read_text(encoding="utf-8"))["subjects"]
        if key in drawn
    ]
    assert [one.prompt_with.startswith("a picture of ") for one in shown] == [True]


def test_the_shortcuts_that_it_publishes_have_an_effect(folder: Path) -> None:
    workspace = Workspace(_recipe(folder).run.workspace)
    published = [one for one in workspace.records(Evidence) if one.role == "release" and one.pooled]
    assert len(published) >= 5
    assert all(one.effect > 0.2 for one in published)


def test_the_plan_then_rests_on_what_was_measured(folder: Path) -> None:
    recipe = folder / ".spuriforge" / "recipes" / "my-data-me.toml"
    told = json.loads(_run(["spuriforge", "plan", str(recipe), "--json"], folder))
    assert told["rests_on"]["gate_yield"]["origin"].startswith("measured on")
    assert told["stages"][0] == {**told["stages"][0], "stage": "read", "inputs": 1600}


def test_the_audit_is_json_on_standard_output_alone(folder: Path) -> None:
    told = json.loads(_run(["spuriforge", "audit", "example/questions.csv", "--json"], folder))
    assert (told["rows"], told["images_opened"]) == (1600, 1600)
    assert {one["kind"] for one in told["findings"]} <= {"near-duplicate-image", "duplicate-image"}
