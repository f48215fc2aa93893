"""Train, validation and test by cue: types whose cues are equal, or that share an image, are never in two splits.

    split_of = assign(outcomes)        # {type key: "train" | "validation" | "test"}

A split is a hash of the cue, so a type stays in its split from one release to the next.
"""

from collections.abc import Sequence

from ..records import key_of
from .publication import Outcome

SPLITS = ("train", "validation", "test")


def assign(published: Sequence[Outcome]) -> dict[str, str]:
    """The split of each published type, about 70, 10 and 20 in 100 of the cue clusters."""
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        parent.setdefault(node, node)
        while parent[node] != node:
            node = parent[node]
        return node

    cue_of = {outcome.type.key: " ".join(outcome.cue.casefold().split()) for outcome in published}
    for outcome in published:
        for digest in _images(outcome):
            a, b = sorted((root(f"cue:{cue_of[outcome.type.key]}"), root(f"image:{digest}")))
            parent[b] = a  # "cue:" sorts before "image:", so a cluster is named after its first cue
    return {key: _split(root(f"cue:{cue}")) for key, cue in cue_of.items()}


def _images(outcome: Outcome) -> set[str]:
    """The hashes of all images that a type publishes."""
    made = {
        digest
        for checked in outcome.pairs
        for digest in (checked.pair.image_with, checked.pair.image_without, checked.pair.image_placebo)
        if digest
    }
    return made | {outcome.type.image}


def _split(cluster: str) -> str:
    share = int(key_of("split", cluster), 16) / 16**20
    return "train" if share < 0.7 else "validation" if share < 0.8 else "test"
