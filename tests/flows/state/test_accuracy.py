"""A model's accuracy on the benchmark itself, and on NaturalBench's groups."""

from pathlib import Path

from spuriforge.flows.state.accuracy import accuracies
from spuriforge.flows.state.snapshot import Snapshot
from spuriforge.pipeline.lvlm.prompts import version_for
from spuriforge.pipeline.records import Prediction, Sample, key_of
from tests import worlds

RECIPE = """
[run]
name = "groups"
workspace = "./run"
[[benchmarks]]
kind = "naturalbench"
path = "./natural"
[[benchmarks]]
kind = "table"
name = "own"
path = "./own.csv"
[[models]]
name = "m"
path = "org/m"
[screen]
clip = "c"
vocabulary_from = "benchmark"
[generate]
model = "g"
[gate]
clip = "c"
[publish]
name = "groups"
folder = "./releases"
"""


def _sample(benchmark: str, name: str, group: str | None) -> Sample:
    return Sample(
        key=key_of(benchmark, name),
        benchmark=benchmark,
        split="",
        question_id=name,
        question="Is it?",
        choices=("Yes", "No"),
        answer=0,
        image="",
        group=group,
    )


def test_groups_are_naturalbenchs_alone(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    snapshot = Snapshot.take(str(tmp_path / "recipe.toml"))
    pairs = [
        ("naturalbench", f"{group}-q{q}-i{i}", group)
        for group in "ab"
        for q in (0, 1)
        for i in (0, 1)
    ]
    own = [("own", "1", "a group of one's own"), ("own", "2", None)]
    samples = [_sample(*one) for one in [*pairs, *own]]
    wrong = {"b-q0-i1", "2"}
    (model,) = snapshot.recipe.models
    predictions = [
        Prediction(
            key=key_of(one.key, rotation),
            sample=one.key,
            model=model.id,
            prompt=version_for(model),
            rotation=rotation,
            blind=False,
            outcome="parsed",
            chosen=int(one.question_id in wrong or rotation),
            text="A",
        )
        for one in samples
        for rotation in (0, 1)  # the second is always wrong, and does not count here
    ]
    worlds.add(snapshot.workspace, [*samples, *predictions])
    natural, mine = accuracies(snapshot.retake())
    assert (natural["benchmark"], natural["questions"], natural["accuracy"]) == (
        "naturalbench",
        8,
        7 / 8,
    )
    assert (natural["q_acc"], natural["i_acc"], natural["g_acc"]) == (3 / 4, 3 / 4, 1 / 2)
    assert (mine["benchmark"], mine["accuracy"], mine["g_acc"]) == ("own", 1 / 2, None)
