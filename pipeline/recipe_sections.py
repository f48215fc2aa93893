"""The sections of a recipe: every setting of a run is here, typed, with its meaning above it.

`pipeline/recipe.py` puts the sections together and reads the TOML.
"""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .recipe_models import Count, Section, Share, TransformersModel, version_of
from .records import OPEN, key_of


class Run(Section):
    """The run's name, workspace, seed and way of working."""

    #: Names the run in reports, flow runs and logs: lower case, digits and dashes.
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    #: Folder (or fsspec URL) of everything asked, answered, made and judged. Delete it to start
    #: over.
    workspace: str
    #: Seed of everything that the run draws at random.
    seed: int = 0
    #: Samples, pairs or images in one Prefect task.
    shard: Count = 256
    #: Prefect tasks that run at once.
    workers: Count = 2
    #: Share of a stage's model calls that may fail for good. Above it the run stops; below it the
    #: calls are left out, counted, and asked again by the next run.
    max_failed: Share = 0.05


class ProvingGround(Section):
    """Questions about the rendered world in which every shortcut is known."""

    #: Questions about rendered scenes, drawn for this run.
    kind: Literal["proving-ground"]
    #: Folder of the proving ground's models, with the shortcuts.toml that was planted.
    path: str
    #: Number of questions to draw.
    questions: Count = 4800
    #: Seed of the questions and scenes.
    seed: int = 0
    #: License of the rendered images and questions, as the Hub spells it.
    license: str = "cc0-1.0"
    #: Who made them, for the release.
    attribution: str = "the proving ground of Spuriforge"

    @property
    def title(self) -> str:
        """What the benchmark is called."""
        return self.kind


SourceKind = Literal[
    "a-okvqa", "seed-bench", "seed-bench-2", "naturalbench", "vlmevalkit", "table", "spuriverse"
]


class Source(Section):
    """A benchmark's files, in one of the formats that data/sources.py reads."""

    #: Format of the files: the published files of a benchmark, or "table" for your own.
    kind: SourceKind
    #: File or folder of the questions; for "table" also the Hub id of a Parquet data set.
    path: str
    #: Name of the benchmark in the release. Default: its kind; for a table, the file's name.
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] | None = None
    #: Folder of the images, if the questions' file does not hold them.
    images: str | None = None
    #: Split to read, as the benchmark names it. Default: the reader's own choice.
    split: str | None = None
    #: Reads only this many questions, from the start.
    limit: Count | None = None
    #: For "table": our column name to yours, as {question = "prompt", image = "file"}.
    columns: dict[str, str] = Field(default_factory=dict)
    #: License of the images and questions, as the Hub spells it (cc-by-4.0). No release without it.
    license: str | None = None
    #: Who made the images and questions, and where they come from.
    attribution: str | None = None

    @property
    def title(self) -> str:
        """What the benchmark is called: a table by its file or data set, any other by its kind."""
        return self.name or (
            Path(self.path).stem.partition("@")[0] if self.kind == "table" else self.kind
        )


Benchmark = Annotated[ProvingGround | Source, Field(discriminator="kind")]


class Mine(Section):
    """Which wrong answers count as a model's persistent errors."""

    #: Number of cyclic rotations of the options in which each question is asked.
    rotations: Count = 4
    #: An error is persistent if the same wrong option wins more than this share of the rotations.
    min_share: Share = 0.5


class Category(Section):
    """A part of the cue vocabulary: nearby things, places, skies, ..."""

    #: Name of the category, as "thing" or "place". "open" is reserved for cues that a judge names.
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]*$")]
    #: Zero-shot prompt for CLIP, with {} for the tag.
    prompt: str
    #: The words to look for.
    tags: Annotated[tuple[str, ...], Field(min_length=2)]
    #: How a caption says it, with {} for the tag: "next to a {}", "under a {} sky".
    phrase: str
    #: Prompt for "none of the tags". Leave it out if one of them is always there (place, sky).
    null: str | None = None
    #: True if an image shows at most one tag. If false, a tag must beat the null prompt and stand
    #: out from the other tags.
    exclusive: bool = True

    @model_validator(mode="after")
    def _weighed_against_something(self) -> Self:
        if self.name == OPEN:
            raise ValueError(
                f"a category cannot be called {OPEN!r}: that is the category of a judge's cues"
            )
        if not self.exclusive and self.null is None:
            raise ValueError(
                f"category {self.name!r}: tags that may come together need a null prompt"
            )
        return self


class Screen(Section):
    """How cues are proposed for wrong answers: by association over the benchmark, or by a judge."""

    #: How cues are proposed: "association" needs clip and a vocabulary, "judge" needs a [judge],
    #: "published" takes the cues that came with the benchmark.
    by: Annotated[tuple[Literal["association", "judge", "published"], ...], Field(min_length=1)] = (
        "association",
    )
    #: open_clip model, by name or folder, that tags the images.
    clip: str | None = None
    #: The cues to look for, by category.
    vocabulary: tuple[Category, ...] = ()
    #: Takes the vocabulary from the "benchmark" (nouns of its texts), or from a file with one tag
    #: per line.
    vocabulary_from: str | None = None
    #: Keeps at most this many tags from the benchmark, the most frequent first.
    vocabulary_size: Count = 300
    #: False discovery rate (Benjamini-Hochberg) over all cues tested.
    q: Share = 0.05
    #: Persistent errors that must show the cue.
    min_errors: Count = 3
    #: A cue seen in more than this share of the images is everywhere, and is dropped.
    max_share: Share = 0.5
    #: A tag counts as seen above this probability.
    threshold: Share = 0.5

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if "association" in self.by and (
            self.clip is None or not (self.vocabulary or self.vocabulary_from)
        ):
            raise ValueError(
                "screening by association needs clip, and a vocabulary or "
                'vocabulary_from = "benchmark"'
            )
        return self


#: What a template can be filled in with.
PLACEHOLDER = re.compile(r"\{(\w*)\}")


class Describe(Section):
    """Where the descriptions of a scene with and without the cue come from."""

    #: Source of the scene descriptions: "captions" edits the benchmark's captions, "lvlm" asks the
    #: judge's endpoint, "template" fills in the templates below.
    by: Literal["captions", "lvlm", "template"] = "captions"
    #: Scene with the cue; {question}, {answer} and {cue} are filled in.
    template_with: str = "a photo of {answer}, with {cue}"
    #: Scene without the cue; {question}, {answer} and {cue} are filled in.
    template_without: str = "a photo of {answer}"

    @model_validator(mode="after")
    def _fillable(self) -> Self:
        for template in (self.template_with, self.template_without):
            unknown = set(PLACEHOLDER.findall(template)) - {"question", "answer", "cue"}
            if unknown:
                raise ValueError(
                    f"a template names {min(unknown)!r}; only question, answer and cue can be "
                    "filled in"
                )
        return self


class Annotate(Section):
    """Who judges cues and pairs, and how many judge each."""

    #: Pseudonyms of the annotators; each gets an account and projects of their own.
    annotators: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "annotator-1",
        "annotator-2",
        "annotator-3",
    )
    #: Number of people who judge each cue.
    overlap: Count = 2
    #: Share of the release pairs judged by `overlap` people, to measure agreement; one person
    #: judges each of the others.
    pairs_doubled: Share = 0.25
    #: Share of the tasks that are gold catch trials: their answer is known.
    gold_rate: Share = 0.05
    #: Share of the tasks that are sham catch trials: a cue drawn at random. Nobody can tell catch
    #: trials from other tasks.
    sham_rate: Share = 0.05
    #: Below this share of right answers to gold trials, a person is warned of and counts less.
    gold_bar: Share = 0.7
    #: How votes decide: "majority" counts one vote per person, "weighted" weights people by their
    #: reliability.
    votes: Literal["majority", "weighted"] = "majority"
    #: Shows each proposed cue with a drawn pair: one image with it, one without.
    previews: bool = False
    #: "people" waits for people. "scripted" answers with the proving ground's scripts, through the
    #: same server.
    by: Literal["people", "scripted"] = "people"
    #: Error rate of each scripted annotator, in the order of `annotators`.
    error_rates: tuple[Share, ...] = ()

    @model_validator(mode="after")
    def _enough_people(self) -> Self:
        if self.overlap > len(self.annotators):
            raise ValueError(
                f"overlap is {self.overlap}, but there are {len(self.annotators)} annotators"
            )
        if self.by == "scripted" and len(self.error_rates) != len(self.annotators):
            raise ValueError("scripted annotators need one error rate each in error_rates")
        return self

    def pair_overlap(self, pair: str) -> int:
        """Returns how many people judge a release pair, by its key.

        A share of `pairs_doubled`, drawn by a hash, is judged by `overlap` people to measure their
        agreement; the rest by one.
        """
        doubled = int(key_of("doubled", pair), 16) / 16**20 < self.pairs_doubled
        return self.overlap if doubled else 1


class Generate(Section):
    """How counterfactual pairs are made."""

    #: Text-to-image pipeline for DiffusionPipeline.from_pretrained: SD 1.5, SDXL, SD 3, FLUX, ...
    model: str
    #: Branch, tag or commit of the model on the Hub; pin it.
    revision: str | None = None
    #: For the "edit" route: a pipeline that edits by instruction (FLUX Kontext, Qwen-Image-Edit,
    #: InstructPix2Pix).
    edit_model: str | None = None
    #: Branch, tag or commit of the edit model on the Hub; pin it.
    edit_revision: str | None = None
    #: Precision of the weights.
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    #: Device of the image model: cpu, cuda, cuda:1, ...
    device: str = "cpu"
    #: Moves parts of the pipeline to the device only while they are used: whole models, or layer by
    #: layer.
    offload: Literal["none", "model", "sequential"] = "none"
    #: Compiles the denoiser with torch.compile: slow to start, then faster.
    compile: bool = False
    #: Scheduler class of diffusers in place of the pipeline's own, as
    #: "DPMSolverMultistepScheduler".
    scheduler: str | None = None
    #: Ways to make a pair, tried in this order until the gate has kept enough pairs of a type.
    routes: tuple[Literal["text-to-image", "inpainting", "edit"], ...] = (
        "text-to-image",
        "inpainting",
    )
    #: Where inpainting works if nobody drew a box: left, top, right, bottom in shares of the image.
    box: tuple[Share, Share, Share, Share] | None = None
    #: Pixels. Default: the pipeline's own size. Edits and inpaintings scale the longest side to
    #: this, and return at the source's own size.
    side: Count | None = None
    #: Denoising steps for each image.
    steps: Count = 15
    #: Classifier-free guidance scale.
    guidance: float = 1.5
    #: Images drawn in one call.
    batch_size: Count = 16
    #: Pairs per type that decide whether the cue is accepted. They are never published.
    selection_pairs: Count = 12
    #: Pairs per type to publish from; a few more than are published, since people reject some.
    release_pairs: Count = 13
    #: Pairs made for each pair wanted, since the gate rejects some.
    oversample: Annotated[float, Field(ge=1)] = 1.3
    #: How often more pairs are made while a type has too few.
    rounds: Count = 3
    #: Makes a third image of each pair, with an irrelevant change in place of the cue.
    placebo: bool = True

    #: Also makes pairs of types that people rejected, to measure what people add. They are never
    #: published.
    include_rejected: bool = False

    @model_validator(mode="after")
    def _editable(self) -> Self:
        if "edit" in self.routes and self.edit_model is None:
            raise ValueError('the route "edit" needs edit_model')
        return self

    @property
    def id(self) -> str:
        """Name, version and way of sampling, as the keys of images have them."""
        name = f"{Path(self.model).name}@{version_of(self.model, self.revision)}"
        if self.edit_model:
            name += (
                f" + {Path(self.edit_model).name}@{version_of(self.edit_model, self.edit_revision)}"
            )
        options = (self.scheduler, self.side and f"{self.side} px")
        more = "".join(f", {option}" for option in options if option)
        return f"{name} ({self.steps} steps, guidance {self.guidance:g}{more})"


class Gate(Section):
    """When a pair is sound. Its models are never the models under test."""

    #: open_clip model, by name or folder. Never a model under test.
    clip: str
    #: Log-odds that the cue must exceed in one image, and stay under (negated) in the other; 3 is
    #: 95 %.
    cue_margin: float = 3.0
    #: Log-odds by which the right core must beat the best other core, in every image.
    core_margin: float = 0.0
    #: Least likeness of the two images outside the cue.
    min_likeness: Share = 0.6
    #: Greatest likeness; above it the two images are near-copies.
    max_likeness: Share = 0.995
    #: LVLM, not under test, that is also asked "is ... in the image?".
    vqa: TransformersModel | None = None
    #: Its probability of "Yes" must exceed this where the cue should be, and stay under 1 minus
    #: this elsewhere.
    vqa_min: Share = 0.5


class Verify(Section):
    """The test that a cue must pass."""

    #: "test" is the paired test with placebo. "threshold" is the paper's rule: the accuracy of any
    #: verifier drops by more than `paper_threshold`.
    rule: Literal["test", "threshold"] = "test"
    #: False discovery rate (Benjamini-Hochberg) over all cues tested.
    q: Share = 0.1
    #: Least accuracy drop, pooled over the models, that is worth publishing.
    min_effect: Share = 0.2
    #: Number of option orders in which each image of a pair is asked.
    rotations: Count = 2
    #: The drop that the paper's rule asks for. It is always computed, for comparison.
    paper_threshold: Share = 0.3


class Publish(Section):
    """What a release is called and where it goes."""

    #: Name of the release: lower case, digits and dashes.
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    #: Folder of the releases; each version is a folder in it.
    folder: str
    #: License of the release, as the Hub spells it.
    license: str = "cc-by-4.0"
    #: Checked release pairs that a type needs to be published.
    pairs_per_type: Count = 10
    #: For each type, this many control questions: from the same benchmarks, no spurious cue seen.
    controls_per_type: Annotated[int, Field(ge=0)] = 10
    #: Share of the cue clusters to withhold; they go to a folder beside the release, NAME-private.
    private: Share = 0.0
    #: Cues whose text embeddings are at least this alike never cross splits.
    cue_likeness: Share = 0.95
    #: SSH private key (a path) that signs the manifest. Only ssh-keygen reads the file.
    sign_key: str | None = None
    #: Asks a person, on the flow run's page or by `spuriforge approve`, before a release is
    #: revealed.
    approve: bool = False
    #: Hours to wait for that answer.
    approval_hours: Annotated[float, Field(gt=0)] = 24.0
    #: Further places for a release: a folder, s3://BUCKET/PREFIX or hf://datasets/OWNER/NAME.
    to: tuple[str, ...] = ()
    #: Whom to cite.
    authors: tuple[str, ...] = ()
    #: The data set's own page, for its citation.
    url: str | None = None


class Study(Section):
    """Fine-tunes a model on each release, with control groups: can a shortcut be unlearned?"""

    #: Name of one of the [[models]] of transformers.
    model: str
    #: Runs the quick study: minutes on the proving ground, where the full study takes half an hour.
    quick: bool = False


class Budget(Section):
    """What all runs of a recipe may spend together; a stage stops cleanly at a limit."""

    #: Cost of all model calls and device hours, in the currency of the models' prices.
    cost: Annotated[float, Field(ge=0)] | None = None
    #: Number of model calls.
    model_calls: Count | None = None
    #: Number of images made.
    images: Count | None = None
    #: Hours of the stages, as the ledger has them.
    hours: Annotated[float, Field(gt=0)] | None = None


class Assumptions(Section):
    """What `spuriforge plan` takes for granted of a stage that has not yielded anything yet."""

    #: Number of questions, for a plan made before the benchmark's files are at hand.
    questions: Count | None = None
    #: Share of questions with a persistent error.
    error_rate: Share = 0.15
    #: Share of errors that a judge calls spurious.
    spurious_rate: Share = 0.3
    #: Cues that association proposes per model.
    types: Count = 20
    #: Share of cues that people accept.
    cue_acceptance: Share = 0.4
    #: Share of pairs that the gate keeps.
    gate_yield: Share = 0.5
    #: Share of pairs that people accept.
    pair_acceptance: Share = 0.85
    #: Share of types that pass the test.
    accepted_rate: Share = 0.4
    #: Tokens of an image.
    image_tokens: Count = 800
    #: Tokens of a question with its options.
    text_tokens: Count = 90
    #: Tokens of an answer.
    answer_tokens: Count = 12
    #: Device seconds for each image made.
    seconds_per_image: Annotated[float, Field(gt=0)] = 4.0
    #: Device seconds for each answer of a model on this machine.
    seconds_per_answer: Annotated[float, Field(gt=0)] = 0.2
    #: Price of a device hour.
    price_per_hour: Annotated[float, Field(ge=0)] = 0.0
