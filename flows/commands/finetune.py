"""`spuriforge finetune`: one training on a release, by the release's own splits.

The work is done in `pipeline/finetune`.
"""

import shlex
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..home import HOME
from .options import ReleasePath

if TYPE_CHECKING:
    from spuriforge.pipeline.finetune import TrainingSettings

#: As `pipeline.finetune.CONDITIONS`, which cannot be imported so early.
Condition = Literal[
    "anchors",
    "group",
    "non-spurious",
    "mixed",
    "pairs",
    "consistent",
    "without",
    "placebo",
    "blind",
]
#: The conditions that a study compares; the others are its control groups.
StudyCondition = StrEnum("StudyCondition", ["anchors", "group", "mixed", "pairs", "consistent"])
Model = Annotated[
    str,
    typer.Option(help="The model to start from: a folder, or a Hub id like org/model@REVISION."),
]
Steps = Annotated[int | None, typer.Option(help="Steps of the optimizer.", min=1)]
Images = Annotated[int | None, typer.Option(help="Images in each step.", min=4)]
Replay = Annotated[
    float | None,
    typer.Option(
        help="Share of the images that are clean questions: what is not rehearsed is lost."
    ),
]
Recall = Annotated[
    float | None,
    typer.Option(
        help=(
            "Weight of answering clean images as before the training; 0: only their right answers "
            "count."
        )
    ),
]
Rate = Annotated[float | None, typer.Option(help="The peak of the learning rate.")]
Temperature = Annotated[
    float | None,
    typer.Option(help="Over 1, the model has to be surer of an answer than the loss alone wants."),
]
Shrink = Annotated[
    float | None,
    typer.Option(help="By what share every trained matrix is made smaller before the first step."),
]
Lora = Annotated[
    int | None,
    typer.Option(
        help="The rank of LoRA; left out, all weights but the vision tower's are trained.", min=1
    ),
]
Precision = Annotated[
    Literal["float32", "bfloat16", "4bit"] | None,
    typer.Option(help="bfloat16 and 4bit are for GPUs, and 4bit needs --lora."),
]
Device = Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1, ...")]


def settings_of(release: Path, *, quick: bool = False, **options: Any) -> dict[str, Any]:  # noqa: ANN401
    """The options as given; those left out as the release's models want them, or the defaults."""
    from spuriforge.pipeline.release.questions import open_release
    from spuriforge.pipeline.study.defaults import training_of

    profile = training_of(open_release(release), "quick" if quick else "full")
    return {**profile, **{name: value for name, value in options.items() if value is not None}}


def finetune(
    release: ReleasePath,
    model: Model,
    out: Annotated[
        Path, typer.Option(help="The folder for the trained model; there whole or not at all.")
    ],
    condition: Annotated[
        Condition, typer.Option(help="What it is trained on; the last three are control groups.")
    ] = "pairs",
    seed: Annotated[int, typer.Option(help="Seed of the lessons' order.")] = 0,
    limit_types: Annotated[
        int | None, typer.Option(help="Train on this many types only; left out, on all.", min=1)
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
    every: Annotated[
        int | None,
        typer.Option(
            help="Look at the validation types, and keep a checkpoint, every N steps.", min=1
        ),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            help="Stop after N looks that were no better; left out, train to the end.", min=1
        ),
    ] = None,
) -> None:
    """Fine-tune a model on a release's training types.

    A killed training continues when the same command runs again.
    """
    from spuriforge.pipeline.finetune import TrainingSettings
    from spuriforge.pipeline.model_names import trainable

    more = settings_of(
        release,
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
        every=every,
    )
    start = trainable(model)
    settings = TrainingSettings(
        path=start.path,
        revision=start.revision,
        condition=condition,
        seed=seed,
        types=limit_types,
        patience=patience,
        **more,
    )
    _train(release, settings, out)
    command = ["spuriforge", "evaluate", str(release), "--model", str(out), "--split", "test"]
    typer.echo(f"Next, on types that it never saw: {shlex.join(command)}")


def _train(release: Path, settings: "TrainingSettings", out: Path) -> None:
    """Trains with a bar, or with a line every ten seconds, and prints what came out."""
    from spuriforge.pipeline.finetune import finetune as train

    from .. import prefect_server

    prefect_server.configure(HOME)
    from ..stage import progress

    with progress(f"finetune {settings.condition}", settings.steps) as advance:
        done = 0

        def on_step(step: int, _: int) -> None:
            nonlocal done
            advance(step - done)
            done = step

        trained = train(str(release), settings, out, on_step=on_step)
    count = {split: len(keys) for split, keys in trained.types.items()}
    loss = trained.validation_loss
    validation = "" if loss is None else f", loss on the validation types {loss:.3f}"
    typer.echo(
        f"{trained.folder}: trained on {count['train']} types in {trained.seconds:.0f} s, the "
        f"weights of step {trained.step}{validation}; {count['test']} types were held out."
    )
