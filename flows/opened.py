"""A recipe opened: its workspace, its models loaded once, and what the stages have yielded so far."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from annotation.push import pair_overlap
from data.proving_ground.benchmark import Question, questions
from pipeline.agreement import decide, latest
from pipeline.clip import OpenClip
from pipeline.imagegen import Generator
from pipeline.lvlm.transformers_backend import TransformersLVLM
from pipeline.recipe import Generate, Model, Recipe
from pipeline.records import CueType, Decision, Judgment, Record, Sample
from pipeline.workspace import Workspace

R = TypeVar("R", bound=Record)
M = TypeVar("M")

_thread = threading.local()


class Opened:
    """One recipe with its workspace, as every flow opens it."""

    def __init__(self, recipe_path: str) -> None:
        """Loads and checks the recipe."""
        self.recipe = Recipe.load(recipe_path)
        self.workspace = Workspace(self.recipe.run.workspace)

    def questions(self) -> list[Question]:
        """The benchmark's questions with their scenes: what scripted annotators see, and no stage of the pipeline."""
        benchmark = self.recipe.benchmark
        return list(questions(Path(benchmark.path), benchmark.questions, benchmark.seed))

    def samples(self) -> list[Sample]:
        """The benchmark's samples."""
        return self.workspace.records(Sample)

    def types(self) -> dict[str, CueType]:
        """The cue types by key."""
        return {one.key: one for one in self.workspace.records(CueType)}

    def decisions(self, project: str) -> dict[str, Decision]:
        """What people decided on each type ("cue") or pair ("pair") that enough of them judged, by its key."""
        overlap = self.recipe.annotate.overlap
        judgments = [one for one in latest(self.workspace.records(Judgment)) if one.project == project]
        votes = Counter(one.subject for one in judgments)
        wanted = {subject: overlap if project == "cue" else pair_overlap(subject, self.recipe) for subject in votes}
        enough = [one for one in judgments if votes[one.subject] >= wanted[one.subject]]
        return {one.subject: one for one in decide(enough, project)}

    def clip(self) -> OpenClip:
        """The screener's CLIP."""
        return OpenClip.load(self.recipe.screen.clip)

    def gate_clip(self) -> OpenClip:
        """The gate's CLIP; the same one, loaded once, where the recipe names the same."""
        return OpenClip.load(self.recipe.gate.clip)


@lru_cache(maxsize=4)
def lvlm(model: Model) -> TransformersLVLM:
    """A recipe's model, loaded once a process."""
    one_thread_each()
    return TransformersLVLM.load(model)


def generator(settings: Generate) -> Generator:
    """The image model, one for each thread: a diffusion pipeline's scheduler keeps the state of its last call."""
    return _of_this_thread(str(settings), lambda: Generator.load(settings))


def _of_this_thread(name: str, load: Callable[[], M]) -> M:
    loaded: dict[str, Any] = _thread.__dict__.setdefault("loaded", {})
    if name not in loaded:
        one_thread_each()
        loaded[name] = load()
    return loaded[name]


def one_thread_each() -> None:
    """Shards run side by side, so each computes on one core: torch's own threads would fight over them."""
    import torch

    torch.set_num_threads(1)
