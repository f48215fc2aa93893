"""`spuriforge release export`: a release for VLMEvalKit, lmms-eval or inspect_ai."""

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
    release: Annotated[Path, typer.Argument(help="A release, or a folder of releases: then its latest.")],
    to: Annotated[Literal["vlmevalkit", "lmms-eval", "inspect"], typer.Option("--to", help="For which harness.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write to; files of the same names are replaced.")],
    split: Annotated[
        Literal["all", "train", "validation", "test"],
        typer.Option("--split", help="Of which split; take test for a model that was fine-tuned on train."),
    ] = "all",
    hub: Annotated[
        str | None,
        typer.Option("--hub", help="OWNER/NAME: load this version from the Hugging Face Hub, not from this machine."),
    ] = None,
) -> None:
    """Write a release in the form of another evaluation harness, with the same questions and the same prompt."""
    from pipeline.release.exports import export as write

    written = write(release, to, out, split=split, hub=hub)
    for path in written:
        typer.echo(path)
    name = written[0 if to == "vlmevalkit" else -1].stem
    typer.echo(_NEXT[to].format(name=name, out=shlex.quote(str(out)), file=written[0].name), err=True)
