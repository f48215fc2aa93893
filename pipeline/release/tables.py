"""The five configs of a release: their columns, and their rows from the workspace.

`pairs` and `anchors` are split by cue; `candidates`, `annotations` and `responses` are whole, in the split "full".
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa

from ..arrow import from_table
from ..recipe import Recipe
from ..records import (
    Candidate,
    Control,
    CueType,
    Evidence,
    Exclusion,
    Judgment,
    Pair,
    Response,
    Sample,
    key_of,
)
from ..verdicts import excluded
from ..workspace import Workspace
from .parquet import IMAGE, Row, image
from .publication import CheckedPair, Outcome

TEXT, TEXTS, WHOLE, REAL, TRUTH = pa.string(), pa.list_(pa.string()), pa.int64(), pa.float64(), pa.bool_()

#: What `pairs` and `anchors` both say of a type: the question, the cue, and the published effect.
_TYPE: dict[str, pa.DataType] = {
    "type": TEXT, "question": TEXT, "choices": TEXTS, "answer": TEXT, "answer_index": WHOLE, "cue": TEXT,
    "category": TEXT, "cue_linked": TEXT, "cue_linked_index": WHOLE, "core": TEXT, "models": TEXTS,
    "effect": REAL, "effect_low": REAL, "effect_high": REAL, "effect_pairs": WHOLE, "p": REAL, "q": REAL,
    "cue_votes": WHOLE, "cue_agreement": REAL, "judgments_scripted": TRUTH,
}  # fmt: skip

_COLUMNS: dict[str, dict[str, pa.DataType]] = {
    "pairs": {
        "id": TEXT, "index": WHOLE, **_TYPE, "image_with": IMAGE, "image_without": IMAGE, "image_placebo": IMAGE,
        "image_with_sha256": TEXT, "image_without_sha256": TEXT, "image_placebo_sha256": TEXT, "source_sha256": TEXT,
        "route": TEXT, "generator": TEXT, "seed": WHOLE, "prompt_with": TEXT, "prompt_without": TEXT,
        "prompt_placebo": TEXT, "gate_cue_with": REAL, "gate_cue_without": REAL, "gate_core": REAL,
        "gate_likeness": REAL, "pair_votes": WHOLE, "pair_agreement": REAL,
    },
    "anchors": {
        "id": TEXT, **_TYPE, "image": IMAGE, "image_sha256": TEXT, "sample": TEXT, "benchmark": TEXT,
        "benchmark_split": TEXT, "question_id": TEXT, "description_with": TEXT, "description_without": TEXT,
        "accuracy_with": REAL, "accuracy_without": REAL, "bias_rate_with": REAL, "bias_rate_without": REAL,
        "placebo_effect": REAL, "selection_effect": REAL, "selection_pairs": WHOLE,
    },
    "candidates": {
        "id": TEXT, "type": TEXT, "published": TRUTH, "stage": TEXT, "reason": TEXT, "model": TEXT, "sample": TEXT,
        "question": TEXT, "cue": TEXT, "category": TEXT, "cue_linked": TEXT, "screener": TEXT,
        "errors_with_cue": WHOLE, "asked_with_cue": WHOLE, "errors_total": WHOLE, "asked_total": WHOLE, "p": REAL,
        "q": REAL, "selection_effect": REAL, "selection_low": REAL, "selection_high": REAL, "selection_q": REAL,
        "threshold_rule": TRUTH,
    },
    "annotations": {
        "id": TEXT, "project": TEXT, "subject": TEXT, "type": TEXT, "published": TRUTH, "annotator": TEXT,
        "verdict": TEXT, "skipped": TRUTH, "scripted": TRUTH, "excluded": TRUTH, "control": TEXT, "cue": TEXT,
        "core": TEXT, "description_with": TEXT,
        "description_without": TEXT, "box": pa.list_(REAL),
    },
    "responses": {
        "id": TEXT, "type": TEXT, "pair": TEXT, "role": TEXT, "index": WHOLE, "published": TRUTH, "arm": TEXT,
        "model": TEXT, "prompt": TEXT, "rotation": WHOLE, "outcome": TEXT, "chosen": WHOLE, "text": TEXT,
        "correct": TRUTH, "linked": TRUTH,
    },
}  # fmt: skip

SCHEMAS: dict[str, pa.Schema] = {
    config: pa.schema([pa.field(name, kind) for name, kind in columns.items()]) for config, columns in _COLUMNS.items()
}


def pseudonyms(workspace: Workspace, recipe: Recipe) -> dict[str, str]:
    """Each annotator's neutral name in the release, in the recipe's order: a nickname never leaves the workspace."""
    judged = workspace.read(Judgment, ["annotator", "scripted"]).to_pylist()
    scripted = {row["annotator"] for row in judged if row["scripted"]}
    if not judged and recipe.annotate.by == "scripted":
        scripted = set(recipe.annotate.annotators)
    others = sorted({row["annotator"] for row in judged} - set(recipe.annotate.annotators))
    names = [*recipe.annotate.annotators, *others]
    return {name: f"{'scripted' if name in scripted else 'annotator'}-{n}" for n, name in enumerate(names, start=1)}


def public_name(name: str) -> str:
    """A model's name without the folder that it happened to lie in."""
    return name.rstrip("/").rsplit("/", 1)[-1] if name.startswith("/") else name


def _type_columns(outcome: Outcome, scripted: bool) -> Row:
    """What `pairs` and `anchors` both say of a published type."""
    one = outcome.type
    said, tested, proof = outcome.proof
    return {
        "type": one.key, "question": one.question, "choices": list(one.choices), "answer": one.choices[one.answer],
        "answer_index": one.answer, "cue": outcome.cue, "category": one.category, "cue_linked": one.linked,
        "cue_linked_index": one.choices.index(one.linked) if one.linked in one.choices else None,
        "core": outcome.core, "models": list(proof.models), "effect": proof.effect, "effect_low": proof.low,
        "effect_high": proof.high, "effect_pairs": proof.pairs, "p": tested.p, "q": tested.q,
        "cue_votes": said.votes, "cue_agreement": said.agreement, "judgments_scripted": scripted,
    }  # fmt: skip


def pair_rows(workspace: Workspace, published: Iterable[Outcome], scripted: set[str]) -> Iterator[Row]:
    """One row for each published pair, its images included."""
    for outcome in published:
        shared = _type_columns(outcome, outcome.type.key in scripted)
        for checked in outcome.pairs:
            yield shared | _pair_columns(workspace, checked)


def _pair_columns(workspace: Workspace, checked: CheckedPair) -> Row:
    pair, gate, said = checked.pair, checked.gate, checked.decision
    row: Row = {
        "id": pair.key, "index": pair.index, "source_sha256": pair.source_image, "route": pair.route,
        "generator": pair.generator, "seed": pair.seed, "prompt_with": pair.prompt_with,
        "prompt_without": pair.prompt_without, "prompt_placebo": pair.prompt_placebo, "gate_cue_with": gate.cue_with,
        "gate_cue_without": gate.cue_without, "gate_core": gate.core, "gate_likeness": gate.likeness,
        "pair_votes": said.votes, "pair_agreement": said.agreement,
    }  # fmt: skip
    for arm in ("with", "without", "placebo"):
        digest = getattr(pair, f"image_{arm}")
        row[f"image_{arm}"] = image(workspace.image_bytes(digest) if digest else None, digest)
        row[f"image_{arm}_sha256"] = digest
    return row


def anchor_rows(workspace: Workspace, published: Iterable[Outcome], scripted: set[str]) -> Iterator[Row]:
    """One row for each published type: the real image that it was found on, and its figures."""
    samples = {row["key"]: row for row in workspace.read(Sample, ["benchmark", "split", "question_id"]).to_pylist()}
    for outcome in published:
        one = outcome.type
        said, tested, proof = outcome.proof
        sample = samples.get(one.anchor, {})
        yield _type_columns(outcome, one.key in scripted) | {
            "id": one.key, "sample": one.anchor,
            "image": image(workspace.image_bytes(one.image), one.image), "image_sha256": one.image,
            "benchmark": sample.get("benchmark"), "benchmark_split": sample.get("split"),
            "question_id": sample.get("question_id"),
            "description_with": said.description_with or one.description_with,
            "description_without": said.description_without or one.description_without,
            "accuracy_with": proof.accuracy_with, "accuracy_without": proof.accuracy_without,
            "bias_rate_with": proof.bias_rate_with, "bias_rate_without": proof.bias_rate_without,
            "placebo_effect": proof.placebo_effect, "selection_effect": tested.effect, "selection_pairs": tested.pairs,
        }  # fmt: skip


def candidate_rows(workspace: Workspace, settled: Iterable[Outcome]) -> Iterator[Row]:
    """Every cue ever proposed, with the stage that it reached and why it went no further."""
    by_candidate = {key: outcome for outcome in settled for key in outcome.type.candidates}
    questions = {row["key"]: row["question"] for row in workspace.read(Sample, ["question"]).to_pylist()}
    for one in sorted(workspace.records(Candidate), key=lambda one: (one.model, one.cue, one.linked, one.key)):
        outcome = by_candidate.get(one.key) if one.kept else None
        stage, reason = (outcome.stage, outcome.reason) if outcome else ("screen", one.reason)
        if one.kept and outcome is None:
            stage, reason = "describe", "not made into a type yet"
        yield {
            "id": one.key, "type": outcome and outcome.type.key, "published": bool(outcome and outcome.published),
            "stage": stage, "reason": reason, "model": one.model, "sample": one.sample,
            "question": questions.get(one.sample), "cue": one.cue, "category": one.category, "cue_linked": one.linked,
            "screener": one.screener, "errors_with_cue": one.errors_with_cue, "asked_with_cue": one.asked_with_cue,
            "errors_total": one.errors_total, "asked_total": one.asked_total, "p": one.p, "q": one.q,
            **_selection_columns(outcome.selection if outcome else None),
        }  # fmt: skip


def _selection_columns(tested: Evidence | None) -> Row:
    return {
        "selection_effect": tested and tested.effect, "selection_low": tested and tested.low,
        "selection_high": tested and tested.high, "selection_q": tested and tested.q,
        "threshold_rule": tested and tested.threshold_rule,
    }  # fmt: skip


def judgment_ids(judgments: Iterable[Judgment], names: Mapping[str, str]) -> dict[str, str]:
    """A judgment's key -> its id in the release: what was judged, by whom, and in which version.

    The key itself holds the annotation server's number and time; with these no two runs would give the same release.
    """
    versions: Counter[tuple[str, str, str]] = Counter()
    ids = {}
    for one in sorted(judgments, key=lambda one: (one.updated_at, one.key)):
        said = (one.project, one.subject, names[one.annotator])
        versions[said] += 1
        ids[one.key] = key_of("annotation", *said, versions[said])
    return ids


def annotation_rows(workspace: Workspace, names: Mapping[str, str], published: set[str]) -> Iterator[Row]:
    """Every version of every judgment, under a neutral name and without times; those on controls say of what kind."""
    controls = {one.subject: one.kind for one in workspace.records(Control)}
    left_out = excluded(workspace.records(Exclusion))
    type_of = {row["key"]: row["type"] for row in workspace.read(Pair, ["type"]).to_pylist()}
    type_of |= {key: key for key in workspace.keys(CueType)}
    judgments = workspace.records(Judgment)
    ids = judgment_ids(judgments, names)
    for one in sorted(judgments, key=lambda one: (one.project, one.subject, names[one.annotator], ids[one.key])):
        yield {
            "id": ids[one.key], "project": one.project, "subject": one.subject, "type": type_of.get(one.subject),
            "published": one.subject in published, "annotator": names[one.annotator], "verdict": one.verdict,
            "skipped": one.skipped, "scripted": one.scripted, "excluded": one.annotator in left_out,
            "control": controls.get(one.subject), "cue": one.cue, "core": one.core,
            "description_with": one.description_with, "description_without": one.description_without,
            "box": None if one.box is None else list(one.box),
        }  # fmt: skip


def response_rows(workspace: Workspace, published: set[str]) -> Iterator[Row]:
    """Every answer of every verifier model, so that each test can be made again."""
    pairs = {row["key"]: row for row in workspace.read(Pair, ["role", "index"]).to_pylist()}
    order = [("type", "ascending"), ("pair", "ascending"), ("arm", "ascending"), ("model", "ascending"),
             ("rotation", "ascending"), ("key", "ascending")]  # fmt: skip
    for batch in workspace.read(Response).sort_by(order).to_batches(max_chunksize=10_000):
        for one in from_table(pa.Table.from_batches([batch]), Response):
            pair = pairs.get(one.pair, {})
            yield {
                "id": one.key, "type": one.type, "pair": one.pair, "role": pair.get("role"),
                "index": pair.get("index"), "published": one.pair in published, "arm": one.arm,
                "model": public_name(one.model), "prompt": one.prompt, "rotation": one.rotation,
                "outcome": one.outcome, "chosen": one.chosen, "text": one.text, "correct": one.correct,
                "linked": one.linked,
            }  # fmt: skip
