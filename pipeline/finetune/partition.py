"""The split of types into train, validation and test: whole cue clusters, by release or by seed.

cluster_of = clusters(release)                        # {type key: "umbrella"}
split_of = by_seed(cluster_of, seed=3, among=own)     # {type key: "train" | "validation" | ...}
placed(questions, split_of)["test"]                   # questions of its types, and controls
"""

from collections.abc import Collection, Mapping, Sequence

import pyarrow.parquet as pq

from ..records import key_of
from ..release.questions import OpenRelease, Question
from ..release.rows import splits
from ..release.rows.clusters import cluster

#: Shares of the clusters that are stopped on and judged on, where a seed decides.
VALIDATION, TEST = 0.1, 0.2


def clusters(release: OpenRelease) -> dict[str, str]:
    """The cue cluster of each type, as the release has it; older ones have none, so words and
    shared images decide.
    """
    columns = ["type", "cue", "image_sha256"]
    rows = []
    for path, _ in release.files("anchors"):
        with pq.ParquetFile(release.folder / path) as file:
            named = "cluster" in file.schema_arrow.names
            rows += file.read(columns=[*columns, "cluster"] if named else columns).to_pylist()
    if all(row.get("cluster") for row in rows):
        return {row["type"]: row["cluster"] for row in rows}
    cues = {row["type"]: row["cue"] for row in rows}
    return cluster(cues, {row["type"]: {row["image_sha256"]} for row in rows}, 1.0)


def by_release(questions: Sequence[Question]) -> dict[str, str]:
    """Each type's split in the release."""
    return {question.type.key: question.split for question in questions if question.type}


def placed(questions: Sequence[Question], split_of: Mapping[str, str]) -> dict[str, list[Question]]:
    """The questions of each split. Controls go with the types: as the release has them, or else
    split anew, too.

    Then a hash of the types' split and of the image decides, so what one seed trains on another one
    judges on.
    """
    unplaced = sorted(
        {question.type.key for question in questions if question.type} - split_of.keys()
    )
    if unplaced:
        raise ValueError(f"The split says nothing of the types {', '.join(unplaced)}.")
    anew = (
        None if split_of == by_release(questions) else key_of("controls", sorted(split_of.items()))
    )
    parts: dict[str, list[Question]] = {name: [] for name in splits.SPLITS}
    for question in questions:
        if question.type:
            parts[split_of[question.type.key]].append(question)
        else:
            parts[
                question.split if anew is None else splits.split_of(f"{anew}:{question.image}")
            ].append(question)
    return parts


def by_seed(
    cluster_of: Mapping[str, str],
    seed: int,
    *,
    among: Collection[str] | None = None,
    validation: float = VALIDATION,
    test: float = TEST,
) -> dict[str, str]:
    """Another split for each seed: whole clusters, at least one to stop on and one to judge on.

    With `among` these are clusters with one of those types, such as the types that were found on
    this very model.
    """
    names = {name for key, name in cluster_of.items() if among is None or key in among}
    drawn = sorted(names, key=lambda name: key_of("resplit", seed, name))
    judged, stopped = (max(1, round(share * len(drawn))) for share in (test, validation))
    if judged + stopped >= len(set(cluster_of.values())):
        raise ValueError(
            f"{len(drawn)} cue clusters are too few to train on some and judge on others."
        )
    split = dict.fromkeys(drawn[:judged], "test") | dict.fromkeys(
        drawn[judged : judged + stopped], "validation"
    )
    return {key: split.get(name, "train") for key, name in cluster_of.items()}
