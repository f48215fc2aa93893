"""`spuriforge finetune`: one training on a release, by the release's own splits.

Nothing slow is imported here, as in `cli.py`: the work is `pipeline/finetune`.
"""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from spuriforge.pipeline.recipe_models import TransformersModel

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


def settings_of(release: Path, *, quick: bool = False, **given: Any) -> dict[str, Any]:  # noqa: ANN401
    """The settings of a training: as given, else what the proving ground's models want, else the
    defaults.
    """
    from spuriforge.pipeline.evaluate.questions import open_release
    from spuriforge.pipeline.study.profiles import training_of

    own = training_of(open_release(release), "quick" if quick else "full")
    return {**own, **{name: value for name, value in given.items() if value is not None}}


def model_of(text: str) -> "TransformersModel":
    """The model that a word names; ValueError where it cannot be trained."""
    from spuriforge.pipeline.recipe_models import TransformersModel

    from .evaluated import named

    model = named(text)
    if not isinstance(model, TransformersModel):
        raise ValueError(
            f"--model {text!r} is an endpoint: only a model on this machine can be trained."
        )
    return model


def finetune(
    release: Annotated[
        Path, typer.Argument(help="A release, or a folder of releases: its latest.")
    ],
    model: Model,
    out: Annotated[
        Path, typer.Option(help="The folder for the trained model; there whole or not at all.")
    ],
    condition: Annotated[
        Condition, typer.Option(help="What it is trained on; the last three are control groups.")
    ] = "pairs",
    seed: Annotated[int, typer.Option(help="Seed of the lessons' order.")] = 0,
    types: Annotated[
        int | None, typer.Option(help="Train on so many types; left out, on all.", min=1)
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
    """Fine-tune a model on a release's training types; killed, the same command goes on where it
    stopped.
    """
    from spuriforge.pipeline.finetune import Settings

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
    start = model_of(model)
    settings = Settings(
        path=start.path,
        revision=start.revision,
        condition=condition,
        seed=seed,
        types=types,
        patience=patience,
        **more,
    )
    _train(release, settings, out)
    asked = shlex.join(
        ["spuriforge", "evaluate", str(release), "--model", str(out), "--split", "test"]
    )
    typer.echo(f"Next, on types that it never saw: {asked}")


def _train(release: Path, settings: Any, out: Path) -> None:  # noqa: ANN401 - Settings, not imported at the top
    """Trains with a bar, or with a line every ten seconds, and says what came out."""
    from spuriforge.pipeline.finetune import finetune as train

    from . import server
    from .cli import HOME

    server.configure(HOME)
    from .stage import progress

    with progress(f"finetune {settings.condition}", settings.steps) as advance:
        done = 0

        def on_step(step: int, _: int) -> None:
            nonlocal done
            advance(step - done)
            done = step

        trained = train(str(release), settings, out, on_step=on_step)
    counts = {name: len(keys) for name, keys in trained.types.items()}
    stopped = (
        ""
        if trained.validation_loss is None
        else f", loss on the validation types {trained.validation_loss:.3f}"
    )
    typer.echo(
        f"{trained.folder}: trained on {counts['train']} types in {trained.seconds:.0f} s, the "
        f"weights of step "
        f"{trained.step}{stopped}; {counts['test']} types were held out."
    )
