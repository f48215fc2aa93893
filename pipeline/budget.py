"""A recipe's budget: counts what was spent, and stops a run at the limit.

    meter = Meter(recipe.budget, spent(workspace))
    meter.check()                    # raises BudgetReached, in one sentence
    meter.add(cost=0.002)            # an answer that is not yet a record, just paid or cached

The amount spent is the sum over the records, so a kill forgets nothing: answers that were paid and
not yet recorded are in the cache, and count again when their shard is repeated.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from . import judge
from .lvlm import prompts
from .recipe import Budget
from .records import Description, Pair, Prediction, Record, Response, StageRun, Verdict
from .workspace import Workspace

#: Tables with one model call per record.
CALLED: tuple[type[Record], ...] = (Prediction, Response, Verdict, Description)
#: The prompts of answers and verdicts that came with a benchmark.
PUBLISHED = (prompts.PUBLISHED, judge.PUBLISHED)


class BudgetReached(ValueError):
    """The budget allows no more.

    What is done stays, and the next run continues once the budget is raised.
    """


@dataclass(frozen=True, slots=True)
class Spent:
    """What all runs of a recipe took together; `cost` is in the currency of the models' prices."""

    cost: float = 0.0
    model_calls: int = 0
    images: int = 0
    hours: float = 0.0


def spent(workspace: Workspace) -> Spent:
    """Returns what the workspace's records took; published answers are free and no calls."""
    tables = [workspace.read(record, ["prompt", "cost"]) for record in CALLED]
    published = [
        pc.sum(pc.is_in(table.column("prompt"), pa.array(PUBLISHED))).as_py() or 0
        for table in tables
    ]
    pairs = workspace.read(Pair, ["image_placebo"])
    placebos = pairs.num_rows - pairs.column("image_placebo").null_count
    seconds = pc.sum(workspace.read(StageRun, ["seconds"]).column("seconds")).as_py() or 0.0
    return Spent(
        cost=sum(pc.sum(table.column("cost")).as_py() or 0.0 for table in tables),
        model_calls=sum(table.num_rows for table in tables) - sum(published),
        images=2 * pairs.num_rows + placebos,
        hours=seconds / 3600,
    )


class Meter:
    """Adds to what was spent before; threads may share it."""

    def __init__(self, budget: Budget, before: Spent) -> None:
        self.budget, self._spent = budget, before
        self._began: float | None = None
        self._lock = threading.Lock()

    @property
    def spent(self) -> Spent:
        """Everything until now, with the running stage's time."""
        return replace(self._spent, hours=self._spent.hours + self._running_hours())

    def _running_hours(self) -> float:
        return 0.0 if self._began is None else (time.monotonic() - self._began) / 3600

    @contextmanager
    def running(self) -> Iterator[None]:
        """Counts the time of one stage; waiting for people between stages costs nothing."""
        self._began = time.monotonic()
        try:
            yield
        finally:
            self._spent, self._began = self.spent, None

    def add(self, *, cost: float = 0.0, model_calls: int = 0, images: int = 0) -> None:
        """Counts what is not yet in a record."""
        with self._lock:
            now = self._spent
            self._spent = replace(
                now,
                cost=now.cost + cost,
                model_calls=now.model_calls + model_calls,
                images=now.images + images,
            )

    def check(self) -> None:
        """Raises BudgetReached if nothing more may be spent."""
        now, allowed = self.spent, self.budget
        for name in ("cost", "model_calls", "images", "hours"):
            limit, used = getattr(allowed, name), getattr(now, name)
            if limit is not None and used >= limit:
                raise BudgetReached(
                    f"The budget is reached: {name} {_figure(used)} of {_figure(limit)}. Nothing "
                    f"is lost: raise {name} under [budget] in the recipe, and the same command "
                    "goes on"
                )


def _figure(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.2f}"
