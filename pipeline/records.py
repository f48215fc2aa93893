"""Every noun of the pipeline, frozen and slotted: the file to read first.

A record's `key` is made of what it was computed from, never of a row number. A changed prompt or
model is a new key, so nothing stale is reused and nothing unchanged is paid for twice. `key_of`
makes keys; `pipeline.arrow` turns records into tables.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar


def key_of(*parts: object) -> str:
    """Returns a 20-digit hexadecimal hash of the parts' canonical JSON.

    Equal parts have equal keys, on every machine.
    """
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A table name and a key, which all records have."""

    table: ClassVar[str]
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Called(Record):
    """A record made by a model call: the endpoint's token counts, and the cost by recipe prices."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(Record):
    """A multiple-choice question of a benchmark about an image."""

    table: ClassVar[str] = "samples"
    benchmark: str
    split: str
    question_id: str
    question: str
    choices: tuple[str, ...]
    #: Index of the gold option in `choices`.
    answer: int
    #: sha256 of the image's bytes in the workspace; empty if only published answers are at hand.
    image: str
    caption: str | None = None
    #: Name of the group that the question belongs to, in benchmarks with groups (NaturalBench).
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection(Record):
    """A row of a benchmark that became no sample, and why."""

    table: ClassVar[str] = "rejections"
    #: Key of the sample that it is once the file is corrected; empty for a repeated row.
    sample: str
    benchmark: str
    split: str
    question_id: str
    #: The file and line or row.
    where: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure(Record):
    """A call that failed for good: not an answer, and tried again by the next run."""

    table: ClassVar[str] = "failures"
    stage: str
    #: The key of the record that the call would have made.
    subject: str
    model: str
    reason: str
    at: str

    @classmethod
    def now(cls, stage: str, subject: str, model: str, reason: str) -> "Failure":
        """Returns the record of a call that failed at this moment."""
        at = datetime.now(UTC).isoformat()
        key = key_of("failure", subject, at)
        return cls(key=key, stage=stage, subject=subject, model=model, reason=reason, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction(Called):
    """A model's answer to a sample, in one rotation of its options, with or without the image."""

    table: ClassVar[str] = "predictions"
    sample: str
    model: str
    prompt: str
    rotation: int
    blind: bool
    #: "parsed" or "unparsed"; only a parsed answer has `chosen`. A failed call is a `Failure`.
    outcome: str
    #: Index into the sample's own `choices`, whatever the rotation showed.
    chosen: int | None
    text: str
    #: Log-probability of the chosen letter minus the next best; None if letters are not scored.
    margin: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersistentError(Record):
    """A wrong option that a model chooses for a sample under most rotations."""

    table: ClassVar[str] = "errors"
    sample: str
    model: str
    chosen: int
    #: The prompt and the settings of mining, as a key.
    mined: str
    #: Share of rotations with this option, and their mean margin.
    share: float
    margin: float | None
    #: Whether the model also chooses the option without the image.
    language_prior: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTags(Record):
    """The tags of the cue vocabulary that an image shows, as "category:tag", with probabilities."""

    table: ClassVar[str] = "tags"
    image: str
    tags: tuple[str, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Called):
    """A judge's verdict on an error: spurious or not, and by which cue; or why it was rejected."""

    table: ClassVar[str] = "verdicts"
    #: The persistent error judged, its sample and the model that made it.
    error: str
    sample: str
    model: str
    judge: str
    prompt: str
    #: "judged" or "rejected"; a rejected verdict has only a `reason`.
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
    """A describer's sentences for a scene with and without the cue, with the same answer."""

    table: ClassVar[str] = "descriptions"
    #: The cue type described.
    type: str
    describer: str
    prompt: str
    #: "described" or "rejected"; a rejected description has a `reason`.
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
    #: The anchor: a sample with a persistent error, whose image shows the cue.
    sample: str
    model: str
    cue: str
    #: The kind of cue, a category of the recipe's vocabulary (thing, place, ...).
    category: str
    #: Text of the option that the cue points to.
    linked: str
    screener: str
    #: Errors towards `linked` that show the cue, and questions that show it; then all of each.
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
    """Equal candidates of all models, merged: a question, a cue, the option it points to."""

    table: ClassVar[str] = "types"
    question: str
    choices: tuple[str, ...]
    answer: int
    linked: str
    cue: str
    category: str
    #: The real sample that represents the type, and its image.
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
    #: The cue's box in the anchor by a judge: (left, top, right, bottom) in shares of the image.
    box: tuple[float, ...] | None = None


#: The texts that a person may correct in a judgment; the fields of these names in CueType are what
#: was proposed, in Decision what the annotators agreed on.
JUDGMENT_TEXTS = ("cue", "core", "description_with", "description_without")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment(Record):
    """One version of a person's answer to an annotation task; later versions are new records."""

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
    #: The annotation server's id and time of the version: a new version has a new key.
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
    """The lead leaves an annotator's judgments out, or takes them back in; the latest counts."""

    table: ClassVar[str] = "exclusions"
    annotator: str
    excluded: bool
    reason: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Record):
    """What people decided together on a type or pair."""

    table: ClassVar[str] = "decisions"
    project: str
    subject: str
    verdict: str
    accepted: bool
    votes: int
    #: Share of the votes for the verdict; `adjudicated` if a tie was broken.
    agreement: float
    adjudicated: bool
    cue: str | None
    core: str | None
    description_with: str | None
    description_without: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Record):
    """Two images of a scene, with and without the cue, and perhaps a placebo edit."""

    table: ClassVar[str] = "pairs"
    type: str
    #: "selection" pairs decide on acceptance; "release" pairs are published with their effect.
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
    #: Where an inpainted pair was repainted, in shares of the image; elsewhere its arms are equal.
    box: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult(Record):
    """Whether a pair is sound, and the figures behind it; `key` is the pair's and the gate's."""

    table: ClassVar[str] = "gate"
    pair: str
    kept: bool
    #: "kept", or the first gate that the pair failed.
    reason: str
    #: Log-odds that the cue is in the image with it, and without it; positive means "there".
    cue_with: float
    cue_without: float
    #: Log-odds of the right core against the best other, minimum over the images.
    core: float
    #: Likeness of the two images outside the cue, 0 to 1.
    likeness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Called):
    """A verifier model's answer to one arm of a pair, in one rotation."""

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
    """The test of a type on one role's pairs, pooled over its models or on one model alone.

    Selection evidence has q and decides. Release evidence carries the published effect, free of the
    winner's curse.
    """

    table: ClassVar[str] = "evidence"
    type: str
    role: str
    #: The models pooled; a single name in the per-model rows.
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
    #: Accuracy without the cue minus accuracy in the placebo arm; None without placebos.
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
    """One run of a stage: what it cost."""

    table: ClassVar[str] = "ledger"
    stage: str
    started_at: str
    seconds: float
    #: Inputs, inputs that were pending, and records that came out.
    inputs: int
    pending: int
    outputs: int
    model_calls: int = 0
    images: int = 0
    cost: float | None = None


#: The category of cues that a judge named in its own words; all others are in the vocabulary.
OPEN = "open"
