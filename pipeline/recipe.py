"""One typed, validated recipe (TOML) per run: `Recipe.load("flows/recipes/proving_ground.toml")`.

A misspelt or impossible setting is a ValueError that names it. Relative paths start at the recipe's
own folder. The settings are in `pipeline/recipe_sections.py` and `pipeline/recipe_models.py`.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from .recipe_errors import explain
from .recipe_models import (
    EndpointModel,
    Model,
    PublishedModel,
    Section,
    TransformersModel,
    clip_id,
    version_of,
)
from .recipe_sections import (
    Annotate,
    Assumptions,
    Benchmark,
    Budget,
    Category,
    Describe,
    Gate,
    Generate,
    Mine,
    ProvingGround,
    Publish,
    Run,
    Screen,
    Source,
    Study,
    Verify,
)

__all__ = [
    "Annotate",
    "Assumptions",
    "Benchmark",
    "Budget",
    "Category",
    "Describe",
    "EndpointModel",
    "Gate",
    "Generate",
    "Mine",
    "Model",
    "ProvingGround",
    "Publish",
    "PublishedModel",
    "Recipe",
    "Run",
    "Screen",
    "Source",
    "Study",
    "TransformersModel",
    "Verify",
    "clip_id",
    "version_of",
]


class Recipe(Section):
    """A complete run."""

    run: Run
    benchmarks: Annotated[tuple[Benchmark, ...], Field(min_length=1)]
    models: Annotated[tuple[Model, ...], Field(min_length=1)]
    mine: Mine = Mine()
    screen: Screen
    #: The LVLM that is asked whether an error is spurious, and that describes scenes.
    judge: EndpointModel | None = None
    describe: Describe = Describe()
    annotate: Annotate = Annotate()
    generate: Generate
    gate: Gate
    verify: Verify = Verify()
    publish: Publish
    #: Left out, nothing is fine-tuned.
    study: Study | None = None
    budget: Budget = Budget()
    plan: Assumptions = Assumptions()

    @property
    def proving_ground(self) -> ProvingGround | None:
        """The proving ground, if the questions come from it."""
        return next((world for world in self.benchmarks if isinstance(world, ProvingGround)), None)

    @property
    def mined(self) -> tuple[Model, ...]:
        """The models whose errors are mined."""
        return tuple(model for model in self.models if model.mine)

    @property
    def verifiers(self) -> tuple[TransformersModel | EndpointModel, ...]:
        """The models that answer the pairs."""
        return tuple(
            model for model in self.models if model.verify and not isinstance(model, PublishedModel)
        )

    @property
    def studied(self) -> TransformersModel | None:
        """The model that the study fine-tunes."""
        if self.study is None:
            return None
        local = (model for model in self.models if isinstance(model, TransformersModel))
        return next((model for model in local if model.name == self.study.model), None)

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if not self.mined or not self.verifiers:
            raise ValueError("at least one model must be mined, and at least one must verify")
        if self.judge is None and ("judge" in self.screen.by or self.describe.by == "lvlm"):
            raise ValueError("a [judge] is needed to screen by judge, and to describe by lvlm")
        if len(self.benchmarks) > 1 and self.proving_ground:
            raise ValueError("a proving ground cannot be mixed with other benchmarks")
        if self.annotate.by == "scripted" and not self.proving_ground:
            raise ValueError(
                'annotate.by = "scripted" is for the proving ground: scripts can judge nothing else'
            )
        titles = [source.title for source in self.benchmarks if isinstance(source, Source)]
        if len(set(titles)) < len(titles):
            raise ValueError("two benchmarks have the same name: give them names of their own")
        return self

    @model_validator(mode="after")
    def _sound(self) -> Self:
        names = [model.name for model in self.models]
        if len(set(names)) < len(names):
            raise ValueError("two models have the same name")
        tested = {model.path for model in self.models if isinstance(model, TransformersModel)}
        if tested & {self.gate.clip, self.screen.clip, self.gate.vqa and self.gate.vqa.path}:
            raise ValueError("a model under test cannot also be the gate's or the screener's")
        if self.study and self.studied is None:
            raise ValueError(
                f"study.model: no model of transformers here is called {self.study.model!r}"
            )
        if self.publish.pairs_per_type > self.generate.release_pairs:
            raise ValueError(
                "publish.pairs_per_type is more than generate.release_pairs: no type could be "
                "published"
            )
        return self

    @classmethod
    def load(cls, path: str | Path) -> "Recipe":
        """Reads and checks a recipe, or a folder's recipe.toml; ValueError names each mistake."""
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
            raise ValueError(f"{file}: {explain(error, cls)}") from None
        recipe = recipe.resolved(file.resolve().parent)
        if missing := recipe.missing_models():
            raise ValueError(f"{file}: " + "; ".join(missing))
        return recipe

    def missing_models(self) -> list[str]:
        """Returns a phrase for each local model folder that does not exist.

        A path is local where it is absolute or has more than one slash; all else is a Hub id or a
        name that a library knows.
        """
        paths = {
            f"models.{number}.path": model.path
            for number, model in enumerate(self.models)
            if isinstance(model, TransformersModel)
        } | {
            "screen.clip": self.screen.clip,
            "generate.model": self.generate.model,
            "generate.edit_model": self.generate.edit_model,
            "gate.clip": self.gate.clip,
            "gate.vqa.path": self.gate.vqa and self.gate.vqa.path,
        }
        return [
            f"{setting}: there is no model folder {path}"
            for setting, path in paths.items()
            if path and (Path(path).is_absolute() or path.count("/") > 1)
            if not Path(path).exists()
        ]

    def resolved(self, folder: Path) -> "Recipe":
        """Returns the recipe with its relative paths taken from `folder`."""

        def there(path: object) -> object:
            relative = isinstance(path, str) and path.startswith((".", "/"))
            return str((folder / str(path)).resolve()) if relative else path

        def update(section: BaseModel, *names: str) -> BaseModel:
            paths = {
                name: there(getattr(section, name)) for name in names if hasattr(section, name)
            }
            return section.model_copy(update=paths)

        gate = update(self.gate, "clip")
        if self.gate.vqa:
            gate = gate.model_copy(update={"vqa": update(self.gate.vqa, "path")})
        return self.model_copy(
            update={
                "run": update(self.run, "workspace"),
                "benchmarks": tuple(update(source, "path", "images") for source in self.benchmarks),
                "models": tuple(update(model, "path") for model in self.models),
                "screen": update(self.screen, "clip", "vocabulary_from"),
                "generate": update(self.generate, "model", "edit_model"),
                "gate": gate,
                "publish": update(self.publish, "folder", "sign_key").model_copy(
                    update={"to": tuple(str(there(place)) for place in self.publish.to)}
                ),
            }
        )
