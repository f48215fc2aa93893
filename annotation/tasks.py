"""Makes the data of Label Studio tasks: the images and texts of a cue or a pair.

    task_of = cue_tasks(workspace, [(cue_type, sample)], previews={}, others={})
    data = task_of(cue_type.key)    # made when it is imported, not before

`others` are the judgments that a task shows to the person who breaks a tie.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from spuriforge.pipeline.records import CatchTrial, CueType, Judgment, Pair, Sample
from spuriforge.pipeline.workspace import Workspace

from .cue_screen import cue_task
from .pair_screen import pair_task

#: Subject -> its task's data.
MakeTask = Callable[[str], dict[str, str]]
#: Type -> its preview: an image with the cue and one without it.
Previews = Mapping[str, tuple[bytes, bytes]]


def with_previews(
    catch_trials: Sequence[tuple[CatchTrial, CueType]], previews: Previews
) -> tuple[list[tuple[CatchTrial, CueType]], list[str]]:
    """Returns the catch trials that look like other tasks, and a sentence on the rest."""
    kept = [(trial, cue_type) for trial, cue_type in catch_trials if cue_type.key in previews]
    lacking = len(catch_trials) - len(kept)
    problem = (
        f"{lacking} catch trials have no preview and were held back: draw one for each, as for any "
        "other type."
    )
    return kept, [problem] if lacking else []


def cue_tasks(
    workspace: Workspace,
    asked: Iterable[tuple[CueType, Sample | None]],
    previews: Previews,
    others: Mapping[str, Sequence[Judgment]],
) -> MakeTask:
    """Returns what makes a cue's task; without a sample it has the type's own question."""
    by_key = {cue_type.key: (cue_type, sample) for cue_type, sample in asked}

    def make(key: str) -> dict[str, str]:
        cue_type, sample = by_key[key]
        image = workspace.image_bytes(cue_type.image)
        return cue_task(
            cue_type, sample, image, preview=previews.get(key), others=others.get(key, ())
        )

    return make


def pair_tasks(
    workspace: Workspace,
    pairs: Iterable[Pair],
    types: Mapping[str, CueType],
    others: Mapping[str, Sequence[Judgment]],
) -> MakeTask:
    """Returns what makes a pair's task."""
    by_key = {pair.key: pair for pair in pairs}

    def make(key: str) -> dict[str, str]:
        pair = by_key[key]
        images = workspace.image_bytes(pair.image_with), workspace.image_bytes(pair.image_without)
        return pair_task(pair, types[pair.type], *images, others=others.get(key, ()))

    return make
