"""A person at the screen, in a real Chromium: log in, answer by keys, draw, edit, submit; and it
comes back.

Screenshots are left in screenshots/, which git ignores: look at them after a change to a screen.
"""

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spuriforge.annotation.client import Server, connect
from spuriforge.annotation.cue_screen import cue_task
from spuriforge.annotation.instructions import INSTRUCTIONS
from spuriforge.annotation.pair_screen import pair_task
from spuriforge.annotation.projects import Desk, create_project, projects
from spuriforge.annotation.pull import collect
from spuriforge.annotation.push import push_cues, push_pairs
from spuriforge.annotation.screens import SCREENS, check
from spuriforge.annotation.server import up
from spuriforge.pipeline.recipe import Annotate
from spuriforge.pipeline.records import CueType, key_of
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.things import HOSTILE, crowded, cue_type, login_of, pair_of, photo, recipe_for
from tests.judged import judged

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = Path("/usr/bin/chromium")
SHOTS = Path("screenshots")
RECIPE = recipe_for(Annotate(annotators=("me",), overlap=1))
#: Much more than it takes (see the printed median): the machine may be busy with other tests.
SUBMIT_SECONDS = 2.0
#: What lies outside of the part of the window between Label Studio's bars, or is squeezed to
#: nothing.
MISPLACED = """() => {
    const bar = document.querySelector('.lsf-bottombar').getBoundingClientRect().top
    const desk = document.querySelector('.desk')
    const kinds = '.lsf-choice, .lsf-text-area, .lsf-label, .lsf-richtext, canvas, h4'
    const below = bar + 2, beyond = innerWidth + 2
    const name = (part) => [part.tagName, part.className, part.textContent.slice(0, 40)].join(' ')
    const wrong = [...desk.querySelectorAll(kinds)]
        // a task may have no preview to show
        .filter(part => !part.closest('.preview') || part.closest('.preview').clientWidth)
        .map(part => [part, part.getBoundingClientRect()])
        .filter(([part, box]) => box.width && box.height)  // hidden until the verdict needs it
        .filter(([part, box]) =>
            box.top < 40 || box.bottom > below || box.right > beyond || box.height < 16)
        .map(([part, box]) => name(part) + ' ' + JSON.stringify(box))
    if (desk.scrollHeight > desk.clientHeight + 2) wrong.push('the screen scrolls')
    if (document.scrollingElement.scrollHeight > innerHeight + 2) wrong.push('the page scrolls')
    return wrong
}"""

#: Whether another task than the given one is there, its image too.
NEXT_TASK = """number => {
    const shown = document.querySelector('.lsf-current-task__task-id')
    return shown && shown.innerText !== number && document.querySelector('.desk .konvajs-content')
}"""

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def page(label_studio_home: Path) -> Iterator["Page"]:
    """A page in which the annotator "me" has logged in; a dialog that opens, an injected one, fails
    the test.
    """
    from playwright.sync_api import sync_playwright

    SHOTS.mkdir(exist_ok=True)
    url, login, password = login_of(up(label_studio_home), "me")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
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


@pytest.fixture(scope="module")
def submits() -> Iterator[list[float]]:
    """The seconds that each submit took; their median is printed at the end."""
    seconds: list[float] = []
    yield seconds
    print(
        f"\n{len(seconds)} submits, median {statistics.median(seconds):.3f} s, slowest "
        f"{max(seconds):.3f} s"
    )


# --- at the desk ----------------------------------------------------------------------------------


def sit_down(page: "Page", server: Server, workspace: Workspace, kind: str) -> None:
    """Opens the stream of a project, keeps a picture of its instructions and closes them."""
    project = projects(connect(server), workspace, "test")[Desk("test", kind, "me")]
    page.goto(f"{server.url}/projects/{project.id}/data?labeling=1")
    page.locator(".lsf-choice").first.wait_for()
    page.get_by_text("Labeling Instructions").wait_for()
    page.screenshot(path=SHOTS / f"{kind}-instructions.png")
    page.keyboard.press("Escape")
    page.get_by_text("Labeling Instructions").wait_for(state="detached")


def lay_out(
    server: Server, workspace: Workspace, kind: str, tasks: Sequence[dict[str, str]]
) -> None:
    """Makes a project of a kind with the tasks."""
    client = connect(server)
    project = create_project(
        client, workspace, Desk("test", kind, "me"), SCREENS[kind], INSTRUCTIONS[kind]
    )
    for task in tasks:
        check(kind, task)
    request: Any = [{"data": task} for task in tasks]
    client.projects.import_tasks(id=project, request=request, commit_to_project=True)


def submit(
    page: "Page", submits: list[float], keys: str = "Control+Enter", *, last: bool = False
) -> None:
    """Submits, or skips, by the keyboard, and waits until the server has it and the next task is
    there.
    """
    number = page.locator(".lsf-current-task__task-id").inner_text()
    with page.expect_response(
        lambda task: "/annotations" in task.url and task.request.method == "POST"
    ) as answer:
        page.keyboard.press(keys)
    assert answer.value.status == 201
    answer.value.finished()
    timing = answer.value.request.timing
    submits.append((timing["responseEnd"] - timing["requestStart"]) / 1000)
    assert submits[-1] < SUBMIT_SECONDS
    if not last:
        page.wait_for_function(NEXT_TASK, arg=number)


def reach(page: "Page", name: str) -> None:
    """Goes to a text by the keyboard."""
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("() => document.activeElement.name") == name:
            return
    pytest.fail(f"no way to {name} by the keyboard")


def draw_box(page: "Page") -> None:
    """Draws around the right fifth of the image."""
    page.keyboard.press("b")
    area = page.locator("canvas").first.bounding_box()
    page.mouse.move(area["x"] + 0.75 * area["width"], area["y"] + 0.3 * area["height"])
    page.mouse.down()
    page.mouse.move(area["x"] + 0.95 * area["width"], area["y"] + 0.8 * area["height"], steps=8)
    page.mouse.up()


# --- answers --------------------------------------------------------------------------------------


def test_cues_are_answered_by_keys_and_come_back(
    page: "Page", label_studio: Server, workspace: Workspace, submits: list[float]
) -> None:
    types = [cue_type(workspace, number) for number in range(3)]
    push_cues(label_studio, workspace, types, {}, RECIPE)
    sit_down(page, label_studio, workspace, "cue")
    page.screenshot(path=SHOTS / "cue.png")
    fields = page.locator(".lsf-text-area textarea, .lsf-text-area input")
    assert not any(field.is_visible() for field in fields.all())
    page.keyboard.press("1")
    fields.first.wait_for()
    draw_box(page)
    reach(page, "cue")
    page.keyboard.press("Control+A")
    page.keyboard.type("a brown post")
    page.keyboard.press("Enter")  # which must not take the text out of its field
    page.screenshot(path=SHOTS / "cue-spurious.png")
    for _ in range(4):  # through the texts and out
        page.keyboard.press("Tab")
    submit(page, submits)
    page.keyboard.press("2")
    submit(page, submits)
    submit(page, submits, "Control+Space", last=True)

    by_verdict = {
        judgment.verdict: judgment
        for judgment in collect(label_studio, workspace, RECIPE).judgments
    }
    assert set(by_verdict) == {"spurious", "not_spurious", None}
    judgment = by_verdict["spurious"]
    assert (judgment.cue, judgment.core) == ("a brown post", types[0].core)
    assert judgment.description_with == types[0].description_with
    assert judgment.box == pytest.approx((0.75, 0.3, 0.95, 0.8), abs=0.03)
    assert not judgment.scripted
    assert judgment.seconds is not None


def hostile(workspace: Workspace) -> CueType:
    """A type all of whose texts would do harm as markup."""
    texts = dict.fromkeys(
        ("question", "cue", "core", "description_with", "description_without"), HOSTILE
    )
    choices = tuple(f"{HOSTILE} {n}" if n % 2 else f"option {n}" for n in range(10))
    return cue_type(workspace, 2, choices=choices, linked=choices[7], **texts)


def test_hostile_texts_are_shown_as_they_are(
    page: "Page", label_studio: Server, workspace: Workspace, submits: list[float]
) -> None:
    proposed = hostile(workspace)
    push_cues(label_studio, workspace, [proposed], {}, RECIPE)
    sit_down(page, label_studio, workspace, "cue")
    page.get_by_text("<script>alert(1)</script>").filter(visible=True).first.wait_for()
    assert page.get_by_text("$core {{cue}} مرحبا 🎉").count() >= 3
    page.keyboard.press("1")
    page.locator(".lsf-text-area").first.wait_for()
    page.screenshot(path=SHOTS / "cue-hostile.png")
    assert page.evaluate(MISPLACED) == []
    submit(page, submits, last=True)
    (judgment,) = collect(label_studio, workspace, RECIPE).judgments
    # an input of one line has no line breaks
    assert (judgment.cue or "").split() == HOSTILE.split()


def test_a_pair_is_answered_by_three_keys_and_not_by_two(
    page: "Page", label_studio: Server, workspace: Workspace, submits: list[float]
) -> None:
    proposed = cue_type(workspace, 1)
    pair = pair_of(workspace, proposed, 1)
    push_pairs(label_studio, workspace, [pair], {proposed.key: proposed}, RECIPE)
    sit_down(page, label_studio, workspace, "pair")
    page.keyboard.press("1")
    page.keyboard.press("4")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Please press 5 or 6.").wait_for()
    page.wait_for_function("() => document.activeElement.textContent === 'OK'")
    page.screenshot(path=SHOTS / "pair-unfinished.png")
    page.keyboard.press("Space")
    page.get_by_text("Please press 5 or 6.").wait_for(state="hidden")
    page.keyboard.press("5")
    page.screenshot(path=SHOTS / "pair.png")
    submit(page, submits, last=True)
    (judgment,) = collect(label_studio, workspace, RECIPE).judgments
    assert (judgment.subject, judgment.verdict) == (key_of("pair", proposed.key, 1), "cue_wrong")


# --- what is seen ---------------------------------------------------------------------------------


def cue_tasks(workspace: Workspace, kind: str) -> list[dict[str, str]]:
    """Tasks of little and of much text, with square, wide and high images, with previews and
    without.
    """
    usual, full = cue_type(workspace, 1), crowded(workspace)
    others = [
        judged("x", name, "spurious", cue="a brown post " * number)
        for number, name in enumerate("abc", 1)
    ]
    preview = photo(512, 512), photo(512, 512)
    return [
        cue_task(usual, None, photo(1024, 1024), others=others if "-" in kind else ()),
        cue_task(
            full, None, photo(1024, 400), preview=preview, others=others if "-" in kind else ()
        ),
        cue_task(full, None, photo(400, 1024), others=others if "-" in kind else ()),
    ]


@pytest.mark.parametrize("kind", ["cue", "cue-adjudication"])
def test_a_cue_lies_above_the_fold_whatever_is_in_it(
    page: "Page", label_studio: Server, workspace: Workspace, submits: list[float], kind: str
) -> None:
    tasks = cue_tasks(workspace, kind)
    lay_out(label_studio, workspace, kind, tasks)
    sit_down(page, label_studio, workspace, kind)
    for number in range(len(tasks)):
        page.locator(".konvajs-content").first.wait_for()
        assert page.evaluate(MISPLACED) == []
        page.screenshot(path=SHOTS / f"{kind}-{number}.png")
        page.keyboard.press("1")
        page.locator(".lsf-text-area").first.wait_for()
        page.screenshot(path=SHOTS / f"{kind}-{number}-spurious.png")
        assert page.evaluate(MISPLACED) == []
        assert page.get_by_text("a brown post").count() == (3 if kind == "cue-adjudication" else 0)
        submit(page, submits, last=number == len(tasks) - 1)


@pytest.mark.parametrize("kind", ["pair", "pair-adjudication"])
def test_a_pair_lies_above_the_fold_whatever_is_in_it(
    page: "Page", label_studio: Server, workspace: Workspace, submits: list[float], kind: str
) -> None:
    others = [judged("x", "a", "good", project="pair"), judged("x", "b", "defect", project="pair")]
    others = others if kind == "pair-adjudication" else []
    shapes = (
        (cue_type(workspace, 1), 1024, 1024),
        (crowded(workspace), 1024, 400),
        (crowded(workspace), 400, 1024),
    )
    tasks = [
        pair_task(
            pair_of(workspace, proposed, number),
            proposed,
            photo(*size),
            photo(*size),
            others=others,
        )
        for number, (proposed, *size) in enumerate(shapes)
    ]
    lay_out(label_studio, workspace, kind, tasks)
    sit_down(page, label_studio, workspace, kind)
    for number in range(len(tasks)):
        page.locator(".konvajs-content").nth(1).wait_for()
        assert page.get_by_text("A defect, or another difference").count() == (1 if others else 0)
        assert page.evaluate(MISPLACED) == []
        for key in "246":
            page.keyboard.press(key)
        page.screenshot(path=SHOTS / f"{kind}-{number}.png")
        submit(page, submits, last=number == len(tasks) - 1)
