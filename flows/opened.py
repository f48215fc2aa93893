"""A recipe opened: its workspace, its models loaded once, and what the stages have yielded so far."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from annotation.push import pair_overlap
from data.proving_ground.benchmark import Question, questions
from pipeline.agreement import decide, latest
from pipeline.clip import OpenClip
from pipeline.describe import merge
from pipeline.gate import gate_key
from pipeline.imagegen import Generator
from pipeline.lvlm.prompts import version_for
from pipeline.lvlm.transformers_backend import TransformersLVLM
from pipeline.mine import mined_with
from pipeline.recipe import Generate, Model, Recipe, clip_id
from pipeline.records import (
    Candidate,
    CueType,
    Decision,
    Evidence,
    GateResult,
    ImageTags,
    Judgment,
    Pair,
    PersistentError,
    Record,
    Response,
    Sample,
)
from pipeline.screen import associate
from pipeline.verify import all_answered, weigh
from pipeline.workspace import Workspace

R = TypeVar("R", bound=Record)
M = TypeVar("M")

#: What people say of a cue task whose sample is at fault, not its cue.
UNUSABLE = ("bad_question", "bad_image")

_thread = threading.local()
#: transformers and diffusers build a model on the meta device first: two threads that load at once break each other.
_loading = threading.Lock()


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

    @property
    def prompts(self) -> dict[str, str]:
        """Each model's id -> the version of the prompt that it is asked by."""
        return {model.id: version_for(model.answer_by) for model in self.recipe.models}

    def responses(self) -> list[Response]:
        """The verifier models' answers by their prompts, and in the rotations, of the recipe as it is now."""
        rotations, prompts = self.recipe.verify.rotations, self.prompts
        made = self.workspace.records(Response)
        return [one for one in made if one.prompt == prompts.get(one.model) and one.rotation < rotations]

    @cached_property
    def samples(self) -> list[Sample]:
        """The benchmark's samples, read once."""
        return self.workspace.records(Sample)

    @cached_property
    def candidates(self) -> list[Candidate]:
        """The candidates of the recipe's models as they are, from the errors and tags that the workspace has.

        Made anew each time and never read back: with more questions or another model the statistics change.
        """
        mined = {model: mined_with(prompt, self.recipe.mine) for model, prompt in self.prompts.items()}
        errors = [one for one in self.workspace.records(PersistentError) if one.mined == mined.get(one.model)]
        tags = self.workspace.records(ImageTags)
        return associate(self.samples, errors, tags, self.recipe.screen, self.unsound)

    @cached_property
    def unsound(self) -> set[str]:
        """The samples whose question, gold answer or image people called unusable.

        None stands for a type any more: the type is proposed again with its next clearest error.
        """
        decided = self.decisions("cue")
        judged = [one for one in self.workspace.records(CueType) if one.key in decided]
        return {one.anchor for one in judged if decided[one.key].verdict in UNUSABLE}

    @cached_property
    def types(self) -> dict[str, CueType]:
        """The cue types by key, merged from the candidates."""
        return {one.key: one for one in merge(self.candidates, self.samples, self.recipe.screen)}

    def keep_proposals(self) -> int:
        """Writes the candidates and types as they are now, beside earlier ones; gives the number of new candidates."""
        known = self.workspace.keys(Candidate), self.workspace.keys(CueType)
        self.workspace.append([one for key, one in self.types.items() if key not in known[1]])
        return self.workspace.append([one for one in self.candidates if one.key not in known[0]])

    def decisions(self, project: str) -> dict[str, Decision]:
        """What people decided on each type ("cue") or pair ("pair") that enough of them judged, by its key."""
        overlap = self.recipe.annotate.overlap
        judgments = [one for one in latest(self.workspace.records(Judgment)) if one.project == project]
        votes = Counter(one.subject for one in judgments)
        wanted = {subject: overlap if project == "cue" else pair_overlap(subject, self.recipe) for subject in votes}
        enough = [one for one in judgments if votes[one.subject] >= wanted[one.subject]]
        return {one.subject: one for one in decide(enough, project)}

    def passed_gate(self, pairs: Iterable[str]) -> set[str]:
        """Those of the pairs' keys that the recipe's gate has kept by now."""
        clip = clip_id(self.recipe.gate.clip)
        kept = {one.key for one in self.workspace.records(GateResult) if one.kept}
        return {key for key in pairs if gate_key(key, clip, self.recipe.gate) in kept}

    @cached_property
    def kept_pairs(self) -> list[Pair]:
        """The pairs that the gate kept, by type, role and index; no more selection pairs than the recipe asks for.

        Pairs of another image model, or of another way of sampling, are left out.
        """
        settings = self.recipe.generate
        made = [one for one in self.workspace.records(Pair) if one.type in self.types and one.generator == settings.id]
        passed = self.passed_gate(one.key for one in made)
        taken: Counter[tuple[str, str]] = Counter()
        chosen = []
        for pair in sorted(made, key=lambda pair: (pair.type, pair.role, pair.index, pair.key)):
            if pair.key in passed:
                taken[pair.type, pair.role] += 1
                if pair.role == "release" or taken[pair.type, pair.role] <= settings.selection_pairs:
                    chosen.append(pair)
        return chosen

    @cached_property
    def selection_evidence(self) -> list[Evidence]:
        """The evidence that decides on acceptance; none before all models have answered all selection pairs.

        Else a run that is killed while it verifies would go on with what half the answers say.
        """
        types, verify, responses = self.types, self.recipe.verify, self.responses()
        deciding = [pair for pair in self.kept_pairs if pair.role == "selection"]
        if not all_answered(deciding, types, responses, [model.id for model in self.recipe.models], verify):
            return []
        return weigh(list(types.values()), deciding, responses, verify, "selection")

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
        with _loading:
            one_thread_each()
            loaded[name] = load()
    return loaded[name]


def one_thread_each() -> None:
    """Shards run side by side, so each computes on one core: torch's own threads would fight over them.

    The libraries' own bars and notices on loading are left out: the stages show progress.
    """
    import torch
    from diffusers.utils import logging as of_diffusers
    from transformers.utils import logging as of_transformers

    torch.set_num_threads(1)
    of_diffusers.disable_progress_bar()
    of_diffusers.set_verbosity_error()
    of_transformers.disable_progress_bar()
