"""The models that a recipe may name, and the name and version of each that go into keys.

`backend` says how a model is asked: through transformers on this machine (the default), through any
OpenAI-compatible endpoint, or not at all, since its published answers came with the benchmark.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
Style = Literal["direct", "chain-of-thought", "spurious-aware"]
Dtype = Literal["auto", "float32", "bfloat16", "float16"]

#: The files of a model folder that hold its weights.
WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".ckpt")


@lru_cache(maxsize=32)
def version_of(path: str, revision: str | None) -> str:
    """Returns a model's version for keys: its revision, or a fingerprint of a local folder.

    The fingerprint covers the names and sizes of the folder's weights and the first megabyte of
    each. A model retrained in the same place is another version, so nothing stale is reused.
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
    """Returns the name and version of an open_clip model, without loading it."""
    return f"{Path(source).name}@{version_of(source, None)}"


class Section(BaseModel):
    """A part of a recipe: frozen, and misspelt settings are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Asked(Section):
    """The settings of all models under test."""

    #: Name of the model in the report and the release.
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    #: Whether its errors are mined. A model that only verifies has `mine = false`.
    mine: bool = True
    #: Whether it answers the counterfactual pairs.
    verify: bool = True


class TransformersModel(_Asked):
    """An LVLM of the transformers library, on this machine."""

    #: Runs on this machine.
    backend: Literal["transformers"] = "transformers"
    #: Local folder or Hub id for transformers' AutoModelForImageTextToText.
    path: str
    #: Branch, tag or commit on the Hub; pin it. A local folder is its own version.
    revision: str | None = None
    #: "letters" scores the option letters, "generate" reads what the model writes.
    answer_by: Literal["letters", "generate"] = "letters"
    #: How it is asked. The last two let the model write before it answers, and need answer_by =
    #: "generate".
    prompt: Style = "direct"
    #: Precision of the weights.
    dtype: Dtype = "float32"
    #: Device of the model: cpu, cuda, cuda:1, ...
    device: str = "cpu"
    #: Spreads the weights over several devices ("auto", "balanced", ...) in place of `device`.
    device_map: str | None = None
    #: Attention implementation: "sdpa", "eager", "flash_attention_2", ... Default: the library's
    #: choice.
    attention: str | None = None
    #: Questions in one forward pass.
    batch_size: Count = 64
    #: Most tokens written per answer. Default: 64 for direct answers, 1,024 otherwise.
    max_tokens: Count | None = None

    @model_validator(mode="after")
    def _letters_come_directly(self) -> Self:
        if self.answer_by == "letters" and self.prompt != "direct":
            raise ValueError(
                f'the prompt {self.prompt!r} lets the model think first: set answer_by = "generate"'
            )
        return self

    @property
    def id(self) -> str:
        """Name and version, as a prediction's key has them."""
        return f"{self.name}@{version_of(self.path, self.revision)}"


class EndpointModel(_Asked):
    """An LVLM behind any endpoint that speaks OpenAI's chat completions.

    A preset (`spuriforge models`) sets url, model, key variable and prices; settings given here
    win.
    """

    #: Asked over HTTP.
    backend: Literal["endpoint"]
    #: Name from `spuriforge models`: sets address, model, key variable and prices. What is set here
    #: wins.
    preset: str | None = None
    #: Address, up to and including /v1.
    url: str = ""
    #: The model's name at the endpoint.
    model: str = ""
    #: Name of the environment variable that holds the key. The key itself is never written
    #: anywhere.
    key_variable: str | None = None
    #: How it is asked.
    prompt: Style = "direct"
    #: Sampling temperature. The presets of models that refuse one send none.
    temperature: Annotated[float, Field(ge=0, le=2)] | None = 0.0
    #: Most tokens written per answer. Default: 64 for direct answers, 1,024 otherwise.
    max_tokens: Count | None = None
    #: The request's name for that limit: newer OpenAI models want the longer name.
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    #: How the judge's and the describer's forms are requested. Replies are checked in any case.
    structured: Literal["json_schema", "json_object", "prompt"] = "json_schema"
    #: Longest side of the images sent, in pixels; larger ones are scaled down.
    image_side: Count = 1024
    #: Format of the images sent.
    image_format: Literal["jpeg", "png"] = "jpeg"
    #: Most calls at once; fewer while the endpoint answers 429.
    concurrency: Count = 8
    #: Seconds for one attempt.
    timeout: Positive = 60.0
    #: Seconds for a call with all its attempts.
    deadline: Positive = 300.0
    #: Currency per million input tokens, for the plan, the budget and the ledger. Default: unknown.
    price_in: Annotated[float, Field(ge=0)] | None = None
    #: Currency per million output tokens. Default: unknown.
    price_out: Annotated[float, Field(ge=0)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_preset(cls, raw: Any) -> Any:  # noqa: ANN401 - whatever the file has
        from .presets import preset

        if not isinstance(raw, dict) or not raw.get("preset"):
            return raw
        given = preset(str(raw["preset"]))
        if raw.get("url", given["url"]) != given["url"]:
            # Another host: neither the vendor's key nor its prices are for it.
            of_vendor = ("key_variable", "price_in", "price_out")
            given = {name: value for name, value in given.items() if name not in of_vendor}
        return {**given, **raw}

    @model_validator(mode="after")
    def _addressed(self) -> Self:
        if not self.url.startswith(("http://", "https://")) or not self.model:
            raise ValueError(
                'an endpoint needs url = "https://.../v1" and model, or a preset '
                "(`spuriforge models`)"
            )
        return self

    @property
    def id(self) -> str:
        """Name and the endpoint's own model name."""
        return f"{self.name}@{self.model}"


class PublishedModel(_Asked):
    """A model whose answers came with the benchmark.

    It is asked nothing, so it cannot answer new pairs.
    """

    #: Asked nothing: its answers came with the benchmark.
    backend: Literal["published"]
    #: Always false: it cannot answer new images.
    verify: Literal[False] = False

    @property
    def id(self) -> str:
        """Its name; published answers have no other version."""
        return f"{self.name}@published"


def _backend(raw: Any) -> str:  # noqa: ANN401 - whatever the file has
    return str(raw.get("backend", "transformers") if isinstance(raw, dict) else raw.backend)


#: Settings that only one backend has.
_TELLING = {"transformers": ("path",), "endpoint": ("preset", "url"), "published": ()}


def _check_backend(raw: Any) -> Any:  # noqa: ANN401 - whatever the file has
    """Raises ValueError where the backend is unknown or does not fit the table's other settings."""
    if not isinstance(raw, dict):
        return raw
    fitting = {
        backend: setting
        for backend, settings in _TELLING.items()
        for setting in settings
        if setting in raw
    }
    backend = _backend(raw)
    if backend in _TELLING and (backend in fitting or (not fitting and "backend" in raw)):
        return raw
    unknown = f"there is no backend {backend!r}; " if backend not in _TELLING else ""
    needed = "; ".join(
        f'a model with {setting} needs backend = "{fit}"' for fit, setting in fitting.items()
    )
    raise ValueError(
        f"{unknown}{needed or 'a model needs a backend'}. There are transformers (with path), "
        "endpoint (with preset, or url and model) and published (its answers came with the "
        "benchmark)"
    )


Model = Annotated[
    Annotated[
        Annotated[TransformersModel, Tag("transformers")]
        | Annotated[EndpointModel, Tag("endpoint")]
        | Annotated[PublishedModel, Tag("published")],
        Discriminator(_backend),
    ],
    BeforeValidator(_check_backend),
]


class ModelList(BaseModel):
    """The [[models]] of a file, which may be a recipe: everything else in it is ignored."""

    models: tuple[Model, ...] = ()
