"""`spuriforge study`: what its options mean, the server that the flow needs, and what the terminal
shows.

Nothing slow is imported here, as in `cli.py`: the work is `flows/study.py`.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from .finetune import (
    Condition,
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
    Temperature,
    model_of,
    settings_of,
)

if TYPE_CHECKING:
    from spuriforge.pipeline.study.plan import Study


def study(
    release: Annotated[
        Path, typer.Argument(help="A release, or a folder of releases: its latest.")
    ],
    model: Model,
    out: Annotated[Path, typer.Option(help="The study's folder; the same command goes on in it.")],
    conditions: Annotated[
        str | None,
        typer.Option(
            help="What is compared, separated by commas; the first is trained on fewer types, too."
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(help="How often all is repeated, each time with other types held out.", min=1),
    ] = None,
    types: Annotated[
        str | None,
        typer.Option(help="Numbers of training types, separated by commas, like 0,2,4,8,all."),
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
    """Fine-tune under several conditions and seeds, with control groups, and say what was unlearned
    by what.
    """
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
    asked = asked_of(
        release,
        model,
        out,
        conditions,
        seeds,
        types,
        quick=quick,
        training=training,
        workers=workers,
        keep_models=keep_models,
    )
    show(run(asked))


def asked_of(
    release: Path,
    model: str,
    out: Path,
    conditions: str | None,
    seeds: int | None,
    types: str | None,
    *,
    quick: bool,
    training: dict[str, object],
    workers: int | None,
    keep_models: bool,
) -> "Study":
    """The study that a command asks for: what it leaves out is as the profile says."""
    from spuriforge.pipeline.finetune import CONDITIONS
    from spuriforge.pipeline.study.profiles import PROFILES, study_of

    from .evaluated import chosen

    allowed = [one for one in CONDITIONS if one not in PROFILES["full"].controls]
    wanted = cast("tuple[Condition, ...]", chosen("--conditions", conditions, allowed))
    return study_of(
        model_of(model),
        str(release),
        str(out),
        "quick" if quick else "full",
        training=training,
        seeds=seeds,
        conditions=wanted,
        types=counts(types),
        workers=workers,
        keep_models=keep_models,
    )


def counts(text: str | None) -> tuple[int | None, ...]:
    """Numbers of types as the option says them; None is all of them. ValueError for what is no
    number.
    """
    words = [] if text is None else [word.strip() for word in text.split(",")]
    wrong = [word for word in words if word != "all" and not word.isdecimal()]
    if wrong:
        said = ", ".join(map(repr, wrong))
        raise ValueError(f"--types takes numbers and the word all, like 0,2,4,8,all; not {said}.")
    return tuple(None if word == "all" else int(word) for word in words)


def run(asked: "Study") -> Path:
    """Does what is missing of a study, and gives its page."""
    from . import server
    from .cli import HOME

    server.configure(HOME)
    with server.prefect_server(HOME) as prefect:
        from .study import start

        prefect.wait()
        return Path(start(asked))


def show(page: Path) -> None:
    """Prints what was found in words and figures, and where the page is."""
    from rich.console import Console
    from rich.table import Table

    found = json.loads((page.parent / "study.json").read_text(encoding="utf-8"))
    table = Table(
        title=f"{found['model'].partition('@')[0]} on {found['release']} {found['version']}",
        title_justify="left",
    )
    figures = ("with_cue", "without_cue", "gap", "controls")
    for name in ("", *(one.replace("_", " ") for one in figures)):
        table.add_column(name, justify="right" if name else "left")
    for row in found["conditions"]:
        cells = [_change(row["before"].get(one), row["after"].get(one)) for one in figures]
        table.add_row(row["condition"] + (" (control group)" if row["control"] else ""), *cells)
    console = Console()
    console.print(table)
    for one in (found["headline"], *found["findings"]):
        console.print(one, markup=False, highlight=False)
    console.print(str(page), soft_wrap=True, highlight=False, markup=False)


def _change(before: dict[str, float] | None, after: dict[str, float] | None) -> str:
    return (
        "-" if before is None or after is None else f"{before['value']:.2f} → {after['value']:.2f}"
    )
