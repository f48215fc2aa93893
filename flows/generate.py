"""Generation: makes counterfactual pairs until the gate has kept enough or the rounds end."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import ceil

from PIL import Image
from prefect import flow

from spuriforge.pipeline.clip import OpenClip
from spuriforge.pipeline.describe import Scene, anchor_scenes, category_of, scenes_of
from spuriforge.pipeline.gate import judge_pairs
from spuriforge.pipeline.imagegen import Box, PairPlan, make_pairs, plan_pairs
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import OPEN, CueType, Failure, GateResult, Pair
from spuriforge.pipeline.workspace import Workspace

from . import models
from .naming import RecipePath, run_name
from .stage import image_artifact, run_shards, runner
from .state.acceptance import wanted_pairs
from .state.snapshot import Snapshot

ROLES = ("selection", "release")


@flow(name="generate", flow_run_name=run_name)
def generate(recipe_path: RecipePath) -> int:
    """Returns the number of pairs that the gate keeps."""
    recipe = Snapshot.take(recipe_path).recipe
    return generate_pairs.with_options(task_runner=runner(recipe))(recipe_path)


@flow(name="generate-pairs", flow_run_name=run_name)
def generate_pairs(recipe_path: RecipePath) -> int:
    """Makes and gates pairs in rounds: each makes what is still missing, by the next route."""
    snapshot = Snapshot.take(recipe_path)
    recipe = snapshot.recipe
    types, wanted = wanted_types(snapshot), wanted_counts(snapshot)
    plans: list[PairPlan] = []
    for number in range(recipe.generate.rounds * len(recipe.generate.routes)):
        kept = _kept(plans, snapshot.retake())
        round_plans = [
            plan
            for cue_type in types
            for role in ROLES
            for plan in _plan(
                snapshot,
                cue_type,
                role,
                number,
                wanted[cue_type.key, role] - kept[cue_type.key, role],
                plans,
            )
        ]
        if round_plans:
            plans += round_plans
            _make_and_gate(snapshot, round_plans, types)
    snapshot = snapshot.retake()
    _show_examples(snapshot)
    return _kept(plans, snapshot).total()


def wanted_types(snapshot: Snapshot) -> list[CueType]:
    """The types that people accepted; the rejected too, if the recipe measures what people add."""
    decisions = snapshot.decisions("cue")
    rejected_too = snapshot.recipe.generate.include_rejected
    types = [cue_type for cue_type in snapshot.types.values() if cue_type.key in decisions]
    return [cue_type for cue_type in types if decisions[cue_type.key].accepted or rejected_too]


def _kept(plans: Sequence[PairPlan], snapshot: Snapshot) -> Counter[tuple[str, str]]:
    """(type, role) -> how many of the planned pairs the gate kept."""
    passed = snapshot.passed_gate(plan.key for plan in plans)
    return Counter((plan.type, plan.role) for plan in plans if plan.key in passed)


def wanted_counts(snapshot: Snapshot) -> dict[tuple[str, str], int]:
    """(type, role) -> how many pairs it needs; more release pairs if people rejected many."""
    settings, release = snapshot.recipe.generate, wanted_pairs(snapshot)
    wanted = {(key, "selection"): settings.selection_pairs for key in snapshot.types}
    return wanted | {
        (key, "release"): release.get(key, settings.release_pairs) for key in snapshot.types
    }


def _plan(
    snapshot: Snapshot,
    cue_type: CueType,
    role: str,
    number: int,
    short: int,
    plans: Sequence[PairPlan],
) -> list[PairPlan]:
    """Plans the `short` pairs that a type lacks in a role, and some more for the gate to reject.

    Selection and release pairs never share a scene's seed.
    """
    settings = snapshot.recipe.generate
    route = settings.routes[number // settings.rounds]
    if short <= 0 or (route == "inpainting" and not _can_be_painted(snapshot, cue_type)):
        return []
    start = sum(plan.type == cue_type.key and plan.role == role for plan in plans)
    count = ceil(short * settings.oversample)
    scenes = _scenes(snapshot, cue_type, role, start + count)[start:]
    seed, box = snapshot.recipe.run.seed, _box(snapshot, cue_type)
    return plan_pairs(cue_type, scenes, role, start, route, settings, seed, box)


def _scenes(snapshot: Snapshot, cue_type: CueType, role: str, count: int) -> list[Scene]:
    """Scenes from the benchmark's captions, or from the type's description as people edited it."""
    samples = snapshot.samples
    if snapshot.recipe.describe.by == "captions":
        candidates, screen = snapshot.candidates, snapshot.screen
        return scenes_of(cue_type, role, samples, candidates, screen, count)
    decision = snapshot.decisions("cue").get(cue_type.key)
    if decision and decision.description_with and decision.description_without:
        cue_type = replace(
            cue_type,
            description_with=decision.description_with,
            description_without=decision.description_without,
        )
    anchor = next(sample for sample in samples if sample.key == cue_type.anchor)
    return anchor_scenes(cue_type, anchor, count)


def _box(snapshot: Snapshot, cue_type: CueType) -> Box | None:
    """Where the cue is in the anchor, by people or the judge; None leaves it to the recipe.

    Captions are of other samples, whose cue is elsewhere.
    """
    if snapshot.recipe.describe.by == "captions":
        return None
    judgments = snapshot.judgments("cue")
    drawn = [
        judgment.box for judgment in judgments if judgment.subject == cue_type.key and judgment.box
    ]
    box = drawn[0] if drawn else cue_type.box
    return (box[0], box[1], box[2], box[3]) if box else None


def _can_be_painted(snapshot: Snapshot, cue_type: CueType) -> bool:
    """Only a thing that can be absent, in a known place, can be painted in and out."""
    known = snapshot.recipe.generate.box is not None or _box(snapshot, cue_type) is not None
    if cue_type.category == OPEN:
        return known
    return category_of(cue_type.category, snapshot.screen).null is not None and known


def _make_and_gate(snapshot: Snapshot, plans: list[PairPlan], types: Sequence[CueType]) -> None:
    recipe, workspace, screen = snapshot.recipe, snapshot.workspace, snapshot.screen
    images = 3 if recipe.generate.placebo else 2
    run_shards(
        "generate",
        workspace,
        [(plan.key, plan) for plan in plans],
        Pair,
        lambda shard: make(shard, recipe, workspace),
        size=max(1, recipe.run.shard // 8),
        images=lambda shard: len(shard) * images,
        meter=models.meter(recipe),
    )
    wanted = {plan.key for plan in plans}
    pairs = [pair for pair in workspace.records(Pair) if pair.key in wanted]
    clip, by_key = OpenClip.load(recipe.gate.clip), {cue_type.key: cue_type for cue_type in types}
    asked = gate_asks(recipe)
    run_shards(
        "gate",
        workspace,
        [(snapshot.gate_key(pair.key), pair) for pair in pairs],
        GateResult,
        lambda shard: judge_pairs(shard, by_key, clip, screen, recipe.gate, workspace.image, asked),
        size=recipe.run.shard,
    )


def make(shard: Sequence[PairPlan], recipe: Recipe, workspace: Workspace) -> list[Pair | Failure]:
    """Makes a shard's pairs; returns a Failure where the image model would cut a description."""
    generator = models.generator(recipe.generate)
    fitting = [plan for plan in shard if generator.fits(plan)]
    too_long = [
        Failure.now("generate", plan.key, generator.name, "a description is longer than it reads")
        for plan in shard
        if plan not in fitting
    ]
    return [*make_pairs(fitting, generator, workspace), *too_long]


def gate_asks(
    recipe: Recipe,
) -> Callable[[Sequence[tuple[str, Image.Image]]], list[float]] | None:
    """The LVLM that the gate asks beside CLIP, or None where the recipe names none."""
    return models.transformers_lvlm(recipe.gate.vqa).yes_probability if recipe.gate.vqa else None


def _show_examples(snapshot: Snapshot) -> None:
    """Puts example pairs on the flow run's page."""
    first = {pair.type: pair for pair in reversed(snapshot.kept_pairs)}
    for pair in list(first.values())[:6]:
        arms = [("with the cue", pair.image_with), ("without", pair.image_without)]
        images = [(caption, snapshot.workspace.image_bytes(digest)) for caption, digest in arms]
        cue_type = snapshot.types[pair.type]
        image_artifact(f"pair-{pair.key}", images, f"{cue_type.cue}: {cue_type.question}")
