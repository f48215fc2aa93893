"""Scripted annotators: they log in as people do and answer their own tasks through Label Studio's
own API.

    answered = answer_all(server, workspace, recipe, judge)    # judge(kind, task data, annotator) -> ScriptedAnswer

Each works in a thread and with an HTTP connection of its own. A task that has an answer is left
alone, so a kill is harmless and a repetition answers only what is open. The judge is called by one
thread at a time.
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

from .client import Account, Desk, annotators, connect, explained, projects, tasks_of
from .screens import Answer as ScriptedAnswer
from .screens import result_of
from .server import Server

__all__ = ["Judge", "ScriptedAnswer", "answer_all"]

#: (kind, the task's data, the annotator's name) -> the answer, or None to skip the task.
Judge = Callable[[str, dict[str, Any], str], ScriptedAnswer | None]


def answer_all(server: Server, workspace: Workspace, recipe: Recipe, judge: Judge) -> int:
    """Answers every open task of every annotator of the recipe; gives the number of answers."""
    if recipe.annotate.by != "scripted":
        raise ValueError("The recipe asks people, not scripts: annotate.by is not 'scripted'.")
    with explained("the scripted answers", server):
        accounts = annotators(server, recipe.annotate.annotators)
        desks = {
            desk: one.id
            for desk, one in projects(connect(server), workspace, recipe.run.name).items()
        }
        lock = threading.Lock()

        def work(name: str) -> int:
            mine = {desk: number for desk, number in desks.items() if desk.annotator == name}
            return _answer(server, accounts[name], mine, judge, lock)

        with ThreadPoolExecutor(len(accounts)) as pool:
            return sum(pool.map(work, accounts))


def _answer(
    server: Server, account: Account, desks: dict[Desk, int], judge: Judge, lock: threading.Lock
) -> int:
    """One annotator's work: the open tasks of their projects, in order."""
    client = connect(server, account.token)
    answered = 0
    for desk, project in desks.items():
        for task in tasks_of(client, project):
            if task.get("total_annotations") or task.get("cancelled_annotations"):
                continue
            began = time.monotonic()
            with lock:
                answer = judge(desk.judges, task["data"], account.name)
            result = (
                [] if answer is None else result_of(desk.judges, _as_shown(answer, task["data"]))
            )
            client.annotations.create(
                id=task["id"],
                result=result,
                was_cancelled=answer is None,
                lead_time=time.monotonic() - began,
            )
            answered += 1
    return answered


def _as_shown(answer: ScriptedAnswer, data: dict[str, Any]) -> ScriptedAnswer:
    """The answer as its form would be sent: a text that was not edited stays as it was filled in."""
    shown: dict[str, Any] = {
        name: data.get(name) for name in JUDGMENT_TEXTS if getattr(answer, name) is None
    }
    return replace(answer, **shown) if answer.verdict == "spurious" else answer
