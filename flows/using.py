"""The commands of those who pull a release: `evaluate` models on it, `release export` it to another
harness.

Nothing slow is imported here, as in `cli.py`.
"""

import shlex
from pathlib import Path
from typing import Annotated, Literal

import typer

_NEXT = {
    "vlmevalkit": "Copy the files to $LMUData, then, in VLMEvalKit: python run.py --data {name} --model ...",
    "lmms-eval": "Next: lmms-eval --include_path {out} --tasks {name} --model ... --model_args ...",
    "inspect": "Next, in {out}: inspect eval {file} --model ...",
}


def export(
    release: Annotated[
        Path, typer.Argument(help="A release, or a folder of releases: then its latest.")
    ],
    to: Annotated[
        Literal["vlmevalkit", "lmms-eval", "inspect"],
        typer.Option("--to", help="For which harness."),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", help="The folder to write to; files of the same names are replaced."),
    ],
    split: Annotated[
        Literal["all", "train", "validation", "test"],
        typer.Option(
            "--split", help="Of which split; take test for a model that was fine-tuned on train."
        ),
    ] = "all",
    hub: Annotated[
        str | None,
        typer.Option(
            "--hub",
            help="OWNER/NAME: load this version from the Hugging Face Hub, not from this machine.",
        ),
    ] = None,
) -> None:
    """Write a release in the form of another evaluation harness, with the same questions and the
    same prompt.
    """
    from spuriforge.pipeline.release.exports import export as write

    written = write(release, to, out, split=split, hub=hub)
    for path in written:
        typer.echo(path)
    name = written[0 if to == "vlmevalkit" else -1].stem
    typer.echo(
        _NEXT[to].format(name=name, out=shlex.quote(str(out)), file=written[0].name), err=True
    )


def evaluate(
    release: Annotated[
        Path, typer.Argument(help="A release, or a folder of releases: its latest.")
    ],
    model: Annotated[
        list[str] | None,
        typer.Option(help="A folder, a preset or a Hub id; NAME=... names it; can be repeated."),
    ] = None,
    models: Annotated[
        Path | None, typer.Option(help="A TOML file with [[models]] as a recipe has them.")
    ] = None,
    prompt: Annotated[
        list[str] | None,
        typer.Option(
            help=(
                "direct, chain-of-thought or spurious-aware; can be repeated; left out, each "
                "model's own."
            )
        ),
    ] = None,
    rotations: Annotated[
        int, typer.Option(help="In how many orders the options are shown.", min=1)
    ] = 1,
    blind: Annotated[bool, typer.Option(help="Ask without the image as well.")] = True,
    configs: Annotated[
        str, typer.Option(help="What is asked, separated by commas.")
    ] = "anchors,pairs,controls",
    split: Annotated[
        Literal["all", "train", "validation", "test"], typer.Option(help="Which split is asked.")
    ] = "all",
    out: Annotated[
        Path | None, typer.Option(help="Where the leaderboard goes; left out, beside the answers.")
    ] = None,
    workspace: Annotated[
        str | None, typer.Option(help="Where the answers are kept; left out, runs/evaluate-NAME.")
    ] = None,
    limit_types: Annotated[
        int | None, typer.Option(help="Ask only so many types, to try it out.", min=1)
    ] = None,
    publish_answers: Annotated[
        bool,
        typer.Option(
            "--publish-answers", help="Write responses.parquet with every raw answer, too."
        ),
    ] = False,
) -> None:
    """Ask models a release's questions, and write a leaderboard with intervals and comparisons."""
    from . import evaluated
    from .cli import HOME

    styles, kinds = (
        ("direct", "chain-of-thought", "spurious-aware"),
        ("anchors", "pairs", "controls"),
    )
    folder = evaluated.run(
        release,
        evaluated.models_of(model or [], models),
        HOME,
        workspace=workspace,
        prompts=evaluated.chosen("--prompt", prompt, styles),
        configs=evaluated.chosen("--configs", configs, kinds),
        rotations=rotations,
        blind=blind,
        split=split,
        out=out,
        limit_types=limit_types,
        publish_answers=publish_answers,
    )
    evaluated.show(folder)
