"""Scripted annotators: they log in as people do and answer their tasks through Label Studio's API.

    answered = answer_all(server, workspace, recipe, judge)
    # judge(kind, task data, annotator) -> ScriptedAnswer, or None to skip

Each works in a thread with an HTTP connection of its own. A task that has an answer is left alone,
so a kill is harmless and a repetition answers only what is open.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import JUDGMENT_TEXTS
from spuriforge.pipeline.workspace import Workspace

from .accounts import Account, annotators
from .answers import TaskAnswer as ScriptedAnswer
from .answers import result_of
from .client import Server, connect, explained
from .projects import Desk, projects, tasks_of

__all__ = ["Judge", "ScriptedAnswer", "answer_all"]

#: (kind, the task's data, the annotator's name) -> the answer, or None to skip the task.
Judge = Callable[[str, dict[str, Any], str], ScriptedAnswer | None]


def answer_all(server: Server, workspace: Workspace, recipe: Recipe, judge: Judge) -> int:
    """Answers every open task of the recipe's annotators; returns the number of answers.

    One thread at a time calls `judge`.
    """
    if recipe.annotate.by != "scripted":
        raise ValueError("The recipe asks people, not scripts: annotate.by is not 'scripted'.")
    with explained("the scripted answers", server):
        accounts = annotators(server, recipe.annotate.annotators)
        desks = projects(connect(server), workspace, recipe.run.name)
        lock = threading.Lock()

        def work(name: str) -> int:
            own = {desk: desks[desk].id for desk in desks if desk.annotator == name}
            return _answer(server, accounts[name], own, judge, lock)

        with ThreadPoolExecutor(len(accounts)) as pool:
            return sum(pool.map(work, accounts))


def _answer(
    server: Server, account: Account, desks: dict[Desk, int], judge: Judge, lock: threading.Lock
) -> int:
    """Answers the open tasks in an annotator's projects, in order."""
    client = connect(server, account.token)
    answered = 0
    for desk, project in desks.items():
        for task in tasks_of(client, project):
            if task.get("total_annotations") or task.get("cancelled_annotations"):
                continue
            began = time.monotonic()
            with lock:
                answer = judge(desk.judges, task["data"], account.name)
            shown = None if answer is None else _as_shown(answer, task["data"])
            client.annotations.create(
                id=task["id"],
                result=[] if shown is None else result_of(desk.judges, shown),
                was_cancelled=shown is None,
                lead_time=time.monotonic() - began,
            )
            answered += 1
    return answered


def _as_shown(answer: ScriptedAnswer, data: dict[str, Any]) -> ScriptedAnswer:
    """Returns the answer as its form is sent: texts that were not edited stay as filled in."""
    if answer.verdict != "spurious":
        return answer
    edited = {name: text for name, text in answer.texts.items() if text is not None}
    return replace(answer, texts={name: data.get(name) for name in JUDGMENT_TEXTS} | edited)
