"""Judgments, catch trials and exclusions of few words, for tests of what people say together."""

from spuriforge.pipeline.records import JUDGMENT_TEXTS, CatchTrial, Exclusion, Judgment, key_of


def judged(
    subject: str,
    annotator: str,
    verdict: str | None,
    *,
    at: str = "1",
    source: str = "cue/1",
    project: str = "cue",
    seconds: float | None = 10.0,
    scripted: bool = False,
    **texts: str,
) -> Judgment:
    """One version of one judgment; no verdict is a skip."""
    fields = dict.fromkeys(JUDGMENT_TEXTS) | texts
    return Judgment(
        key=key_of(project, subject, annotator, source, at),
        project=project,
        subject=subject,
        annotator=annotator,
        verdict=verdict,
        skipped=verdict is None,
        box=None,
        scripted=scripted,
        seconds=seconds,
        source=source,
        updated_at=at,
        **fields,
    )


def catch_trial(
    subject: str, expected: str, kind: str = "gold", project: str = "cue"
) -> CatchTrial:
    """A task whose answer is known."""
    return CatchTrial(
        key=key_of("control", project, subject),
        project=project,
        subject=subject,
        kind=kind,
        expected=expected,
    )


def exclusion(
    annotator: str, *, excluded: bool = True, reason: str = "careless", at: str = "1"
) -> Exclusion:
    """The lead's word on a person."""
    return Exclusion(
        key=key_of("exclusion", annotator, excluded, at),
        annotator=annotator,
        excluded=excluded,
        reason=reason,
        at=at,
    )
