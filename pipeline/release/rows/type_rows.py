"""The rows of published types: `pairs`, `anchors`, and `spuriverse`, the paper's wide table.

facts = TypeFacts.of(workspace, recipe, cluster_of)
for key, row in pairs(published, facts): ...         # key: the type that the row belongs to
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from ...recipe import Recipe
from ...records import CueType, Judgment, Pair, Sample
from ...workspace import Workspace
from ..files.parquet import Row
from ..type_outcomes import CheckedPair, Outcome
from .columns import GROUP_SIZE, LETTERS
from .licences import Licences
from .options import moved, shift_of, shown

KeyedRows = Iterator[tuple[str, Row]]


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """What the rows of a type say beyond its outcome: licences, cluster, sample, who judged."""

    licences: Licences
    #: Type -> cluster of its cue.
    cluster_of: Mapping[str, str]
    #: The subjects that scripts judged.
    scripted: Set[str]
    #: Sample -> its benchmark, split and question_id.
    samples: Mapping[str, Row]

    @classmethod
    def of(cls, workspace: Workspace, recipe: Recipe, cluster_of: Mapping[str, str]) -> "TypeFacts":
        """Reads the facts from the workspace."""
        judgments = workspace.read(Judgment, ["subject", "scripted"]).to_pylist()
        samples = workspace.read(Sample, ["benchmark", "split", "question_id"]).to_pylist()
        return cls(
            licences=Licences.of(workspace, recipe),
            cluster_of=cluster_of,
            scripted={row["subject"] for row in judgments if row["scripted"]},
            samples={row["key"]: row for row in samples},
        )


def pairs(published: Iterable[Outcome], facts: TypeFacts) -> KeyedRows:
    """Yields a row for each published pair."""
    for outcome in published:
        for checked in outcome.pairs:
            shared = _type_columns(outcome, facts, checked.pair.index)
            yield outcome.type.key, shared | _pair_columns(checked, facts)


def anchors(published: Iterable[Outcome], facts: TypeFacts) -> KeyedRows:
    """Yields a row for each published type: its real image and question, and its figures."""
    for outcome in published:
        cue_type = outcome.type
        decision, selection, release = outcome.proof
        sample = facts.samples[cue_type.anchor]
        yield (
            cue_type.key,
            _type_columns(outcome, facts, 0)
            | facts.licences.of_sample(sample["benchmark"])
            | {
                "id": cue_type.key,
                "sample": cue_type.anchor,
                "image": cue_type.image,
                "image_sha256": cue_type.image,
                "benchmark": sample["benchmark"],
                "benchmark_split": sample["split"],
                "question_id": sample["question_id"],
                "description_with": decision.description_with or cue_type.description_with,
                "description_without": decision.description_without or cue_type.description_without,
                "accuracy_with": release.accuracy_with,
                "accuracy_without": release.accuracy_without,
                "bias_rate_with": release.bias_rate_with,
                "bias_rate_without": release.bias_rate_without,
                "placebo_effect": release.placebo_effect,
                "selection_effect": selection.effect,
                "selection_pairs": selection.pairs,
            },
        )


def wide(published: Iterable[Outcome], facts: TypeFacts) -> KeyedRows:
    """Yields a row for each published type of up to four options, laid out like the paper's table.

    Its images are the real one and up to ten with the cue.
    """
    for outcome in published:
        cue_type = outcome.type
        if len(cue_type.choices) > len(LETTERS):
            continue
        choices, answer = shown(cue_type.choices, cue_type.answer, shift_of(cue_type, 0))
        sample = facts.samples[cue_type.anchor]
        with_cue = [checked.pair.image_with for checked in outcome.pairs[:GROUP_SIZE]]
        group = [*with_cue, *[None] * (GROUP_SIZE - len(with_cue))]
        yield (
            cue_type.key,
            {
                "image_id": sample["question_id"],
                "benchmark": sample["benchmark"],
                "question": cue_type.question,
                **dict.fromkeys(LETTERS),
                **dict(zip(LETTERS, choices, strict=False)),
                "answer": LETTERS[answer],
                "image": cue_type.image,
                **{f"spurious_group_{number}": image for number, image in enumerate(group, 1)},
                "type": cue_type.key,
                "canary": facts.licences.canary,
            },
        )


#: The configs that are split by cue cluster.
BY_TYPE: Mapping[str, Callable[[Iterable[Outcome], TypeFacts], KeyedRows]] = {
    "pairs": pairs,
    "anchors": anchors,
    "spuriverse": wide,
}


def _type_columns(outcome: Outcome, facts: TypeFacts, index: int) -> Row:
    """Returns the columns that `pairs` and `anchors` share, options ordered as in pair `index`."""
    cue_type = outcome.type
    decision, selection, release = outcome.proof
    shift = shift_of(cue_type, index)
    choices, answer = shown(cue_type.choices, cue_type.answer, shift)
    return {
        "type": cue_type.key,
        "cluster": facts.cluster_of[cue_type.key],
        "question": cue_type.question,
        "choices": choices,
        "answer": choices[answer],
        "answer_index": answer,
        "cue": outcome.cue,
        "category": cue_type.category,
        "cue_linked": cue_type.linked,
        "cue_linked_index": _linked_index(cue_type, shift),
        "core": outcome.core,
        "models": list(release.models),
        "effect": release.effect,
        "effect_low": release.low,
        "effect_high": release.high,
        "effect_pairs": release.pairs,
        "p": selection.p,
        "q": selection.q,
        "cue_votes": decision.votes,
        "cue_agreement": decision.agreement,
        "judgments_scripted": cue_type.key in facts.scripted,
    }


def _linked_index(cue_type: CueType, shift: int) -> int | None:
    """Returns the cue-linked option's index, or None, which a check reports, if it is no option."""
    if cue_type.linked not in cue_type.choices:
        return None
    return moved(cue_type.choices.index(cue_type.linked), shift, len(cue_type.choices))


def _pair_columns(checked: CheckedPair, facts: TypeFacts) -> Row:
    pair, gate, decision = checked.pair, checked.gate, checked.decision
    return facts.licences.of_pair(pair) | {
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
        "pair_votes": decision.votes,
        "pair_agreement": decision.agreement,
    }


def _images(pair: Pair) -> Row:
    """Returns each arm's image and its hash, which are the same until a file is written."""
    digests = {
        "image_with": pair.image_with,
        "image_without": pair.image_without,
        "image_placebo": pair.image_placebo,
    }
    return digests | {f"{name}_sha256": digest for name, digest in digests.items()}
