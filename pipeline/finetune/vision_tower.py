"""A cache for the frozen vision tower: it computes each image once per training.

    cache = once(lvlm, settings, images=2_100)      # `cache.used` says after a step if it works

What the tower gave is found again by the pixels themselves. It works where the tower's rows, an
image or a tile of one each, do not depend on one another, and where it is given nothing but pixels;
not for Qwen's, whose rows are patches. The first batch is computed both ways, and must agree.

Each row is computed alone: what else was in its batch, and whether a training was cut off, makes no
difference.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from ..lvlm.transformers_backend import TransformersLVLM
from ..recipe_models import version_of
from .settings import TrainingSettings

if TYPE_CHECKING:
    from torch import Tensor

#: Bytes of a tower's output that are kept.
KEPT = 1 << 30
#: Pixels and options -> what the tower gave.
Store = dict[tuple[bytes, str], object]


def once(lvlm: TransformersLVLM, settings: TrainingSettings, images: int) -> "CachedTower":
    """Puts itself before the model's vision tower, which is frozen; `images` is how many there are
    to see.
    """
    tower = lvlm.model.get_encoder(modality="image")
    store = _store(
        settings.path,
        version_of(settings.path, settings.revision),
        settings.precision,
        settings.device,
    )
    cache = CachedTower(tower.forward, images, store)
    tower.forward = cache
    return cache


@lru_cache(maxsize=1)
def _store(*model: str) -> Store:
    """Of the model that was trained last: its tower is the same the next time."""
    return {}


class CachedTower:
    """A tower's `forward`, asked once for each row of pixels."""

    def __init__(self, forward: Callable[..., object], images: int, store: Store) -> None:
        #: Whether it works; None before the first batch.
        self.used: bool | None = None
        self._forward, self._images, self._store = forward, images, store

    def __call__(self, pixel_values: "Tensor", *more: object, **options: object) -> object:
        """What the tower gives for a batch."""
        plain = not more and all(
            isinstance(value, bool | int | str | None) for value in options.values()
        )
        if self.used is None and len(pixel_values) > 1:
            self.used = plain and self._works(pixel_values, options)
        if not (self.used and plain):
            return self._forward(pixel_values, *more, **options)
        return self._joined(pixel_values, options)

    def _joined(self, pixels: "Tensor", options: Mapping[str, object]) -> object:
        import torch
        from torch.utils import _pytree as tree

        rows = [self._row(pixels[at : at + 1], options) for at in range(len(pixels))]
        return tree.tree_map(lambda *leaves: torch.cat(leaves), *rows)

    def _row(self, pixels: "Tensor", options: Mapping[str, object]) -> object:
        import torch

        content = pixels.contiguous().cpu().view(torch.uint8).numpy().tobytes()
        key = blake2b(content, digest_size=16).digest(), f"{sorted(options.items())}"
        if key not in self._store:
            # Not as in inference mode, whose tensors no training can use.
            with torch.inference_mode(False), torch.no_grad():
                self._store[key] = self._forward(pixels, **options)
        return self._store[key]

    def _works(self, pixels: "Tensor", options: Mapping[str, object]) -> bool:
        """Are rows one by one what they are in a batch, and is there room for all?"""
        import torch
        from torch.utils import _pytree as tree

        with torch.no_grad():
            together, single = (
                tree.tree_leaves(self._forward(rows, **options)) for rows in (pixels, pixels[:1])
            )
        if not all(torch.is_tensor(leaf) and leaf.shape[:1] == (1,) for leaf in single):
            return False
        size = sum(leaf.nbytes for leaf in single)
        if size * (self._images + len(self._store)) > KEPT:
            self._store.clear()
        if size * self._images > KEPT:
            return False
        return all(map(_alike, together, tree.tree_leaves(self._joined(pixels, options))))


def _alike(first: "Tensor", second: "Tensor") -> bool:
    """Equal but for what the precision leaves open."""
    import torch

    if first.shape != second.shape:
        return False
    tolerance = 1e-3 if first.dtype == torch.float32 else 2e-2
    return float((first - second).abs().max()) <= tolerance * float(first.abs().max())
