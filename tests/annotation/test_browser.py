"""A person at the screen, in a real Chromium: log in, answer by keys, draw, edit, submit; and it comes back.

Screenshots are left in screenshots/, which git ignores: look at them after a change to a screen.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from annotation.client import Desk, address, connect, projects
from annotation.pull import pull
from annotation.push import push_cues, push_pairs
from annotation.server import Server, up
from pipeline.recipe import Annotate
from pipeline.records import CueType, key_of
from pipeline.workspace import Workspace
from tests.annotation.things import HOSTILE, cue_type, pair_of, recipe_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = Path("/usr/bin/chromium")
SHOTS = Path("screenshots")
RECIPE = recipe_for(Annotate(annotators=("me",), overlap=1))

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def page(label_studio_home: Path) -> Iterator["Page"]:
    """A page in which the annotator "me" has logged in; a dialog that opens, an injected one, fails the test."""
    from playwright.sync_api import sync_playwright

    SHOTS.mkdir(exist_ok=True)
    url, login, password = address(up(label_studio_home), "me")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(120_000)  # the machine may be busy with other tests
        page.on("dialog", lambda dialog: pytest.fail(f"a text opened a dialog: {dialog.message}"))
        page.goto(url)
        page.fill("[name=email]", login)
        page.fill("[name=password]", password)
        page.keyboard.press("Enter")
        # not "**/projects/**": the login page's own address may name where it leads
        page.wait_for_url(lambda url: "/user/login" not in url)
        yield page
        browser.close()


def sit_down(page: "Page", server: Server, workspace: Workspace, kind: str) -> None:
    """Opens the stream of a project and closes its instructions."""
    project = projects(connect(server), workspace, "test")[Desk("test", kind, "me")]
    page.goto(f"{server.url}/projects/{project.id}/data?labeling=1")
    page.locator(".lsf-choice").first.wait_for()
    page.get_by_text("Labeling Instructions").wait_for()
    page.keyboard.press("Escape")
    page.get_by_text("Labeling Instructions").wait_for(state="detached")


def submit(page: "Page") -> None:
    """Submits by the keyboard and waits until the server has it."""
    with page.expect_response(lambda one: "/annotations" in one.url and one.request.method == "POST") as answer:
        page.keyboard.press("Control+Enter")
    assert answer.value.status == 201


def nothing_below_the_fold(page: "Page") -> bool:
    """Whether all that the task shows lies above the bar with the submit button."""
    bar = page.get_by_test_id("bottombar-submit-button").bounding_box()["y"]
    shown = [one.bounding_box() for one in page.locator(".lsf-choice, .lsf-text-area, .lsf-label, canvas").all()]
    return all(box["y"] + box["height"] <= bar + 2 for box in shown if box)


def test_a_cue_is_answered_by_keys_and_comes_back(page: "Page", label_studio: Server, workspace: Workspace) -> None:
    one = cue_type(workspace, 1)
    push_cues(label_studio, workspace, [one], {}, RECIPE)
    sit_down(page, label_studio, workspace, "cue")
    page.screenshot(path=SHOTS / "cue.png")
    fields = page.locator(".lsf-text-area textarea, .lsf-text-area input")
    assert not any(field.is_visible() for field in fields.all())
    page.keyboard.press("1")
    fields.first.wait_for()
    cue = next(field for field in fields.all() if field.input_value() == one.cue)
    cue.fill("a brown post")
    cue.blur()
    draw_box(page)
    page.screenshot(path=SHOTS / "cue-spurious.png")
    assert nothing_below_the_fold(page)
    submit(page)
    (judgment,) = pull(label_studio, workspace, RECIPE)
    assert (judgment.verdict, judgment.cue, judgment.core) == ("spurious", "a brown post", one.core)
    assert judgment.description_with == one.description_with
    assert judgment.box == pytest.approx((0.75, 0.3, 0.95, 0.8), abs=0.03)
    assert not judgment.scripted
    assert judgment.seconds is not None


def draw_box(page: "Page") -> None:
    """Draws around the right fifth of the image."""
    page.keyboard.press("b")
    area = page.locator("canvas").first.bounding_box()
    page.mouse.move(area["x"] + 0.75 * area["width"], area["y"] + 0.3 * area["height"])
    page.mouse.down()
    page.mouse.move(area["x"] + 0.95 * area["width"], area["y"] + 0.8 * area["height"], steps=8)
    page.mouse.up()


def hostile(workspace: Workspace) -> CueType:
    """A type all of whose texts would do harm as markup."""
    texts = dict.fromkeys(("question", "cue", "core", "description_with", "description_without"), HOSTILE)
    choices = tuple(f"{HOSTILE} {n}" if n % 2 else f"option {n}" for n in range(10))
    return cue_type(workspace, 2, choices=choices, linked=choices[7], **texts)


def test_hostile_texts_are_shown_as_they_are(page: "Page", label_studio: Server, workspace: Workspace) -> None:
    one = hostile(workspace)
    push_cues(label_studio, workspace, [one], {}, RECIPE)
    sit_down(page, label_studio, workspace, "cue")
    page.get_by_text("<script>alert(1)</script>").filter(visible=True).first.wait_for()
    assert page.get_by_text("$core {{cue}} مرحبا 🎉").count() >= 3
    page.keyboard.press("1")
    page.locator(".lsf-text-area").first.wait_for()
    page.screenshot(path=SHOTS / "cue-hostile.png")
    submit(page)
    (judgment,) = pull(label_studio, workspace, RECIPE)
    # an input of one line has no line breaks
    assert (judgment.cue or "").split() == HOSTILE.split()


def test_a_pair_is_answered_by_one_key(page: "Page", label_studio: Server, workspace: Workspace) -> None:
    one = cue_type(workspace, 1)
    pair = pair_of(workspace, one, 1)
    push_pairs(label_studio, workspace, [pair], {one.key: one}, RECIPE)
    sit_down(page, label_studio, workspace, "pair")
    page.keyboard.press("3")
    page.screenshot(path=SHOTS / "pair.png")
    assert nothing_below_the_fold(page)
    submit(page)
    (judgment,) = pull(label_studio, workspace, RECIPE)
    assert (judgment.subject, judgment.verdict) == (key_of("pair", one.key, 1), "cue_wrong")
