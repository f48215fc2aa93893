"""Known limits of a release as sentences, made from its own figures, for card and Croissant.

    for sentence in limits(manifest, figures):
        print("-", sentence)

A sentence appears only if the run's figures call for it. Sentences are plain text: whoever prints
them escapes them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..rows.splits import PRIVATE, SPLITS
from .figures import Counts, Figures

#: Krippendorff's threshold: below it, not even tentative conclusions are justified.
LOW_ALPHA = 0.667
#: Fewer annotators, models, or types in a split than these are worth a warning.
FEW_ANNOTATORS, FEW_MODELS, FEW_TYPES = 3, 3, 5
#: An interval wider than this cannot tell a large effect from a small one.
WIDE = 0.5

Manifest = Mapping[str, Any]


def limits(manifest: Manifest, figures: Figures) -> list[str]:
    """Returns the sentences that a reader must know before using the release."""
    parts = (_people, _pairs, _models, _types, _effects, _controls)
    return [sentence for part in parts for sentence in part(manifest, figures)]


def count(number: int, noun: str) -> str:
    """Returns a number with its noun: "1 type", "1,200 types"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(names: tuple[str, ...] | list[str]) -> str:
    """Returns the first five names, and how many more there are."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def _people(manifest: Manifest, figures: Figures) -> Iterator[str]:
    if figures.all_scripted:
        yield (
            "The judgments are scripted: they replace people and cannot show where people would "
            "disagree."
        )
    elif figures.scripted:
        yield (
            f"{figures.scripted:,} of {count(figures.judgments, 'judgment')} are scripted, not "
            "made by people."
        )
    if figures.annotators < FEW_ANNOTATORS:
        yield f"Only {count(figures.annotators, 'annotator')} took part."
    single = sum(row["cue_votes"] < 2 for row in figures.rows)
    if single:
        yield f"{single:,} of {count(figures.types, 'cue')} rest on a single vote."
    yield from _agreement(manifest["agreement"])
    if figures.excluded:
        yield (
            f"{count(figures.excluded, 'judgment')} by excluded annotators do not count; they are "
            "marked in the data."
        )


def _agreement(agreement: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yields a warning for each project whose alpha is low or unknown."""
    for project in ("cue", "pair"):
        alpha = agreement[project]["alpha"] if project in agreement else None
        if alpha is None:
            yield (
                f"How far annotators agree on {project}s is unknown: too few were judged by two "
                "people."
            )
        elif alpha < LOW_ALPHA:
            yield (
                f"Annotators agree little on {project}s: Krippendorff's alpha is {alpha:.2f} (1 is "
                f"full agreement). Below {LOW_ALPHA}, draw no conclusions from single judgments."
            )


def _pairs(manifest: Manifest, figures: Figures) -> Iterator[str]:
    yield "Pair images are generated, and all show the style of their generator."
    if figures.gate_seen and figures.gate_kept / figures.gate_seen < 0.5:
        reason = (
            f" The most common reason: {figures.gate_reasons[0][0]}."
            if figures.gate_reasons
            else ""
        )
        yield (
            f"The gate kept only {figures.gate_kept / figures.gate_seen:.0%} of the "
            f"{figures.gate_seen:,} pairs made, so the published pairs show scenes that are easy "
            f"for the generator.{reason}"
        )
    if len(figures.generators) == 1:
        yield (
            f"One generator drew every pair ({figures.generators[0][0]}). Cues drawn by another "
            "generator may mislead less."
        )
    if [route for route, _ in figures.routes] == ["text-to-image"]:
        yield (
            "All pairs are text-to-image: the two images share the seed and all of the prompt but "
            "one clause, and may differ in more than the cue."
        )
    if figures.placebos < figures.pairs:
        without = figures.pairs - figures.placebos
        yield f"{without:,} of {count(figures.pairs, 'pair')} have no placebo image."


def _models(manifest: Manifest, figures: Figures) -> Iterator[str]:
    if len(figures.models) < FEW_MODELS:
        answered = count(len(figures.models), "model")
        yield f"Only {answered} answered the pairs ({listed(figures.models)})."
    mined = tuple(sorted({model for row in figures.rows for model in row["models"]}))
    yield (
        f"The cues come from the errors of {listed(mined)}. Other models, especially of other "
        "families, may not take the same shortcuts."
    )
    if figures.prompts == 1:
        yield (
            "All questions were asked with one prompt; another wording may change accuracy by "
            "several percentage points."
        )


def _types(manifest: Manifest, figures: Figures) -> Iterator[str]:
    kinds = {benchmark["kind"] for benchmark in manifest["recipe"]["benchmarks"]}
    if "proving-ground" in kinds:
        yield (
            "The scenes come from the proving ground, a rendered world, whose models were trained "
            "to take known shortcuts. The release shows that the method works, not how large "
            "models behave."
        )
    yield _benchmarks(figures.benchmarks, figures.types)
    for split in (PRIVATE,) if manifest["private"] is True else SPLITS:
        clusters, types = figures.clusters.get(split, (0, 0))
        if types < FEW_TYPES:
            size = f"{count(types, 'type')} in {count(clusters, 'cue cluster')}"
            yield f"The split {split} has {size}: too few to compare models on it."


def _benchmarks(counts: Counts, types: int) -> str:
    name, most = counts[0]
    if len(counts) == 1:
        return f"All types come from one benchmark, {name}."
    listing = ", ".join(f"{benchmark} {number:,}" for benchmark, number in counts)
    return f"Types by benchmark: {listing}; {most / types:.0%} come from {name}."


def _effects(manifest: Manifest, figures: Figures) -> Iterator[str]:
    if manifest["recipe"]["verify"]["rule"] == "threshold":
        yield (
            "A cue was accepted if any model's accuracy dropped by more than a threshold. This "
            "rule mistakes chance for proof: with 10 images and three models it accepts a cue "
            "without any effect in one of six cases or more."
        )
    wide = sum(row["effect_high"] - row["effect_low"] > WIDE for row in figures.rows)
    if wide:
        yield (
            f"For {wide:,} of {count(figures.types, 'type')} the effect's 95 % interval is wider "
            f"than {WIDE}, half of the scale from 0 to 1."
        )
    none = sum(row["effect_low"] <= 0 for row in figures.rows)
    if none:
        yield f"For {count(none, 'type')} the interval includes 0: there may be no effect."
    if figures.types < 2 * FEW_TYPES:
        yield f"Means over {count(figures.types, 'type')} depend strongly on single types."


def _controls(manifest: Manifest, figures: Figures) -> Iterator[str]:
    wanted = manifest["recipe"]["publish"]["controls_per_type"] * figures.types
    present = sum(number for _, number in figures.controls)
    if present < wanted:
        yield (
            f"There are {count(present, 'control')} instead of {wanted:,}: the benchmarks had no "
            "more suitable questions."
        )
