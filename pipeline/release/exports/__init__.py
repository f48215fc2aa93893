"""A release for other people's harnesses: VLMEvalKit's files, an lmms-eval task folder, an
inspect_ai task file.

    written = export("releases/demo/1.0.0", "lmms-eval", Path("out"), split="test")

VLMEvalKit's files hold all that `spuriforge evaluate` asks, and VLMEvalKit has a prompt and a
reader of its own. The tasks for the other two leave out the placebo images, have the direct prompt,
and read answers by the same code. What is written stands alone: it imports nothing of this project.
"""

from pathlib import Path
from typing import Literal

from ..questions import Split, open_release, read_questions
from .inspect_ai import write as write_inspect
from .lmms_eval import write as write_lmms_eval
from .task_source import TaskSource
from .vlmevalkit import write as write_vlmevalkit

Format = Literal["vlmevalkit", "lmms-eval", "inspect"]

__all__ = ["Format", "export"]


def export(
    release: str | Path, to: Format, out: Path, *, split: Split = "all", hub: str | None = None
) -> list[Path]:
    """Writes a release (of a folder of releases the latest) for one harness; gives back the files.

    `hub` is the data set's place on the Hugging Face Hub, OWNER/NAME: the tasks then load this
    version from there, not from this machine. ValueError where the release has nothing in `split`.
    """
    if to == "vlmevalkit" and hub is not None:
        raise ValueError(
            "VLMEvalKit's files hold the images themselves: leave out the place on the Hub."
        )
    opened = open_release(release)
    questions = read_questions(opened, split=split)
    source = TaskSource.of(opened, questions, split, hub)
    out.mkdir(parents=True, exist_ok=True)
    if to == "vlmevalkit":
        return write_vlmevalkit(opened, questions, out)
    return (write_lmms_eval if to == "lmms-eval" else write_inspect)(source, out)
