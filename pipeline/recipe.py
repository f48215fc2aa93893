"""One typed, validated recipe (TOML) for a run: `Recipe.load("flows/recipes/proving_ground.toml")`.

Every setting of a run stands here and nowhere else. A misspelt or impossible setting is a ValueError that names it.
Relative paths are taken from the recipe's own folder.
"""

import hashlib
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


#: The files of a model folder that hold its weights.
WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".ckpt")


@lru_cache(maxsize=32)
def version_of(path: str, revision: str | None) -> str:
    """The version of a model for every key made with it: its revision, or a fingerprint of a local folder.

    The fingerprint covers the names and sizes of the folder's weights and the first megabyte of each: a model trained
    anew in the same place is another version, and nothing stale is reused.
    """
    folder = Path(path)
    if revision or not folder.is_dir():
        return revision or "main"
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.suffix in WEIGHTS):
        digest.update(f"{file.relative_to(folder).as_posix()} {file.stat().st_size}".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(2**20))
    return digest.hexdigest()[:12]


def clip_id(source: str) -> str:
    """Name and version of an open_clip model: what every key made with it has. Nothing is loaded for it."""
    return f"{Path(source).name}@{version_of(source, None)}"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Model(_Section):
    """An LVLM: one under test, whose errors are mined and whose gaps are verified."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    #: A local folder or a Hub id for transformers' AutoModelForImageTextToText.
    path: str
    #: A branch, tag or commit of the Hub; pin it. A local folder is its own version.
    revision: str | None = None
    #: "letters" scores the option letters, "generate" reads what the model writes.
    answer_by: Literal["letters", "generate"] = "letters"
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    device: str = "cpu"
    batch_size: Count = 64

    @property
    def id(self) -> str:
        """Name and version: what a prediction's key is made of."""
        return f"{self.name}@{version_of(self.path, self.revision)}"


class Run(_Section):
    """What the run is called, where its workspace lies and its seed."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    workspace: str
    seed: int = 0
    #: Samples, pairs or images in one Prefect task.
    shard: Count = 256
    #: Prefect tasks at once.
    workers: Count = 2


class Benchmark(_Section):
    """Where the questions come from."""

    kind: Literal["proving-ground"]
    path: str
    questions: Count = 4800
    seed: int = 0


class Mine(_Section):
    """Which wrong answers count as a model's persistent errors."""

    #: How many cyclic rotations of the options each question is asked in.
    rotations: Count = 4
    #: An error is persistent when the same wrong option wins more than this share of the rotations.
    min_share: Share = 0.5


class Category(_Section):
    """A part of the cue vocabulary: nearby things, places, skies, ..."""

    name: str
    #: A zero-shot prompt with {} for the tag.
    prompt: str
    tags: Annotated[tuple[str, ...], Field(min_length=2)]
    #: How a caption says it, with {} for the tag: "next to a {}", "on a {}", "under a {} sky".
    phrase: str
    #: The prompt that says none of the tags is there; leave out where one always is (place, sky).
    null: str | None = None


class Screen(_Section):
    """The association screener: which cue goes with which wrong answer."""

    #: A folder or name that open_clip loads.
    clip: str
    vocabulary: Annotated[tuple[Category, ...], Field(min_length=1)]
    q: Share = 0.05
    min_errors: Count = 3
    #: A cue seen in more than this share of the images is everywhere, and no cue.
    max_share: Share = 0.5
    #: A tag counts as seen above this probability.
    threshold: Share = 0.5


class Annotate(_Section):
    """Who judges cues and pairs, and how many judge each."""

    #: Pseudonyms; one Label Studio project each.
    annotators: Annotated[tuple[str, ...], Field(min_length=1)] = ("annotator-1", "annotator-2", "annotator-3")
    #: Judgments asked for each cue.
    overlap: Count = 2
    #: Share of the release pairs judged by `overlap` people, for the agreement; the others by one.
    pairs_doubled: Share = 0.25
    #: "people" wait for a person, "scripted" are answered by the proving ground's scripts through the same server.
    by: Literal["people", "scripted"] = "people"
    #: Error rate of each scripted annotator, in the order of `annotators`.
    error_rates: tuple[Share, ...] = ()

    @model_validator(mode="after")
    def _enough_people(self) -> Self:
        if self.overlap > len(self.annotators):
            raise ValueError(f"overlap is {self.overlap}, but there are {len(self.annotators)} annotators")
        if self.by == "scripted" and len(self.error_rates) != len(self.annotators):
            raise ValueError("scripted annotators need one error rate each in error_rates")
        return self


class Generate(_Section):
    """How counterfactual pairs are made."""

    #: A diffusers pipeline, for DiffusionPipeline.from_pretrained.
    model: str
    revision: str | None = None
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    device: str = "cpu"
    #: Tried in this order until a type has enough pairs that the gate keeps.
    routes: tuple[Literal["text-to-image", "inpainting"], ...] = ("text-to-image", "inpainting")
    #: Where inpainting works, in shares of the image (left, top, right, bottom), for cues that have no drawn box.
    box: tuple[Share, Share, Share, Share] | None = None
    steps: Count = 15
    guidance: float = 1.5
    batch_size: Count = 16
    selection_pairs: Count = 12
    #: A few more than are published of each type, since people reject some.
    release_pairs: Count = 13
    #: Pairs made for each one wanted, since the gate rejects some; then again, up to `rounds` times.
    oversample: Annotated[float, Field(ge=1)] = 1.3
    rounds: Count = 3
    placebo: bool = True

    #: Also make pairs of types that people rejected, to measure what people add; they are never published.
    include_rejected: bool = False

    @property
    def id(self) -> str:
        """Name, version and way of sampling: what an image's key is made of."""
        name = f"{Path(self.model).name}@{version_of(self.model, self.revision)}"
        return f"{name} ({self.steps} steps, guidance {self.guidance:g})"


class Gate(_Section):
    """When a pair is sound. Its models are never the models under test."""

    clip: str
    #: Log-odds that the cue must exceed in the one image, and its negative stay under in the other; 3 is 95 %.
    cue_margin: float = 3.0
    core_margin: float = 0.0
    min_likeness: Share = 0.6
    max_likeness: Share = 0.995


class Verify(_Section):
    """The test that a cue must pass."""

    q: Share = 0.1
    min_effect: Share = 0.2
    rotations: Count = 2
    #: The paper's rule, run beside ours: any model's drop over this.
    threshold_rule: Share = 0.3


class Publish(_Section):
    """What a release is called and where it goes."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    folder: str
    license: str = "cc-by-4.0"
    #: A type needs this many checked release pairs to be published.
    pairs_per_type: Count = 10


class Recipe(_Section):
    """A complete run."""

    run: Run
    benchmark: Benchmark
    models: Annotated[tuple[Model, ...], Field(min_length=1)]
    mine: Mine = Mine()
    screen: Screen
    annotate: Annotate = Annotate()
    generate: Generate
    gate: Gate
    verify: Verify = Verify()
    publish: Publish

    @model_validator(mode="after")
    def _sound(self) -> Self:
        names = [model.name for model in self.models]
        if len(set(names)) < len(names):
            raise ValueError("two models have the same name")
        tested = {model.path for model in self.models}
        if tested & {self.gate.clip, self.screen.clip}:
            raise ValueError("a model under test cannot also be the gate's or the screener's")
        if self.publish.pairs_per_type > self.generate.release_pairs:
            raise ValueError("publish.pairs_per_type is more than generate.release_pairs: no type could be published")
        return self

    @classmethod
    def load(cls, path: str | Path) -> "Recipe":
        """Reads and checks a recipe; a folder stands for the recipe.toml in it. ValueError says what is wrong."""
        file = Path(path)
        file = file / "recipe.toml" if file.is_dir() else file
        if not file.is_file():
            raise ValueError(f"There is no recipe at {file}.")
        try:
            raw = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{file} is not valid TOML: {error}.") from None
        try:
            recipe = cls.model_validate(raw)
        except ValidationError as error:
            raise ValueError(f"{file}: " + "; ".join(_say(one) for one in error.errors())) from None
        return recipe.resolved(file.resolve().parent)

    def resolved(self, folder: Path) -> "Recipe":
        """The same recipe with every relative path that exists, or is to be written, taken from `folder`."""

        def there(path: str) -> str:
            return str((folder / path).resolve()) if path.startswith((".", "/")) else path

        def update(section: BaseModel, *names: str) -> BaseModel:
            return section.model_copy(update={name: there(getattr(section, name)) for name in names})

        return self.model_copy(
            update={
                "run": update(self.run, "workspace"),
                "benchmark": update(self.benchmark, "path"),
                "models": tuple(update(model, "path") for model in self.models),
                "screen": update(self.screen, "clip"),
                "generate": update(self.generate, "model"),
                "gate": update(self.gate, "clip"),
                "publish": update(self.publish, "folder"),
            }
        )


def _say(error: object) -> str:
    """One validation error as a phrase that names the setting."""
    assert isinstance(error, dict)
    where = ".".join(str(part) for part in error["loc"]) or "recipe"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}"
