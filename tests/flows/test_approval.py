"""A draft that is asked about: approved, declined, forgotten, and what its page shows."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from prefect import flow, get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey

from spuriforge.flows import approval
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.release.build import Draft
from spuriforge.pipeline.release.checks import Check, ReleaseError
from tests import worlds

DRAFT = Draft(
    name="tiny",
    version="1.1.0",
    previous="1.0.0",
    folder=Path("/releases/.draft-1"),
    types=3,
    pairs=9,
    change=("1 type added", "rows changed in <script>"),
    checks=(Check("images_decode", True, "12 images"), Check("ids_unique", True, "all ids")),
)


def recipe(folder: Path, name: str, hours: float = 1.0) -> Recipe:
    """A recipe of that name that asks before it publishes."""
    made = worlds.recipe(folder, approve=True, approval_hours=hours)
    return made.model_copy(update={"run": made.run.model_copy(update={"name": name})})


@flow
def publishing(asks: Callable[[Draft], None]) -> str:
    """What the publishing flow does around the question."""
    asks(DRAFT)
    return "revealed"


class Publishing:
    """A flow that asks, in a thread of its own; `end` gives "revealed", or what it said."""

    def __init__(self, made: Recipe) -> None:
        self.told = ""
        asks = approval.asking("tiny.toml", made)
        assert asks is not None
        self._asks = asks
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.told = publishing(self._asks)
        except ReleaseError as error:
            self.told = str(error)

    def end(self) -> str:
        self._thread.join(60)
        assert not self._thread.is_alive()
        return self.told


def answered(run: str, *, approved: bool, note: str = "") -> str:
    """Answers as soon as the flow asks."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            return approval.answer(run, approved=approved, note=note)
        except (ValueError, RuntimeError):  # it does not wait yet, or waits without its form yet
            time.sleep(0.2)
    raise AssertionError("nobody asked")


def test_a_recipe_that_does_not_ask_is_not_asked(tmp_path: Path) -> None:
    assert approval.asking("tiny.toml", worlds.recipe(tmp_path)) is None


@pytest.mark.integration
@pytest.mark.usefixtures("prefect_server")
class TestAsked:
    """With a Prefect server."""

    @pytest.fixture(autouse=True)
    def _soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(approval, "POLL_SECONDS", 0.2)

    def test_approved_it_goes_on(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        publisher = Publishing(recipe(tmp_path, "approved"))
        assert answered("approved", approved=True).startswith("Approved: ")
        assert publisher.end() == "revealed"
        printed = capsys.readouterr().out
        assert (
            "tiny 1.1.0 waits for your approval, up to 1 h: 3 types, 9 pairs, 2 checks passed."
            in printed
        )
        assert "spuriforge approve tiny.toml" in printed
        assert "/runs/flow-run/" in printed
        with pytest.raises(ValueError, match="No release of approved waits"):
            approval.answer("approved", approved=True)

    def test_declined_nothing_is_revealed_and_the_reason_is_told(self, tmp_path: Path) -> None:
        publisher = Publishing(recipe(tmp_path, "declined"))
        assert answered("declined", approved=False, note="two cues are one").startswith(
            "Declined: "
        )
        assert publisher.end().startswith(
            "tiny 1.1.0 was declined and not published: two cues are one. "
        )

    def test_without_an_answer_nothing_is_revealed(self, tmp_path: Path) -> None:
        told = Publishing(recipe(tmp_path, "forgotten", hours=1 / 3600)).end()
        assert told.startswith("Nobody approved tiny 1.1.0 within")

    def test_an_answer_is_for_the_run_that_is_named(self, tmp_path: Path) -> None:
        publisher = Publishing(recipe(tmp_path, "ours"))
        other = Publishing(recipe(tmp_path, "theirs"))
        answered("theirs", approved=True)
        assert other.end() == "revealed"
        answered("ours", approved=False)
        assert "was declined" in publisher.end()

    def test_the_page_shows_the_draft_and_no_markup_of_its_texts(self, tmp_path: Path) -> None:
        publisher = Publishing(recipe(tmp_path, "shown"))
        answered("shown", approved=True)
        publisher.end()
        with get_client(sync_client=True) as client:
            keys = ArtifactFilterKey(any_=["approval-tiny-1-1-0"])
            page = str(
                client.read_artifacts(artifact_filter=ArtifactFilter(key=keys), limit=1)[0].data
            )
        assert "1 type added" in page
        assert "images\\_decode: 12 images" in page
        assert "/releases/.draft-1" in page
        assert "<script>" not in page
