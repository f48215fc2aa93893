"""Judgments come in by the rules of the screens, each once, or not at all."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from spuriforge.annotation.cue_screen import CUE_VERDICTS
from spuriforge.annotation.judgment_import import import_judgments
from spuriforge.annotation.pair_screen import PAIR_VERDICTS
from spuriforge.annotation.roster import add, remove
from spuriforge.annotation.task_export import export_tasks
from spuriforge.pipeline.agreement import latest
from spuriforge.pipeline.recipe import Annotate, Recipe
from spuriforge.pipeline.records import CatchTrial, CueType, Judgment, Pair
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.judgment_files import entry, file_of
from tests.annotation.things import HOSTILE, cue_type, pair_of, recipe_for


@pytest.fixture
def recipe() -> Recipe:
    """Three people, two for each cue."""
    return recipe_for(Annotate())


@pytest.fixture
def known_cue(workspace: Workspace) -> CueType:
    """A type that the workspace has."""
    record = cue_type(workspace, 1)
    workspace.append([record])
    return record


@pytest.fixture
def pair(workspace: Workspace, known_cue: CueType) -> Pair:
    """A pair that the workspace has."""
    record = pair_of(workspace, known_cue, 1)
    workspace.append([record])
    return record


def test_judgments_come_in_once(
    workspace: Workspace, recipe: Recipe, known_cue: CueType, pair: Pair, tmp_path: Path
) -> None:
    texts = {"cue": HOSTILE, "core": "ball", "description_with": "w", "description_without": "o"}
    given = entry(known_cue, **texts, box=[0.1, 0.2, 0.5, 1], seconds=12)
    path = file_of(
        tmp_path, given, entry(pair, verdict="defect"), entry(pair, annotator="annotator-2"), given
    )
    imported = import_judgments(path, workspace, recipe)
    assert (len(imported.judgments), imported.known, imported.problems) == (3, 0, [])
    (cue,) = [judgment for judgment in workspace.records(Judgment) if judgment.project == "cue"]
    assert (cue.verdict, cue.cue, cue.core, cue.box) == (
        "spurious",
        HOSTILE.strip(),
        "ball",
        (0.1, 0.2, 0.5, 1),
    )
    assert (cue.updated_at, cue.seconds, cue.scripted) == ("2026-05-01T10:00:00.000000Z", 12, False)
    assert cue.source.startswith("import/")
    again = import_judgments(path, workspace, recipe)
    assert (again.judgments, again.known, again.problems) == ([], 3, [])
    assert workspace.read(Judgment).num_rows == 3


def test_who_came_later_and_left_again_may_have_judged(
    workspace: Workspace, recipe: Recipe, known_cue: CueType, tmp_path: Path
) -> None:
    add(workspace, recipe, "ada")
    path = export_tasks(
        [known_cue], [], {}, workspace, recipe_for(Annotate(overlap=3)), tmp_path / "out"
    )
    assert len(json.loads(path.read_text())[0]["annotators"]) == 3
    remove(workspace, recipe, "ada")
    assert (
        len(
            import_judgments(
                file_of(tmp_path, entry(known_cue, annotator="ada")), workspace, recipe
            ).judgments
        )
        == 1
    )


def test_a_later_version_counts_whatever_the_order(
    workspace: Workspace, recipe: Recipe, known_cue: CueType, tmp_path: Path
) -> None:
    later = entry(known_cue, verdict="unsure", updated_at="2026-05-01T10:00:01Z")
    import_judgments(file_of(tmp_path, later, entry(known_cue)), workspace, recipe)
    assert workspace.read(Judgment).num_rows == 2
    assert [judgment.verdict for judgment in latest(workspace.records(Judgment))] == ["unsure"]


@pytest.mark.parametrize("verdict", [*CUE_VERDICTS, None])
def test_every_verdict_and_a_skip_comes_in(
    workspace: Workspace, recipe: Recipe, known_cue: CueType, tmp_path: Path, verdict: str | None
) -> None:
    imported = import_judgments(
        file_of(tmp_path, entry(known_cue, verdict=verdict, skipped=verdict is None)),
        workspace,
        recipe,
    )
    assert [(judgment.verdict, judgment.skipped) for judgment in imported.judgments] == [
        (verdict, verdict is None)
    ]


@pytest.mark.parametrize("verdict", PAIR_VERDICTS)
def test_every_verdict_of_a_pair_comes_in(
    workspace: Workspace, recipe: Recipe, pair: Pair, tmp_path: Path, verdict: str
) -> None:
    imported = import_judgments(file_of(tmp_path, entry(pair, verdict=verdict)), workspace, recipe)
    assert [judgment.verdict for judgment in imported.judgments] == [verdict]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"subject": "x" * 99}, r"subject: there is no cue 'x{40}' in the workspace"),
        (
            {"annotator": "stranger"},
            "annotator: neither the recipe nor the roster names 'stranger'",
        ),
        ({"verdict": "good"}, "good is no verdict of a cue: spurious, "),
        ({"verdict": None}, "has a verdict or is skipped"),
        ({"skipped": True}, "has a verdict or is skipped"),
        ({"skipped": "yes"}, "skipped: "),
        ({"verdict": "unsure", "cue": "post"}, "cue can only be given with the verdict spurious"),
        ({"verdict": "unsure", "box": [0, 0, 1, 1]}, "box can only be given"),
        ({"box": [0, 0, 60, 80]}, "box.2: .*less than or equal to 1"),
        ({"box": [0.5, 0, 0.1, 1]}, "the box must be left, top, right, bottom"),
        ({"box": [0, 0, 1]}, "box"),
        ({"cue": "x" * 10_001}, "cue: .*10000 characters"),
        ({"seconds": -1}, "seconds: "),
        ({"updated_at": "2026-05-01T12:00:00"}, "updated_at: it must be a time with its zone"),
        (
            {"updated_at": "0001-01-01T00:00:00+14:00"},
            "updated_at: it must be a time with its zone",
        ),
        ({"updated_at": 1_777_777_777}, "updated_at: it must be a text"),
        (
            {"updated_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()},
            "updated_at: it lies in the future",
        ),
        ({"verdicts": "spurious"}, "verdicts: Extra inputs"),
        ({"project": "other"}, "project: "),
    ],
)
def test_a_wrong_entry_is_a_sentence_and_nothing_comes_in(
    workspace: Workspace,
    recipe: Recipe,
    known_cue: CueType,
    tmp_path: Path,
    changes: dict[str, Any],
    expected: str,
) -> None:
    path = file_of(tmp_path, entry(known_cue, annotator="annotator-2"), entry(known_cue, **changes))
    imported = import_judgments(path, workspace, recipe)
    assert imported.judgments == []
    assert workspace.records(Judgment) == []
    (problem,) = imported.problems
    assert problem.startswith("judgments.json[1]: ")
    assert "\n" not in problem
    assert re.search(expected, problem)
    assert len(import_judgments(path, workspace, recipe, partial=True).judgments) == 1


@pytest.mark.parametrize("value", [None, "text", 3, [], {}])
def test_what_is_no_entry_is_a_sentence(
    workspace: Workspace, recipe: Recipe, tmp_path: Path, value: object
) -> None:
    (problem,) = import_judgments(file_of(tmp_path, value), workspace, recipe).problems
    assert problem.startswith("judgments.json[0]: ")


def test_two_answers_at_one_time_are_refused(
    workspace: Workspace, recipe: Recipe, known_cue: CueType, tmp_path: Path
) -> None:
    other = entry(known_cue, verdict="unsure")
    (problem,) = import_judgments(
        file_of(tmp_path, entry(known_cue), other), workspace, recipe
    ).problems
    assert problem.startswith("judgments.json[1]: another judgment of the same task")
    import_judgments(file_of(tmp_path, entry(known_cue)), workspace, recipe)
    (problem,) = import_judgments(file_of(tmp_path, other), workspace, recipe).problems
    assert "says otherwise" in problem


def test_a_catch_trial_can_be_judged(workspace: Workspace, recipe: Recipe, tmp_path: Path) -> None:
    catch_trial = cue_type(workspace, 7)
    workspace.append(
        [
            CatchTrial(
                key="c",
                project="cue",
                subject=catch_trial.key,
                kind="sham",
                expected="not_spurious",
            )
        ]
    )
    assert (
        len(import_judgments(file_of(tmp_path, entry(catch_trial)), workspace, recipe).judgments)
        == 1
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[\xff\xfe]", "is not JSON in UTF-8"),
        ("[]".encode("utf-16"), "is not JSON in UTF-8"),
        (b"", "is not JSON in UTF-8"),
        (b"[NaN]", "is not JSON in UTF-8"),
        (b'["\\ud800"]', "is not JSON in UTF-8"),
        (b"[" * 100_000, "is not JSON in UTF-8"),
        (b"{}", "no list of judgments"),
    ],
)
def test_a_file_that_is_no_list_is_one_sentence(
    workspace: Workspace, recipe: Recipe, tmp_path: Path, content: bytes, expected: str
) -> None:
    path = tmp_path / "judgments.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=expected) as caught:
        import_judgments(path, workspace, recipe)
    assert "\n" not in str(caught.value)


def test_no_file_too_large_a_file_and_scripts_are_refused(
    workspace: Workspace, recipe: Recipe, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="There is no file"):
        import_judgments(tmp_path / "nothing.json", workspace, recipe)
    path = tmp_path / "judgments.json"
    with path.open("wb") as stream:
        stream.truncate(65 * 2**20)
    with pytest.raises(ValueError, match="larger than 64 MB"):
        import_judgments(path, workspace, recipe)
    with pytest.raises(ValueError, match="judged by scripts"):
        import_judgments(path, workspace, recipe_for())
