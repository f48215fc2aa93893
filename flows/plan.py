"""`spuriforge plan`: what a run needs, as a table or as JSON; nothing is asked, made or written."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table

from spuriforge.pipeline.plan import Need, plan, total
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.stage_yields import Yield, yields
from spuriforge.pipeline.workspace import Workspace

from .benchmarks import size


def estimate(recipe: Recipe) -> tuple[list[Need], dict[str, Yield]]:
    """The needs of every stage and the figures that they rest on."""
    found = yields(Workspace(recipe.run.workspace), recipe.plan)
    if recipe.plan.questions and not all(Path(one.path).exists() for one in recipe.benchmarks):
        samples, choices = recipe.plan.questions, 4.0
        found["questions"] = Yield(samples, "assumed: not all of the benchmarks' files are here")
    else:
        samples, choices = size(recipe)
        found["questions"] = Yield(samples, "counted")
    return plan(recipe, samples=samples, choices=choices, yields=found), found


def as_json(recipe: Recipe) -> dict[str, Any]:
    """The plan as JSON has it."""
    needs, found = estimate(recipe)
    return {
        "recipe": recipe.run.name,
        "stages": [asdict(one) for one in needs],
        "total": asdict(total(needs)),
        "rests_on": {name: asdict(one) for name, one in found.items()},
        "budget": recipe.budget.model_dump(),
    }


def show(recipe: Recipe) -> None:
    """Prints the plan, what it rests on, and where the budget would stop it."""
    needs, found = estimate(recipe)
    Console().print(
        Group(_needs(recipe.run.name, needs), _rests_on(found), *_budget(recipe, needs))
    )


def _needs(name: str, needs: list[Need]) -> Table:
    """A row a stage and one for all; a column that says nothing is left out."""
    rows = [_cells(one) for one in (*needs, total(needs))]
    used = [place for place in range(len(COLUMNS)) if any(row[place] for row in rows)]
    table = Table(
        title=f"{name}: what each stage needs, over the whole run",
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        show_edge=False,
    )
    for place in used:
        table.add_column(COLUMNS[place], justify="right" if place else "left", no_wrap=True)
    for number, row in enumerate(rows):
        table.add_row(*(row[place] for place in used), end_section=number == len(needs) - 1)
    return table


#: One stage's row; tokens are those that go in and those that come out.
COLUMNS = ("stage", "in", "calls", "tokens", "images", "cost", "device", "people")


def _cells(one: Need) -> tuple[str, ...]:
    tokens = f"{_short(one.tokens_in)}/{_short(one.tokens_out)}" if one.tokens_in else ""
    cost = "?" if one.cost is None else _figure(one.cost, 2)
    hours = (
        f"{figure} h" if (figure := _figure(hours, 1)) else ""
        for hours in (one.device_hours, one.people_hours)
    )
    return (
        one.stage,
        _short(one.inputs),
        _short(one.calls),
        tokens,
        _short(one.images),
        cost,
        *hours,
    )


def _figure(value: float, decimals: int) -> str:
    """A figure with no more digits than it can bear; nothing where it would read as nought."""
    shown = f"{value:,.{decimals if value < 10 else 0}f}"
    return shown if float(shown.replace(",", "")) else ""


def _short(count: int) -> str:
    """A count in three digits: 980, 14.4k, 12.8M."""
    if count < 1000:
        return f"{count}" if count else ""
    return f"{count / 1e3:.3g}k" if count < 999_500 else f"{count / 1e6:,.3g}M"


def _rests_on(found: dict[str, Yield]) -> Table:
    table = Table(
        "figure", title="What this rests on (set under plan in the recipe)", box=SIMPLE_HEAD
    )
    table.title_justify = "left"
    table.add_column("value", justify="right")
    table.add_column("from")
    for name, one in found.items():
        table.add_row(
            name, f"{one.value:.3g}" if one.value < 1000 else f"{one.value:,.0f}", one.origin
        )
    return table


def _budget(recipe: Recipe, needs: list[Need]) -> list[str]:
    """Which limits the whole run would exceed, and in which stage."""
    limits = (
        ("cost", recipe.budget.cost), ("model_calls", recipe.budget.model_calls), ("images", recipe.budget.images),
        ("hours", recipe.budget.hours),
    )  # fmt: skip
    told = []
    if any(one.cost is None for one in needs):
        told.append("? is a price that is not known: set price_in and price_out of that model.")
    for name, limit in limits:
        used = 0.0
        for one in needs:
            used += {
                "cost": one.cost or 0.0,
                "model_calls": one.calls,
                "images": one.images,
                "hours": one.device_hours,
            }[name]
            if limit is not None and used > limit:
                told.append(f"The budget's {name} of {limit:g} would be reached in: {one.stage}.")
                break
    return told
