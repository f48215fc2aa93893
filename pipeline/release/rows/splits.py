"""Train, validation and test by cue cluster; and which clusters are withheld.

    split_of = assign(cluster_of, private=0.1)      # {type key: "train" | "validation" | "test" | "private"}

A split is a hash of the cluster's name, so a type stays in its split from one release to the next;
and another share that is withheld moves no type between the other splits.
"""

from collections.abc import Mapping

from ...records import key_of

SPLITS = ("train", "validation", "test")
#: What is withheld: no public release holds it, a release of its own does.
PRIVATE = "private"


def assign(cluster_of: Mapping[str, str], private: float = 0.0) -> dict[str, str]:
    """The split of each type, about 70, 10 and 20 in 100 of the clusters that are not withheld."""
    return {key: split_of(f"cue:{cluster}", private) for key, cluster in cluster_of.items()}


def split_of(mark: str, private: float = 0.0) -> str:
    """The split of a cluster ("cue:umbrella"), or of a control's image ("image:<sha256>")."""
    if _share("private", mark) < private:
        return PRIVATE
    share = _share("split", mark)
    return "train" if share < 0.7 else "validation" if share < 0.8 else "test"


def _share(*parts: str) -> float:
    return int(key_of(*parts), 16) / 16**20
