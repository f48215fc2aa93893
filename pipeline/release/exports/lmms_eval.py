"""An lmms-eval task folder: a YAML file for each of anchors, pairs, controls, one for the group,
and their functions.

    lmms-eval --include_path OUT --tasks spuriforge_demo --model ... --model_args ...

The two images of a pair are asked by one task, since the gap between them is the point.
"""

import re
from pathlib import Path

from .task_source import TaskSource, put

FUNCTIONS = "spuriforge_functions.py"
#: Config -> its figures, named as in `pipeline.evaluate.figures`, each with whether more is better.
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
    """The task folder's files; the YAML of the group last."""
    # With a prefix, since a task of lmms-eval's own that has the same name would be run in its
    # place.
    group = f"spuriforge_{re.sub(r'[^A-Za-z0-9]+', '_', source.name)}"
    tasks = {config: f"{group}_{config}" for config in source.configs}
    written = [put(out, FUNCTIONS, source.render("lmms_eval.py.jinja"))]
    for config, task in tasks.items():
        text = source.render(
            "lmms_eval_task.yaml.jinja", config=config, task=task, figures=FIGURES[config]
        )
        written.append(put(out, f"{task}.yaml", text))
    group_text = source.render(
        "lmms_eval_group.yaml.jinja", group=group, tasks=list(tasks.values())
    )
    return [*written, put(out, f"{group}.yaml", group_text)]
