"""The judge screener: asks an LVLM whether an error comes from a spurious cue, and which.

    planned = plan(errors, samples, structured.id)           # asks with keys, for Workspace.shards
    verdicts = judge(planned, structured, workspace.image)
    candidates = propose(verdicts, samples, errors)

A verdict is checked before it counts. It is rejected, and kept with the reason, if it contradicts
itself or its cue is no cue by logic (an option's own text, the core, the thing asked about). A
benchmark's own published judge texts become verdicts by `from_published`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from PIL import Image
from pydantic import BaseModel, ConfigDict

from .lvlm import form_prompts, prompts
from .lvlm.structured import Form, FormReply, Structured
from .reasons import first_reason
from .records import OPEN, Candidate, Failure, PersistentError, Sample, Verdict, key_of
from .text_matching import flaw, head, is_option, listed, nameable, names, plain, short, within
from .text_matching import forms as forms_of

PROMPT = prompts.version(form_prompts.JUDGE)
#: The prompt of verdicts that came with the benchmark.
PUBLISHED = "published"

CUE_WORDS, CORE_WORDS = 8, 20
#: A box larger than this share of the image points at nothing.
WIDEST_BOX = 0.9


class Judged(BaseModel):
    """The judge's form; `form_prompts.JUDGE` explains its fields to the judge."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    spurious: bool
    cue: str
    core: str
    linked: str
    box: list[float] | None
    reason: str


@dataclass(frozen=True, slots=True)
class JudgeAsk:
    """One error to judge."""

    key: str
    error: PersistentError
    sample: Sample


# --- asking ---------------------------------------------------------------------------------------


def verdict_key(error: PersistentError, judge_id: str, prompt: str) -> str:
    """Returns a verdict's key; the same error, mined with other settings, keeps its key."""
    return key_of("verdict", error.sample, error.model, error.chosen, judge_id, prompt)


def plan(
    errors: Iterable[PersistentError], samples: Mapping[str, Sample], judge_id: str
) -> list[JudgeAsk]:
    """Returns what to ask, ordered by key; `samples` are by their keys.

    Language priors are left out, since an error made without the image has no visual cue. So are
    errors whose image the workspace does not have.
    """
    asks = [
        JudgeAsk(verdict_key(error, judge_id, PROMPT), error, samples[error.sample])
        for error in errors
        if not error.language_prior and samples[error.sample].image
    ]
    distinct = {ask.key: ask for ask in asks}
    return [distinct[key] for key in sorted(distinct)]


def judge(
    asks: Sequence[JudgeAsk], structured: Structured, image: Callable[[str], Image.Image]
) -> list[Verdict | Failure]:
    """Returns one verdict per ask, judged or rejected, or a `Failure` where the call failed."""
    replies = structured.fill([_form(ask, image(ask.sample.image)) for ask in asks], Judged)
    return [
        Failure.now("judge", ask.key, structured.id, reply.reason)
        if reply.outcome == "failed"
        else _verdict(ask, reply, structured.id)
        for ask, reply in zip(asks, replies, strict=True)
    ]


def _form(ask: JudgeAsk, image: Image.Image) -> Form:
    choices = ask.sample.choices
    text = form_prompts.data_block(
        question=ask.sample.question,
        options=dict(zip(prompts.LETTERS, choices, strict=False)),
        chosen=prompts.LETTERS[ask.error.chosen],
        correct=prompts.LETTERS[ask.sample.answer],
    )
    return Form(form_prompts.JUDGE, text, (image,))


def _verdict(ask: JudgeAsk, reply: FormReply[Judged], judge_id: str) -> Verdict:
    """Returns a filled-in form as a verdict."""
    judged = reply.value
    why = reply.reason if judged is None else _why_rejected(judged, ask)
    blank = Verdict(
        key=ask.key,
        error=ask.error.key,
        sample=ask.sample.key,
        model=ask.error.model,
        judge=judge_id,
        prompt=PROMPT,
        outcome="rejected",
        spurious=None,
        cue=None,
        core=None,
        linked=None,
        box=None,
        reason=why or "",
        text=reply.text,
        **asdict(reply.usage),
    )
    if judged is None or why:
        return blank
    return replace(
        blank,
        outcome="judged",
        spurious=judged.spurious,
        cue=short(judged.cue) if judged.spurious else None,
        core=short(judged.core) if judged.spurious else None,
        linked=ask.sample.choices[ask.error.chosen] if judged.spurious else None,
        box=tuple(judged.box) if judged.box else None,
        reason=" ".join(judged.reason.split()),
    )


# --- what is no verdict ---------------------------------------------------------------------------


def _why_rejected(judged: Judged, ask: JudgeAsk) -> str | None:
    """Returns why a form that fits the schema is no verdict, or None."""
    reason = " ".join(judged.reason.split())
    problem = flaw(reason, 1000)
    if problem in {"is empty", "holds control characters"}:
        return f"the reason {problem}"
    if within(ask.sample.question, reason):
        return "the reason is copied from the question"
    return _why_not_spurious(judged, ask) if judged.spurious else _why_contradictory(judged)


def _why_contradictory(judged: Judged) -> str | None:
    """Checks an error that the judge calls not spurious."""
    failing = {
        "the error is not spurious, but a cue is named": bool(judged.cue.strip()),
        "the error is not spurious, but a cue is linked to an option": bool(judged.linked.strip()),
        "the error is not spurious, but a box is given": judged.box is not None,
    }
    return first_reason(failing)


def _why_not_spurious(judged: Judged, ask: JudgeAsk) -> str | None:
    """Checks an error that the judge calls spurious."""
    letters = [*prompts.LETTERS[: len(ask.sample.choices)]]
    if not judged.cue.strip():
        return "the error is called spurious, but no cue is named"
    if judged.linked not in letters:
        return f"the linked option is none of the letters {letters[0]} to {letters[-1]}"
    if letters.index(judged.linked) != ask.error.chosen:
        return "the cue is said to point to another option than the one chosen"
    if core := flaw(judged.core, CORE_WORDS):
        return f"the core {core}"
    if names(judged.core, judged.cue) or names(judged.cue, judged.core):
        return "the cue is the core, or part of it"
    return why_no_cue(judged.cue, ask.sample) or _why_no_box(judged.box)


def why_no_cue(cue: str, sample: Sample) -> str | None:
    """Returns why a free text, by form or logic, is no cue for a sample's errors, or None."""
    if form := flaw(cue, CUE_WORDS):
        return f"the cue {form}"
    unseen = bool(forms_of(head(cue)) & listed("unseen"))
    failing = {
        "the cue is an option's own text": is_option(cue, sample.choices),
        "the cue is named in the question": within(sample.question, cue),
        "the cue is nothing that an image could show": unseen or not nameable(cue),
    }
    return first_reason(failing)


def _why_no_box(box: list[float] | None) -> str | None:
    if box is None:
        return None
    if len(box) != 4:
        return "the box does not have four sides"
    left, top, right, bottom = box
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        return "the box is not [left, top, right, bottom] in shares of the image, from 0 to 1"
    wide = (right - left) * (bottom - top) > WIDEST_BOX
    return f"the box is more than {WIDEST_BOX:.0%} of the image" if wide else None


# --- from verdicts to candidates ------------------------------------------------------------------


def from_published(
    sample: Sample,
    error: PersistentError,
    judge: str,
    spurious: bool | None,
    cue: str | None,
    reason: str,
    text: str,
) -> Verdict:
    """Returns a judge's published text as a verdict; `judge` is "gpt-4o@published" or such.

    `cue` is what could be read from the text. The text names neither a core nor a place for the
    cue.
    """
    why = None
    if spurious is None:
        why = "the published text says neither that the error is spurious nor that it is not"
    elif spurious:
        why = why_no_cue(cue, sample) if cue and cue.strip() else "the published text names no cue"
    named = bool(spurious) and why is None and cue is not None
    return Verdict(
        key=verdict_key(error, judge, PUBLISHED),
        error=error.key,
        sample=sample.key,
        model=error.model,
        judge=judge,
        prompt=PUBLISHED,
        outcome="rejected" if why else "judged",
        spurious=None if why else spurious,
        cue=short(cue) if named and cue else None,
        core=None,
        linked=sample.choices[error.chosen] if named else None,
        box=None,
        reason=why or " ".join(reason.split()),
        text=text,
    )


def propose(
    verdicts: Iterable[Verdict], samples: Mapping[str, Sample], errors: Iterable[PersistentError]
) -> list[Candidate]:
    """Returns a candidate for each judged error, kept if the judge calls it spurious.

    Give only the verdicts of the judges and prompts that count now. Verdicts on errors that are no
    longer persistent are left out, and a cue that two judges name alike is one candidate. The
    counts say how often the judge named this cue for this option among the model's judged errors;
    how often the cue is in other images is not known.
    """
    erring: dict[tuple[str, str], list[PersistentError]] = defaultdict(list)
    for error in errors:
        erring[error.sample, error.model].append(error)
    judged: list[tuple[Verdict, PersistentError]] = []
    for verdict in sorted(verdicts, key=lambda row: (row.prompt == PUBLISHED, row.judge, row.key)):
        own = erring.get((verdict.sample, verdict.model), ())
        current = next((error for error in own if _is_of(verdict, error)), None)
        if verdict.outcome == "judged" and current:
            judged.append((verdict, current))
    totals = Counter((verdict.judge, verdict.model) for verdict, _ in judged)
    named = Counter(_named(verdict) for verdict, _ in judged if verdict.spurious)
    candidates: dict[str, Candidate] = {}
    for verdict, error in judged:
        linked = plain(samples[verdict.sample].choices[error.chosen])
        alike = named[verdict.judge, verdict.model, verdict.cue, linked]
        candidate = _candidate(verdict, linked, alike, totals[verdict.judge, verdict.model])
        candidates.setdefault(candidate.key, candidate)
    return list(candidates.values())


def _named(verdict: Verdict) -> tuple[str, str, str | None, str]:
    return verdict.judge, verdict.model, verdict.cue, plain(verdict.linked or "")


def _is_of(verdict: Verdict, error: PersistentError) -> bool:
    return verdict_key(error, verdict.judge, verdict.prompt) == verdict.key


def _candidate(verdict: Verdict, linked: str, alike: int, judged: int) -> Candidate:
    cue = verdict.cue or ""
    return Candidate(
        key=key_of("candidate", verdict.sample, verdict.model, f"{OPEN}:{cue}", linked),
        sample=verdict.sample,
        model=verdict.model,
        cue=cue,
        category=OPEN,
        linked=linked,
        screener=PUBLISHED if verdict.prompt == PUBLISHED else "judge",
        errors_with_cue=alike,
        asked_with_cue=0,
        errors_total=judged,
        asked_total=0,
        p=None,
        q=None,
        kept=bool(verdict.spurious),
        reason=verdict.reason if verdict.spurious else f"the judge: not spurious: {verdict.reason}",
    )
