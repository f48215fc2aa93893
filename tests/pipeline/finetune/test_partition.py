"""Types go to train, validation and test by whole clusters, the same ones for the same seed."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from spuriforge.pipeline.finetune.partition import by_release, by_seed, clusters, placed
from spuriforge.pipeline.release.questions import open_release, read_questions
from tests.pipeline.finetune.tiny_release import CUES, made

MANY = {f"type-{number}": f"cue-{number // 2}" for number in range(20)}


def test_clusters_are_the_releases(tmp_path: Path) -> None:
    release = open_release(made(tmp_path))
    assert clusters(release) == {f"type-{number}": CUES[number] for number in range(6)}
    assert by_release(read_questions(release))["type-5"] == "test"


def test_a_release_without_clusters_has_them_by_its_cues_words(tmp_path: Path) -> None:
    folder = made(tmp_path)
    for path in folder.glob("anchors/*.parquet"):
        table = pq.read_table(path)
        renamed = {"flag": "two flags", "cone": "flag"}
        cues = [renamed.get(cue, cue) for cue in table["cue"].to_pylist()]
        table = table.drop_columns(["cluster", "cue"]).append_column("cue", [cues])
        pq.write_table(table, path)
    found = clusters(open_release(folder))
    assert found["type-3"] == found["type-4"]
    assert len(set(found.values())) == 5


@pytest.mark.parametrize("seed", range(5))
def test_no_cluster_is_in_two_splits(seed: int) -> None:
    split_of = by_seed(MANY, seed)
    assert all(split_of[f"type-{2 * n}"] == split_of[f"type-{2 * n + 1}"] for n in range(10))
    assert {name: list(split_of.values()).count(name) for name in set(split_of.values())} == {
        "train": 14,
        "validation": 2,
        "test": 4,
    }


def test_seeds_judge_on_other_types() -> None:
    judged = {
        tuple(key for key, name in by_seed(MANY, seed).items() if name == "test")
        for seed in range(5)
    }
    assert len(judged) > 1
    assert by_seed(MANY, 3) == by_seed(dict(reversed(MANY.items())), 3)


def test_only_types_that_matter_are_judged_on() -> None:
    among = {"type-0", "type-2", "type-4", "type-6"}
    split_of = by_seed(MANY, 0, among=among)
    apart = {MANY[key] for key, name in split_of.items() if name != "train"}
    assert apart < {MANY[key] for key in among}
    assert len(apart) == 2


def test_too_few_clusters_are_one_clear_sentence() -> None:
    with pytest.raises(ValueError, match="2 cue clusters are too few"):
        by_seed({"a": "x", "b": "y"}, 0)


def test_controls_are_where_the_release_has_them_or_split_anew_with_the_types(
    tmp_path: Path,
) -> None:
    release = open_release(made(tmp_path, types=8, controls=60))
    questions = read_questions(release)
    parts = placed(questions, by_release(questions))
    assert all(question.split == name for name, found in parts.items() for question in found)
    judged = set()
    for seed in range(4):
        split_of = by_seed(clusters(release), seed)
        parts = placed(questions, split_of)
        assert sum(map(len, parts.values())) == len(questions)
        assert all(
            question.type is None or split_of[question.type.key] == name
            for name, found in parts.items()
            for question in found
        )
        controls = {
            name: {question.id for question in found if question.type is None}
            for name, found in parts.items()
        }
        assert 4 <= len(controls["test"]) <= 22
        judged.add(frozenset(controls["test"]))
        assert parts == placed(questions, dict(reversed(split_of.items())))
    assert len(judged) > 1


def test_a_split_that_leaves_types_out_says_which(tmp_path: Path) -> None:
    questions = read_questions(open_release(made(tmp_path)))
    with pytest.raises(ValueError, match="says nothing of the types type-4, type-5"):
        placed(questions, {f"type-{number}": "train" for number in range(4)})
