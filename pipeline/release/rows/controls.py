"""Controls: questions of the same benchmarks on which no spurious cue was seen, asked beside
anchors and pairs.

    samples = choose(workspace, settled, count=120, private=0.0, withheld=False)

Disjoint from all that was screened as spurious, and from every image that a type shows, copies too;
of the same questions as the published types, as far as there are such. Whether models answer them
right is not looked at: controls that models are known to get right could only be done worse later.
Which ones, a hash decides, so a release that grows keeps most of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ...arrow import from_table
from ...benchmark_samples import current_samples
from ...records import Candidate, CueType, ImageTags, Sample, Verdict, key_of
from ...screen import plain
from ...workspace import Workspace
from ..files.parquet import Row
from ..type_outcomes import Outcome
from . import options
from .answer_leaks import names_its_answer
from .clusters import images_of, real_images
from .image_copies import Looks
from .licences import Rights
from .splits import PRIVATE, split_of


@dataclass(frozen=True, slots=True)
class _Screened:
    """What the screening and the release have used up, and what speaks for a sample."""

    samples: Set[str]
    images: Set[str]
    #: Question -> the cues that were screened as spurious on it; image -> the cues that it shows.
    cues: Mapping[str, Set[str]]
    shown: Mapping[str, Set[str]]
    #: The questions of published types.
    asked: Set[str]

    def leaves(self, sample: Sample) -> bool:
        """May the sample be a control?"""
        cues = self.cues.get(plain(sample.question), frozenset())
        used = not sample.image or sample.key in self.samples or sample.image in self.images
        return not used and not cues & self.shown.get(sample.image, frozenset()) and _sound(sample)

    def rank(self, sample: Sample) -> tuple[bool, str]:
        """Smaller is better: a question that a published type asks, then a hash."""
        return plain(sample.question) not in self.asked, key_of("control", sample.key)


def choose(
    workspace: Workspace, settled: Sequence[Outcome], count: int, private: float, *, withheld: bool
) -> list[Sample]:
    """Up to `count` samples, one an image, in the order of their keys; `withheld`: of the images
    that are withheld.
    """
    screened, table = _screened(workspace, settled), workspace.read(Sample)
    if (now := current_samples(workspace)) is not None:
        table = _only(table, now)
    best: dict[str, tuple[tuple[bool, str], str]] = {}
    for sample in _records(table):
        if screened.leaves(sample) and (split(sample, private) == PRIVATE) == withheld:
            ranked = screened.rank(sample), sample.key
            best[sample.image] = min(best.get(sample.image, ranked), ranked)
    ordered = [(image, key) for image, (_, key) in sorted(best.items(), key=lambda each: each[1])]
    real = real_images(one for one in settled if one.published)
    return list(_records(_only(table, _looking_new(ordered, count, real, Looks(workspace.image)))))


def _looking_new(
    ordered: Sequence[tuple[str, str]], count: int, real: Set[str], looks: Looks
) -> set[str]:
    """The first `count` keys whose images are no copies of a type's real image, nor of an earlier
    control's.
    """
    kept: dict[str, str] = {}
    place = 0
    while len(kept) < count and place < len(ordered):
        more = ordered[place : place + count - len(kept)]
        place += len(more)
        kept |= more
        order = {image: number for number, image in enumerate((*sorted(real), *kept))}
        for pair in looks.copies(order):
            kept.pop(max(pair, key=lambda image: order[image]), None)
    return set(kept.values())


def cues_shown(workspace: Workspace) -> dict[str, set[str]]:
    """Image -> the cues of the vocabulary that it shows; an image that nobody looked at for cues is
    not there.
    """
    tagged = workspace.read(ImageTags, ["image", "tags"]).to_pylist()
    return {row["image"]: {plain(tag.partition(":")[2]) for tag in row["tags"]} for row in tagged}


def rows(
    samples: Iterable[Sample], rights: Rights, shown: Mapping[str, Set[str]]
) -> Iterator[tuple[str, Row]]:
    """The samples as rows of `controls`; `shown` is what `cues_shown` says."""
    for one in samples:
        count = len(one.choices)
        shift = options.first(one.answer, options.place(one.key, 0, count), count)
        choices, answer = options.shown(one.choices, one.answer, shift)
        yield (
            one.key,
            {
                "id": one.key,
                "sample": one.key,
                "benchmark": one.benchmark,
                "benchmark_split": one.split,
                "question_id": one.question_id,
                "question": one.question,
                "choices": choices,
                "answer": choices[answer],
                "answer_index": answer,
                "image": one.image,
                "image_sha256": one.image,
                "cues": sorted(shown[one.image]) if one.image in shown else None,
                **rights.sample(one.benchmark),
            },
        )


def split(sample: Sample, private: float) -> str:
    """A control's split: by its image, so that none is in two."""
    return split_of(f"image:{sample.image}", private)


def _only(table: pa.Table, keys: Iterable[str]) -> pa.Table:
    """The samples of these keys, in their order."""
    return table.filter(pc.is_in(table.column("key"), pa.array(sorted(keys), pa.string())))


def _records(table: pa.Table) -> Iterator[Sample]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from from_table(pa.Table.from_batches([batch]), Sample)


def _screened(workspace: Workspace, settled: Sequence[Outcome]) -> _Screened:
    types = [*workspace.records(CueType), *(one.type for one in settled)]
    samples = {one.anchor for one in types}
    samples |= {one.sample for one in workspace.records(Candidate) if one.kept}
    samples |= {one.sample for one in workspace.records(Verdict) if one.spurious}
    image_of = {row["key"]: row["image"] for row in workspace.read(Sample, ["image"]).to_pylist()}
    images = {image_of[key] for key in samples if key in image_of}.union(*map(images_of, settled))
    cues: dict[str, set[str]] = defaultdict(set)
    for one in types:
        cues[plain(one.question)].add(plain(one.cue))
    return _Screened(
        samples=samples,
        images=images,
        cues=cues,
        shown=cues_shown(workspace),
        asked={plain(one.type.question) for one in settled if one.published},
    )


def _sound(sample: Sample) -> bool:
    """Is it a question that a release may ask: its options differ, and it does not tell its answer?"""
    said = {choice.strip().casefold() for choice in sample.choices}
    distinct = len(said) == len(sample.choices) >= 2 and "" not in said
    return distinct and not names_its_answer(
        sample.question, sample.choices, sample.choices[sample.answer]
    )
