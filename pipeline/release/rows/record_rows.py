"""The rows of what a release was made of: `candidates`, `annotations` and `responses`, published or
not.

    for key, row in responses(workspace, published_pairs, keys): ...

`tells(*keys)` says whether this release tells of a type, candidate or judgment; what is withheld it
does not.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set

import pyarrow as pa
import pyarrow.compute as pc

from ...arrow import from_table
from ...decisions import excluded
from ...records import (
    JUDGMENT_TEXTS,
    Candidate,
    CatchTrial,
    CueType,
    Evidence,
    Exclusion,
    Judgment,
    Pair,
    Response,
    Sample,
    key_of,
)
from ...workspace import Workspace
from ..files.parquet import Row
from ..type_outcomes import Outcome
from .options import moved, shift_of

Keyed = Iterator[tuple[str, Row]]
Tells = Callable[..., bool]


def public_name(name: str) -> str:
    """A model's name without the folder that it happened to lie in."""
    return name.rstrip("/").rsplit("/", 1)[-1] if name.startswith("/") else name


def candidates(workspace: Workspace, settled: Iterable[Outcome], tells: Tells) -> Keyed:
    """Every cue ever proposed, with the stage that it reached and why it went no further."""
    by_candidate = {key: outcome for outcome in settled for key in outcome.type.candidates}
    questions = {
        row["key"]: row["question"] for row in workspace.read(Sample, ["question"]).to_pylist()
    }
    for one in workspace.records(Candidate):
        outcome = by_candidate.get(one.key) if one.kept else None
        if not tells(outcome.type.key if outcome else one.key):
            continue
        stage, reason = (outcome.stage, outcome.reason) if outcome else ("screen", one.reason)
        if one.kept and outcome is None:
            stage, reason = "describe", "not made into a type yet"
        yield (
            one.key,
            {
                "id": one.key,
                "type": outcome and outcome.type.key,
                "published": bool(outcome and outcome.published),
                "stage": stage,
                "reason": reason,
                "model": one.model,
                "sample": one.sample,
                "question": questions.get(one.sample),
                "cue": one.cue,
                "category": one.category,
                "cue_linked": one.linked,
                "screener": one.screener,
                "errors_with_cue": one.errors_with_cue,
                "asked_with_cue": one.asked_with_cue,
                "errors_total": one.errors_total,
                "asked_total": one.asked_total,
                "p": one.p,
                "q": one.q,
                **_selection_columns(outcome.selection if outcome else None),
            },
        )


def _selection_columns(tested: Evidence | None) -> Row:
    return {
        "selection_effect": tested and tested.effect,
        "selection_low": tested and tested.low,
        "selection_high": tested and tested.high,
        "selection_q": tested and tested.q,
        "threshold_rule": tested and tested.passes_paper_rule,
    }


def judgment_ids(judgments: Iterable[Judgment], names: Mapping[str, str]) -> dict[str, str]:
    """A judgment's key -> its id in the release: what was judged, by whom, and in which version.

    The key itself holds the annotation server's number and time; with these no two runs would give
    the same release.
    """
    versions: Counter[tuple[str, str, str]] = Counter()
    ids = {}
    for one in sorted(judgments, key=lambda one: (one.updated_at, one.key)):
        said = (one.project, one.subject, names[one.annotator])
        versions[said] += 1
        ids[one.key] = key_of("annotation", *said, versions[said])
    return ids


def annotations(
    workspace: Workspace, names: Mapping[str, str], published: Set[str], tells: Tells
) -> Keyed:
    """Every version of every judgment, with a neutral name and no times; catch trials are marked."""
    catch_trials = {one.subject: one.kind for one in workspace.records(CatchTrial)}
    left_out = excluded(workspace.records(Exclusion))
    type_of = {row["key"]: row["type"] for row in workspace.read(Pair, ["type"]).to_pylist()}
    type_of |= {key: key for key in workspace.keys(CueType)}
    judgments = workspace.records(Judgment)
    ids = judgment_ids(judgments, names)
    group = {one.key: type_of.get(one.subject, one.subject) for one in judgments}
    told = [one for one in judgments if tells(group[one.key], one.key)]
    for one in sorted(
        told, key=lambda one: (group[one.key], one.project, one.subject, ids[one.key])
    ):
        yield (
            group[one.key],
            {
                "id": ids[one.key],
                "project": one.project,
                "subject": one.subject,
                "type": type_of.get(one.subject),
                "published": one.subject in published,
                "annotator": names[one.annotator],
                "verdict": one.verdict,
                "skipped": one.skipped,
                "scripted": one.scripted,
                "excluded": one.annotator in left_out,
                "control": catch_trials.get(one.subject),
                **{name: getattr(one, name) for name in JUDGMENT_TEXTS},
                "box": None if one.box is None else list(one.box),
            },
        )


def responses(
    workspace: Workspace, types: Mapping[str, CueType], published: Set[str], tells: Tells
) -> Keyed:
    """Every answer of every verifier model, so that each test can be made again."""
    order = [("type", "ascending"), ("pair", "ascending"), ("arm", "ascending"), ("model", "ascending"),
             ("rotation", "ascending"), ("key", "ascending")]  # fmt: skip
    pairs = {row["key"]: row for row in workspace.read(Pair, ["role", "index"]).to_pylist()}
    table = workspace.read(Response)
    told = pa.array(
        [key for key in pc.unique(table.column("type")).to_pylist() if tells(key)], pa.string()
    )
    for batch in (
        table.filter(pc.is_in(table.column("type"), told))
        .sort_by(order)
        .to_batches(max_chunksize=10_000)
    ):
        for one in from_table(pa.Table.from_batches([batch]), Response):
            yield one.type, _response(one, pairs[one.pair], types[one.type], one.pair in published)


def _response(one: Response, pair: Row, kind: CueType, published: bool) -> Row:
    """A response whose option and rotation are counted from the option that the pair's row shows
    first.
    """
    shift, count = shift_of(kind, pair["index"]), len(kind.choices)
    return {
        "id": one.key,
        "type": one.type,
        "pair": one.pair,
        "role": pair["role"],
        "index": pair["index"],
        "published": published,
        "arm": one.arm,
        "model": public_name(one.model),
        "prompt": one.prompt,
        "rotation": moved(one.rotation, shift, count),
        "outcome": one.outcome,
        "chosen": None if one.chosen is None else moved(one.chosen, shift, count),
        "option": None if one.chosen is None else kind.choices[one.chosen],
        "text": one.text,
        "correct": one.correct,
        "linked": one.linked,
    }
