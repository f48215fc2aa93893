"""Repairs an annotator's desk: removes doubled tasks, and answers again what the server lost.

    sentences = repair(client, server, state, judgments)     # judgments: subject -> the annotator's
    sentences += gone_tasks(state, asked, judged)

The sentences tell the lead what was wrong.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from spuriforge.pipeline.records import Judgment

from .accounts import annotators
from .answers import answer_of, result_of
from .client import Server, connect
from .desks import DeskState

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio


def repair(
    client: "LabelStudio", server: Server, state: DeskState, judgments: Mapping[str, Judgment]
) -> list[str]:
    """Repairs a desk; returns a sentence on each problem, those found on reading it included."""
    whose = f"{state.desk.annotator}'s {state.desk.kind} project"
    sentences = [*state.problems]
    if copies := _remove_copies(client, state):
        sentences.append(
            f"{copies} tasks lay twice in {whose}: the copies that nobody had answered were taken "
            "out."
        )
    lost = {subject: judgments[subject] for subject in state.unanswered if subject in judgments}
    if lost:
        refused = _put_back(server, state, lost)
        sentences.append(
            f"{len(lost)} tasks of {whose} were open again, though the workspace has their "
            "judgments: "
            + (f"they could not be put back ({refused})." if refused else "they were put back.")
        )
    return sentences


def gone_tasks(state: DeskState, asked: Collection[str], judged: Collection[str]) -> list[str]:
    """Returns a sentence on the tasks that vanished from a project; `asked` are pushed now."""
    again, kept = (len(state.missing.intersection(subjects)) for subjects in (asked, judged))
    if state.project is None or not again + kept:
        return []
    return [
        f"{again + kept} tasks are gone from {state.desk.annotator}'s {state.desk.kind} project: "
        f"{again} are asked again, {kept} are not, since the workspace has their judgments."
    ]


def _remove_copies(client: "LabelStudio", state: DeskState) -> int:
    """Removes unanswered copies of tasks from a project; returns their number.

    They come from two pushes at once, or from a request that was sent again after its answer got
    lost.
    """
    removed = 0
    for number in state.copies:
        task: Any = client.tasks.get(str(number))
        # Somebody may have answered it meanwhile.
        if not task.total_annotations and not task.cancelled_annotations:
            client.tasks.delete(str(number))
            removed += 1
    return removed


def _put_back(server: Server, state: DeskState, lost: Mapping[str, Judgment]) -> str:
    """Answers open tasks as the annotator did, in their name; returns the server's refusal, or "".

    The server had those answers and lost them, by a restored backup or by somebody's hand. So
    nobody is asked twice.
    """
    from label_studio_sdk.core.api_error import ApiError

    name = state.desk.annotator
    client = connect(server, annotators(server, (name,))[name].token)
    for subject, judgment in lost.items():
        answer = answer_of(judgment)
        try:
            client.annotations.create(
                id=state.unanswered[subject],
                result=result_of(state.desk.judges, answer) if answer else [],
                was_cancelled=answer is None,
                lead_time=judgment.seconds,
            )
        except ApiError as error:
            return f"Label Studio says {error.status_code}"
    return ""
