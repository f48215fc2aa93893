"""An inspect_ai task file: the tasks anchors, pairs and controls, loaded by the `datasets` library.

inspect eval OUT/spuriforge_task.py@pairs --model ... -T split=test
"""

from pathlib import Path

from .task_source import TaskSource, put

TASKS = "spuriforge_task.py"


def write(source: TaskSource, out: Path) -> list[Path]:
    """The task file."""
    return [put(out, TASKS, source.render("inspect_ai.py.jinja"))]
