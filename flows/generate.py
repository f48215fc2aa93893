"""Makes counterfactual pairs until every type has enough that the gate keeps, or the rounds are
used up.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import ceil

from PIL import Image
from prefect import flow

from spuriforge.pipeline.describe import Scene, anchor_scenes, category_of, scenes_of
from spuriforge.pipeline.gate import judge_pairs
from spuriforge.pipeline.imagegen import Box, PairPlan, make_pairs, plan_pairs
from spuriforge.pipeline.mine import failure
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import OPEN, CueType, Failure, GateResult, Pair
from spuriforge.pipeline.workspace import Workspace

from . import models
from .checking import wanted_pairs
from .opened import Opened
from .stage import image_artifact, run_shards, runner

ROLES = ("selection", "release")


@flow(name="generate")
def generate(recipe_path: str) -> int:
    """Gives the number of pairs that the gate keeps."""
    return generate_pairs.with_options(task_runner=runner(Opened(recipe_path).recipe))(recipe_path)


@flow(name="generate-pairs")
def generate_pairs(recipe_path: str) -> int:
    """Rounds of making and gating: each round makes what the rounds before it left short, by the
    next route.
    """
    opened = Opened(recipe_path)
    recipe = opened.recipe
    types = wanted_types(opened)
    plans: list[PairPlan] = []
    wanted = wanted_counts(opened)
    for number in range(recipe.generate.rounds * len(recipe.generate.routes)):
        kept = _kept(plans, opened)
        round_plans = [
            plan
            for one in types
            for role in ROLES
            for plan in _plan(
                opened, one, role, number, wanted[one.key, role] - kept[one.key, role], plans
            )
        ]
        if round_plans:
            plans += round_plans
            _make_and_judge(opened, round_plans, types)
    _show(Opened(recipe_path))
    return _kept(plans, opened).total()


def wanted_types(opened: Opened) -> list[CueType]:
    """The types that people accepted, and, if the recipe says so, the rejected ones too, to measure
    what people add.
    """
    decided = opened.decisions("cue")
    types = [one for one in opened.types.values() if one.key in decided]
    return [
        one for one in types if decided[one.key].accepted or opened.recipe.generate.include_rejected
    ]


def _kept(plans: Sequence[PairPlan], opened: Opened) -> Counter[tuple[str, str]]:
    """(type, role) -> how many of the planned pairs the gate kept."""
    passed = opened.passed_gate(plan.key for plan in plans)
    return Counter((plan.type, plan.role) for plan in plans if plan.key in passed)


def wanted_counts(opened: Opened) -> dict[tuple[str, str], int]:
    """(type, role) -> how many pairs it needs; more release pairs where people rejected too many."""
    settings, more = opened.recipe.generate, wanted_pairs(opened)
    wanted = {(key, "selection"): settings.selection_pairs for key in opened.types}
    return wanted | {
        (key, "release"): more.get(key, settings.release_pairs) for key in opened.types
    }


def _plan(
    opened: Opened, one: CueType, role: str, number: int, short: int, plans: Sequence[PairPlan]
) -> list[PairPlan]:
    """The `short` pairs that one type lacks for one role, and more for the gate to reject.

    Selection and release pairs never share a scene's seed.
    """
    settings = opened.recipe.generate
    route = settings.routes[number // settings.rounds]
    if short <= 0 or (route == "inpainting" and not _can_be_painted(opened, one)):
        return []
    start = sum(plan.type == one.key and plan.role == role for plan in plans)
    count = ceil(short * settings.oversample)
    scenes = _scenes(opened, one, role, start + count)[start:]
    return plan_pairs(
        one, scenes, role, start, route, settings, opened.recipe.run.seed, _box(opened, one)
    )


def _scenes(opened: Opened, one: CueType, role: str, count: int) -> list[Scene]:
    """Scenes from the benchmark's captions, or the type's own description, as people edited it."""
    if opened.recipe.describe.by == "captions":
        return scenes_of(one, role, opened.samples, opened.candidates, opened.screen, count)
    said = opened.decisions("cue").get(one.key)
    if said and said.description_with and said.description_without:
        one = replace(
            one,
            description_with=said.description_with,
            description_without=said.description_without,
        )
    return anchor_scenes(
        one, next(sample for sample in opened.samples if sample.key == one.anchor), count
    )


def _box(opened: Opened, one: CueType) -> Box | None:
    """Where the cue is in the anchor, as people drew it or the judge said; None leaves it to the
    recipe.

    Captions are of other samples, whose cue is elsewhere.
    """
    if opened.recipe.describe.by == "captions":
        return None
    drawn = [said.box for said in opened.judgments("cue") if said.subject == one.key and said.box]
    box = drawn[0] if drawn else one.box
    return (box[0], box[1], box[2], box[3]) if box else None


def _can_be_painted(opened: Opened, one: CueType) -> bool:
    """Only a thing that may be absent, and whose place is known, can be painted in and out."""
    known = opened.recipe.generate.box is not None or _box(opened, one) is not None
    if one.category == OPEN:
        return known
    return category_of(one.category, opened.screen).null is not None and known


def _make_and_judge(opened: Opened, plans: list[PairPlan], types: Sequence[CueType]) -> None:
    recipe, workspace, clip = opened.recipe, opened.workspace, opened.gate_clip()
    by_key = {one.key: one for one in types}
    run_shards(
        "generate",
        workspace,
        [(plan.key, plan) for plan in plans],
        Pair,
        lambda shard: make(shard, recipe, workspace),
        size=max(1, recipe.run.shard // 8),
        images=lambda shard: len(shard) * (3 if recipe.generate.placebo else 2),
        meter=models.meter(recipe),
    )
    wanted = {plan.key for plan in plans}
    pairs = [pair for pair in workspace.records(Pair) if pair.key in wanted]
    run_shards(
        "gate",
        workspace,
        [(opened.gate_key(pair.key), pair) for pair in pairs],
        GateResult,
        lambda shard: judge_pairs(
            shard, by_key, clip, opened.screen, recipe.gate, workspace.image, gate_asks(recipe)
        ),
        size=recipe.run.shard,
    )


def make(shard: Sequence[PairPlan], recipe: Recipe, workspace: Workspace) -> list[Pair | Failure]:
    """The pairs of a shard; none where the image model would cut a description off, and with it
    perhaps the cue.
    """
    generator = models.generator(recipe.generate)
    fitting = [plan for plan in shard if generator.fits(plan)]
    too_long = [
        failure("generate", plan.key, generator.name, "a description is longer than it reads")
        for plan in shard
        if plan not in fitting
    ]
    return [*make_pairs(fitting, generator, workspace), *too_long]


def gate_asks(recipe: Recipe) -> Callable[[Sequence[tuple[str, Image.Image]]], list[float]] | None:
    """The LVLM that the gate asks beside CLIP, where the recipe names one."""
    return models.transformers_lvlm(recipe.gate.vqa).yes_probability if recipe.gate.vqa else None


def _show(opened: Opened) -> None:
    """Example pairs on the flow run's page."""
    first = {pair.type: pair for pair in reversed(opened.kept_pairs)}
    types = opened.types
    for pair in list(first.values())[:6]:
        arms = [("with the cue", pair.image_with), ("without", pair.image_without)]
        images = [(caption, opened.workspace.image_bytes(sha)) for caption, sha in arms]
        image_artifact(
            f"pair-{pair.key}", images, f"{types[pair.type].cue}: {types[pair.type].question}"
        )
