"""Control questions: from the same benchmarks, with no spurious cue seen on them.

    samples = choose(workspace, settled, count=120, private=0.0, withheld=False)

A control was never screened as spurious, and its image (copies included) shows no published type.
Where possible it asks what a published type asks. Whether models answer it does not matter:
controls that models are known to get right could only get worse later. A hash picks the controls,
so a release that grows keeps most of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ...arrow import from_table
from ...benchmark_samples import current_samples
from ...records import Candidate, CueType, ImageTags, Sample, Verdict, key_of
from ...text_matching import plain
from ...workspace import Workspace
from ..files.parquet import Row
from ..type_outcomes import Outcome
from . import options
from .answer_leaks import names_its_answer
from .clusters import images_of, real_images
from .image_copies import CopyFinder
from .licences import Licences
from .splits import PRIVATE, split_of


@dataclass(frozen=True, slots=True)
class _Screened:
    """What screening and release have used already, and what makes a sample a good control."""

    samples: Set[str]
    images: Set[str]
    #: Question -> the cues screened as spurious on it; image -> the cues that it shows.
    cues: Mapping[str, Set[str]]
    shown: Mapping[str, Set[str]]
    #: The questions of published types.
    questions: Set[str]

    def allows(self, sample: Sample) -> bool:
        """Returns whether the sample may be a control."""
        cues = self.cues.get(plain(sample.question), frozenset())
        used = not sample.image or sample.key in self.samples or sample.image in self.images
        return not used and not cues & self.shown.get(sample.image, frozenset()) and _sound(sample)

    def rank(self, sample: Sample) -> tuple[bool, str]:
        """Returns the sample's rank, smallest first: published types' questions, then a hash."""
        return plain(sample.question) not in self.questions, key_of("control", sample.key)


def choose(
    workspace: Workspace, settled: Sequence[Outcome], count: int, private: float, *, withheld: bool
) -> list[Sample]:
    """Returns up to `count` samples, one an image, in the order of their keys.

    `withheld` picks among the images of the private split instead of the public ones.
    """
    screened, table = _screened(workspace, settled), workspace.read(Sample)
    if (current := current_samples(workspace)) is not None:
        table = _only(table, current)
    best: dict[str, tuple[tuple[bool, str], str]] = {}
    for sample in _records(table):
        if screened.allows(sample) and (split(sample, private) == PRIVATE) == withheld:
            ranked = screened.rank(sample), sample.key
            best[sample.image] = min(best.get(sample.image, ranked), ranked)
    ordered = sorted((ranked, image) for image, ranked in best.items())
    candidates = [(image, key) for (_, key), image in ordered]
    real = real_images(outcome for outcome in settled if outcome.published)
    chosen = _first_distinct(candidates, count, real, CopyFinder(workspace.image))
    return list(_records(_only(table, chosen)))


def _first_distinct(
    candidates: Sequence[tuple[str, str]], count: int, real: Set[str], finder: CopyFinder
) -> set[str]:
    """Returns the first `count` keys whose images copy neither real images nor each other.

    `candidates` are (image, key) in order of preference. Only as many images are loaded as needed.
    """
    kept: dict[str, str] = {}
    start = 0
    while len(kept) < count and start < len(candidates):
        batch = candidates[start : start + count - len(kept)]
        start += len(batch)
        kept |= batch
        order = {image: number for number, image in enumerate((*sorted(real), *kept))}
        for pair in finder.copies(order):
            kept.pop(max(pair, key=lambda image: order[image]), None)
    return set(kept.values())


def cues_shown(workspace: Workspace) -> dict[str, set[str]]:
    """Returns the vocabulary's cues that each image shows; untagged images are left out."""
    tagged = workspace.read(ImageTags, ["image", "tags"]).to_pylist()
    return {row["image"]: {plain(tag.partition(":")[2]) for tag in row["tags"]} for row in tagged}


def rows(
    samples: Iterable[Sample], licences: Licences, shown: Mapping[str, Set[str]]
) -> Iterator[tuple[str, Row]]:
    """Yields the samples as rows of `controls`; `shown` comes from `cues_shown`."""
    for sample in samples:
        count = len(sample.choices)
        shift = options.first(sample.answer, options.place(sample.key, 0, count), count)
        choices, answer = options.shown(sample.choices, sample.answer, shift)
        yield (
            sample.key,
            {
                "id": sample.key,
                "sample": sample.key,
                "benchmark": sample.benchmark,
                "benchmark_split": sample.split,
                "question_id": sample.question_id,
                "question": sample.question,
                "choices": choices,
                "answer": choices[answer],
                "answer_index": answer,
                "image": sample.image,
                "image_sha256": sample.image,
                "cues": sorted(shown[sample.image]) if sample.image in shown else None,
                **licences.of_sample(sample.benchmark),
            },
        )


def split(sample: Sample, private: float) -> str:
    """Returns a control's split, a hash of its image: no image is in two splits."""
    return split_of(f"image:{sample.image}", private)


def _only(table: pa.Table, keys: Iterable[str]) -> pa.Table:
    """Returns the rows with these keys, in the table's order."""
    return table.filter(pc.is_in(table.column("key"), pa.array(sorted(keys), pa.string())))


def _records(table: pa.Table) -> Iterator[Sample]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from from_table(pa.Table.from_batches([batch]), Sample)


def _screened(workspace: Workspace, settled: Sequence[Outcome]) -> _Screened:
    types = [*workspace.records(CueType), *(outcome.type for outcome in settled)]
    samples = {cue_type.anchor for cue_type in types}
    samples |= {candidate.sample for candidate in workspace.records(Candidate) if candidate.kept}
    samples |= {verdict.sample for verdict in workspace.records(Verdict) if verdict.spurious}
    image_of = {row["key"]: row["image"] for row in workspace.read(Sample, ["image"]).to_pylist()}
    images = {image_of[key] for key in samples if key in image_of}.union(*map(images_of, settled))
    cues: dict[str, set[str]] = defaultdict(set)
    for cue_type in types:
        cues[plain(cue_type.question)].add(plain(cue_type.cue))
    return _Screened(
        samples=samples,
        images=images,
        cues=cues,
        shown=cues_shown(workspace),
        questions={plain(outcome.type.question) for outcome in settled if outcome.published},
    )


def _sound(sample: Sample) -> bool:
    """Returns whether a release may ask the sample: distinct options, and no answer given away."""
    texts = {choice.strip().casefold() for choice in sample.choices}
    distinct = len(texts) == len(sample.choices) >= 2 and "" not in texts
    return distinct and not names_its_answer(
        sample.question, sample.choices, sample.choices[sample.answer]
    )
