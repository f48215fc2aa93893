"""The sections of a recipe, each typed and complete: every setting of a run stands here and nowhere
else.

What a setting means stands above it; `pipeline/recipe.py` puts the sections together and reads the
TOML.
"""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .recipe_models import Count, Section, Share, TransformersModel, version_of
from .records import OPEN, key_of


class Run(Section):
    """What the run is called, where its workspace lies and its seed."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    workspace: str
    seed: int = 0
    #: Samples, pairs or images in one Prefect task.
    shard: Count = 256
    #: Prefect tasks at once.
    workers: Count = 2
    #: The share of a stage's model calls that may fail for good. Above it the run stops; below it
    #: the calls are left out, counted, and asked again by the next run.
    max_failed: Share = 0.05


class ProvingGround(Section):
    """Questions about the rendered world in which every shortcut is known."""

    kind: Literal["proving-ground"]
    path: str
    questions: Count = 4800
    seed: int = 0
    #: Of its rendered images and its questions.
    license: str = "cc0-1.0"
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

    kind: SourceKind
    #: The file or folder of the questions; for "table" also a Hub id of a data set in Parquet.
    path: str
    #: What the benchmark is called in the release; its kind, or of a table its file's name, where
    #: left out.
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] | None = None
    #: The folder of the images, where the questions' file does not hold them.
    images: str | None = None
    split: str | None = None
    #: The first so many questions alone.
    limit: Count | None = None
    #: For "table": our name -> the column's, where the file calls it otherwise: {question =
    #: "prompt", image = "file"}.
    columns: dict[str, str] = Field(default_factory=dict)
    #: The licence of its images and questions, as the Hub spells it (cc-by-4.0); no release
    #: without.
    license: str | None = None
    #: Who made it, and where it comes from.
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

    #: How many cyclic rotations of the options each question is asked in.
    rotations: Count = 4
    #: An error is persistent when the same wrong option wins more than this share of the rotations.
    min_share: Share = 0.5


class Category(Section):
    """A part of the cue vocabulary: nearby things, places, skies, ..."""

    #: "open" is taken: the category of cues that a judge names.
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]*$")]
    #: A zero-shot prompt with {} for the tag.
    prompt: str
    tags: Annotated[tuple[str, ...], Field(min_length=2)]
    #: How a caption says it, with {} for the tag: "next to a {}", "on a {}", "under a {} sky".
    phrase: str
    #: The prompt that says none of the tags is there; leave out where one always is (place, sky).
    null: str | None = None
    #: Is at most one tag of it in an image? If not, a tag must beat the null prompt and stand out
    #: from the others.
    exclusive: bool = True

    @model_validator(mode="after")
    def _weighed_against_something(self) -> Self:
        if self.name == OPEN:
            raise ValueError(
                f"a category cannot be called {OPEN!r}: that is the one of cues that a judge names"
            )
        if not self.exclusive and self.null is None:
            raise ValueError(
                f"category {self.name!r}: tags that may come together need a null prompt"
            )
        return self


class Screen(Section):
    """Which cue goes with which wrong answer: by association over the benchmark, or as a judge
    says.
    """

    #: "association" needs a CLIP and a vocabulary, "judge" a [judge]; "published" takes what came
    #: with the benchmark.
    by: Annotated[tuple[Literal["association", "judge", "published"], ...], Field(min_length=1)] = (
        "association",
    )
    #: A folder or name that open_clip loads.
    clip: str | None = None
    vocabulary: tuple[Category, ...] = ()
    #: Takes the vocabulary from the "benchmark" itself (nouns of its texts), or from a file with a
    #: tag a line.
    vocabulary_from: str | None = None
    #: No more tags than this from the benchmark, the most frequent first.
    vocabulary_size: Count = 300
    q: Share = 0.05
    min_errors: Count = 3
    #: A cue seen in more than this share of the images is everywhere, and no cue.
    max_share: Share = 0.5
    #: A tag counts as seen above this probability.
    threshold: Share = 0.5

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if "association" in self.by and (
            self.clip is None or not (self.vocabulary or self.vocabulary_from)
        ):
            raise ValueError(
                'screening by association needs clip, and a vocabulary or vocabulary_from = "benchmark"'
            )
        return self


#: What a template can be filled in with.
PLACEHOLDER = re.compile(r"\{(\w*)\}")


class Describe(Section):
    """Where the descriptions of a scene with and without the cue come from."""

    #: "captions" edits the benchmark's captions, "lvlm" asks the judge's endpoint, "template" fills
    #: in the template.
    by: Literal["captions", "lvlm", "template"] = "captions"
    #: {question}, {answer} and {cue} stand for the type's own.
    template_with: str = "a photo of {answer}, with {cue}"
    template_without: str = "a photo of {answer}"

    @model_validator(mode="after")
    def _fillable(self) -> Self:
        for template in (self.template_with, self.template_without):
            unknown = set(PLACEHOLDER.findall(template)) - {"question", "answer", "cue"}
            if unknown:
                raise ValueError(
                    f"a template names {min(unknown)!r}; only question, answer and cue can be put "
                    f"in"
                )
        return self


class Annotate(Section):
    """Who judges cues and pairs, and how many judge each."""

    #: Pseudonyms; one Label Studio project each.
    annotators: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "annotator-1",
        "annotator-2",
        "annotator-3",
    )
    #: Judgments asked for each cue.
    overlap: Count = 2
    #: Share of the release pairs judged by `overlap` people, for the agreement; the others by one.
    pairs_doubled: Share = 0.25
    #: Shares of the tasks that are controls: a known answer, and a cue drawn at random; nobody can
    #: tell them apart.
    gold_rate: Share = 0.05
    sham_rate: Share = 0.05
    #: Below this share of right answers to known ones, a person is warned of, and counts less.
    gold_bar: Share = 0.7
    #: How the votes on a task make a verdict: one person one vote, or weighted by how reliable each
    #: one is.
    votes: Literal["majority", "weighted"] = "majority"
    #: Show a preview pair, one image with the cue and one without it, with each proposed cue.
    previews: bool = False
    #: "people" wait for a person, "scripted" are answered by the proving ground's scripts through
    #: the same server.
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

    #: A diffusers pipeline, for DiffusionPipeline.from_pretrained: SD 1.5, SDXL, SD 3, FLUX, ...
    model: str
    revision: str | None = None
    #: For the "edit" route: a pipeline that edits by instruction (FLUX Kontext, Qwen-Image-Edit,
    #: InstructPix2Pix).
    edit_model: str | None = None
    edit_revision: str | None = None
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    device: str = "cpu"
    #: Moves parts of the pipeline to the device only while they are used: whole ones, or layer by
    #: layer.
    offload: Literal["none", "model", "sequential"] = "none"
    #: torch.compile for the denoiser: slow to start, then faster.
    compile: bool = False
    #: A scheduler class of diffusers in place of the pipeline's own, as
    #: "DPMSolverMultistepScheduler".
    scheduler: str | None = None
    #: Tried in this order until a type has enough pairs that the gate keeps.
    routes: tuple[Literal["text-to-image", "inpainting", "edit"], ...] = (
        "text-to-image",
        "inpainting",
    )
    #: Where inpainting works, in shares of the image (left, top, right, bottom), for cues that have
    #: no drawn box.
    box: tuple[Share, Share, Share, Share] | None = None
    #: Pixels; the pipeline's own size where left out. Edits and inpaintings work with the longest
    #: side at this, and come back at the source's own size.
    side: Count | None = None
    steps: Count = 15
    guidance: float = 1.5
    batch_size: Count = 16
    selection_pairs: Count = 12
    #: A few more than are published of each type, since people reject some.
    release_pairs: Count = 13
    #: Pairs made for each one wanted, since the gate rejects some; then again, up to `rounds`
    #: times.
    oversample: Annotated[float, Field(ge=1)] = 1.3
    rounds: Count = 3
    placebo: bool = True

    #: Also make pairs of types that people rejected, to measure what people add; they are never
    #: published.
    include_rejected: bool = False

    @model_validator(mode="after")
    def _editable(self) -> Self:
        if "edit" in self.routes and self.edit_model is None:
            raise ValueError('the route "edit" needs edit_model')
        return self

    @property
    def id(self) -> str:
        """Name, version and way of sampling: what an image's key is made of."""
        name = f"{Path(self.model).name}@{version_of(self.model, self.revision)}"
        if self.edit_model:
            name += (
                f" + {Path(self.edit_model).name}@{version_of(self.edit_model, self.edit_revision)}"
            )
        more = "".join(
            f", {one}" for one in (self.scheduler, self.side and f"{self.side} px") if one
        )
        return f"{name} ({self.steps} steps, guidance {self.guidance:g}{more})"


class Gate(Section):
    """When a pair is sound. Its models are never the models under test."""

    clip: str
    #: Log-odds that the cue must exceed in the one image, and its negative stay under in the other;
    #: 3 is 95 %.
    cue_margin: float = 3.0
    core_margin: float = 0.0
    min_likeness: Share = 0.6
    max_likeness: Share = 0.995
    #: Beside CLIP an LVLM that is not under test, asked "is ... in the image?"; the probability of
    #: "Yes" must exceed `vqa_min` where the cue should be, and stay under 1 - `vqa_min` where not.
    vqa: TransformersModel | None = None
    vqa_min: Share = 0.5


class Verify(Section):
    """The test that a cue must pass."""

    #: "test" is ours; "threshold" is the paper's rule: any verifier's accuracy drops by more than
    #: `paper_threshold`.
    rule: Literal["test", "threshold"] = "test"
    q: Share = 0.1
    min_effect: Share = 0.2
    rotations: Count = 2
    #: The paper's rule accepts a larger drop than this. It is always computed, for comparison.
    paper_threshold: Share = 0.3


class Publish(Section):
    """What a release is called and where it goes."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    folder: str
    license: str = "cc-by-4.0"
    #: A type needs this many checked release pairs to be published.
    pairs_per_type: Count = 10
    #: For each type, this many questions of the same benchmarks on which no spurious cue was seen.
    controls_per_type: Annotated[int, Field(ge=0)] = 10
    #: Share of the cue clusters that are withheld: they go to a folder beside the release,
    #: NAME-private.
    private: Share = 0.0
    #: Cues whose text embeddings are at least this alike never cross splits.
    cue_likeness: Share = 0.95
    #: An SSH private key (a path) that signs the manifest; the file is read by ssh-keygen alone.
    sign_key: str | None = None
    #: Ask a person, on the flow run's page, before a release is revealed; and how long to wait for
    #: the answer.
    approve: bool = False
    approval_hours: Annotated[float, Field(gt=0)] = 24.0
    #: Where a release goes besides `folder`: a folder, s3://BUCKET/PREFIX, or
    #: hf://datasets/OWNER/NAME.
    to: tuple[str, ...] = ()
    #: Who is to be cited, and the data set's own page.
    authors: tuple[str, ...] = ()
    url: str | None = None


class Study(Section):
    """Whether a shortcut can be unlearned: fine-tunes one of the models on each new release, with
    control groups.
    """

    #: The name of one of the [[models]] of transformers.
    model: str
    #: The small study, of some minutes on the proving ground; the full one takes half an hour
    #: there.
    quick: bool = True


class Budget(Section):
    """What a run may spend in all of its runs together; a stage stops cleanly where it is reached."""

    #: In the currency of the models' prices.
    cost: Annotated[float, Field(ge=0)] | None = None
    model_calls: Count | None = None
    images: Count | None = None
    #: Of the stages, as the ledger has them.
    hours: Annotated[float, Field(gt=0)] | None = None


class Assumptions(Section):
    """What `spuriforge plan` takes for granted of a stage that has not yielded anything yet."""

    #: How many questions there are, for a plan that is made before the benchmarks' files are at
    #: hand.
    questions: Count | None = None
    #: Share of questions with a persistent error, of errors screened as spurious, of cues that
    #: people accept.
    error_rate: Share = 0.15
    spurious_rate: Share = 0.3
    #: Cues that association proposes for a model.
    types: Count = 20
    cue_acceptance: Share = 0.4
    #: Share of pairs that the gate keeps, and that people accept.
    gate_yield: Share = 0.5
    pair_acceptance: Share = 0.85
    #: Share of types that pass the test.
    accepted_rate: Share = 0.4
    #: Tokens of an image and of a question with its options, and of an answer.
    image_tokens: Count = 800
    text_tokens: Count = 90
    answer_tokens: Count = 12
    #: Seconds of the device for an image made, and for an answer of a model on this machine.
    seconds_per_image: Annotated[float, Field(gt=0)] = 4.0
    seconds_per_answer: Annotated[float, Field(gt=0)] = 0.2
    #: Currency for an hour of the device.
    price_per_hour: Annotated[float, Field(ge=0)] = 0.0
