"""Asks a person before a release is revealed, on the flow run's page or on the command line.

    build(..., approve=asking("recipe.toml", recipe))      # inside a flow run
    answer("proving-ground", approved=False, note="two cues are the same")   # from another process

The draft is finished and checked when the question is asked. If it is declined, or not answered in
time, nothing is revealed, and the next run asks again.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from prefect import get_client
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas import FlowRun
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.context import FlowRunContext
from prefect.exceptions import FlowPauseTimeout, NotPausedError
from prefect.flow_runs import pause_flow_run, resume_flow_run
from prefect.input import RunInput
from prefect.utilities.urls import url_for
from rich.console import Console

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.release.checks import ReleaseError
from spuriforge.pipeline.release.texts.markdown import cell

from .stage import artifact_key

if TYPE_CHECKING:
    from spuriforge.pipeline.release.build import Draft

#: Seconds between two looks at whether somebody has answered.
POLL_SECONDS = 5


class Approval(RunInput):
    """What a person is asked for: to publish or not, and why."""

    approve: bool
    note: str = ""


def asking(recipe_path: str, recipe: Recipe) -> "Callable[[Draft], None] | None":
    """What `release.build` calls with its draft: waits for a yes, and refuses by ReleaseError.
    None: do not ask.
    """
    if not recipe.publish.approve:
        return None
    return lambda draft: _ask(draft, recipe_path, recipe)


def answer(run: str, *, approved: bool, note: str = "") -> str:
    """Answers the latest draft of a run that waits, and says so; ValueError where none waits."""
    waiting = _waiting(run)
    if waiting is None:
        raise ValueError(f"No release of {run} waits for an answer.")
    try:
        resume_flow_run(waiting.id, run_input={"approve": approved, "note": note})
    except (NotPausedError, FlowPauseTimeout) as error:
        raise ValueError(
            f"The release of {run} waits no more: it was answered, or its time was up."
        ) from error
    return (
        f"{'Approved' if approved else 'Declined'}: the release of {run} (flow run {waiting.name})."
    )


def _ask(draft: "Draft", recipe_path: str, recipe: Recipe) -> None:
    """Shows the draft, waits, and refuses unless somebody approves."""
    context = FlowRunContext.get()
    flow_run = context and context.flow_run
    assert flow_run, "a draft is asked about inside a flow run"
    hours, name = recipe.publish.approval_hours, f"{draft.name} {draft.version}"
    _mark(flow_run.id, recipe.run.name)
    key = artifact_key(f"approval-{name}")
    create_markdown_artifact(markdown=_page(draft), key=key, description=f"Publish {name}?")
    _print(draft, hours, url_for(flow_run), recipe_path)
    try:
        reply = pause_flow_run(
            wait_for_input=Approval, timeout=round(3600 * hours), poll_interval=POLL_SECONDS
        )
    except FlowPauseTimeout as error:
        raise ReleaseError(
            f"Nobody approved {name} within {hours:g} hours; run it again to be asked again."
        ) from error
    assert reply is not None
    if not reply.approve:
        why = f": {reply.note}" if reply.note.strip() else ""
        raise ReleaseError(f"{name} was declined and not published{why}. The next run asks again.")


def _page(draft: "Draft") -> str:
    """The draft in Markdown: what it holds, what changed, what the checks saw."""
    changes = [f"- {cell(sentence)}" for sentence in draft.change] or ["- the first release"]
    checks = [f"- {cell(f'{check.name}: {check.explanation}')}" for check in draft.checks]
    return "\n".join(
        [
            f"# Publish {cell(draft.name)} {cell(draft.version)}?",
            "",
            f"{draft.types} types, {draft.pairs} pairs. Lies in `{draft.folder}`.",
            "",
            f"## Since {cell(draft.previous or 'nothing')}",
            "",
            *changes,
            "",
            "## Checks, all passed",
            "",
            *checks,
            "",
        ]
    )


def _print(draft: "Draft", hours: float, address: str | None, recipe_path: str) -> None:
    """The same in short for the terminal, with the two ways to answer."""
    lines = [
        f"{draft.name} {draft.version} waits for your approval, up to {hours:g} h: {draft.types} "
        f"types, "
        f"{draft.pairs} pairs, {len(draft.checks)} checks passed.",
        f"  changes  {'; '.join(draft.change) or 'the first release'}",
        f"  draft    {draft.folder}",
        *([f"  page     {address} (Resume)"] if address else []),
        f"  answer   spuriforge approve {recipe_path}   or with --decline --note WHY",
    ]
    Console(soft_wrap=True).print("\n".join(lines), markup=False, highlight=False)


# --- whose draft waits ----------------------------------------------------------------------------


def _tag(run: str) -> str:
    return f"approval:{run}"


def _mark(flow_run: UUID, run: str) -> None:
    """Lets the flow run be found by the run's name."""
    with get_client(sync_client=True) as client:
        known = client.read_flow_run(flow_run).tags
        client.update_flow_run(flow_run, tags=[*known, _tag(run)])


def _waiting(run: str) -> FlowRun | None:
    """The latest flow run that waits for an answer; a killed run seems to wait too."""
    paused = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED]))
    asked = FlowRunFilter(state=paused, tags=FlowRunFilterTags(all_=[_tag(run)]))
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(
            flow_run_filter=asked, sort=FlowRunSort.START_TIME_DESC, limit=1
        )
    return runs[0] if runs else None
