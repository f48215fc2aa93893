"""The rows of published types: `pairs`, `anchors`, and `spuriverse`, the paper's wide table.

told = Told.of(workspace, recipe, published, cluster_of)
for key, row in pairs(published, told): ...          # key: of the type that the row belongs to
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from ...recipe import Recipe
from ...records import CueType, Judgment, Pair, Sample
from ...workspace import Workspace
from ..files.parquet import Row
from ..type_outcomes import CheckedPair, Outcome
from .columns import GROUP_SIZE, LETTERS
from .licences import Rights
from .options import moved, shift_of, shown

Keyed = Iterator[tuple[str, Row]]


@dataclass(frozen=True, slots=True)
class Told:
    """What rows of types tell besides what is known of the type itself."""

    rights: Rights
    cluster_of: Mapping[str, str]
    #: The types that scripts judged; each anchor's sample.
    scripted: Set[str]
    samples: Mapping[str, Row]

    @classmethod
    def of(
        cls,
        workspace: Workspace,
        recipe: Recipe,
        published: Iterable[Outcome],
        cluster_of: Mapping[str, str],
    ) -> "Told":
        """Reads it from the workspace."""
        judged = workspace.read(Judgment, ["subject", "scripted"]).to_pylist()
        samples = workspace.read(Sample, ["benchmark", "split", "question_id"]).to_pylist()
        return cls(
            rights=Rights.of(workspace, recipe),
            cluster_of=cluster_of,
            scripted={row["subject"] for row in judged if row["scripted"]},
            samples={row["key"]: row for row in samples},
        )


def pairs(published: Iterable[Outcome], told: Told) -> Keyed:
    """One row for each published pair."""
    for outcome in published:
        for checked in outcome.pairs:
            shared = _type_columns(outcome, told, checked.pair.index)
            yield outcome.type.key, shared | _pair_columns(checked, told)


def anchors(published: Iterable[Outcome], told: Told) -> Keyed:
    """One row for each published type: the real image that it was found on, and its figures."""
    for outcome in published:
        one = outcome.type
        said, tested, proof = outcome.proof
        sample = told.samples[one.anchor]
        yield (
            one.key,
            _type_columns(outcome, told, 0)
            | told.rights.sample(sample["benchmark"])
            | {
                "id": one.key,
                "sample": one.anchor,
                "image": one.image,
                "image_sha256": one.image,
                "benchmark": sample["benchmark"],
                "benchmark_split": sample["split"],
                "question_id": sample["question_id"],
                "description_with": said.description_with or one.description_with,
                "description_without": said.description_without or one.description_without,
                "accuracy_with": proof.accuracy_with,
                "accuracy_without": proof.accuracy_without,
                "bias_rate_with": proof.bias_rate_with,
                "bias_rate_without": proof.bias_rate_without,
                "placebo_effect": proof.placebo_effect,
                "selection_effect": tested.effect,
                "selection_pairs": tested.pairs,
            },
        )


def wide(published: Iterable[Outcome], told: Told) -> Keyed:
    """One row for each published type of two to four options, as the paper's table has them; images
    with the cue.
    """
    for outcome in published:
        one = outcome.type
        if len(one.choices) > len(LETTERS):
            continue
        choices, answer = shown(one.choices, one.answer, shift_of(one, 0))
        sample = told.samples[one.anchor]
        group = [checked.pair.image_with for checked in outcome.pairs[:GROUP_SIZE]]
        yield (
            one.key,
            {
                "image_id": sample["question_id"],
                "benchmark": sample["benchmark"],
                "question": one.question,
                **dict.fromkeys(LETTERS),
                **dict(zip(LETTERS, choices, strict=False)),
                "answer": LETTERS[answer],
                "image": one.image,
                **{f"spurious_group_{number + 1}": None for number in range(GROUP_SIZE)},
                **{
                    f"spurious_group_{number}": digest
                    for number, digest in enumerate(group, start=1)
                },
                "type": one.key,
                "canary": told.rights.canary,
            },
        )


#: The configs that are split by cue cluster.
BY_TYPE: Mapping[str, Callable[[Iterable[Outcome], Told], Keyed]] = {
    "pairs": pairs,
    "anchors": anchors,
    "spuriverse": wide,
}


def _type_columns(outcome: Outcome, told: Told, index: int) -> Row:
    """What `pairs` and `anchors` both say of a published type, its options in the order of its pair
    `index`.
    """
    one = outcome.type
    said, tested, proof = outcome.proof
    shift = shift_of(one, index)
    choices, answer = shown(one.choices, one.answer, shift)
    return {
        "type": one.key,
        "cluster": told.cluster_of[one.key],
        "question": one.question,
        "choices": choices,
        "answer": choices[answer],
        "answer_index": answer,
        "cue": outcome.cue,
        "category": one.category,
        "cue_linked": one.linked,
        "cue_linked_index": _linked(one, shift),
        "core": outcome.core,
        "models": list(proof.models),
        "effect": proof.effect,
        "effect_low": proof.low,
        "effect_high": proof.high,
        "effect_pairs": proof.pairs,
        "p": tested.p,
        "q": tested.q,
        "cue_votes": said.votes,
        "cue_agreement": said.agreement,
        "judgments_scripted": one.key in told.scripted,
    }


def _linked(one: CueType, shift: int) -> int | None:
    """Where the cue-linked option stands; None where it is none of the options, which a check
    reports.
    """
    return (
        moved(one.choices.index(one.linked), shift, len(one.choices))
        if one.linked in one.choices
        else None
    )


def _pair_columns(checked: CheckedPair, told: Told) -> Row:
    pair, gate, said = checked.pair, checked.gate, checked.decision
    return told.rights.pair(pair) | {
        "id": pair.key,
        "index": pair.index,
        **_images(pair),
        "source_sha256": pair.source_image,
        "route": pair.route,
        "box": None if pair.box is None else list(pair.box),
        "generator": pair.generator,
        "seed": pair.seed,
        "prompt_with": pair.prompt_with,
        "prompt_without": pair.prompt_without,
        "prompt_placebo": pair.prompt_placebo,
        "gate_cue_with": gate.cue_with,
        "gate_cue_without": gate.cue_without,
        "gate_core": gate.core,
        "gate_likeness": gate.likeness,
        "pair_votes": said.votes,
        "pair_agreement": said.agreement,
    }


def _images(pair: Pair) -> Row:
    made = {"with": pair.image_with, "without": pair.image_without, "placebo": pair.image_placebo}
    named = {f"image_{arm}": digest for arm, digest in made.items()}
    return named | {f"{name}_sha256": digest for name, digest in named.items()}
