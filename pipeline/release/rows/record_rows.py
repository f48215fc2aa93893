"""Rows about how a release came about: `candidates`, `annotations` and `responses`.

    for key, row in candidates(workspace, outcomes(workspace, recipe), includes): ...
    for key, row in responses(workspace, types, published_pairs, includes): ...

Unpublished candidates, judgments and answers are in them too. `includes(*keys)` says whether this
release may mention a type, candidate or judgment; a public release leaves out what is withheld.
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

KeyedRows = Iterator[tuple[str, Row]]
Includes = Callable[..., bool]


def public_name(name: str) -> str:
    """Returns a model's name without the folder that it lies in on this machine."""
    return name.rstrip("/").rsplit("/", 1)[-1] if name.startswith("/") else name


def candidates(workspace: Workspace, settled: Iterable[Outcome], includes: Includes) -> KeyedRows:
    """Yields every cue ever proposed, with the stage that it reached and why it stopped there."""
    by_candidate = {key: outcome for outcome in settled for key in outcome.type.candidates}
    questions = {
        row["key"]: row["question"] for row in workspace.read(Sample, ["question"]).to_pylist()
    }
    for candidate in workspace.records(Candidate):
        outcome = by_candidate.get(candidate.key) if candidate.kept else None
        if not includes(outcome.type.key if outcome else candidate.key):
            continue
        if outcome:
            stage, reason = outcome.stage, outcome.reason
        elif candidate.kept:
            stage, reason = "describe", "not made into a type yet"
        else:
            stage, reason = "screen", candidate.reason
        yield (
            candidate.key,
            {
                "id": candidate.key,
                "type": outcome and outcome.type.key,
                "published": bool(outcome and outcome.published),
                "stage": stage,
                "reason": reason,
                "model": candidate.model,
                "sample": candidate.sample,
                "question": questions.get(candidate.sample),
                "cue": candidate.cue,
                "category": candidate.category,
                "cue_linked": candidate.linked,
                "screener": candidate.screener,
                "errors_with_cue": candidate.errors_with_cue,
                "asked_with_cue": candidate.asked_with_cue,
                "errors_total": candidate.errors_total,
                "asked_total": candidate.asked_total,
                "p": candidate.p,
                "q": candidate.q,
                **_selection_columns(outcome.selection if outcome else None),
            },
        )


def _selection_columns(evidence: Evidence | None) -> Row:
    return {
        "selection_effect": evidence and evidence.effect,
        "selection_low": evidence and evidence.low,
        "selection_high": evidence and evidence.high,
        "selection_q": evidence and evidence.q,
        "threshold_rule": evidence and evidence.passes_paper_rule,
    }


def judgment_ids(judgments: Iterable[Judgment], names: Mapping[str, str]) -> dict[str, str]:
    """Returns each judgment's id in the release, by its key.

    The id is a hash of what was judged, by whom (under the neutral name), and the version's number.
    The key itself depends on the annotation server's numbers and times, which differ from run to
    run.
    """
    versions: Counter[tuple[str, str, str]] = Counter()
    ids = {}
    for judgment in sorted(judgments, key=lambda judgment: (judgment.updated_at, judgment.key)):
        task = (judgment.project, judgment.subject, names[judgment.annotator])
        versions[task] += 1
        ids[judgment.key] = key_of("annotation", *task, versions[task])
    return ids


def annotations(
    workspace: Workspace, names: Mapping[str, str], published: Set[str], includes: Includes
) -> KeyedRows:
    """Yields every version of every judgment, under neutral names and without times.

    The column `control` has the kind of a catch trial, a task whose answer is known.
    """
    catch_trials = {trial.subject: trial.kind for trial in workspace.records(CatchTrial)}
    left_out = excluded(workspace.records(Exclusion))
    type_of = {row["key"]: row["type"] for row in workspace.read(Pair, ["type"]).to_pylist()}
    type_of |= {key: key for key in workspace.keys(CueType)}
    judgments = workspace.records(Judgment)
    ids = judgment_ids(judgments, names)

    def order(judgment: Judgment) -> tuple[str, str, str, str]:
        subject = judgment.subject
        return type_of.get(subject, subject), judgment.project, subject, ids[judgment.key]

    for judgment in sorted(judgments, key=order):
        group = type_of.get(judgment.subject, judgment.subject)
        if not includes(group, judgment.key):
            continue
        yield (
            group,
            {
                "id": ids[judgment.key],
                "project": judgment.project,
                "subject": judgment.subject,
                "type": type_of.get(judgment.subject),
                "published": judgment.subject in published,
                "annotator": names[judgment.annotator],
                "verdict": judgment.verdict,
                "skipped": judgment.skipped,
                "scripted": judgment.scripted,
                "excluded": judgment.annotator in left_out,
                "control": catch_trials.get(judgment.subject),
                **{name: getattr(judgment, name) for name in JUDGMENT_TEXTS},
                "box": None if judgment.box is None else list(judgment.box),
            },
        )


def responses(
    workspace: Workspace, types: Mapping[str, CueType], published: Set[str], includes: Includes
) -> KeyedRows:
    """Yields every answer of every verifier model, so that readers can repeat each test."""
    order = [
        (column, "ascending") for column in ("type", "pair", "arm", "model", "rotation", "key")
    ]
    pairs = {row["key"]: row for row in workspace.read(Pair, ["role", "index"]).to_pylist()}
    table = workspace.read(Response)
    included = pa.array(
        [key for key in pc.unique(table.column("type")).to_pylist() if includes(key)], pa.string()
    )
    table = table.filter(pc.is_in(table.column("type"), included)).sort_by(order)
    for batch in table.to_batches(max_chunksize=10_000):
        for response in from_table(pa.Table.from_batches([batch]), Response):
            cue_type, pair = types[response.type], pairs[response.pair]
            yield response.type, _response(response, pair, cue_type, response.pair in published)


def _response(response: Response, pair: Row, cue_type: CueType, published: bool) -> Row:
    """Returns a response whose indices count options in the order that the pair's row has."""
    shift, count = shift_of(cue_type, pair["index"]), len(cue_type.choices)
    chosen = response.chosen
    return {
        "id": response.key,
        "type": response.type,
        "pair": response.pair,
        "role": pair["role"],
        "index": pair["index"],
        "published": published,
        "arm": response.arm,
        "model": public_name(response.model),
        "prompt": response.prompt,
        "rotation": moved(response.rotation, shift, count),
        "outcome": response.outcome,
        "chosen": None if chosen is None else moved(chosen, shift, count),
        "option": None if chosen is None else cue_type.choices[chosen],
        "text": response.text,
        "correct": response.correct,
        "linked": response.linked,
    }
