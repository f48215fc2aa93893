"""Do the intervals hold the truth 95 % of the time, and does the test cry wolf at most 5 % of it?
By simulation.

    python -m tests.bench_evaluate            # minutes; prints a row for each world

Worlds as they are on real releases: 24 types of ten pairs, ten and five types, one image a type;
types that differ much, little, or not at all; accuracies in the middle and near none or all.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from spuriforge.pipeline.evaluate.compare import two_sided_p
from spuriforge.pipeline.evaluate.intervals import DIFFERENCE, SHARE, Array, macro, single

Draw = Callable[[np.random.Generator, int, int], Array]
SIZES = ((24, 10), (10, 10), (5, 10), (60, 1))


def right(a: float, b: float) -> Draw:
    """Answers of types whose accuracies are Beta(a, b): (types, images) of 0 and 1."""
    return lambda rng, types, images: _answers(rng, rng.beta(a, b, types), images)


def alike(share: float) -> Draw:
    """Answers of types that do not differ."""
    return lambda rng, types, images: _answers(rng, np.full(types, share), images)


def gap(with_: tuple[float, float], without: tuple[float, float]) -> Draw:
    """Paired differences of two such accuracies, each type's own."""
    return lambda rng, types, images: (
        _answers(rng, rng.beta(*without, types), images)
        - _answers(rng, rng.beta(*with_, types), images)
    )


def no_gap(a: float, b: float) -> Draw:
    """Paired differences where the cue does nothing."""

    def draw(rng: np.random.Generator, types: int, images: int) -> Array:
        accuracy = rng.beta(a, b, types)
        return _answers(rng, accuracy, images) - _answers(rng, accuracy, images)

    return draw


def _answers(rng: np.random.Generator, accuracy: Array, images: int) -> Array:
    return (rng.random((len(accuracy), images)) < accuracy[:, None]).astype(float)


#: World -> how it is drawn, its true mean, and its values' bounds.
WORLDS: dict[str, tuple[Draw, float, tuple[float, float]]] = {
    "accuracy .2, types differ": (right(0.8, 3.2), 0.2, SHARE),
    "accuracy .5, types differ": (right(3, 3), 0.5, SHARE),
    "accuracy .9, types differ": (right(9, 1), 0.9, SHARE),
    "accuracy .5, types alike": (alike(0.5), 0.5, SHARE),
    "accuracy .95, types alike": (alike(0.95), 0.95, SHARE),
    "gap .7": (gap((0.8, 3.2), (9, 1)), 0.7, DIFFERENCE),
    "no gap, accuracy .9": (no_gap(9, 1), 0.0, DIFFERENCE),
    "no gap, accuracy .99": (no_gap(99, 1), 0.0, DIFFERENCE),
}


def coverage(world: str, types: int, images: int, times: int, seed: int = 0) -> tuple[float, float]:
    """Share of simulated releases whose interval holds the truth, and the mean width of the
    intervals.
    """
    draw, truth, bounds = WORLDS[world]
    rng = np.random.default_rng(seed)
    drawn = (draw(rng, types, images) for _ in range(times))
    made = [single(one[:, 0], bounds) if images == 1 else macro(list(one), bounds) for one in drawn]
    held = np.mean([one.low - 1e-9 <= truth <= one.high + 1e-9 for one in made])
    return float(held), float(np.mean([one.high - one.low for one in made]))


def false_positives(
    types: int, images: int, times: int, alpha: float = 0.05, seed: int = 0
) -> float:
    """Share of simulated pairs of equally good models that the test calls different at `alpha`.

    A type is easier for one model and harder for the other by chance, as types are: only on average
    are they equal.
    """
    rng = np.random.default_rng(seed)

    def differences() -> Array:
        first, second = (_answers(rng, rng.beta(0.8, 3.2, types), images).mean(1) for _ in range(2))
        return np.asarray(first - second)

    return float(np.mean([two_sided_p(differences()) <= alpha for _ in range(times)]))


def main(times: int = 2_000) -> None:
    """Prints the tables."""
    print(f"{'world':28}" + "".join(f"{types:>8} x {images:<4}" for types, images in SIZES))
    for world in WORLDS:
        found: list[tuple[Any, ...]] = [coverage(world, *size, times) for size in SIZES]
        print(
            f"{world:28}" + "".join(f"  {held:.3f} ±{width / 2:.2f}" for held, width in found),
            flush=True,
        )
    rates = [false_positives(types, images, times // 4) for types, images in SIZES]
    print(f"{'false positives at .05':28}" + "".join(f"  {rate:.3f}      " for rate in rates))


if __name__ == "__main__":
    main()
