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

from ..state.benchmarks import size


def estimate(recipe: Recipe) -> tuple[list[Need], dict[str, Yield]]:
    """Returns the needs of every stage, and the figures that they rest on."""
    figures = yields(Workspace(recipe.run.workspace), recipe.plan)
    all_here = all(Path(benchmark.path).exists() for benchmark in recipe.benchmarks)
    if recipe.plan.questions and not all_here:
        samples, choices = recipe.plan.questions, 4.0
        figures["questions"] = Yield(samples, "assumed: not all of the benchmarks' files are here")
    else:
        samples, choices = size(recipe)
        figures["questions"] = Yield(samples, "counted")
    return plan(recipe, samples=samples, choices=choices, yields=figures), figures


def as_json(recipe: Recipe) -> dict[str, Any]:
    """The plan as JSON has it."""
    needs, figures = estimate(recipe)
    return {
        "recipe": recipe.run.name,
        "stages": [asdict(need) for need in needs],
        "total": asdict(total(needs)),
        "rests_on": {name: asdict(figure) for name, figure in figures.items()},
        "budget": recipe.budget.model_dump(),
    }


def show(recipe: Recipe) -> None:
    """Prints the plan, what it rests on, and where the budget would stop it."""
    needs, figures = estimate(recipe)
    Console().print(
        Group(_needs(recipe.run.name, needs), _rests_on(figures), *_budget(recipe, needs))
    )


def _needs(name: str, needs: list[Need]) -> Table:
    """A row for each stage and one for all; empty columns are left out."""
    rows = [_cells(need) for need in (*needs, total(needs))]
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


#: A stage's row; tokens are those in and those out.
COLUMNS = ("stage", "in", "calls", "tokens", "images", "cost", "device", "people")


def _cells(need: Need) -> tuple[str, ...]:
    tokens = f"{_short(need.tokens_in)}/{_short(need.tokens_out)}" if need.tokens_in else ""
    cost = "?" if need.cost is None else _figure(need.cost, 2)
    hours = (
        f"{figure} h" if (figure := _figure(hours, 1)) else ""
        for hours in (need.device_hours, need.people_hours)
    )
    return (
        need.stage,
        _short(need.inputs),
        _short(need.calls),
        tokens,
        _short(need.images),
        cost,
        *hours,
    )


def _figure(value: float, decimals: int) -> str:
    """A figure with few digits, or "" where it would read as zero."""
    shown = f"{value:,.{decimals if value < 10 else 0}f}"
    return shown if float(shown.replace(",", "")) else ""


def _short(count: int) -> str:
    """A count in three digits: 980, 14.4k, 12.8M."""
    if count < 1000:
        return f"{count}" if count else ""
    return f"{count / 1e3:.3g}k" if count < 999_500 else f"{count / 1e6:,.3g}M"


def _rests_on(figures: dict[str, Yield]) -> Table:
    table = Table(
        "figure", title="What this rests on (set under plan in the recipe)", box=SIMPLE_HEAD
    )
    table.title_justify = "left"
    table.add_column("value", justify="right")
    table.add_column("from")
    for name, figure in figures.items():
        value = f"{figure.value:.3g}" if figure.value < 1000 else f"{figure.value:,.0f}"
        table.add_row(name, value, figure.origin)
    return table


def _budget(recipe: Recipe, needs: list[Need]) -> list[str]:
    """Sentences on which limits the whole run would exceed, and in which stage."""
    sentences = []
    if any(need.cost is None for need in needs):
        sentences.append("? is an unknown price: set price_in and price_out of that model.")
    used: dict[str, float] = dict.fromkeys(("cost", "model_calls", "images", "hours"), 0.0)
    limits = {name: getattr(recipe.budget, name) for name in used}
    exceeded: dict[str, str] = {}
    for need in needs:
        used["cost"] += need.cost or 0.0
        used["model_calls"] += need.calls
        used["images"] += need.images
        used["hours"] += need.device_hours
        for name, limit in limits.items():
            if limit is not None and used[name] > limit:
                exceeded.setdefault(name, need.stage)
    for name, stage in exceeded.items():
        limit = f"{limits[name]:g}"
        sentences.append(f"The budget's {name} of {limit} would be reached in: {stage}.")
    return sentences
