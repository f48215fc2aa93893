"""The public API, which `import spuriforge` exports: load a release, read it, ask a model about it.

    release = spuriforge.load_release("releases/demo")     # a release, or a folder: its latest
    for pair in release.rows("pairs", split="test"):
        pair["image_with"], pair["image_without"], pair["cue"]
    evaluation = release.evaluate(spuriforge.load_model("runs/my-model"))
    evaluation.figures["gap"]

All other modules are private by convention: they may change in any version.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from .evaluate import Evaluation
from .evaluate import evaluate as evaluate_release
from .lvlm.call_cache import CallCache
from .lvlm.endpoint import EndpointLVLM
from .lvlm.interface import LVLM
from .lvlm.parse import parse
from .lvlm.transformers_backend import TransformersLVLM
from .model_names import model_of
from .recipe_models import TransformersModel
from .release.contents import read
from .release.questions import open_release
from .workspace import Workspace

Config = Literal[
    "anchors", "pairs", "controls", "spuriverse", "candidates", "annotations", "responses"
]
Split = Literal["all", "train", "validation", "test"]


@dataclass(frozen=True, slots=True)
class Release:
    """A release that lies in a folder."""

    folder: Path
    name: str
    version: str

    def rows(
        self, config: Config = "pairs", *, split: Split = "all", images: bool = True
    ) -> Iterator[dict[str, Any]]:
        """Yields a config's rows as dictionaries, each with its `split`.

        Images are decoded to RGB as `PIL.Image.Image`; `images=False` leaves the image columns out,
        which is much faster. Configs without splits (candidates, annotations, responses) have the
        split "full" and are read with `split="all"`.
        """
        contents = read(self.folder)
        if config not in contents.files:
            known = ", ".join(sorted(contents.files))
            raise ValueError(f"{self.folder} has no config {config!r}; it has {known}.")
        for row in contents.rows(config, images=images):
            if split in ("all", row["split"]):
                yield {name: _decoded(value) for name, value in row.items()}

    def figures(self) -> list[dict[str, Any]]:
        """Returns the published figures, a dictionary for each cue, the largest effect first.

        `effect` is the accuracy without the cue minus the accuracy with it, on the published pairs;
        `effect_low` and `effect_high` are its 95 % interval.
        """
        names = (
            *("type", "split", "question", "answer", "cue", "cue_linked", "models"),
            *("effect", "effect_low", "effect_high"),
        )
        rows = [{name: row[name] for name in names} for row in self.rows("anchors", images=False)]
        return sorted(rows, key=lambda row: -row["effect"])

    def evaluate(
        self, model: LVLM, *, split: Split = "all", rotations: int = 1, blind: bool = False
    ) -> Evaluation:
        """Asks a model every question of the release and returns its figures.

        `rotations` is the number of orders in which options are shown; `blind` asks without the
        images as well. It runs in memory, for one model; the command `spuriforge evaluate` keeps
        the answers, resumes and compares models.
        """
        return evaluate_release(self.folder, model, split=split, rotations=rotations, blind=blind)


def load_release(folder: str | Path) -> Release:
    """Opens a release, or the latest in a folder of releases; ValueError where there is none."""
    opened = open_release(folder)
    return Release(opened.folder, str(opened.manifest["name"]), str(opened.manifest["version"]))


def load_model(name: str, *, answers: str | Path = "runs/answers") -> LVLM:
    """Loads a model: a folder or Hub id of transformers, or an endpoint's preset.

    An endpoint's successful answers are kept in the folder `answers`, so none is paid for twice;
    `spuriforge models` lists the presets and the variables that hold their keys. Instead of the
    result you can use any object with `id`, `prompt` and `answer`.
    """
    model = model_of(name)
    if isinstance(model, TransformersModel):
        return TransformersLVLM.load(model)
    return EndpointLVLM(model, cache=CallCache(Workspace(answers)))


def parse_reply(reply: str, choices: Sequence[str]) -> int | None:
    """Returns the index of the option that a reply names, or None if it names none or several.

    `choices` are the options in the order shown, lettered A, B, C, ... (ten at most).
    """
    return parse(reply, tuple(choices))


def _decoded(value: Any) -> Any:  # noqa: ANN401 - a cell of any column
    """An image cell ({"bytes", "path"}) as an RGB image; anything else as it is."""
    if isinstance(value, dict) and value.keys() == {"bytes", "path"}:
        if value["bytes"] is None:
            return None
        return Image.open(io.BytesIO(value["bytes"])).convert("RGB")
    return value
