"""Candidates with what became of them, judgments without their times, and every answer."""

from dataclasses import replace
from pathlib import Path

from spuriforge.pipeline.records import Candidate, CueType, Judgment, Response
from spuriforge.pipeline.release.rows.record_rows import judgment_ids, public_name
from tests import worlds
from tests.judged import catch_trial, exclusion, judged
from tests.pipeline.release.rows.conftest import Rows, World, rows_of


def test_every_candidate_is_there_with_its_stage_and_reason(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=2)
    street = next(kind for kind in workspace.records(CueType) if kind.cue == "street")
    workspace.append([worlds.decision("cue", street.key, "not_spurious", accepted=False, votes=3)])
    candidate = workspace.records(Candidate)[0]
    workspace.append([replace(candidate, key="new", cue="kite", kept=True)])
    rows = rows_of(workspace, recipe)["candidates"]
    assert {(row["cue"], row["published"], row["stage"], row["reason"]) for row in rows} == {
        ("umbrella", True, "publish", "published"),
        ("street", False, "annotate", "judged not spurious (3 of 3 votes)"),
        ("duck", False, "screen", "not more often than chance"),
        ("kite", False, "describe", "not made into a type yet"),
    }


def test_a_response_chose_what_the_pair_s_row_shows_there(rows: Rows, world: World) -> None:
    responses = {response.key: response for response in world[0].records(Response)}
    types = {kind.key: kind for kind in world[0].records(CueType)}
    pairs = {row["id"]: row for row in rows["pairs"]}
    published = [row for row in rows["responses"] if row["published"]]
    assert len(published) == 9 * 3 * 2
    for row in published:
        pair, response = pairs[row["pair"]], responses[row["id"]]
        choices = types[response.type].choices
        assert pair["choices"][row["chosen"]] == row["option"] == choices[response.chosen or 0]
        assert (row["chosen"] == pair["answer_index"]) == row["correct"]
        assert pair["choices"][row["rotation"]] == choices[response.rotation], (
            "the rotation starts where the model's did"
        )


def test_a_judgment_on_a_catch_trial_says_its_kind_and_an_excluded_person_s_says_so(
    tmp_path: Path,
) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    workspace.append(
        [
            catch_trial("known", "spurious", kind="sham"),
        ]
    )
    workspace.append([judged("known", "Ada", "spurious"), judged("known", "Grace", "unsure")])
    workspace.append([exclusion("Grace")])
    rows = rows_of(workspace, recipe)["annotations"]
    trials = {row["annotator"]: row for row in rows if row["subject"] == "known"}
    assert {row["control"] for row in trials.values()} == {"sham"}
    assert [trials[name]["excluded"] for name in ("scripted-1", "scripted-2")] == [False, True]
    assert {row["control"] for row in rows if row["subject"] != "known"} == {None}


def test_a_judgment_s_id_follows_from_the_version_and_not_from_the_server_s_numbers() -> None:
    def ids(sources: tuple[str, str]) -> list[str]:
        versions = [
            judged("a", "Ada", verdict, at=str(number), source=source)
            for number, (verdict, source) in enumerate(zip(("yes", "no"), sources, strict=True))
        ]
        by_key = judgment_ids(reversed(versions), {"Ada": "annotator-1"})
        return [by_key[version.key] for version in versions]

    first, second = ids(("cue/1", "cue/2"))
    assert first != second
    assert ids(("cue/7", "cue/3")) == [first, second]


def test_a_model_s_public_name_has_no_folder() -> None:
    assert public_name("/home/ada/models/llava@main") == "llava@main"
    assert public_name("llava-hf/llava@main") == "llava-hf/llava@main"


def test_every_version_of_a_judgment_is_there(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    judgment = workspace.records(Judgment)[0]
    workspace.append([replace(judgment, key="later", verdict="unsure", updated_at="2027")])
    rows = rows_of(workspace, recipe)["annotations"]
    assert len(rows) == len(workspace.keys(Judgment))
    assert len({row["id"] for row in rows}) == len(rows)
