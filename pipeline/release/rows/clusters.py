"""Which cues are one cue in other words: they never cross splits, and are withheld together.

    cluster_of = of(workspace, settled, recipe.publish, clip.encode_texts)      # {type key: "surfboard"}
    cluster({"a": "a white surfboard", "b": "surfboards", "c": "beach ball"}, {}, 0.95)

Cues are one when they are about the same noun ("a white surfboard", "surfboards"; but not "beach"
and "beach ball"), when their text embeddings are as alike as the recipe says, or when their types
show one and the same image or real copies of one. It rather joins too many than too few: what is
joined wrongly costs a little balance, what is parted wrongly leaks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set

import numpy as np

from ...recipe import Publish
from ...records import Candidate, CueType, Judgment, Sample
from ...screen import plain
from ...text_matching import forms, head, listed, short, words
from ...workspace import Workspace
from ..type_outcomes import Outcome
from .image_copies import Looks
from .splits import PRIVATE, assign

#: Texts to unit vectors, a row each: `OpenClip.encode_texts`.
Embed = Callable[[Sequence[str]], np.ndarray]
#: Rows of the matrix of likenesses that are in memory at once.
BLOCK = 1_024


def of(
    workspace: Workspace, settled: Iterable[Outcome], publish: Publish, embed: Embed | None = None
) -> dict[str, str]:
    """The cluster of each published type; and, where some are withheld, of all else that names a
    cue.

    That is types that are not published, candidates, and judgments with a cue of their own. They
    make no cluster larger, but belong to one that is withheld if they are like anything in it.
    """
    published = [one for one in settled if one.published]
    cues = {one.type.key: one.cue for one in published}
    images = _with_copies(
        {one.type.key: images_of(one) for one in published}, real_images(published), workspace
    )
    if not publish.private:
        return cluster(cues, images, publish.cue_likeness, embed)
    others, seen = _others(workspace, cues)
    marked = _marks(cues | others, images | seen, publish.cue_likeness, embed)
    found = _named({key: marked[key] for key in cues}, cues)
    holders = defaultdict(set)
    for key in cues:
        for mark in marked[key]:
            holders[mark].add(found[key])
    withheld = {
        name
        for name, split in assign({name: name for name in found.values()}, publish.private).items()
        if split == PRIVATE
    }
    for key, cue in others.items():
        near = {name for mark in marked[key] for name in holders.get(mark, ())}
        found[key] = min(near & withheld or near or {plain(cue)})
    return found


def images_of(outcome: Outcome) -> set[str]:
    """The hashes of all images that a type publishes, and of the real ones that they were edited
    from.
    """
    made = {
        digest
        for pair in (checked.pair for checked in outcome.pairs)
        for digest in (pair.image_with, pair.image_without, pair.image_placebo, pair.source_image)
        if digest
    }
    return made | {outcome.type.image}


def real_images(outcomes: Iterable[Outcome]) -> set[str]:
    """The real images that types were found on, or that their pairs were edited from."""
    found: set[str] = set()
    for one in outcomes:
        found |= {one.type.image, *(checked.pair.source_image or "" for checked in one.pairs)}
    return found - {""}


def _with_copies(
    images: Mapping[str, set[str]], real: Set[str], workspace: Workspace
) -> dict[str, set[str]]:
    """The images of each type, and beside two that are copies a mark that both then have."""
    marks: dict[str, set[str]] = defaultdict(set)
    for pair in Looks(workspace.image).copies(real):
        for digest in pair:
            marks[digest].add("=".join(pair))
    return {key: shown.union(*(marks[digest] for digest in shown)) for key, shown in images.items()}


def _others(
    workspace: Workspace, published: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, set[str]]]:
    """The cue of everything else that names one, by its key, and the real image that it was seen
    in.
    """
    image_of = {row["key"]: row["image"] for row in workspace.read(Sample, ["image"]).to_pylist()}
    cues: dict[str, str] = {}
    images: dict[str, set[str]] = {}
    for one in workspace.records(CueType):
        if one.key not in published:
            cues[one.key], images[one.key] = one.cue, {one.image}
    for each in workspace.records(Candidate):
        cues[each.key], images[each.key] = each.cue, {image_of.get(each.sample, "")}
    said = {one.key: one.cue for one in workspace.records(Judgment) if one.cue}
    return cues | said, {key: seen - {""} for key, seen in images.items()}


def cluster(
    cues: Mapping[str, str],
    images: Mapping[str, Set[str]],
    likeness: float,
    embed: Embed | None = None,
) -> dict[str, str]:
    """Each key's cluster, called after its first cue: the one of fewest words, and of those the
    first by the alphabet.

    `cues` and `images` are by the same keys. Without `embed` words and images alone decide.
    """
    return _named(_marks(cues, images, likeness, embed), cues)


def _named(marked: Mapping[str, Set[str]], cues: Mapping[str, str]) -> dict[str, str]:
    """The clusters that the marks connect. A longer cue that joins ("white surfboard") does not
    rename a shorter's.
    """
    named: dict[str, str] = {}
    for keys in _connected(marked):
        name = min(
            (plain(short(cues[key])) for key in keys), key=lambda cue: (len(cue.split()), cue)
        )
        named |= dict.fromkeys(keys, name)
    return named


def _connected(marked: Mapping[str, Set[str]]) -> list[list[str]]:
    """The keys in groups: any two that share a mark, or are connected through others, are in one."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    keys = sorted(marked)
    numbers = {mark: len(keys) + n for n, mark in enumerate(sorted(set().union(*marked.values())))}
    edges = [(n, numbers[mark]) for n, key in enumerate(keys) for mark in sorted(marked[key])]
    rows, columns = zip(*edges, strict=True) if edges else ((), ())
    size = len(keys) + len(numbers)
    _, labels = connected_components(
        coo_matrix(([True] * len(edges), (rows, columns)), shape=(size, size)), False
    )
    groups: dict[int, list[str]] = defaultdict(list)
    for key, label in zip(keys, labels, strict=False):
        groups[int(label)].append(key)
    return list(groups.values())


def _marks(
    cues: Mapping[str, str], images: Mapping[str, Set[str]], likeness: float, embed: Embed | None
) -> dict[str, set[str]]:
    """What each key shares with those that it belongs to: nouns, images, and a mark for each pair
    of cues alike.
    """
    names = {key: plain(short(cue)) for key, cue in cues.items()}
    alike: dict[str, set[str]] = defaultdict(set)
    for one, other in _alike(sorted(set(names.values())), likeness, embed) if embed else ():
        for name in (one, other):
            alike[name].add(f"alike:{one}:{other}")
    return {
        key: nouns(name) | alike[name] | {f"image:{digest}" for digest in images.get(key, ())}
        for key, name in names.items()
    }


def nouns(cue: str) -> set[str]:
    """What the cue is about, in singular and plural; the whole cue where that says nothing ("snowy
    background").
    """
    said = head(cue)
    empty = listed("abstract") | listed("colours") | listed("unseen")
    if said and not forms(said) & empty:
        return {f"noun:{form}" for form in forms(said)}
    return {f"cue:{' '.join(min(forms(word)) for word in words(cue)) or cue}"}


def _alike(cues: Sequence[str], likeness: float, embed: Embed) -> Iterator[tuple[str, str]]:
    """The pairs of cues whose embeddings are at least so alike."""
    vectors = embed(cues) if cues else np.empty((0, 0))
    for start in range(0, len(cues), BLOCK):
        for row, column in np.argwhere(vectors[start : start + BLOCK] @ vectors.T >= likeness):
            if start + row < column:
                yield cues[start + row], cues[column]
