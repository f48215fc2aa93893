"""Tasks are handed out once and in order, however often a push is killed and repeated."""

from collections import Counter
from itertools import pairwise

from spuriforge.annotation.handout import judgment_by, judgments_of
from spuriforge.annotation.push import judges, push_cues
from spuriforge.pipeline.records import CatchTrial, CueType
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.fake_label_studio import FakeLabelStudio, Killed
from tests.annotation.pushing import SERVER, balanced, on_desks, recipe_with
from tests.judged import exclusion, judged


def test_everybody_sees_the_clearest_first_and_catch_trials_in_between(
    server: FakeLabelStudio,
    workspace: Workspace,
    types: list[CueType],
    catch_trials: list[tuple[CatchTrial, CueType]],
) -> None:
    recipe, hidden = recipe_with(), {trial.subject for trial, _ in catch_trials}
    report = push_cues(SERVER, workspace, types, {}, recipe, catch_trials=catch_trials)
    assert (report.asked, report.imported, report.held, report.problems) == (60 + 18, 78, 0, [])
    place = {cue_type.key: number for number, cue_type in enumerate(types)}
    for name, row in on_desks(server).items():
        assert hidden < set(row)
        assert row[0] not in hidden
        assert not any(subject in hidden and after in hidden for subject, after in pairwise(row))
        real = [subject for subject in row if subject not in hidden]
        assert set(real) == {
            cue_type.key for cue_type in types if name in judges(cue_type.key, recipe)[:2]
        }
        blocks = [place[subject] // 10 for subject in real]
        assert blocks == sorted(blocks)
    assert (
        len(
            {
                tuple(subject for subject in row if subject in hidden)
                for row in on_desks(server).values()
            }
        )
        == 3
    )
    assert {trial.key for trial in workspace.records(CatchTrial)} == {
        trial.key for trial, _ in catch_trials
    }


def test_a_later_push_appends_and_repeats_nothing(
    server: FakeLabelStudio,
    workspace: Workspace,
    types: list[CueType],
    catch_trials: list[tuple[CatchTrial, CueType]],
) -> None:
    hidden = {trial.subject for trial, _ in catch_trials}
    push_cues(SERVER, workspace, types[10:], {}, recipe_with(), catch_trials=catch_trials[:4])
    before = on_desks(server)
    report = push_cues(SERVER, workspace, types, {}, recipe_with(), catch_trials=catch_trials)
    assert balanced(report)
    assert report.imported == 26
    for name, row in on_desks(server).items():
        assert row[: len(before[name])] == before[name]
        assert len(set(row)) == len(row)
        assert not any(subject in hidden and after in hidden for subject, after in pairwise(row))
    again = push_cues(SERVER, workspace, types, {}, recipe_with(), catch_trials=catch_trials)
    assert (again.imported, again.present, again.problems) == (0, 78, [])
    assert workspace.read(CatchTrial).num_rows == 6


def test_catch_trials_that_would_be_recognised_wait(
    server: FakeLabelStudio,
    workspace: Workspace,
    types: list[CueType],
    catch_trials: list[tuple[CatchTrial, CueType]],
) -> None:
    report = push_cues(SERVER, workspace, types[:1], {}, recipe_with(), catch_trials=catch_trials)
    assert balanced(report)
    assert (report.imported, report.held) == (
        2 + 2,
        10,
    )  # two people have a task, and one catch trial after it
    later = push_cues(SERVER, workspace, types, {}, recipe_with(), catch_trials=catch_trials)
    assert (later.imported + report.imported, later.held) == (78, 0)


def test_killed_after_any_request_and_repeated_it_is_as_if_it_never_was(
    server: FakeLabelStudio,
    workspace: Workspace,
    types: list[CueType],
    catch_trials: list[tuple[CatchTrial, CueType]],
) -> None:
    asked = {
        **{cue_type.key: 2 for cue_type in types[:12]},
        **{trial.subject: 3 for trial, _ in catch_trials[:3]},
    }
    hidden = {trial.subject for trial, _ in catch_trials}
    died = 0
    for server.dies_after in range(1, 100):
        try:
            push_cues(
                SERVER, workspace, types[:12], {}, recipe_with(), catch_trials=catch_trials[:3]
            )
        except Killed:
            died += 1
            continue
        break
    assert died == server.requests > 8
    assert Counter(task.data["key"] for task in server.lying.values()) == asked
    assert len(server.by_number) == 3
    for row in on_desks(server).values():
        assert row[0] not in hidden
        assert not any(subject in hidden and after in hidden for subject, after in pairwise(row))


def test_the_newest_judgment_of_each_person_counts(workspace: Workspace) -> None:
    workspace.append([judged("s", "ann", "unsure", at="1"), judged("s", "ann", "spurious", at="2")])
    workspace.append([judged("s", "bea", "spurious"), judged("p", "ann", "good", project="pair")])
    by_subject = judgments_of(workspace, "cue")
    assert {name: len(judgments) for name, judgments in by_subject.items()} == {"s": 2}
    own = judgment_by("ann", by_subject["s"])
    assert own
    assert own.verdict == "spurious"
    assert judgment_by("cem", by_subject["s"]) is None


def test_an_excluded_person_s_judgments_do_not_count(workspace: Workspace) -> None:
    workspace.append([judged("s", "ann", "spurious"), judged("s", "bea", "unsure")])
    workspace.append([exclusion("ann")])
    assert [judgment.annotator for judgment in judgments_of(workspace, "cue")["s"]] == ["bea"]
