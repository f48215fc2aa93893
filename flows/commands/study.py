"""`spuriforge study`: what can be unlearned, by several conditions and control groups.

The work is done in `flows/study.py`.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ..home import HOME
from .finetune import (
    Device,
    Images,
    Lora,
    Model,
    Precision,
    Rate,
    Recall,
    Replay,
    Shrink,
    Steps,
    StudyCondition,
    Temperature,
    settings_of,
)
from .options import ReleasePath

if TYPE_CHECKING:
    from spuriforge.pipeline.finetune import Condition
    from spuriforge.pipeline.study.plan import StudyPlan


def study(
    release: ReleasePath,
    model: Model,
    out: Annotated[Path, typer.Option(help="The study's folder; the same command goes on in it.")],
    condition: Annotated[
        list[StudyCondition] | None,
        typer.Option(
            help="What is compared; can be repeated; the first is trained on fewer types, too."
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(help="How often all is repeated, each time with other types held out.", min=1),
    ] = None,
    train_types: Annotated[
        list[str] | None,
        typer.Option(help="On how many types it trains: a number, or all; can be repeated."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A small study: few conditions, seeds and steps.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(help="Trainings side by side; left out, 2, and on a GPU 1.", min=1)
    ] = None,
    steps: Steps = None,
    images: Images = None,
    replay: Replay = None,
    recall: Recall = None,
    rate: Rate = None,
    temperature: Temperature = None,
    shrink: Shrink = None,
    lora: Lora = None,
    precision: Precision = None,
    device: Device = None,
    keep_models: Annotated[
        bool, typer.Option("--keep-models", help="Keep every trained model.")
    ] = False,
) -> None:
    """Fine-tune under several conditions and control groups, and say what was unlearned by what."""
    training = settings_of(
        release,
        quick=quick,
        steps=steps,
        images=images,
        replay=replay,
        recall=recall,
        rate=rate,
        temperature=temperature,
        shrink=shrink,
        lora=lora,
        precision=precision,
        device=device,
    )
    from spuriforge.pipeline.model_names import trainable
    from spuriforge.pipeline.study.defaults import study_of

    plan = study_of(
        trainable(model),
        str(release),
        str(out),
        "quick" if quick else "full",
        training=training,
        seeds=seeds,
        conditions=cast("tuple[Condition, ...]", tuple(map(str, dict.fromkeys(condition or ())))),
        types=type_counts(train_types or []),
        workers=workers,
        keep_models=keep_models,
    )
    show(run(plan))


def type_counts(words: list[str]) -> tuple[int | None, ...]:
    """Numbers of types as the option says them, None for all; ValueError for what is no number."""
    wrong = [word for word in words if word != "all" and not word.isdecimal()]
    if wrong:
        raise ValueError(
            f"--train-types takes a number or the word all, not {', '.join(map(repr, wrong))}."
        )
    return tuple(None if word == "all" else int(word) for word in words)


def run(plan: "StudyPlan") -> Path:
    """Does what is missing of a study, and returns its page."""
    from .. import prefect_server

    prefect_server.configure(HOME)
    with prefect_server.prefect_server(HOME) as prefect:
        from ..study import start

        prefect.wait()
        return Path(start(plan))


def show(page: Path) -> None:
    """Prints the study's results in words and figures, and where the page is."""
    from rich.console import Console
    from rich.table import Table

    study = json.loads((page.parent / "study.json").read_text(encoding="utf-8"))
    title = f"{study['model'].partition('@')[0]} on {study['release']} {study['version']}"
    table = Table(title=title, title_justify="left")
    figures = ("with_cue", "without_cue", "gap", "controls")
    for heading in ("", *(name.replace("_", " ") for name in figures)):
        table.add_column(heading, justify="right" if heading else "left")
    for row in study["conditions"]:
        cells = [_change(row["before"].get(name), row["after"].get(name)) for name in figures]
        kind = " (control group)" if row["control"] else ""
        table.add_row(row["condition"] + kind, *cells)
    console = Console()
    console.print(table)
    for text in (study["headline"], *study["findings"]):
        console.print(text, markup=False, highlight=False)
    console.print(str(page), soft_wrap=True, highlight=False, markup=False)


def _change(before: dict[str, float] | None, after: dict[str, float] | None) -> str:
    if before is None or after is None:
        return "-"
    return f"{before['value']:.2f} → {after['value']:.2f}"
