"""Exports a release to other harnesses: VLMEvalKit, lmms-eval and inspect_ai.

    paths = export("releases/demo/1.0.0", "lmms-eval", Path("out"), split="test")

VLMEvalKit's files hold every question that `spuriforge evaluate` asks; VLMEvalKit uses its own
prompt and its own answer parser. The tasks for the other two leave out placebo images, use the
direct prompt, and parse answers with a copy of our code. The files import nothing of this project.
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
    """Writes a release, or the latest of a folder, for one harness; returns the files written.

    With `hub`, OWNER/NAME on the Hugging Face Hub, the tasks load this version from there instead
    of from this machine. ValueError if the release has no questions in `split`.
    """
    if to == "vlmevalkit" and hub is not None:
        raise ValueError("VLMEvalKit's files contain the images: leave out the place on the Hub.")
    opened = open_release(release)
    questions = read_questions(opened, split=split)
    source = TaskSource.of(opened, questions, split, hub)
    out.mkdir(parents=True, exist_ok=True)
    if to == "vlmevalkit":
        return write_vlmevalkit(opened, questions, out)
    return (write_lmms_eval if to == "lmms-eval" else write_inspect)(source, out)
