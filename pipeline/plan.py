"""What a run needs before anything is spent: calls, tokens, images, money and hours of every stage.

    needs = plan(recipe, samples=16540, choices=4.0, yields=yields(workspace, recipe.plan))
    total(needs).cost

Every figure follows from the recipe, the number of questions, and the yields of the stages:
measured where a stage has run, assumed otherwise. A cost is None if a model has no price, since
unknown is not free.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from .recipe import EndpointModel, Model, PublishedModel, Recipe, TransformersModel
from .stage_yields import Yield

#: Assumed tokens of an answer by a model that thinks first.
THINKING_TOKENS = 300
#: Tokens of a judge's or describer's form, and of its reply.
FORM_IN, FORM_OUT = 700, 150
#: Seconds that a person needs for a cue and for a pair.
CUE_SECONDS, PAIR_SECONDS = 30, 10


@dataclass(frozen=True, slots=True)
class Need:
    """What one stage takes; `inputs` counts what goes in: questions, errors, types, pairs."""

    stage: str
    inputs: int
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    images: int = 0
    #: None where a price is not known.
    cost: float | None = 0.0
    device_hours: float = 0.0
    people_hours: float = 0.0


def plan(
    recipe: Recipe, *, samples: int, choices: float, yields: Mapping[str, Yield]
) -> list[Need]:
    """Returns the needs of every stage over the whole run, in the order in which they run."""
    assumed = {name: figure.value for name, figure in yields.items()}
    asked = [model for model in recipe.mined if not isinstance(model, PublishedModel)]
    erring = ceil(samples * assumed["error_rate"])
    errors = erring * len(recipe.mined)
    times, blind = _rotations(recipe.mine.rotations, choices), {**assumed, "image_tokens": 0.0}
    screening, types = _screening(recipe, samples, errors, assumed)
    accepted = ceil(types * assumed["cue_acceptance"])
    return [
        Need("read", samples),
        *(_asked(f"mine {model.name}", model, samples, times, assumed) for model in asked),
        *(_asked(f"mine {model.name} blind", model, erring, times, blind) for model in asked),
        *screening,
        Need(
            "annotate cues",
            types,
            people_hours=types * recipe.annotate.overlap * CUE_SECONDS / 3600,
        ),
        *_proof(recipe, accepted, choices, assumed),
    ]


def _rotations(wanted: int, choices: float) -> float:
    return min(float(wanted), choices)


def _asked(
    stage: str, model: Model, asked: int, times: float, assumed: Mapping[str, float]
) -> Need:
    """Returns the need of a model that is asked `asked` questions, each `times` times."""
    calls = ceil(asked * times)
    thinking = not isinstance(model, PublishedModel) and model.prompt != "direct"
    tokens_in = ceil(calls * (assumed["image_tokens"] + assumed["text_tokens"]))
    tokens_out = ceil(calls * (THINKING_TOKENS if thinking else assumed["answer_tokens"]))
    if isinstance(model, TransformersModel):
        hours = calls * assumed["seconds_per_answer"] / 3600
        return Need(
            stage, asked, calls, tokens_in, tokens_out, 0, hours * assumed["price_per_hour"], hours
        )
    return Need(stage, asked, calls, tokens_in, tokens_out, 0, _price(model, tokens_in, tokens_out))


def _price(model: Model | None, tokens_in: int, tokens_out: int) -> float | None:
    if not isinstance(model, EndpointModel) or model.price_in is None or model.price_out is None:
        return None
    return (tokens_in * model.price_in + tokens_out * model.price_out) / 1e6


def _screening(
    recipe: Recipe, samples: int, errors: int, assumed: Mapping[str, float]
) -> tuple[list[Need], int]:
    """Returns the screeners' needs, and how many types they propose together."""
    needs, types = [], 0
    if "association" in recipe.screen.by:
        needs.append(Need("screen by association", samples))
        types += ceil(assumed["types"]) * len(recipe.mined)
    if "published" in recipe.screen.by:
        needs.append(Need("screen as published", errors))
        types += ceil(errors * assumed["spurious_rate"])
    if "judge" in recipe.screen.by:
        needs.append(_forms("screen by judge", recipe, errors, assumed))
        types += ceil(errors * assumed["spurious_rate"])
    if recipe.describe.by == "lvlm":
        needs.append(_forms("describe", recipe, types, assumed))
    return needs, types


def _forms(stage: str, recipe: Recipe, count: int, assumed: Mapping[str, float]) -> Need:
    tokens_in, tokens_out = ceil(count * (FORM_IN + assumed["image_tokens"])), count * FORM_OUT
    return Need(
        stage, count, count, tokens_in, tokens_out, 0, _price(recipe.judge, tokens_in, tokens_out)
    )


def _proof(recipe: Recipe, types: int, choices: float, assumed: Mapping[str, float]) -> list[Need]:
    """Returns the needs to make, verify and check the pairs of the types that people accept."""
    settings, arms = recipe.generate, 3 if recipe.generate.placebo else 2
    kept = types * (settings.selection_pairs + settings.release_pairs)
    images = ceil(kept / max(assumed["gate_yield"], 0.01)) * arms
    hours = images * assumed["seconds_per_image"] / 3600
    times = arms * _rotations(recipe.verify.rotations, choices)
    proven = ceil(types * assumed["accepted_rate"])
    shown = ceil(proven * recipe.publish.pairs_per_type / max(assumed["pair_acceptance"], 0.01))
    doubled = 1 + recipe.annotate.pairs_doubled * (recipe.annotate.overlap - 1)
    return [
        Need(
            "generate",
            types,
            images=images,
            cost=hours * assumed["price_per_hour"],
            device_hours=hours,
        ),
        *(
            _asked(f"verify {model.name}", model, kept, times, assumed)
            for model in recipe.verifiers
        ),
        Need("annotate pairs", shown, people_hours=shown * doubled * PAIR_SECONDS / 3600),
        Need("publish", proven),
    ]


def total(needs: list[Need]) -> Need:
    """Returns the sum of all stages; its cost is None if any is."""
    costs = [need.cost for need in needs]
    known = [cost for cost in costs if cost is not None]
    return Need(
        stage="total",
        inputs=needs[0].inputs,
        calls=sum(need.calls for need in needs),
        tokens_in=sum(need.tokens_in for need in needs),
        tokens_out=sum(need.tokens_out for need in needs),
        images=sum(need.images for need in needs),
        cost=sum(known) if len(known) == len(costs) else None,
        device_hours=sum(need.device_hours for need in needs),
        people_hours=sum(need.people_hours for need in needs),
    )
