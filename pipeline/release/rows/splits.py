"""Train, validation and test by cue cluster, and which clusters are withheld.

    assign(cluster_of, private=0.1)        # {type key: "train" | "validation" | "test" | "private"}

A split is a hash of the cluster's name, so a type keeps its split from release to release. Another
withheld share moves no type between the other splits.
"""

from collections.abc import Mapping

from ...records import key_of

SPLITS = ("train", "validation", "test")
#: The withheld split: only the private release has it.
PRIVATE = "private"


def assign(cluster_of: Mapping[str, str], private: float = 0.0) -> dict[str, str]:
    """Returns each type's split: of the clusters not withheld about 70, 10 and 20 in 100."""
    return {key: split_of(f"cue:{cluster}", private) for key, cluster in cluster_of.items()}


def split_of(mark: str, private: float = 0.0) -> str:
    """Returns the split of a cluster ("cue:umbrella") or a control's image ("image:<sha256>")."""
    if _share("private", mark) < private:
        return PRIVATE
    share = _share("split", mark)
    return "train" if share < 0.7 else "validation" if share < 0.8 else "test"


def _share(*parts: str) -> float:
    """Returns a number from 0 to 1 that depends on the parts alone."""
    return int(key_of(*parts), 16) / 16**20
