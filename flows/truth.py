"""On a proving ground: hands the score what it needs, and says at which stage a planted shortcut
was lost.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from spuriforge.data.proving_ground.measure_lvlm import Answerer
from spuriforge.data.proving_ground.score import Accepted, Truth, score
from spuriforge.pipeline.lvlm.asking import Query
from spuriforge.pipeline.recipe import EndpointModel, Recipe, TransformersModel
from spuriforge.pipeline.records import CueType, Evidence
from spuriforge.pipeline.screen import plain

from . import models
from .opened import Opened


def score_run(opened: Opened, release_evidence: Sequence[Evidence]) -> dict[str, Any] | None:
    """The score of what would be published now, beside what it would be without people and by the
    paper's rule.
    """
    recipe = opened.recipe
    world = recipe.proving_ground
    if world is None:
        return None
    types = opened.types
    selection = [one for one in opened.selection_evidence if one.pooled]
    by_type: dict[str, dict[str, Evidence]] = {one.type: {} for one in release_evidence}
    for one in release_evidence:
        if not one.pooled:
            by_type[one.type][one.models[0].partition("@")[0]] = one
    variants = {
        "pipeline": [Accepted(types[key], published) for key, published in by_type.items()],
        "without judgments": [Accepted(types[one.type], {}) for one in selection if one.accepted],
        "paper's threshold rule": [
            Accepted(types[one.type], {}) for one in selection if one.passes_paper_rule
        ],
    }
    truth = Truth(
        Path(world.path),
        {model.name: _answerer(model, recipe) for model in recipe.verifiers},
        recipe.verify.min_effect,
    )
    return score(truth, variants, _Losses(opened, selection, set(by_type)).lost_at)


def _answerer(model: TransformersModel | EndpointModel, recipe: Recipe) -> Answerer:
    """A recipe's model as the world asks it: by its prompt, options as they come."""

    def answer(asked: Sequence[tuple[Image.Image, str, tuple[str, ...]]]) -> list[int]:
        queries = [Query(question, choices, image) for image, question, choices in asked]
        answers = models.lvlm(model, recipe).answer(queries)
        return [-1 if one.chosen is None else one.chosen for one in answers]

    return answer


class _Losses:
    """Looks up where the line dropped a shortcut."""

    def __init__(self, opened: Opened, selection: Sequence[Evidence], published: set[str]) -> None:
        """Reads once what each stage left."""
        self.types = list(opened.types.values())
        self.candidates = opened.candidates
        self.questions = {sample.key: plain(sample.question) for sample in opened.samples}
        self.decisions = opened.decisions("cue")
        self.selection = {one.type: one for one in selection}
        self.published = published

    def lost_at(self, model: str, question: str, answer: str, cue: str) -> str:
        """The stage, and its reason."""
        kind = next((one for one in self.types if _is(one, model, question, answer, cue)), None)
        if kind is None:
            return self._screened_out(model, question, answer, cue)
        decision, tested = self.decisions.get(kind.key), self.selection.get(kind.key)
        if decision is None or not decision.accepted:
            return f"annotate: {decision.verdict if decision else 'not judged'}"
        if tested is None:
            return "gate: too few pairs"
        if not tested.accepted:
            return f"verify: {tested.reason}"
        return "publish: too few checked pairs" if kind.key not in self.published else "published"

    def _screened_out(self, model: str, question: str, answer: str, cue: str) -> str:
        for one in self.candidates:
            same = (one.model.partition("@")[0], self.questions[one.sample], one.linked, one.cue)
            if same == (model, plain(question), plain(answer), cue):
                return f"screen: {one.reason}"
        return "screen: never proposed"


def _is(kind: CueType, model: str, question: str, answer: str, cue: str) -> bool:
    named = any(name.partition("@")[0] == model for name in kind.models)
    return named and (plain(kind.question), plain(kind.linked), kind.cue) == (
        plain(question),
        plain(answer),
        cue,
    )
