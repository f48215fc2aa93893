"""What lies in a task: the images and texts of a cue or a pair, and, for who breaks a tie, what
others said of it.

build = cue_builder(workspace, [(cue_type, sample)], previews={}, said={}) data =
build(cue_type.key)                     # the data of a Label Studio task, made when it is imported
"""

from collections.abc import Iterable, Mapping, Sequence

from spuriforge.pipeline.records import CatchTrial, CueType, Judgment, Pair, Sample
from spuriforge.pipeline.workspace import Workspace

from .desks import Build
from .screens import cue_task, pair_task

#: Type -> its preview: an image with the cue and one without it.
Previews = Mapping[str, tuple[bytes, bytes]]


def unrecognisable(
    catch_trials: Sequence[tuple[CatchTrial, CueType]], previews: Previews
) -> tuple[list[tuple[CatchTrial, CueType]], list[str]]:
    """The controls that look like all others, and a sentence on those that do not."""
    fit = [(catch_trial, one) for catch_trial, one in catch_trials if one.key in previews]
    lacking = len(catch_trials) - len(fit)
    said = f"{lacking} controls have no preview and were held back: draw one for each control, as for any other type."
    return fit, [said] if lacking else []


def cue_builder(
    workspace: Workspace,
    asked: Iterable[tuple[CueType, Sample | None]],
    previews: Previews,
    said: Mapping[str, Sequence[Judgment]],
) -> Build:
    """Makes a cue's task by its type's key; a type without a sample is shown by its own question
    and answer.
    """
    by_key = {one.key: (one, sample) for one, sample in asked}

    def build(key: str) -> dict[str, str]:
        one, sample = by_key[key]
        image = workspace.image_bytes(one.image)
        return cue_task(one, sample, image, preview=previews.get(key), said=said.get(key, ()))

    return build


def pair_builder(
    workspace: Workspace,
    pairs: Iterable[Pair],
    types: Mapping[str, CueType],
    said: Mapping[str, Sequence[Judgment]],
) -> Build:
    """Makes a pair's task by its key."""
    by_key = {one.key: one for one in pairs}

    def build(key: str) -> dict[str, str]:
        one = by_key[key]
        images = workspace.image_bytes(one.image_with), workspace.image_bytes(one.image_without)
        return pair_task(one, types[one.type], *images, said=said.get(key, ()))

    return build
