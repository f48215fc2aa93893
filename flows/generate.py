"""Makes counterfactual pairs until every type has enough that the gate keeps, or the rounds are used up."""

from collections import Counter
from collections.abc import Sequence
from math import ceil

from prefect import flow

from pipeline.describe import scenes_of
from pipeline.gate import gate_key, judge_pairs
from pipeline.imagegen import PairPlan, make_pairs, plan_pairs
from pipeline.records import Candidate, CueType, GateResult, Pair, Sample

from .opened import Opened, generator
from .stage import image_artifact, run_shards, runner

ROLES = ("selection", "release")


@flow(name="generate")
def generate(recipe_path: str) -> int:
    """Gives the number of pairs that the gate keeps."""
    return generate_pairs.with_options(task_runner=runner(Opened(recipe_path).recipe))(recipe_path)


@flow(name="generate-pairs")
def generate_pairs(recipe_path: str) -> int:
    """Rounds of making and gating: each round makes what the rounds before it left short, by the next route."""
    opened = Opened(recipe_path)
    recipe = opened.recipe
    types = wanted_types(opened)
    plans: list[PairPlan] = []
    samples, candidates = opened.samples, opened.candidates
    for number in range(recipe.generate.rounds * len(recipe.generate.routes)):
        kept = _kept(plans, opened)
        round_plans = [
            plan
            for one in types
            for role in ROLES
            for plan in _plan(opened, one, role, number, kept, plans, samples, candidates)
        ]
        if round_plans:
            plans += round_plans
            _make_and_judge(opened, round_plans, types)
    kept_pairs = _kept(plans, opened)
    _show(opened)
    return sum(kept_pairs.values())


def wanted_types(opened: Opened) -> list[CueType]:
    """The types that people accepted, and, if the recipe says so, the rejected ones too, to measure what people add."""
    decided = opened.decisions("cue")
    types = [one for one in opened.types.values() if one.key in decided]
    return [one for one in types if decided[one.key].accepted or opened.recipe.generate.include_rejected]


def _kept(plans: Sequence[PairPlan], opened: Opened) -> Counter[tuple[str, str]]:
    """(type, role) -> how many of the planned pairs the gate kept and people did not reject."""
    clip, gate = opened.gate_clip().name, opened.recipe.gate
    passed = {one.key for one in opened.workspace.records(GateResult) if one.kept}
    rejected = {key for key, one in opened.decisions("pair").items() if not one.accepted}
    sound = [plan for plan in plans if plan.key not in rejected and gate_key(plan.key, clip, gate) in passed]
    return Counter((plan.type, plan.role) for plan in sound)


def _plan(
    opened: Opened,
    one: CueType,
    role: str,
    number: int,
    kept: Counter[tuple[str, str]],
    plans: Sequence[PairPlan],
    samples: Sequence[Sample],
    candidates: Sequence[Candidate],
) -> list[PairPlan]:
    """What one type still lacks for one role; selection and release pairs never share a scene's seed."""
    settings = opened.recipe.generate
    short = (settings.selection_pairs if role == "selection" else settings.release_pairs) - kept[one.key, role]
    route = settings.routes[number // settings.rounds]
    if short <= 0 or (route == "inpainting" and not _can_be_painted(opened, one)):
        return []
    start = sum(plan.type == one.key and plan.role == role for plan in plans)
    count = ceil(short * settings.oversample)
    scenes = scenes_of(one, role, samples, candidates, opened.recipe.screen, start + count)[start:]
    return plan_pairs(one, scenes, role, start, route, settings, opened.recipe.run.seed)


def _can_be_painted(opened: Opened, one: CueType) -> bool:
    """Only a thing that may be absent, and whose place is known, can be painted in and out."""
    category = next(category for category in opened.recipe.screen.vocabulary if category.name == one.category)
    return category.null is not None and opened.recipe.generate.box is not None


def _make_and_judge(opened: Opened, plans: list[PairPlan], types: Sequence[CueType]) -> None:
    recipe, workspace, clip = opened.recipe, opened.workspace, opened.gate_clip()
    by_key = {one.key: one for one in types}
    run_shards(
        "generate", workspace, [(plan.key, plan) for plan in plans], Pair,
        lambda shard: make_pairs(shard, generator(recipe.generate), workspace),
        size=max(1, recipe.run.shard // 8), images=lambda shard: len(shard) * (3 if recipe.generate.placebo else 2),
    )  # fmt: skip
    wanted = {plan.key for plan in plans}
    pairs = [pair for pair in workspace.records(Pair) if pair.key in wanted]
    run_shards(
        "gate", workspace, [(gate_key(pair.key, clip.name, recipe.gate), pair) for pair in pairs], GateResult,
        lambda shard: judge_pairs(shard, by_key, clip, recipe.screen, recipe.gate, workspace.image),
        size=recipe.run.shard,
    )  # fmt: skip


def kept_pairs(opened: Opened) -> list[Pair]:
    """The pairs that the gate kept, by type, role and index; no more of a role than the recipe asks for."""
    clip, gate, settings = opened.gate_clip().name, opened.recipe.gate, opened.recipe.generate
    passed = {one.key for one in opened.workspace.records(GateResult) if one.kept}
    made = [pair for pair in opened.workspace.records(Pair) if pair.type in opened.types]
    pairs = [pair for pair in made if gate_key(pair.key, clip, gate) in passed]
    taken: Counter[tuple[str, str]] = Counter()
    chosen = []
    for pair in sorted(pairs, key=lambda pair: (pair.type, pair.role, pair.index)):
        taken[pair.type, pair.role] += 1
        if pair.role == "release" or taken[pair.type, pair.role] <= settings.selection_pairs:
            chosen.append(pair)
    return chosen


def _show(opened: Opened) -> None:
    """Example pairs on the flow run's page."""
    first = {pair.type: pair for pair in reversed(kept_pairs(opened))}
    types = opened.types
    for pair in list(first.values())[:6]:
        arms = [("with the cue", pair.image_with), ("without", pair.image_without)]
        images = [(caption, opened.workspace.image_bytes(sha)) for caption, sha in arms]
        image_artifact(f"pair-{pair.key}", images, f"{types[pair.type].cue}: {types[pair.type].question}")
