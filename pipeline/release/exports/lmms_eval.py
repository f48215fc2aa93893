"""Writes an lmms-eval task folder: YAML files for the tasks and their group, and their functions.

    lmms-eval --include_path OUT --tasks spuriforge_demo --model ... --model_args ...

The tasks are anchors, pairs and controls. One task asks about both images of a pair, because it
reports the gap between them.
"""

import re
from pathlib import Path

from ...atomic import write_text
from .task_source import TaskSource

FUNCTIONS = "spuriforge_functions.py"
#: Config -> its figures, named as in `pipeline.evaluate.figures` -> whether higher is better.
FIGURES = {
    "anchors": {"anchors": True},
    "pairs": {
        "with_cue": True,
        "without_cue": True,
        "gap": False,
        "consistent": True,
        "bias_with": False,
    },
    "controls": {"controls": True},
}


def write(source: TaskSource, out: Path) -> list[Path]:
    """Writes the task folder's files and returns their paths, the group's YAML last."""
    # The prefix keeps lmms-eval from running a task of its own with the same name instead.
    group = f"spuriforge_{re.sub(r'[^A-Za-z0-9]+', '_', source.name)}"
    tasks = {config: f"{group}_{config}" for config in source.configs}
    texts = {FUNCTIONS: source.render("lmms_eval.py.jinja")}
    for config, task in tasks.items():
        texts[f"{task}.yaml"] = source.render(
            "lmms_eval_task.yaml.jinja", config=config, task=task, figures=FIGURES[config]
        )
    texts[f"{group}.yaml"] = source.render(
        "lmms_eval_group.yaml.jinja", group=group, tasks=list(tasks.values())
    )
    for name, text in texts.items():
        write_text(out / name, text)
    return [out / name for name in texts]
