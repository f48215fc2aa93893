"""Which samples are controls."""

from dataclasses import replace
from pathlib import Path

import pytest

from spuriforge.pipeline.benchmark_samples import current_samples, note_samples
from spuriforge.pipeline.records import Candidate, CueType, ImageTags, Sample, Verdict, key_of
from spuriforge.pipeline.release.rows.controls import choose
from spuriforge.pipeline.release.type_outcomes import outcomes
from spuriforge.pipeline.workspace import Workspace
from tests import worlds

World = tuple[Workspace, list[Sample]]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A published type, and three clean samples of its question."""
    workspace = Workspace(tmp_path / "workspace")
    worlds.add_type(workspace, 0)
    clean = [
        sample
        for sample in worlds.add_clean_samples(workspace, 9)
        if sample.question == worlds.TYPES[0][0]
    ]
    note_samples(workspace, workspace.keys(Sample))
    return workspace, clean


def _chosen(workspace: Workspace, count: int = 99) -> set[str]:
    settled = outcomes(workspace, worlds.recipe(Path(workspace.url).parent))
    samples = choose(workspace, settled, count, 0.0, withheld=False)
    assert [sample.key for sample in samples] == sorted(sample.key for sample in samples)
    return {sample.key for sample in samples}


def test_anchors_are_none_and_the_types_own_questions_come_first(world: World) -> None:
    workspace, clean = world
    assert len(_chosen(workspace)) == 9
    assert _chosen(workspace, 3) == {sample.key for sample in clean}
    assert _chosen(workspace, 2) < _chosen(workspace, 3)


def test_what_was_screened_as_spurious_is_none_nor_another_question_on_its_image(
    world: World,
) -> None:
    workspace, clean = world
    twin = replace(clean[0], key=key_of("twin"), question_id="twin", question="What is it?")
    workspace.append([twin])
    note_samples(workspace, [*(current_samples(workspace) or ()), twin.key])
    assert len(_chosen(workspace) & {twin.key, clean[0].key}) == 1, "one question an image"
    workspace.append([worlds.candidate(clean[0], "m", "duck", "thing", "green")])
    assert not _chosen(workspace) & {twin.key, clean[0].key}
    verdict = Verdict(
        key="verdict",
        error="e",
        sample=clean[1].key,
        model="m",
        judge="j",
        prompt="p",
        outcome="judged",
        spurious=True,
        cue="kite",
        core="red",
        linked="blue",
        box=None,
        reason="",
        text="",
    )
    workspace.append([verdict])
    assert clean[1].key not in _chosen(workspace)
    assert clean[2].key in _chosen(workspace)
    assert sum(candidate.kept for candidate in workspace.records(Candidate)) == 3


def test_an_image_that_shows_the_cue_is_none_where_the_cue_s_question_is_asked(
    world: World,
) -> None:
    workspace, clean = world
    other = next(
        sample for sample in workspace.records(Sample) if sample.question == worlds.TYPES[1][0]
    )
    workspace.append(
        [
            ImageTags(
                key=sample.key,
                image=sample.image,
                tags=("thing:umbrella",),
                probabilities=(0.9,),
            )
            for sample in (clean[0], other)
        ]
    )
    assert clean[0].key not in _chosen(workspace)
    assert other.key in _chosen(workspace)


def test_a_copy_of_another_control_s_image_is_none_and_the_next_takes_its_place(
    world: World,
) -> None:
    workspace, clean = world
    copied = worlds.saved_anew(workspace, clean[0].image)
    copy = replace(clean[1], key=key_of("copy"), question_id="copy", image=copied)
    workspace.append([copy])
    note_samples(workspace, [clean[0].key, clean[1].key, copy.key])
    assert len(_chosen(workspace) & {copy.key, clean[0].key}) == 1
    assert len(_chosen(workspace, 2)) == 2
    anchor = worlds.saved_anew(workspace, workspace.records(CueType)[0].image)
    workspace.append([replace(copy, key=key_of("of an anchor"), image=anchor)])
    note_samples(workspace, [key_of("of an anchor"), clean[1].key])
    assert _chosen(workspace) == {clean[1].key}


@pytest.mark.parametrize(
    "changed",
    [
        {"image": ""},
        {"question": "Is the red thing red?"},
        {"choices": ("Red", "red", "green", "white")},
    ],
    ids=["no image", "tells its answer", "an option twice"],
)
def test_an_unsound_sample_is_none(world: World, changed: dict[str, str]) -> None:
    workspace, clean = world
    bad = replace(clean[0], key=key_of("bad"), image="0" * 64)
    workspace.append([replace(bad, **changed)])
    note_samples(workspace, [*(current_samples(workspace) or ()), bad.key])
    assert bad.key not in _chosen(workspace)


def test_samples_that_the_benchmarks_no_longer_have_are_none(world: World) -> None:
    workspace, clean = world
    note_samples(workspace, [clean[0].key])
    assert _chosen(workspace) == {clean[0].key}
