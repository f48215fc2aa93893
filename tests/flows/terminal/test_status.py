"""What a run has and waits for, from its workspace alone."""

from pathlib import Path

from spuriforge.flows.terminal.status import table_lines
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import PersistentError, Sample, key_of
from spuriforge.pipeline.workspace import Workspace

DEMO = Path(__file__).parents[3] / "flows" / "recipes" / "proving_ground.toml"


def test_each_table_waits_for_the_one_before_it(tmp_path: Path) -> None:
    recipe = Recipe.load(DEMO)
    recipe = recipe.model_copy(
        update={"run": recipe.run.model_copy(update={"workspace": str(tmp_path / "run")})}
    )
    assert table_lines(recipe)[0].waits_for == "the benchmark (`spuriforge run`)"
    workspace = Workspace(tmp_path / "run")
    sample = Sample(
        key="a",
        benchmark="tiny",
        split="0",
        question_id="1",
        question="What?",
        choices=("x", "y"),
        answer=0,
        image="0",
    )
    workspace.append([sample])
    errors = [
        PersistentError(
            key=key_of(number),
            sample="a",
            model="m@1",
            chosen=1,
            mined="",
            share=1.0,
            margin=None,
            language_prior=number > 1,
        )
        for number in range(3)
    ]
    workspace.append(errors)
    told = {line.table: line for line in table_lines(recipe)}
    assert (told["samples"].rows, told["samples"].waits_for) == (1, "")
    assert told["errors"].note == "1 language priors"
    assert told["predictions"].waits_for == "samples"
    assert told["decisions"].waits_for == "judgments"
