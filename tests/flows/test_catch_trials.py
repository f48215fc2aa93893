"""The order in which cues are judged, and the controls among them, from a run's own records."""

from dataclasses import replace
from pathlib import Path

import pytest

from spuriforge.flows import catch_trials
from spuriforge.flows.state.acceptance import clearest_first
from spuriforge.flows.state.snapshot import Snapshot
from spuriforge.flows.terminal.own_judgments import to_toml
from spuriforge.pipeline.lvlm.prompts import version_for
from spuriforge.pipeline.records import Candidate, CueType, ImageTags, Prediction, Sample, key_of
from tests import worlds


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """Two proposed types, and forty more questions that both models answer rightly."""
    workspace, recipe = worlds.finished(tmp_path)
    # A recipe is not read if a model's folder is missing; names of the Hub are not looked up.
    text = to_toml(recipe).replace('"/somewhere/', '"org/')
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    first = workspace.records(Sample)[0]
    others = [
        replace(
            first,
            key=key_of("other", number),
            question_id=f"o{number}",
            caption="a red car, on a beach",
            image=workspace.put_image(worlds.picture("other", number)),
        )
        for number in range(40)
    ]
    asked = [
        Prediction(
            key=key_of("right", sample.key, model.id, rotation),
            sample=sample.key,
            model=model.id,
            prompt=version_for(model),
            rotation=rotation,
            blind=False,
            outcome="parsed",
            chosen=sample.answer,
            text="A",
        )
        for sample in others
        for model in recipe.models
        for rotation in range(2)
    ]
    shown = {others[0].image: ("thing:umbrella",)}
    tags = [
        ImageTags(
            key=key_of("tags", one.image),
            image=one.image,
            tags=shown.get(one.image, ()),
            probabilities=(1.0,) * len(shown.get(one.image, ())),
        )
        for one in others
    ]
    worlds.add(workspace, [*others, *asked, *tags])
    return Snapshot.take(str(tmp_path / "recipe.toml"))


def test_controls_are_made_of_what_the_models_answer_rightly_and_stay(snapshot: Snapshot) -> None:
    made = catch_trials.cue_trials(snapshot)
    assert {control.kind for control, _ in made} == {"gold", "sham"}
    samples = {one.key: one for one in snapshot.samples}
    for control, one in made:
        shown_right = one.answer == samples[one.anchor].answer
        assert shown_right == (control.kind == "sham")
        assert control.subject == one.key
    snapshot.workspace.append([control for control, _ in made])
    again = catch_trials.cue_trials(
        Snapshot.take(str(Path(snapshot.workspace.root).parent / "recipe.toml"))
    )
    assert {one.key for _, one in again} == {one.key for _, one in made}


def test_what_is_known_decides_nothing(snapshot: Snapshot) -> None:
    made = catch_trials.cue_trials(snapshot)
    worlds.add(snapshot.workspace, [control for control, _ in made])
    for control, _ in made:
        worlds.add(snapshot.workspace, worlds.judged("cue", control.subject, control.expected)[:2])
    decided = Snapshot.take(str(Path(snapshot.workspace.root).parent / "recipe.toml")).decisions(
        "cue"
    )
    assert not decided.keys() & {control.subject for control, _ in made}


def test_the_clearest_come_first(snapshot: Snapshot) -> None:
    types = snapshot.workspace.records(CueType)
    unlikely = {types[0].key: 0.03, types[1].key: 0.001}
    found = [
        replace(one, p=unlikely[kind.key])
        for kind in types
        for one in snapshot.workspace.records(Candidate)
        if one.key in kind.candidates
    ]
    snapshot.__dict__["candidates"] = found
    assert clearest_first(snapshot, types) == [types[1], types[0]]
