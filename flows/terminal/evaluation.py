"""`spuriforge evaluate` at work: the server that the flow needs, and the leaderboard's figures.

models = models_of(["gpt-4o", "runs/mine/model"], None)
show(run(Path("releases/demo"), models, Path(".spuriforge"), workspace=None, rotations=2))
"""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from spuriforge.pipeline.model_names import AskedModel

from .. import prefect_server

#: The figures that the terminal shows; the page has all.
SHOWN = ("with_cue", "without_cue", "gap", "controls")


def run(
    release: Path,
    models: tuple[AskedModel, ...],
    home: Path,
    *,
    workspace: str | None,
    **options: Any,  # noqa: ANN401 - the fields of flows.evaluate.EvaluationSettings
) -> str:
    """Evaluates, and returns the leaderboard's folder.

    The answers are kept under runs/ by the release's name, whatever its version: the next version
    asks only what is new.
    """
    from spuriforge.pipeline.release.questions import open_release

    name = open_release(release).manifest["name"]  # a mistake in it is an error before the start
    prefect_server.configure(home)
    with prefect_server.prefect_server(home) as prefect:
        from ..evaluate import EvaluationSettings, evaluate

        settings = EvaluationSettings(
            release=release,
            models=models,
            workspace=workspace or f"runs/evaluate-{name}",
            **options,
        )
        prefect.wait()
        return evaluate(settings)


def show(folder: str) -> None:
    """Prints the leaderboard's first figures, and where the page is."""
    board = json.loads((Path(folder) / "leaderboard.json").read_text(encoding="utf-8"))
    title = f"{board['release']} {board['version']}, split {board['split']}"
    table = Table(title=title, title_justify="left")
    for name in ("model", "prompt", *SHOWN):
        side = "left" if name in ("model", "prompt") else "right"
        table.add_column(name.replace("_", " "), justify=side)  # type: ignore[arg-type]
    for entry in board["entries"]:
        mark = {"selected": " †", "no": ""}.get(entry["part"], " ‡")
        figures = [_interval(entry["figures"].get(name)) for name in SHOWN]
        model = entry["model"].partition("@")[0]
        table.add_row(Text(model + mark), entry["prompt"], *figures)
    console = Console()
    console.print(table)
    console.print(
        "† the types were selected on it   ‡ the types were selected on a model of this name"
    )
    page = str(Path(folder) / "index.html")
    console.print(page, soft_wrap=True, highlight=False, markup=False)


def _interval(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return "-"
    ends = "" if figure["low"] is None else f" ({figure['low']:.2f} to {figure['high']:.2f})"
    return f"{figure['value']:.2f}{ends}"
