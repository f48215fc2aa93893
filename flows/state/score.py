"""On a proving ground: the run's score, and the stage at which a planted shortcut was lost."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from spuriforge.data.proving_ground.measure_lvlm import Answerer
from spuriforge.data.proving_ground.score import AcceptedType, Truth, score
from spuriforge.pipeline.lvlm.interface import Query
from spuriforge.pipeline.recipe import EndpointModel, Recipe, TransformersModel
from spuriforge.pipeline.records import CueType, Evidence
from spuriforge.pipeline.text_matching import plain

from .. import models
from .snapshot import Snapshot


def score_run(snapshot: Snapshot, release_evidence: Sequence[Evidence]) -> dict[str, Any] | None:
    """Scores what would be published now; None where the recipe has no proving ground.

    Two variants on the same responses stand beside it: without people, and by the paper's rule.
    """
    recipe = snapshot.recipe
    world = recipe.proving_ground
    if world is None:
        return None
    types = snapshot.types
    selection = [evidence for evidence in snapshot.selection_evidence if evidence.pooled]
    published: dict[str, dict[str, Evidence]] = {evidence.type: {} for evidence in release_evidence}
    for evidence in release_evidence:
        if not evidence.pooled:
            published[evidence.type][evidence.models[0].partition("@")[0]] = evidence
    variants = {
        "pipeline": [AcceptedType(types[key], by_model) for key, by_model in published.items()],
        "without judgments": [
            AcceptedType(types[evidence.type], {}) for evidence in selection if evidence.accepted
        ],
        "paper's threshold rule": [
            AcceptedType(types[evidence.type], {})
            for evidence in selection
            if evidence.passes_paper_rule
        ],
    }
    answerers = {model.name: _answerer(model, recipe) for model in recipe.verifiers}
    truth = Truth(Path(world.path), answerers, recipe.verify.min_effect)
    return score(truth, variants, _Losses(snapshot, selection, set(published)).lost_at)


def _answerer(model: TransformersModel | EndpointModel, recipe: Recipe) -> Answerer:
    """A recipe's model as the proving ground asks it: by its prompt, options in their order."""

    def answer(questions: Sequence[tuple[Image.Image, str, tuple[str, ...]]]) -> list[int]:
        queries = [Query(question, choices, image) for image, question, choices in questions]
        answers = models.lvlm(model, recipe).answer(queries)
        return [-1 if reply.chosen is None else reply.chosen for reply in answers]

    return answer


class _Losses:
    """Looks up where the pipeline lost a planted shortcut."""

    def __init__(
        self, snapshot: Snapshot, selection: Sequence[Evidence], published: set[str]
    ) -> None:
        self.types = list(snapshot.types.values())
        self.candidates = snapshot.candidates
        self.questions = {sample.key: plain(sample.question) for sample in snapshot.samples}
        self.decisions = snapshot.decisions("cue")
        self.selection = {evidence.type: evidence for evidence in selection}
        self.published = published

    def lost_at(self, model: str, question: str, answer: str, cue: str) -> str:
        """Returns the stage and its reason, or "published"."""
        cue_type = next(
            (known for known in self.types if _is(known, model, question, answer, cue)), None
        )
        if cue_type is None:
            return self._screened_out(model, question, answer, cue)
        decision, tested = self.decisions.get(cue_type.key), self.selection.get(cue_type.key)
        if decision is None or not decision.accepted:
            return f"annotate: {decision.verdict if decision else 'not judged'}"
        if tested is None:
            return "gate: too few pairs"
        if not tested.accepted:
            return f"verify: {tested.reason}"
        if cue_type.key not in self.published:
            return "publish: too few checked pairs"
        return "published"

    def _screened_out(self, model: str, question: str, answer: str, cue: str) -> str:
        wanted = (model, plain(question), plain(answer), cue)
        for candidate in self.candidates:
            name = candidate.model.partition("@")[0]
            asked = self.questions[candidate.sample]
            if (name, asked, candidate.linked, candidate.cue) == wanted:
                return f"screen: {candidate.reason}"
        return "screen: never proposed"


def _is(cue_type: CueType, model: str, question: str, answer: str, cue: str) -> bool:
    named = any(name.partition("@")[0] == model for name in cue_type.models)
    texts = (plain(cue_type.question), plain(cue_type.linked), cue_type.cue)
    return named and texts == (plain(question), plain(answer), cue)
