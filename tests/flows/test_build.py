"""A benchmark of one's own, a model and a judge behind an endpoint: from a CSV to described cue
types.

The endpoint is a server on loopback that answers by rule; Prefect, the client and the workspace are
real.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from spuriforge.flows import task_files
from spuriforge.flows.build import build
from spuriforge.flows.state.snapshot import Snapshot
from spuriforge.flows.terminal.status import table_lines
from spuriforge.pipeline.records import (
    Decision,
    Description,
    Failure,
    Prediction,
    Rejection,
    Verdict,
)
from tests.faulty import Faulty, Payload, Reply, completion, prompt_of

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("prefect_server")]

KEY = "sk-never-to-be-seen-0123456789"
CHOICES = ("car", "boat", "house")
#: What the judge says of the six questions that are answered wrongly.
SAID: dict[int, Any] = {
    0: {"spurious": True, "cue": "a surfboard", "core": "the wheels", "box": [0.1, 0.2, 0.4, 0.9]},
    1: {"spurious": True, "cue": "Surfboard", "core": "the wheels", "box": None},
    2: {"spurious": False, "cue": "", "core": "the wheels", "box": None, "linked": ""},
    3: {"spurious": True, "cue": "boat", "core": "the wheels", "box": None},
    4: "not JSON at all",
    5: {"spurious": True, "cue": "a pier", "core": "the wheels", "box": None},
}


def _number(text: str) -> int:
    match = re.search(r"number (\d+)", text)
    assert match
    return int(match[1])


def rule(payload: Payload, _attempt: int) -> Reply:
    """Six wrong answers of twelve where there is an image, and forms filled in as `SAID` and as
    told.
    """
    text = prompt_of(payload)
    form = payload.get("response_format", {}).get("json_schema", {}).get("name")
    if form == "Judged":
        said = SAID[_number(text)]
        if isinstance(said, dict):
            lettered = re.search(r'"([A-C])[^"]*": "boat"|([A-C])[.):]* boat', text)
            assert lettered, text
            said = json.dumps(
                {"linked": lettered[1] or lettered[2], "reason": "They go together at sea.", **said}
            )
        return Reply(200, completion(said))
    if form == "Described":
        cue = "surfboard" if "surfboard" in text.casefold() else "pier"
        told = {
            "with_cue": f"a red car on a beach with a {cue}",
            "without_cue": "a red car on a beach",
            "placebo": "a red car on a beach with a towel",
        }
        if cue == "pier":
            told["without_cue"] = "a red car on a beach with a pier"
        return Reply(200, completion(json.dumps(told)))
    wanted = (
        "boat"
        if _number(text) < 6 and not isinstance(payload["messages"][-1]["content"], str)
        else "car"
    )
    letter = re.search(rf"^([A-C])\. {wanted}$", text, re.MULTILINE)
    assert letter, text
    return Reply(200, completion(f"Answer: {letter[1]}"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve questions that can be asked, and one that cannot."""
    monkeypatch.setenv("STUB_KEY", KEY)
    with (tmp_path / "questions.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["id", "image", "question", "choices", "answer"])
        for number in range(12):
            Image.new("RGB", (48, 32), (20 * number, 90, 40)).save(tmp_path / f"{number}.png")
            rows.writerow(
                [number, f"{number}.png", f"What is in number {number}?", "|".join(CHOICES), "car"]
            )
        rows.writerow([12, "gone.png", "What is in number 12?", "|".join(CHOICES), "car"])
    return tmp_path


@pytest.fixture
def server() -> Iterator[Faulty]:
    with Faulty(plan=rule) as server:
        yield server


def _recipe(folder: Path, server: Faulty, more: str = "") -> str:
    endpoint = (
        f'backend = "endpoint"\nurl = "{server.url}"\nmodel = "stub"\nkey_variable = "STUB_KEY"'
    )
    prices = "price_in = 10000.0\nprice_out = 0.0"
    path = folder / "recipe.toml"
    path.write_text(
        f"""
[run]
name = "judged"
workspace = "./run"
shard = 4
[[benchmarks]]
kind = "table"
path = "./questions.csv"
[[models]]
name = "asked"
{endpoint}
{prices}
[mine]
rotations = 3
[screen]
by = ["judge"]
[judge]
name = "judge"
{endpoint}
{prices}
[describe]
by = "lvlm"
[generate]
model = "nowhere"
[gate]
clip = "nowhere"
[publish]
name = "judged"
folder = "./releases"
{more}
""",
        encoding="utf-8",
    )
    return str(path)


def test_errors_are_judged_and_the_cues_that_hold_up_are_described(
    folder: Path, server: Faulty
) -> None:
    path = _recipe(folder, server)
    result = build(path, "screen")
    assert not result.stopped
    snapshot = Snapshot.take(path)
    (rejected,) = snapshot.workspace.records(Rejection)
    assert "gone.png" in rejected.reason
    assert len(snapshot.errors) == 6
    assert not any(one.language_prior for one in snapshot.errors)
    outcomes = Counter((one.outcome, one.spurious) for one in snapshot.workspace.records(Verdict))
    assert outcomes == {("judged", True): 3, ("judged", False): 1, ("rejected", None): 2}
    kept = {one.cue for one in snapshot.candidates if one.kept}
    assert kept == {"surfboard", "pier"}
    described = Counter(one.outcome for one in snapshot.workspace.records(Description))
    assert described == {"described": 2, "rejected": 1}  # the pier is in both of its sentences
    assert {one.description_placebo for one in snapshot.types.values()} == {
        "a red car on a beach with a towel"
    }
    boxes = {one.box for one in snapshot.types.values()}
    assert boxes == {(0.1, 0.2, 0.4, 0.9), None}
    told = {line.table: line for line in table_lines(snapshot.recipe)}
    assert told["verdicts"].note == "3 spurious, 2 rejected"
    assert told["rejections"].rows == 1


def test_another_tool_judges_what_was_proposed(folder: Path, server: Faulty) -> None:
    path = _recipe(
        folder,
        server,
        "[annotate]\nannotators = ['ada', 'grace']\ngold_rate = 0.0\nsham_rate = 0.0",
    )
    build(path, "screen")
    tasks = json.loads(task_files.export_tasks(path, folder / "tasks").read_text(encoding="utf-8"))
    assert {one["cue"] for one in tasks} == {"surfboard"}
    assert all((folder / "tasks" / one["image"]).is_file() for one in tasks)
    said = [
        {
            "project": "cue",
            "subject": one["key"],
            "annotator": name,
            "verdict": "spurious",
            "updated_at": "2026-01-01T12:00:00Z",
        }
        for one in tasks
        for name in one["annotators"]
    ]
    (folder / "judgments.json").write_text(json.dumps(said), encoding="utf-8")
    done = task_files.import_judgments(path, folder / "judgments.json", partial=False)
    assert (len(done.judgments), done.problems) == (2 * len(tasks), [])
    decided = Snapshot.take(path).workspace.records(Decision)
    assert {(one.subject, one.accepted) for one in decided} == {(one["key"], True) for one in tasks}
    with pytest.raises(ValueError, match="Nothing awaits judgment"):
        task_files.export_tasks(path, folder / "tasks")


def test_nothing_is_asked_twice_and_the_key_is_nowhere(folder: Path, server: Faulty) -> None:
    path = _recipe(folder, server)
    build(path, "screen")
    asked = server.paid.total()
    build(path, "screen")
    assert server.paid.total() == asked
    assert set(server.paid.values()) == {1}
    assert all(request[2]["authorization"] == f"Bearer {KEY}" for request in server.requests)
    assert not [
        file for file in folder.rglob("*") if file.is_file() and KEY.encode() in file.read_bytes()
    ]


def test_a_budget_stops_the_run_and_raised_it_goes_on(folder: Path, server: Faulty) -> None:
    stopped = build(_recipe(folder, server, "[budget]\ncost = 9.5"), "screen")
    assert "cost" in stopped.stopped
    assert "raise cost under [budget]" in stopped.stopped
    assert (
        server.paid.total() <= 10 + 8
    )  # a call costs 1; those under way when it is reached are not cut off
    first = server.paid.total()
    build(_recipe(folder, server, "[budget]\ncost = 9.5"), "screen")
    assert server.paid.total() == first, "a run on a spent budget pays for nothing"
    whole = build(_recipe(folder, server), "screen")
    assert not whole.stopped
    assert set(server.paid.values()) == {1}


def test_a_call_that_fails_for_good_is_told_and_asked_again_by_the_next_run(
    folder: Path, server: Faulty
) -> None:
    def refuses(payload: Payload, attempt: int) -> Reply:
        if "number 7" in prompt_of(payload):
            return Reply(400, {"error": {"message": "the image was refused"}})
        return rule(payload, attempt)

    server.plan = refuses
    path = _recipe(folder, server)
    with pytest.raises(
        RuntimeError,
        match=r"3 of 36 calls failed \(.*refused.*\)\. The same command asks them again",
    ):
        build(path, "screen")
    snapshot = Snapshot.take(path)
    assert len(snapshot.workspace.records(Failure)) == 3
    assert len(snapshot.workspace.records(Prediction)) == 33
    server.plan = rule
    build(path, "screen")
    assert (
        len(Snapshot.take(path).workspace.records(Prediction)) == 36 + 18
    )  # all of them, and six errors asked blind
    (told,) = [line for line in table_lines(snapshot.recipe) if line.table == "failures"]
    assert told.note == "0 to be asked again"


def test_a_few_failed_calls_do_not_stop_a_run_that_allows_them(
    folder: Path, server: Faulty
) -> None:
    server.plan = lambda payload, attempt: (
        Reply(400, {"error": {"message": "refused"}})
        if "number 7" in prompt_of(payload)
        else rule(payload, attempt)
    )
    path = _recipe(folder, server)
    text = (
        Path(path).read_text(encoding="utf-8").replace("shard = 4", "shard = 4\nmax_failed = 0.2")
    )
    Path(path).write_text(text, encoding="utf-8")
    assert not build(path, "screen").stopped
    assert len(Snapshot.take(path).errors) == 6
