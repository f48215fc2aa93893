"""Sums of the ledger."""

from spuriforge.pipeline.costs import by_stage, total
from spuriforge.pipeline.records import StageRun


def _run(key: str, stage: str, started_at: str, seconds: float) -> StageRun:
    return StageRun(
        key=key,
        stage=stage,
        started_at=started_at,
        seconds=seconds,
        inputs=5,
        pending=5,
        outputs=4,
        model_calls=10,
        images=2,
        cost=0.5,
    )


LEDGER = [
    _run("c", "gate", "2026-01-03", 1.0),
    _run("a", "mine", "2026-01-01", 5.0),
    _run("b", "mine", "2026-01-04", 2),
]


def test_stages_are_summed_in_the_order_of_their_first_run() -> None:
    costs = by_stage(LEDGER)
    assert [(cost.stage, cost.runs, cost.seconds) for cost in costs] == [
        ("mine", 2, 7.0),
        ("gate", 1, 1.0),
    ]
    assert (costs[0].model_calls, costs[0].images, costs[0].outputs) == (20, 4, 8)


def test_the_total_is_the_sum_of_the_stages() -> None:
    whole = total(by_stage(LEDGER))
    assert (whole.stage, whole.runs, whole.seconds, whole.model_calls) == ("total", 3, 8.0, 30)


def test_a_cost_is_told_for_each_accepted_type() -> None:
    whole = total(by_stage(LEDGER))
    assert whole.per(2) == (4.0, 15.0, 3.0, 0.75)
    assert whole.per(0) is None


def test_an_empty_ledger_costs_nothing() -> None:
    assert by_stage([]) == []
    assert total([]).seconds == 0
