"""A budget counts from the records, and stops where it is reached."""

from collections.abc import Callable

import pytest

from spuriforge.pipeline.budget import BudgetReached, Meter, Spent, spent
from spuriforge.pipeline.recipe import Budget
from spuriforge.pipeline.records import Pair, Prediction, Sample, StageRun, key_of
from spuriforge.pipeline.workspace import Workspace


def _prediction(sample: Sample, number: int, cost: float | None) -> Prediction:
    return Prediction(
        key=key_of(number),
        sample=sample.key,
        model="m",
        prompt="p",
        rotation=0,
        blind=False,
        outcome="parsed",
        chosen=0,
        text="A",
        cost=cost,
    )


def test_what_was_spent_is_the_sum_of_the_records(
    workspace: Workspace, make_sample: Callable[..., Sample]
) -> None:
    workspace.append(
        [_prediction(make_sample(0), number, cost) for number, cost in enumerate((0.25, None, 0.5))]
    )
    workspace.append(
        [
            Pair(
                key="pair",
                type="t",
                role="selection",
                index=0,
                route="text-to-image",
                generator="g",
                seed=0,
                prompt_with="w",
                prompt_without="o",
                prompt_placebo="p",
                image_with="a",
                image_without="b",
                image_placebo="c",
            )
        ]
    )
    workspace.append(
        [
            StageRun(
                key="k", stage="s", started_at="", seconds=1800.0, inputs=1, pending=1, outputs=1
            )
        ]
    )
    assert spent(workspace) == Spent(cost=0.75, model_calls=3, images=3, hours=0.5)


def test_nothing_was_spent_in_an_empty_workspace(workspace: Workspace) -> None:
    assert spent(workspace) == Spent()


def test_a_meter_counts_on_and_says_what_to_do_when_it_stops() -> None:
    meter = Meter(Budget(cost=1.0, model_calls=10), Spent(cost=0.4, model_calls=3))
    meter.add(cost=0.5, model_calls=2)
    meter.check()
    meter.add(cost=0.1)
    with pytest.raises(
        BudgetReached, match=r"cost 1\.00 of 1\.00\. Nothing is lost: raise cost under \[budget\]"
    ):
        meter.check()


def test_only_the_time_of_stages_counts() -> None:
    meter = Meter(Budget(hours=1.0), Spent(hours=0.9))
    meter.check()
    assert meter.spent.hours == 0.9
    with meter.running():
        assert meter.spent.hours > 0.9
    assert meter.spent.hours == meter.spent.hours > 0.9
