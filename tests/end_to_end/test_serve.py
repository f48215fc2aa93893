"""`spuriforge serve`: judgments lead to a build by webhook alone, and by schedule alone.

First both schedules are set to a day that does not come: all that happens is by webhook and event,
and the last submit comes from a real Chromium. Then the schedules fire every minute, and Label
Studio's webhooks lead nowhere.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import sync_playwright

from spuriforge.annotation import receiver
from spuriforge.annotation import server as label_studio
from spuriforge.annotation.accounts import annotators
from spuriforge.annotation.answers import result_of
from spuriforge.annotation.client import Server, connect
from spuriforge.annotation.projects import Desk, annotated_tasks_of, projects, tasks_of
from spuriforge.annotation.scripted import ScriptedAnswer, answer_all
from spuriforge.pipeline.recipe import Annotate, Recipe
from spuriforge.pipeline.records import Judgment
from spuriforge.pipeline.release import checks
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.things import login_of
from tests.label_studio import prepare

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}"),
]

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "flows" / "recipes" / "proving_ground.toml"
COMMAND = [sys.executable, "-m", "spuriforge.flows.cli"]
NAME = "proving-ground"
NEVER, EVERY_MINUTE = "0 0 29 2 *", "* * * * *"
#: Nothing listens here.
NOWHERE = "http://127.0.0.1:9"
SECONDS = 600.0
CHANGES = {
    '[study]\nmodel = "subject-a"\nquick = true\n': "",
    "../../data": str(ROOT / "data"),
    "../../runs/proving-ground": "./run",
    "../../releases/proving-ground": "./releases",
    "questions = 4800": "questions = 600",
    'by = "scripted"\n': "",
    'annotators = ["scripted-1", "scripted-2", "scripted-3"]': 'annotators = ["me"]',
    "error_rates = [0.02, 0.05, 0.08]\noverlap = 3": "overlap = 1",
    "include_rejected = true": "selection_pairs = 6\nrelease_pairs = 2\nplacebo = false",
    "[publish]": "[publish]\npairs_per_type = 2",
}


def _environment() -> dict[str, str]:
    """This process's, without another test's Prefect, and with the project's Label Studio."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    kept.setdefault("SPURIFORGE_LABEL_STUDIO_VENV", str(ROOT / ".venv-label-studio"))
    return kept | {"PYTHONPATH": str(ROOT / "src")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run that waits for its one annotator's judgments of cues."""
    folder = tmp_path_factory.mktemp("served")
    prepare(folder / ".spuriforge" / "label-studio")
    head, subject, rest = RECIPE.read_text(encoding="utf-8").partition(
        '[[models]]\nname = "subject-b"'
    )
    assert subject
    text = head + rest[rest.index("[mine]") :]
    for old, new in CHANGES.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "small.toml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [*COMMAND, "run", "small.toml", "--until", "annotate"],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return folder


@dataclass(frozen=True)
class Serving:
    """`spuriforge serve` in the background."""

    process: subprocess.Popen[bytes]
    log: Path

    def until(self, done: Callable[[], object]) -> None:
        """Waits until something is so; fails with the end of the log where it ends or that takes
        too long.
        """
        deadline = time.monotonic() + SECONDS
        while not done():
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.5)

    def end(self) -> None:
        """Ends it as Ctrl-C does."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(120)


@contextmanager
def _serving(folder: Path, log: Path, *options: str) -> Iterator[Serving]:
    """`spuriforge serve` in a folder, once its webhooks are registered."""
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*COMMAND, "serve", "small.toml", *options],
            cwd=folder,
            env=_environment(),
            stdout=stream,
            stderr=stream,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    serving = Serving(process, log)
    try:
        serving.until(lambda: "Webhooks: http" in log.read_text())
        yield serving
    finally:
        serving.end()


@pytest.fixture(scope="module")
def serving(folder: Path) -> Iterator[Serving]:
    """Both schedules never fire."""
    options = ["--build-cron", NEVER, "--collect-cron", NEVER]
    with _serving(folder, folder / "serve.log", *options) as serving:
        yield serving


def _recipe(folder: Path) -> Recipe:
    """The run's recipe with its one annotator as the API's answerer wants it."""
    scripted = Annotate.model_construct(
        annotators=("me",), overlap=1, by="scripted", error_rates=(0.0,)
    )
    return Recipe.load(folder / "small.toml").model_copy(update={"annotate": scripted})


def _running(folder: Path) -> Server:
    running = label_studio.status(folder / ".spuriforge" / "label-studio")
    assert running is not None
    return running


def test_the_last_submit_in_a_browser_leads_to_a_release(folder: Path, serving: Serving) -> None:
    running, recipe = _running(folder), _recipe(folder)
    workspace, release, desk = (
        Workspace(recipe.run.workspace),
        folder / "releases" / "1.0.0",
        Desk(NAME, "pair", "me"),
    )
    client = connect(running, annotators(running, ("me",))["me"].token)

    def pairs() -> list[dict[str, Any]]:
        """The pairs that were pushed, and of whose judgments Label Studio tells."""
        project = projects(client, workspace, NAME).get(desk)
        told = project and any(hook.project == project.id for hook in client.webhooks.list())
        return list(tasks_of(client, project.id)) if told else []

    assert answer_all(running, workspace, recipe, lambda *_: ScriptedAnswer("spurious")) >= 3
    began = time.monotonic()
    serving.until(pairs)
    print(f"pairs {time.monotonic() - began:.0f} s after the last cue")
    last, *others = pairs()
    assert others
    for task in others:
        client.annotations.create(
            id=task["id"], result=result_of("pair", ScriptedAnswer("good")), lead_time=1.0
        )
    wanted = {one["data"]["key"] for one in others}
    serving.until(lambda: wanted <= {one.subject for one in workspace.records(Judgment)})
    assert not release.exists()
    _submit(running, projects(client, workspace, NAME)[desk].id)
    began = time.monotonic()
    serving.until((release / "MANIFEST.json").exists)
    print(f"a release {time.monotonic() - began:.0f} s after the last submit")
    assert last["data"]["key"] in {one.subject for one in workspace.records(Judgment)}
    assert all(check.passed for check in checks.run(release))


def _submit(running: Server, project: int) -> None:
    """The one task that is left, answered by a person's keys."""
    url, login, password = login_of(running, "me")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(120_000)
        page.goto(url)
        page.fill("[name=email]", login)
        page.fill("[name=password]", password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/user/login" not in url)
        page.goto(f"{running.url}/projects/{project}/data?labeling=1")
        page.locator(".lsf-choice").first.wait_for()
        page.get_by_text("Labeling Instructions").wait_for()
        page.keyboard.press("Escape")
        page.get_by_text("Labeling Instructions").wait_for(state="detached")
        for key in "135":  # the answer holds, the cue is in one, nothing is wrong
            page.keyboard.press(key)
        with page.expect_response(
            lambda one: "/annotations" in one.url and one.request.method == "POST"
        ) as answer:
            page.keyboard.press("Control+Enter")
        assert answer.value.status == 201
        browser.close()


def test_when_it_ends_nobody_is_told_any_more_and_no_secret_is_left_in_a_log(
    folder: Path, serving: Serving
) -> None:
    home = folder / ".spuriforge"
    hook = receiver.hook(home, NAME)
    assert hook is not None
    serving.end()
    assert receiver.hook(home, NAME) is None
    assert label_studio.status(home / "label-studio") is None
    logs = [
        serving.log,
        *home.glob("**/*.log"),
        *folder.glob("run/*.html"),
        *folder.glob("releases/1.0.0/*"),
    ]
    assert not any(hook.secret.encode() in log.read_bytes() for log in logs if log.is_file())
    try:
        assert connect(label_studio.up(home / "label-studio")).webhooks.list() == []
    finally:
        label_studio.down(home / "label-studio")


# --- by schedule alone ----------------------------------------------------------------------------


def _completed_by_schedule(folder: Path, flow: str) -> list[dict[str, Any]]:
    """The completed runs of a flow that the schedule started, as the Prefect server tells them."""
    server = json.loads((folder / ".spuriforge" / "prefect" / "server.json").read_text())
    wanted = {
        "flows": {"name": {"any_": [flow]}},
        "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
    }
    runs = httpx.post(f"{server['url']}/flow_runs/filter", json=wanted).raise_for_status().json()
    return [run for run in runs if run["auto_scheduled"]]


def test_the_schedule_alone_collects_and_builds(folder: Path, serving: Serving) -> None:
    serving.end()
    options = ["--build-cron", EVERY_MINUTE, "--collect-cron", EVERY_MINUTE]
    log = folder / "schedule.log"
    with _serving(folder, log, *options, "--webhook-url", NOWHERE) as scheduled:
        running, workspace = _running(folder), Workspace(_recipe(folder).run.workspace)
        client = connect(running, annotators(running, ("me",))["me"].token)
        project = projects(client, workspace, NAME)[Desk(NAME, "pair", "me")].id
        task = next(task for task in annotated_tasks_of(client, project) if task["annotations"])
        before = len(workspace.records(Judgment))
        client.annotations.update(
            id=task["annotations"][0]["id"], result=result_of("pair", ScriptedAnswer("defect"))
        )
        scheduled.until(lambda: len(workspace.records(Judgment)) > before)
        for flow in ("build", "poll"):
            scheduled.until(lambda flow=flow: _completed_by_schedule(folder, flow))
            for run in _completed_by_schedule(folder, flow):
                assert run["name"] == f"{NAME} {flow}"
                assert NAME in run["tags"]
    changed = [version for version in workspace.records(Judgment) if version.verdict == "defect"]
    assert task["data"]["key"] in {judgment.subject for judgment in changed}
    assert "plans no run" not in log.read_text()
    # Prefect's log says what the stages did.
    assert f"{NAME}: waiting for" in log.read_text() or f"{NAME}: finished" in log.read_text()
