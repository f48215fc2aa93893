"""What a release cannot show, said from its own figures: the card's "Known limits", and
Croissant's.

    for sentence in limits(manifest, figures):
        print("-", sentence)

A sentence stands there only where the run gives reason for it. Sentences are plain text; whoever
prints them escapes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..rows.splits import PRIVATE, SPLITS
from .figures import Counts, Figures

#: Krippendorff's own bar: below it not even tentative conclusions.
LOW_ALPHA = 0.667
#: Fewer than this are few: annotators, models, types of a split.
FEW_ANNOTATORS, FEW_MODELS, FEW_TYPES = 3, 3, 5
#: An interval wider than this hardly tells a large effect from a small one.
WIDE = 0.5

Manifest = Mapping[str, Any]


def limits(manifest: Manifest, figures: Figures) -> list[str]:
    """All that a reader must know before using the release, in sentences."""
    parts = (_people, _pairs, _models, _types, _effects, _controls)
    return [sentence for part in parts for sentence in part(manifest, figures)]


def count(number: int, noun: str) -> str:
    """A number with its noun: "1 type", "1,200 types"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(names: tuple[str, ...] | list[str]) -> str:
    """The first five names, and how many more there are."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def _people(manifest: Manifest, figures: Figures) -> Iterator[str]:
    if figures.all_scripted:
        yield "The judgments are scripted; they stand in for people and cannot show what people would disagree on."
    elif figures.scripted:
        yield f"{figures.scripted:,} of {count(figures.judgments, 'judgment')} are scripted, not a person's."
    if figures.annotators < FEW_ANNOTATORS:
        yield f"Only {count(figures.annotators, 'annotator')} took part."
    single = sum(row["cue_votes"] < 2 for row in figures.rows)
    if single:
        yield f"{count(single, 'cue')} of {figures.types:,} rest on one person's vote."
    yield from _agreement(manifest["agreement"])
    if figures.excluded:
        yield f"{count(figures.excluded, 'judgment')} of people who were left out count for nothing; they are marked."


def _agreement(agreement: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What alpha does not allow to conclude; a project without one has too few votes of two on the
    same.
    """
    for project in ("cue", "pair"):
        alpha = agreement[project]["alpha"] if project in agreement else None
        if alpha is None:
            yield f"How far annotators agree on {project}s is not known: too few were judged by two."
        elif alpha < LOW_ALPHA:
            yield (
                f"Annotators agree little on {project}s: Krippendorff's alpha is {alpha:.2f}, and "
                f"below {LOW_ALPHA} "
                "not even tentative conclusions should rest on single judgments."
            )


def _pairs(manifest: Manifest, figures: Figures) -> Iterator[str]:
    yield "Pair images are generated; they share their generator's look."
    if figures.gate_seen and figures.gate_kept / figures.gate_seen < 0.5:
        mostly = f", mostly for this: {figures.gate_reasons[0][0]}" if figures.gate_reasons else ""
        yield (
            f"The gate kept only {figures.gate_kept / figures.gate_seen:.0%} of the "
            f"{figures.gate_seen:,} pairs made"
            f"{mostly}; the pairs published are the generator's easier scenes."
        )
    if len(figures.generators) == 1:
        yield f"One generator drew every pair ({figures.generators[0][0]}); another may draw cues that mislead less."
    if [route for route, _ in figures.routes] == ["text-to-image"]:
        yield (
            "All pairs are text-to-image: the two images share seed and prompt but for a clause, "
            "and may differ in "
            "more than the cue."
        )
    if figures.placebos < figures.pairs:
        yield f"{count(figures.pairs - figures.placebos, 'pair')} of {figures.pairs:,} have no placebo arm."


def _models(manifest: Manifest, figures: Figures) -> Iterator[str]:
    if len(figures.models) < FEW_MODELS:
        yield f"Only {count(len(figures.models), 'model')} answered the pairs ({listed(figures.models)})."
    found = tuple(sorted({model for row in figures.rows for model in row["models"]}))
    yield (
        f"The cues were found on the errors of {listed(found)}: on these the figures are selected, "
        f"and other models, "
        "above all of other families, need not take the same shortcuts."
    )
    if figures.prompts == 1:
        yield "Every answer was asked for under one prompt; another wording may move accuracy by several points."


def _types(manifest: Manifest, figures: Figures) -> Iterator[str]:
    kinds = {one["kind"] for one in manifest["recipe"]["benchmarks"]}
    if "proving-ground" in kinds:
        yield (
            "The scenes are of the proving ground, a rendered world, and the models were trained "
            "to take known "
            "shortcuts: the release shows that the method works, not how large models behave."
        )
    yield _benchmarks(figures.benchmarks, figures.types)
    for split in (PRIVATE,) if manifest["private"] is True else SPLITS:
        clusters, types = figures.clusters.get(split, (0, 0))
        if types < FEW_TYPES:
            there = f"{count(types, 'type')} in {count(clusters, 'cue cluster')}"
            yield f"The split {split} has {there}: too few to compare."


def _benchmarks(counts: Counts, types: int) -> str:
    name, most = counts[0]
    if len(counts) == 1:
        return f"All types come from one benchmark, {name}."
    said = ", ".join(f"{one} {number:,}" for one, number in counts)
    return f"Types by benchmark: {said}; {most / types:.0%} are from {name}."


def _effects(manifest: Manifest, figures: Figures) -> Iterator[str]:
    if manifest["recipe"]["verify"]["rule"] == "threshold":
        yield (
            "Cues were accepted by a threshold on any model's drop. Such a rule takes chance for "
            "proof: with 10 images "
            "and three models it accepts a cue without any effect in one of six cases or more."
        )
    wide = sum(row["effect_high"] - row["effect_low"] > WIDE for row in figures.rows)
    if wide:
        yield f"{count(wide, 'type')} of {figures.types:,} have an interval wider than {WIDE} around the effect."
    none = sum(row["effect_low"] <= 0 for row in figures.rows)
    if none:
        yield f"For {count(none, 'type')} the interval includes zero: the effect may be none."
    if figures.types < 2 * FEW_TYPES:
        yield f"Means over {count(figures.types, 'type')} hang on single types."


def _controls(manifest: Manifest, figures: Figures) -> Iterator[str]:
    wanted = manifest["recipe"]["publish"]["controls_per_type"] * figures.types
    there = sum(number for _, number in figures.controls)
    if there < wanted:
        yield f"There are {count(there, 'control')}, and {wanted:,} were wanted: the benchmarks had no more that fit."
