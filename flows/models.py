"""The models of a recipe, each loaded once a process: LVLMs, judge, gate and image model."""

import gc
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from spuriforge.pipeline.budget import Meter, spent
from spuriforge.pipeline.imagegen import Generator
from spuriforge.pipeline.lvlm.call_cache import CallCache
from spuriforge.pipeline.lvlm.endpoint import EndpointLVLM
from spuriforge.pipeline.lvlm.interface import LVLM, Usage
from spuriforge.pipeline.lvlm.transformers_backend import TransformersLVLM
from spuriforge.pipeline.recipe import Budget, EndpointModel, Generate, Recipe, TransformersModel
from spuriforge.pipeline.workspace import Workspace

M = TypeVar("M")

_thread = threading.local()
#: transformers and diffusers build a model on the meta device first: two threads that load at once
#: break each other.
_loading = threading.Lock()


def meter(recipe: Recipe) -> Meter:
    """What the recipe's runs have spent, counted on by all stages of this process."""
    return meter_of(recipe.run.workspace, recipe.budget)


@lru_cache(maxsize=4)
def meter_of(url: str, budget: Budget) -> Meter:
    """What was spent in a workspace, counted on by all that use it in this process."""
    return Meter(budget, spent(Workspace(url)))


def lvlm(model: TransformersModel | EndpointModel, recipe: Recipe) -> LVLM:
    """A model that can be asked, loaded once a process."""
    return (
        transformers_lvlm(model)
        if isinstance(model, TransformersModel)
        else endpoint(model, recipe)
    )


@lru_cache(maxsize=4)
def transformers_lvlm(model: TransformersModel) -> TransformersLVLM:
    """A model of this machine."""
    one_thread_each()
    return TransformersLVLM.load(model)


def alone(model: TransformersModel) -> TransformersLVLM:
    """A model of this machine, after all others are freed: memory holds only one large model."""
    import torch

    transformers_lvlm.cache_clear()
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return transformers_lvlm(model)


def endpoint(model: EndpointModel, recipe: Recipe) -> EndpointLVLM:
    """A model behind an endpoint; the run keeps its answers and counts them against the budget."""
    return endpoint_of(model, recipe.run.workspace, meter(recipe))


@lru_cache(maxsize=16)
def endpoint_of(model: EndpointModel, url: str, counted: Meter) -> EndpointLVLM:
    """A model behind an endpoint; the workspace at `url` keeps its answers, a meter counts them."""

    def count(usage: Usage) -> None:
        counted.add(cost=usage.cost or 0.0)

    return EndpointLVLM(
        model, cache=CallCache(Workspace(url)), budget=counted.check, on_usage=count
    )


def generator(settings: Generate) -> Generator:
    """The image model, one for each thread: its scheduler keeps the state of its last call."""
    return _of_this_thread(str(settings), lambda: Generator.load(settings))


def _of_this_thread(name: str, load: Callable[[], M]) -> M:
    loaded: dict[str, Any] = _thread.__dict__.setdefault("loaded", {})
    if name not in loaded:
        with _loading:
            one_thread_each()
            loaded[name] = load()
    return loaded[name]


def one_thread_each() -> None:
    """Limits torch to one thread: shards run side by side, and its threads would fight.

    The libraries' own bars and notices on loading are left out: the stages show progress.
    """
    import torch
    from diffusers.utils import logging as of_diffusers
    from transformers.utils import logging as of_transformers

    torch.set_num_threads(1)
    of_diffusers.disable_progress_bar()
    of_diffusers.set_verbosity_error()
    of_transformers.disable_progress_bar()
