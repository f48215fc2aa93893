"""Clusters of cues that mean the same: they never cross splits, and are withheld together.

    cluster_of = of(workspace, settled, recipe.publish, clip.encode_texts)  # {type key: "umbrella"}
    cluster({"a": "a white surfboard", "b": "surfboards"}, {}, 0.95)        # both "surfboard"

Two cues share a cluster if they are about the same noun ("a white surfboard", "surfboards"; but not
"beach" and "beach ball"), if their text embeddings are as alike as the recipe says, or if their
types show the same image or real copies of it. When in doubt, cues are joined: a wrong join costs a
little balance, a wrong separation leaks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set

import numpy as np

from ...recipe import Publish
from ...records import Candidate, CueType, Judgment, Sample
from ...text_matching import forms, head, listed, plain, short, words
from ...workspace import Workspace
from ..type_outcomes import Outcome
from .image_copies import CopyFinder
from .splits import PRIVATE, assign

#: Maps texts to unit vectors, a row each: `OpenClip.encode_texts`.
Embed = Callable[[Sequence[str]], np.ndarray]
#: Rows of the similarity matrix that are in memory at once.
BLOCK = 1_024


def of(
    workspace: Workspace, settled: Iterable[Outcome], publish: Publish, embed: Embed | None = None
) -> dict[str, str]:
    """Returns the cluster of each published type; with `publish.private`, of all that names a cue.

    That includes unpublished types, candidates, and judgments with a cue of their own. They make no
    cluster larger, but join a withheld cluster if they resemble anything in it.
    """
    published = [outcome for outcome in settled if outcome.published]
    cues = {outcome.type.key: outcome.cue for outcome in published}
    own_images = {outcome.type.key: images_of(outcome) for outcome in published}
    images = _with_copies(own_images, real_images(published), workspace)
    if not publish.private:
        return cluster(cues, images, publish.cue_likeness, embed)
    other_cues, other_images = _other_cues(workspace, cues)
    marked = _marks(cues | other_cues, images | other_images, publish.cue_likeness, embed)
    cluster_of = _named({key: marked[key] for key in cues}, cues)
    clusters_with = defaultdict(set)
    for key in cues:
        for mark in marked[key]:
            clusters_with[mark].add(cluster_of[key])
    split_of = assign({name: name for name in cluster_of.values()}, publish.private)
    withheld = {name for name, split in split_of.items() if split == PRIVATE}
    for key, cue in other_cues.items():
        near = {name for mark in marked[key] for name in clusters_with.get(mark, ())}
        cluster_of[key] = min(near & withheld or near or {plain(cue)})
    return cluster_of


def images_of(outcome: Outcome) -> set[str]:
    """Returns the hashes of all images that a type publishes, and of their edited originals."""
    pair_images = {
        digest
        for pair in (checked.pair for checked in outcome.pairs)
        for digest in (pair.image_with, pair.image_without, pair.image_placebo, pair.source_image)
        if digest
    }
    return pair_images | {outcome.type.image}


def real_images(published: Iterable[Outcome]) -> set[str]:
    """Returns the real images that types were found on, or that their pairs were edited from."""
    images: set[str] = set()
    for outcome in published:
        images |= {outcome.type.image}
        images |= {checked.pair.source_image or "" for checked in outcome.pairs}
    return images - {""}


def _with_copies(
    images: Mapping[str, set[str]], real: Set[str], workspace: Workspace
) -> dict[str, set[str]]:
    """Returns each type's images, with a mark that any two copies among the real ones share."""
    marks: dict[str, set[str]] = defaultdict(set)
    for pair in CopyFinder(workspace.image).copies(real):
        for digest in pair:
            marks[digest].add("=".join(pair))
    return {key: shown.union(*(marks[digest] for digest in shown)) for key, shown in images.items()}


def _other_cues(
    workspace: Workspace, published: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Returns all other cues in the workspace, and the images that they were seen in, by key."""
    image_of = {row["key"]: row["image"] for row in workspace.read(Sample, ["image"]).to_pylist()}
    cues: dict[str, str] = {}
    images: dict[str, set[str]] = {}
    for cue_type in workspace.records(CueType):
        if cue_type.key not in published:
            cues[cue_type.key], images[cue_type.key] = cue_type.cue, {cue_type.image}
    for candidate in workspace.records(Candidate):
        cues[candidate.key] = candidate.cue
        images[candidate.key] = {image_of.get(candidate.sample, "")}
    cues |= {judgment.key: judgment.cue for judgment in workspace.records(Judgment) if judgment.cue}
    return cues, {key: seen - {""} for key, seen in images.items()}


def cluster(
    cues: Mapping[str, str],
    images: Mapping[str, Set[str]],
    likeness: float,
    embed: Embed | None = None,
) -> dict[str, str]:
    """Returns each key's cluster, named after its shortest cue (fewest words, then alphabetical).

    `cues` and `images` have the same keys. Without `embed`, words and images alone decide.
    """
    return _named(_marks(cues, images, likeness, embed), cues)


def _named(marked: Mapping[str, Set[str]], cues: Mapping[str, str]) -> dict[str, str]:
    """Returns the cluster of each key: keys that share a mark, directly or through others.

    A longer cue that joins ("white surfboard") does not rename a shorter one's cluster.
    """
    cluster_of: dict[str, str] = {}
    for keys in _connected(marked):
        names = (plain(short(cues[key])) for key in keys)
        name = min(names, key=lambda cue: (len(cue.split()), cue))
        cluster_of |= dict.fromkeys(keys, name)
    return cluster_of


def _connected(marked: Mapping[str, Set[str]]) -> list[list[str]]:
    """Returns the keys in groups, the connected components of keys and marks."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    keys = sorted(marked)
    marks = sorted(set().union(*marked.values()))
    numbers = {mark: len(keys) + number for number, mark in enumerate(marks)}
    edges = [
        (number, numbers[mark]) for number, key in enumerate(keys) for mark in sorted(marked[key])
    ]
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
    """Returns each key's marks: nouns, images, and one for each pair of cues that are alike."""
    names = {key: plain(short(cue)) for key, cue in cues.items()}
    alike: dict[str, set[str]] = defaultdict(set)
    for first, second in _alike(sorted(set(names.values())), likeness, embed) if embed else ():
        for name in (first, second):
            alike[name].add(f"alike:{first}:{second}")
    return {
        key: nouns(name) | alike[name] | {f"image:{digest}" for digest in images.get(key, ())}
        for key, name in names.items()
    }


def nouns(cue: str) -> set[str]:
    """Returns the cue's noun, singular and plural, or the whole cue if the noun means little.

    "background" in "snowy background" means little, and so do colours and abstract nouns.
    """
    noun = head(cue)
    empty = listed("abstract") | listed("colours") | listed("unseen")
    if noun and not forms(noun) & empty:
        return {f"noun:{form}" for form in forms(noun)}
    return {f"cue:{' '.join(min(forms(word)) for word in words(cue)) or cue}"}


def _alike(cues: Sequence[str], likeness: float, embed: Embed) -> Iterator[tuple[str, str]]:
    """Yields the pairs of cues whose embeddings have at least this cosine similarity."""
    vectors = embed(cues) if cues else np.empty((0, 0))
    for start in range(0, len(cues), BLOCK):
        for row, column in np.argwhere(vectors[start : start + BLOCK] @ vectors.T >= likeness):
            if start + row < column:
                yield cues[start + row], cues[column]
