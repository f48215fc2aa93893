"""A check for leaks between the splits: with a leak, a gain after a training would show nothing.

    parts = {"train": questions, "validation": ..., "test": ...}
    check(parts, cluster_of, pictures)      # ValueError if anything leaks

It compares images (bytes, and copies saved again or scaled), the benchmark's samples, and cues
(clusters, and paraphrases). `hold_out` looks at what else an image shows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from PIL import Image

from ..near_copies import copied, look_alikes
from ..release.questions import Question
from ..release.rows.clusters import cluster
from .image_cache import ImageCache

#: The split of each question, beside the question.
Placed = list[tuple[str, Question]]


def check(
    parts: Mapping[str, Sequence[Question]],
    cluster_of: Mapping[str, str],
    picture: Callable[[Question], Image.Image],
) -> None:
    """Raises a ValueError that names the first ten leaks.

    With an `ImageCache` as `picture`, no image is hashed twice.
    """
    placed = [(split, question) for split, questions in parts.items() for question in questions]
    album = picture if isinstance(picture, ImageCache) else ImageCache(picture)
    leaks = [*_repeated(placed), *_cues(placed, cluster_of), *_copies(placed, album)]
    if leaks:
        raise ValueError(f"{len(leaks)} leaks between splits: {'; '.join(leaks[:10])}.")


def _crossing(values: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Of (value, split): the values that are in more than one split."""
    splits: dict[str, set[str]] = defaultdict(set)
    for value, split in values:
        splits[value].add(split)
    return [
        (value, sorted(crossed)) for value, crossed in sorted(splits.items()) if len(crossed) > 1
    ]


def _repeated(placed: Placed) -> list[str]:
    """Images with the same bytes, samples, and rows (anchors, pairs, controls) or types with the
    same key.
    """
    images = _crossing((question.image, split) for split, question in placed)
    rows = _crossing((f"{question.config}/{question.id}", split) for split, question in placed)
    samples = _crossing((question.sample, split) for split, question in placed if question.sample)
    types = _crossing((question.type.key, split) for split, question in placed if question.type)
    return [
        *(f"image {digest} is in {' and '.join(splits)}" for digest, splits in images),
        *(f"{name} is in {' and '.join(splits)}" for name, splits in rows),
        *(f"sample {key} is in {' and '.join(splits)}" for key, splits in samples),
        *(f"type {key} is in {' and '.join(splits)}" for key, splits in types),
    ]


def _cues(placed: Placed, cluster_of: Mapping[str, str]) -> list[str]:
    """Clusters in two splits, and cues of two splits that are one in other words."""
    split_of = {question.type.key: split for split, question in placed if question.type}
    cues = {question.type.key: question.type.cue for _, question in placed if question.type}
    by_words = cluster(cues, {}, 1.0)
    return [
        f"the cue {name!r} is in {' and '.join(splits)}"
        for named in (cluster_of, by_words)
        for name, splits in _crossing((named[key], split) for key, split in split_of.items())
    ]


def _copies(placed: Placed, album: ImageCache) -> list[str]:
    """Images that are copies of one another though their bytes differ."""
    by_digest = {question.image: (split, question) for split, question in placed}
    near = look_alikes(
        {digest: album.hash(question) for digest, (_, question) in by_digest.items()}
    )
    return [
        f"image {a} in {by_digest[a][0]} is a copy of {b} in {by_digest[b][0]}"
        for a, b in sorted(near)
        if by_digest[a][0] != by_digest[b][0]
        and copied(album.thumbnail(by_digest[a][1]), album.thumbnail(by_digest[b][1]))
    ]
