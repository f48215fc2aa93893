"""`spuriforge audit`: what is wrong with a benchmark's files."""

from pathlib import Path
from typing import Annotated

import typer

from .options import print_json


def audit(
    source: Annotated[
        str,
        typer.Argument(help="A file or folder with questions, a recipe, or a data set's Hub id."),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            help="The source's format, where it cannot be told: table, vlmevalkit, a-okvqa, ..."
        ),
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="The images' folder, where the file has only names.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="OURS=THEIRS, where a table calls a column otherwise; can be repeated."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON, with every row's id, instead of a table.")
    ] = False,
    skip_images: Annotated[
        bool, typer.Option("--skip-images", help="Check the texts alone.")
    ] = False,
) -> None:
    """Say everything that is wrong with a benchmark: ids, options, gold answers, images."""
    from ..terminal import audit as terminal

    reports = terminal.reports(
        source, kind=kind, images=images, columns=column or [], check_images=not skip_images
    )
    if json:
        parts = [report.as_json() for report in reports]
        print_json(parts[0] if len(parts) == 1 else parts)
    else:
        terminal.show(reports)
