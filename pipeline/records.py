"""Every noun of the pipeline, frozen and slotted: the one file to read first.

A record's `key` is made of what it was computed from, never of a row number: a changed prompt or
model is a new key, so nothing stale is reused and nothing unchanged is paid for twice. `key_of`
makes it; `pipeline.arrow` has the tables.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import ClassVar


def key_of(*parts: object) -> str:
    """A 20-digit hexadecimal hash of the parts' canonical JSON: equal parts, equal key, on every
    machine.
    """
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What all records share: a table's name and a key."""

    table: ClassVar[str]
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Called(Record):
    """A record that a model call made: what the endpoint counted, and what that costs by the
    recipe's prices.
    """

    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(Record):
    """One multiple-choice question of a benchmark about one image."""

    table: ClassVar[str] = "samples"
    benchmark: str
    split: str
    question_id: str
    question: str
    choices: tuple[str, ...]
    #: Index of the gold option in `choices`.
    answer: int
    #: sha256 of the image's bytes, which lie in the workspace; empty where only published answers
    #: are at hand.
    image: str
    caption: str | None = None
    #: Questions that belong together, where the benchmark has groups (NaturalBench).
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection(Record):
    """A row of a benchmark that became no sample, and why."""

    table: ClassVar[str] = "rejections"
    #: The key of the sample that it is once the file is mended; empty for one that repeats another.
    sample: str
    benchmark: str
    split: str
    question_id: str
    #: The file and line or row.
    where: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure(Record):
    """A call that failed for good: never an answer, and tried again by the next run."""

    table: ClassVar[str] = "failures"
    stage: str
    #: The key of the record that the call would have made.
    subject: str
    model: str
    reason: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction(Called):
    """One model's answer to one sample, its options in one rotation, with or without the image."""

    table: ClassVar[str] = "predictions"
    sample: str
    model: str
    prompt: str
    rotation: int
    blind: bool
    #: "parsed" or "unparsed"; only a parsed answer has `chosen`. A call that failed is a `Failure`,
    #: and no prediction.
    outcome: str
    #: Index into the sample's own `choices`, whatever the rotation showed.
    chosen: int | None
    text: str
    #: Log-probability of the chosen letter minus that of the next one, where the backend scores
    #: letters.
    margin: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersistentError(Record):
    """A wrong option that a model gives to a sample under most rotations."""

    table: ClassVar[str] = "errors"
    sample: str
    model: str
    chosen: int
    #: What it was mined with: the prompt and the settings of mining, as a key.
    mined: str
    #: Share of rotations that gave this option; mean margin over them; did the blind model choose
    #: it too?
    share: float
    margin: float | None
    language_prior: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTags(Record):
    """Which tags of the cue vocabulary one image shows, as "category:tag", each with its
    probability.
    """

    table: ClassVar[str] = "tags"
    image: str
    tags: tuple[str, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Called):
    """What a judge says of one error: spurious or not, and by which cue; or why what it said was
    rejected.
    """

    table: ClassVar[str] = "verdicts"
    #: The persistent error judged, its sample and the model that made it.
    error: str
    sample: str
    model: str
    judge: str
    prompt: str
    #: "judged" or "rejected"; a rejected one says why in `reason`, and has nothing else.
    outcome: str
    spurious: bool | None
    cue: str | None
    core: str | None
    #: Text of the option that the cue points to.
    linked: str | None
    #: (left, top, right, bottom) in shares of the image.
    box: tuple[float, ...] | None
    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Description(Called):
    """A describer's two sentences of one scene, with the cue and without it, the correct answer the
    same in both.
    """

    table: ClassVar[str] = "descriptions"
    #: The cue type described.
    type: str
    describer: str
    prompt: str
    #: "described" or "rejected"; a rejected one says why in `reason`.
    outcome: str
    with_cue: str | None
    without_cue: str | None
    #: The scene with something irrelevant changed in place of the cue.
    placebo: str | None
    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Record):
    """A cue proposed as the reason for a model's errors, kept or rejected with a reason."""

    table: ClassVar[str] = "candidates"
    #: The anchor: a persistent error in whose image the cue is seen.
    sample: str
    model: str
    cue: str
    #: The kind of cue, a category of the recipe's vocabulary (thing, place, ...).
    category: str
    #: Text of the option that the cue points to.
    linked: str
    screener: str
    #: Of the errors towards `linked`, how many show the cue, against how many questions that show
    #: it at all.
    errors_with_cue: int
    asked_with_cue: int
    errors_total: int
    asked_total: int
    p: float | None
    q: float | None
    kept: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CueType(Record):
    """Equal candidates of one or more models, merged: one question, one cue, the option it points
    to.
    """

    table: ClassVar[str] = "types"
    question: str
    choices: tuple[str, ...]
    answer: int
    linked: str
    cue: str
    category: str
    #: The real sample that stands for the type, and its image.
    anchor: str
    image: str
    models: tuple[str, ...]
    candidates: tuple[str, ...]
    #: What the answer rests on, and how the anchor looks with and without the cue.
    core: str
    description_with: str
    description_without: str
    reason: str
    #: The scene with something irrelevant in place of the cue, where a describer wrote one.
    description_placebo: str | None = None
    #: Where the cue is in the anchor, as a judge says: (left, top, right, bottom) in shares of the
    #: image.
    box: tuple[float, ...] | None = None


#: The texts that a person may correct in a judgment; the fields of these names in CueType are what
#: was proposed, in Decision what the annotators agreed on.
JUDGMENT_TEXTS = ("cue", "core", "description_with", "description_without")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment(Record):
    """One version of one person's answer to one annotation task; later versions are later records."""

    table: ClassVar[str] = "judgments"
    #: "cue" or "pair", and the key of the type or pair judged.
    project: str
    subject: str
    #: A pseudonym; the person's name never leaves the annotation server.
    annotator: str
    #: cue: spurious, not_spurious, unsure, bad_question, bad_image; pair: good, answer_fails,
    #: cue_wrong, defect.
    verdict: str | None
    skipped: bool
    cue: str | None
    core: str | None
    description_with: str | None
    description_without: str | None
    #: (left, top, right, bottom) in shares of the image.
    box: tuple[float, ...] | None
    scripted: bool
    seconds: float | None
    #: The annotation server's own id and time of the version: what makes a version a new key.
    source: str
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchTrial(Record):
    """A task whose right answer is known: it measures the annotators, and looks like any other."""

    table: ClassVar[str] = "catch_trials"
    #: "cue" or "pair", and the key that its task is shown under, like any other's.
    project: str
    subject: str
    #: "gold": a known answer; "sham": a cue drawn at random, which nobody should accept.
    kind: str
    #: The verdict that is right.
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion(Record):
    """The lead leaves an annotator's judgments out, or takes them in again; the latest counts."""

    table: ClassVar[str] = "exclusions"
    annotator: str
    excluded: bool
    reason: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Record):
    """What the people said together of one type or pair."""

    table: ClassVar[str] = "decisions"
    project: str
    subject: str
    verdict: str
    accepted: bool
    votes: int
    #: Share of the votes that gave the verdict; `adjudicated` where a tie was broken.
    agreement: float
    adjudicated: bool
    cue: str | None
    core: str | None
    description_with: str | None
    description_without: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Record):
    """Two images of one scene, with and without the cue, and perhaps a placebo: an edit of
    something irrelevant.
    """

    table: ClassVar[str] = "pairs"
    type: str
    #: "selection" pairs decide on acceptance, "release" pairs are published and carry the reported
    #: effect.
    role: str
    index: int
    route: str
    generator: str
    seed: int
    prompt_with: str
    prompt_without: str
    prompt_placebo: str | None
    image_with: str
    image_without: str
    image_placebo: str | None
    #: sha256 of the real image that was edited; None for text-to-image.
    source_image: str | None = None
    #: Where an inpainted pair was painted anew, in shares of the image; elsewhere its arms are
    #: equal pixel for pixel.
    box: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult(Record):
    """Whether a pair is sound, why not, and the figures that say so; `key` is the pair's and the
    gate's.
    """

    table: ClassVar[str] = "gate"
    pair: str
    kept: bool
    #: "kept", or the first gate that the pair failed.
    reason: str
    #: Log-odds that the cue is in the image with and in the image without it; positive is "there".
    cue_with: float
    cue_without: float
    #: Log-odds of the right core against the best other, the least over the images.
    core: float
    #: Likeness of the two images outside the cue, 0 to 1.
    likeness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Called):
    """A verifier model's answer to one arm of one pair, in one rotation."""

    table: ClassVar[str] = "responses"
    pair: str
    type: str
    #: "with", "without" or "placebo".
    arm: str
    model: str
    prompt: str
    rotation: int
    outcome: str
    chosen: int | None
    text: str
    correct: bool
    linked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Record):
    """The test of one type on one role's pairs, pooled over the models that it was found on, or on
    one model alone.

    Selection evidence has q and decides; release evidence carries the published, uncursed effect.
    """

    table: ClassVar[str] = "evidence"
    type: str
    role: str
    #: The models pooled; one name for the per-model rows.
    models: tuple[str, ...]
    pooled: bool
    pairs: int
    accuracy_with: float
    accuracy_without: float
    #: Accuracy without the cue minus with it, and its 95 % interval.
    effect: float
    low: float
    high: float
    p: float
    q: float | None
    #: Accuracy without minus accuracy in the placebo arm; None where no pair has one.
    placebo_effect: float | None
    placebo_high: float | None
    bias_rate_with: float
    bias_rate_without: float
    unparsed: int
    accepted: bool
    reason: str
    #: Whether the paper's rule accepts the same responses: any model's drop over a threshold.
    passes_paper_rule: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRun(Record):
    """One run of one stage: what it cost."""

    table: ClassVar[str] = "ledger"
    stage: str
    started_at: str
    seconds: float
    #: How many inputs there were, how many were pending, how many records came out.
    inputs: int
    pending: int
    outputs: int
    model_calls: int = 0
    images: int = 0
    cost: float | None = None


RECORDS: tuple[type[Record], ...] = (
    Sample, Rejection, Failure, Prediction, PersistentError, ImageTags, Verdict, Candidate, CueType, Description,
    Judgment, CatchTrial, Exclusion, Decision, Pair, GateResult, Response, Evidence, StageRun,
)  # fmt: skip

#: The category of a cue that a judge named in words of its own; every other is one of the recipe's
#: vocabulary.
OPEN = "open"
