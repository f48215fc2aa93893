"""What a run cost: the ledger's rows summed by stage.

    for cost in by_stage(workspace.records(StageRun)):
        print(cost.stage, cost.seconds, cost.model_calls, cost.images)

A resumed stage has several rows, and its cost is their sum. A killed run leaves no row for its last
stage: for what was paid in all, sum over the records with `pipeline.budget.spent`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .records import StageRun


@dataclass(frozen=True, slots=True)
class Cost:
    """What one stage, or all of them, took over all runs."""

    stage: str
    runs: int
    seconds: float
    outputs: int
    model_calls: int
    images: int
    #: In the currency of the recipe's prices; models on this machine have none.
    cost: float

    def per(self, accepted: int) -> tuple[float, float, float, float] | None:
        """Returns seconds, calls, images and currency per accepted type, or None without any."""
        if accepted <= 0:
            return None
        return (
            self.seconds / accepted,
            self.model_calls / accepted,
            self.images / accepted,
            self.cost / accepted,
        )


def _sum(stage: str, runs: list[StageRun]) -> Cost:
    return Cost(
        stage=stage,
        runs=len(runs),
        seconds=sum(run.seconds for run in runs),
        outputs=sum(run.outputs for run in runs),
        model_calls=sum(run.model_calls for run in runs),
        images=sum(run.images for run in runs),
        cost=sum(run.cost or 0.0 for run in runs),
    )


def by_stage(ledger: Iterable[StageRun]) -> list[Cost]:
    """Returns a cost per stage, in the order in which the stages first ran."""
    stages: dict[str, list[StageRun]] = {}
    for run in sorted(ledger, key=lambda run: (run.started_at, run.key)):
        stages.setdefault(run.stage, []).append(run)
    return [_sum(stage, runs) for stage, runs in stages.items()]


def total(costs: Iterable[Cost]) -> Cost:
    """Returns the sum of all stages."""
    stages = list(costs)
    return Cost(
        stage="total",
        runs=sum(cost.runs for cost in stages),
        seconds=sum(cost.seconds for cost in stages),
        outputs=sum(cost.outputs for cost in stages),
        model_calls=sum(cost.model_calls for cost in stages),
        images=sum(cost.images for cost in stages),
        cost=sum(cost.cost for cost in stages),
    )
