"""Cues that are one cue in other words."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spuriforge.pipeline.records import Pair
from spuriforge.pipeline.release.rows import clusters
from spuriforge.pipeline.release.type_outcomes import outcomes
from spuriforge.pipeline.workspace import Workspace
from tests import worlds


def _clustered(*cues: str, embed: clusters.Embed | None = None) -> dict[str, str]:
    """Each cue's cluster."""
    return clusters.cluster({cue: cue for cue in cues}, {}, 0.95, embed)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a white surfboard", "surfboards"),
        ("a  Red umbrella", "red umbrella"),
        ("men", "a man in the background"),
        ("a pair of skis", "ski"),
        ("leaves", "leaf"),
        ("TVs", "tv"),
    ],
)
def test_cues_about_the_same_noun_are_one(first: str, second: str) -> None:
    assert len(set(_clustered(first, second).values())) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("beach", "beach ball"),
        ("umbrella", "bell"),
        ("snowy background", "grassy background"),
        ("bright colors", "dark colors"),
        ("foggy", "starry"),
    ],
)
def test_a_shared_modifier_or_a_noun_that_says_nothing_joins_nothing(
    first: str, second: str
) -> None:
    assert len(set(_clustered(first, second).values())) == 2


def test_cues_whose_embeddings_are_alike_are_one_and_so_is_what_they_connect() -> None:
    angles = {"couch": 0.0, "parasol": 1.0, "seat": 0.2, "sofa": 0.4}

    def embed(texts: Sequence[str]) -> np.ndarray:
        return np.array([[np.cos(angles[text]), np.sin(angles[text])] for text in texts])

    assert _clustered("a sofa", "seat", "couch", "parasol", embed=embed) == {
        "a sofa": "couch", "seat": "couch", "couch": "couch", "parasol": "parasol",
    }  # fmt: skip


def test_a_likeness_is_found_beyond_one_block_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "BLOCK", 2)
    names = ["anchor", "bell", "crown", "duck", "gem"]
    vectors = {name: np.eye(5)[n] for n, name in enumerate(names)} | {"gem": np.eye(5)[2]}
    cluster_of = _clustered(*names, embed=lambda texts: np.stack([vectors[text] for text in texts]))
    assert [name for name in names if cluster_of[name] != name] == ["gem"]
    assert cluster_of["gem"] == "crown"


def test_a_longer_cue_that_joins_does_not_rename_the_cluster() -> None:
    assert set(_clustered("surfboard", "a blue surfboard", "surfboards").values()) == {"surfboard"}


def test_types_that_share_an_image_are_one_cluster(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    kinds = [worlds.add_type(workspace, number) for number in range(2)]
    recipe = worlds.recipe(tmp_path)
    assert (
        len(set(clusters.of(workspace, outcomes(workspace, recipe), recipe.publish).values())) == 2
    )
    pairs = workspace.records(Pair)
    first = [pair for pair in pairs if pair.role == "release" and pair.index == 0]
    shared = next(pair.image_without for pair in first if pair.type == kinds[0].key)
    worlds.forget(workspace, "pairs")
    workspace.append(
        [
            replace(pair, image_without=shared)
            if pair in first and pair.type == kinds[1].key
            else pair
            for pair in pairs
        ]
    )
    assert set(clusters.of(workspace, outcomes(workspace, recipe), recipe.publish).values()) == {
        "street"
    }


def test_types_whose_real_images_are_copies_are_one_cluster(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    kinds = [worlds.add_type(workspace, number) for number in range(2)]
    recipe = worlds.recipe(tmp_path)
    copy = worlds.saved_anew(workspace, kinds[0].image)
    settled = outcomes(workspace, recipe, types=[kinds[0], replace(kinds[1], image=copy)])
    assert set(clusters.of(workspace, settled, recipe.publish).values()) == {"street"}


def test_what_is_not_published_goes_with_what_is_withheld_like_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    kept, other = (
        worlds.add_type(workspace, 0),
        worlds.add_type(workspace, 1, cue="two red umbrellas"),
    )
    workspace.append([worlds.decision("cue", other.key, "not_spurious", accepted=False, votes=3)])
    recipe = worlds.recipe(tmp_path, private=0.5)
    cluster_of = clusters.of(workspace, outcomes(workspace, recipe), recipe.publish)
    assert cluster_of[kept.key] == cluster_of[other.key] == "umbrella"
    assert {cluster_of[key] for key in (*kept.candidates, *other.candidates)} == {"umbrella"}
    public = worlds.recipe(tmp_path)
    assert set(clusters.of(workspace, outcomes(workspace, public), public.publish)) == {kept.key}
