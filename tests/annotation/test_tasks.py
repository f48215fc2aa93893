"""A task holds the images of its own subject, and the previews and judgments that belong to it."""

from spuriforge.annotation.pictures import data_uri
from spuriforge.annotation.tasks import cue_tasks, pair_tasks, with_previews
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.things import cue_type, pair_of, photo
from tests.judged import catch_trial, judged


def test_catch_trials_without_a_preview_are_held_back(workspace: Workspace) -> None:
    types = [cue_type(workspace, number) for number in range(3)]
    trials = [(catch_trial(kind.key, "spurious"), kind) for kind in types]
    images = photo(8, 8), photo(8, 8)
    kept, problems = with_previews(trials, {types[1].key: images})
    assert kept == [trials[1]]
    assert [problem.split(" have")[0] for problem in problems] == ["2 catch trials"]
    assert with_previews(trials, {kind.key: images for kind in types}) == (trials, [])


def test_a_cue_s_task_is_of_its_own_image_and_judgments(workspace: Workspace) -> None:
    first, second = (cue_type(workspace, number) for number in (1, 2))
    others = {first.key: [judged(first.key, "ann", "unsure")]}
    make = cue_tasks(workspace, [(first, None), (second, None)], {}, others)
    for kind in (first, second):
        data = make(kind.key)
        assert data["key"] == kind.key
        assert data["image"] == data_uri(workspace.image_bytes(kind.image))
        assert ("said" in data) == (kind is first)
    assert make(first.key)["image"] != make(second.key)["image"]


def test_a_pair_s_task_has_its_two_images_and_its_type(workspace: Workspace) -> None:
    types = [cue_type(workspace, number, cue=cue) for number, cue in enumerate(("post", "kite"))]
    pairs = [pair_of(workspace, kind, 1) for kind in types]
    make = pair_tasks(workspace, pairs, {kind.key: kind for kind in types}, {})
    for pair, kind in zip(pairs, types, strict=True):
        data = make(pair.key)
        images = [workspace.image_bytes(name) for name in (pair.image_with, pair.image_without)]
        assert {data["left"], data["right"]} == {data_uri(image) for image in images}
        assert kind.cue in data["cue"]
