"""A cue that a judge named, in words of its own: described, drawn, gated and verified by the real
models.

The verdicts are written down here in a judge's place, one true and one false; all else is the
pipeline.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from prefect import flow

from spuriforge.data.proving_ground import benchmark
from spuriforge.data.proving_ground.scene_texts import ask, caption
from spuriforge.data.proving_ground.world import Scene
from spuriforge.flows.generate import gate_asks, generate
from spuriforge.flows.previews import draw_previews, edited_pairs, edited_types, previews
from spuriforge.flows.state.snapshot import Snapshot
from spuriforge.flows.verify import verify
from spuriforge.pipeline import describe_lvlm, judge
from spuriforge.pipeline.clip import OpenClip
from spuriforge.pipeline.decisions import decide
from spuriforge.pipeline.gate import judge_pairs
from spuriforge.pipeline.mine import mined_with
from spuriforge.pipeline.recipe import TransformersModel
from spuriforge.pipeline.records import (
    Description,
    GateResult,
    Judgment,
    Pair,
    PersistentError,
    Sample,
    Verdict,
    key_of,
)

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("prefect_server")]

MODELS = Path(__file__).parents[2] / "data" / "proving_ground" / "models"
RECIPE = f"""
[run]
name = "open"
workspace = "./run"
[[benchmarks]]
kind = "table"
path = "./questions.csv"
[[models]]
name = "subject"
path = "{MODELS}/subject-a"
[screen]
by = ["judge"]
[judge]
name = "judge"
backend = "endpoint"
url = "http://127.0.0.1:9/v1"
model = "never-asked"
[describe]
by = "lvlm"
[generate]
model = "{MODELS}/image-model"
steps = 10
guidance = 2.0
selection_pairs = 8
release_pairs = 1
rounds = 2
[gate]
clip = "{MODELS}/clip"
[publish]
name = "open"
folder = "./releases"
pairs_per_type = 1
"""
JUDGE = "judge@never-asked"
#: (cue, the option it points to): subject-a calls anything beside an umbrella a chair, and does
#: nothing of the kind for a duck.
CUES = (("umbrella", "chair"), ("duck", "chair"))


def _sample(snapshot: Snapshot, cue: str, linked: str) -> tuple[Sample, Scene]:
    """A fish beside the cue, asked about with the linked option on offer."""
    scenes = (one.scene for one in benchmark.questions(MODELS, 4000, 1))
    for scene in scenes:
        if scene.object in ("fish", "car", "boat") and scene.cue is None and not scene.haze:
            shown = scene.with_value("cue", cue)
            for seed in range(20):
                asked = ask(shown, "object", random.Random(seed), gold=scene.object)
                if linked in asked.choices:
                    one = benchmark.Entry(f"{cue}-1", shown, asked, caption(shown))
                    (sample,) = benchmark.to_samples([one], 0, snapshot.workspace.put_image)
                    return sample, scene
    raise AssertionError("the world has no such scene")


def _error(snapshot: Snapshot, sample: Sample, linked: str) -> PersistentError:
    (model,) = snapshot.recipe.mined
    return PersistentError(
        key=key_of("error", sample.key),
        sample=sample.key,
        model=model.id,
        chosen=sample.choices.index(linked),
        mined=mined_with(snapshot.prompts[model.id], snapshot.recipe.mine),
        share=1.0,
        margin=1.0,
        language_prior=False,
    )


def _verdict(snapshot: Snapshot, error: PersistentError, cue: str, linked: str) -> Verdict:
    assert snapshot.recipe.judge
    name = snapshot.recipe.judge.id
    return Verdict(
        key=judge.verdict_key(error, name, judge.PROMPT),
        error=error.key,
        sample=error.sample,
        model=error.model,
        judge=name,
        prompt=judge.PROMPT,
        outcome="judged",
        spurious=True,
        cue=cue,
        core="its shape",
        linked=linked,
        box=None,
        reason="It is there.",
        text="",
    )


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Two judged errors, described and called spurious by people; their pairs are verified."""
    folder = tmp_path_factory.mktemp("open")
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    path = str(folder / "recipe.toml")
    snapshot = Snapshot.take(path)
    workspace, scenes = snapshot.workspace, {}
    for cue, linked in CUES:
        sample, scenes[cue] = _sample(snapshot, cue, linked)
        error = _error(snapshot, sample, linked)
        for record in (sample, error, _verdict(snapshot, error, cue, linked)):
            workspace.append([record])
    snapshot = Snapshot.take(path)
    assert {one.cue for one in snapshot.proposed} == {"umbrella", "duck"}
    for one in snapshot.proposed:
        bare = caption(scenes[one.cue])
        workspace.append(
            [
                Description(
                    key=describe_lvlm.description_key(one, JUDGE),
                    type=one.key,
                    describer=JUDGE,
                    prompt=describe_lvlm.PROMPT,
                    outcome="described",
                    with_cue=f"{bare}, next to a {one.cue}",
                    without_cue=bare,
                    placebo=f"{bare}, next to a ball",
                    reason="",
                    text="",
                )
            ]
        )
        workspace.append(_judgments(one.key))
    workspace.append(decide(workspace.records(Judgment), "cue"))
    generate(path)
    verify(path)
    return Snapshot.take(path)


def _judgments(subject: str) -> list[Judgment]:
    return [
        Judgment(
            key=key_of(subject, name),
            project="cue",
            subject=subject,
            annotator=name,
            verdict="spurious",
            skipped=False,
            cue=None,
            core=None,
            description_with=None,
            description_without=None,
            box=None,
            scripted=True,
            seconds=1.0,
            source="1",
            updated_at="2026-01-01T00:00:00",
        )
        for name in ("annotator-1", "annotator-2")
    ]


def test_pairs_are_drawn_from_the_descriptions_and_the_gate_sees_the_cue(
    snapshot: Snapshot,
) -> None:
    pairs = snapshot.workspace.records(Pair)
    assert all(
        pair.prompt_with.removesuffix("umbrella").removesuffix("duck").endswith("next to a ")
        for pair in pairs
    )
    kept = [one for one in snapshot.workspace.records(GateResult) if one.kept]
    assert len(kept) >= len(pairs) / 3
    assert all(one.cue_with > 0 > one.cue_without for one in kept)


def test_the_true_shortcut_is_proven_and_the_other_is_not(snapshot: Snapshot) -> None:
    cues = {key: one.cue for key, one in snapshot.types.items()}
    proven = {cues[one.type]: one for one in snapshot.selection_evidence if one.pooled}
    assert proven["umbrella"].accepted, proven["umbrella"]
    assert not proven["duck"].accepted, proven["duck"]


def test_an_lvlm_may_be_asked_beside_clip(snapshot: Snapshot) -> None:
    asked = TransformersModel(name="asked", path=f"{MODELS}/control")
    gate = snapshot.recipe.gate.model_copy(update={"vqa": asked})
    recipe = snapshot.recipe.model_copy(update={"gate": gate})
    pairs = [pair for pair in snapshot.workspace.records(Pair) if pair.role == "selection"][:6]
    ask, questions = gate_asks(recipe), []
    assert ask is not None

    def yes(shown: Sequence[tuple[str, Image.Image]]) -> list[float]:
        questions.extend(question for question, _ in shown)
        return ask(shown)

    results = judge_pairs(
        pairs,
        snapshot.types,
        OpenClip.load(snapshot.recipe.gate.clip),
        snapshot.screen,
        gate,
        snapshot.workspace.image,
        yes,
    )
    assert {"umbrella" in one or "duck" in one for one in questions} == {True}
    by_clip = {one.pair: one for one in snapshot.workspace.records(GateResult)}
    # It can only take pairs away: CLIP is asked first, and what CLIP rejects keeps its reason.
    assert all(by_clip[one.pair].kept or one.reason == by_clip[one.pair].reason for one in results)
    assert {one.key for one in results}.isdisjoint(one.key for one in by_clip.values())


def test_a_description_that_was_rejected_takes_its_type_out(snapshot: Snapshot) -> None:
    rejected = [
        replace(one, outcome="rejected", with_cue=None, without_cue=None, placebo=None)
        for one in snapshot.workspace.records(Description)
    ]
    left = describe_lvlm.apply(snapshot.proposed, rejected, JUDGE)
    assert not [one for one in left if one.description_with]


# --- previews -------------------------------------------------------------------------------------


@flow
def drawn(snapshot: Snapshot) -> None:
    """Previews are drawn inside a flow, by its task runner."""
    draw_previews(snapshot, [*snapshot.types.values(), *edited_types(snapshot)])


def test_a_preview_shows_a_types_descriptions_and_decides_nothing(snapshot: Snapshot) -> None:
    before = snapshot.selection_evidence
    drawn(snapshot)
    shown = previews(snapshot, list(snapshot.types.values()))
    assert shown.keys() == snapshot.types.keys()
    assert all(with_cue != without for with_cue, without in shown.values())
    again = Snapshot.take(str(Path(snapshot.workspace.root).parent / "recipe.toml"))
    assert not [pair for pair in again.kept_pairs if pair.role == "preview"]
    assert again.selection_evidence == before


def test_an_edited_description_brings_its_new_preview_into_the_pair_project(
    snapshot: Snapshot,
) -> None:
    path = str(Path(snapshot.workspace.root).parent / "recipe.toml")
    assert edited_pairs(snapshot) == []
    (first, _) = sorted(snapshot.types.values(), key=lambda one: one.cue)
    said = snapshot.judgments("cue")[0]
    new = replace(
        said,
        key=key_of("edited"),
        subject=first.key,
        updated_at="2026-01-02T00:00:00",
        description_with=f"a red boat, next to a {first.cue}",
        description_without="a red boat",
    )
    snapshot.workspace.append([new])
    again = Snapshot.take(path)
    drawn(again)
    (pair,) = edited_pairs(again)
    assert (pair.type, pair.role, pair.prompt_without) == (first.key, "preview", "a red boat")
