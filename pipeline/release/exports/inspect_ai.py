"""Writes an inspect_ai task file with the tasks anchors, pairs and controls.

inspect eval OUT/spuriforge_task.py@pairs --model ... -T split=test
"""

from pathlib import Path

from ...atomic import write_text
from .task_source import TaskSource

TASKS = "spuriforge_task.py"


def write(source: TaskSource, out: Path) -> list[Path]:
    """Writes the task file and returns its path."""
    path = out / TASKS
    write_text(path, source.render("inspect_ai.py.jinja"))
    return [path]
