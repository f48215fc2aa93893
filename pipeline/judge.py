"""The judge screener: an LVLM is asked whether an error comes from a spurious cue, and from which.

    planned = plan(errors, samples, structured.id)           # asks with keys, for Workspace.shards
    verdicts = judge(planned, structured, workspace.image)
    candidates = propose(verdicts, samples, errors)

What a judge says is checked before it counts: a verdict that contradicts itself, or whose cue is no
cue by logic (an option's own text, the core, the thing asked about), is rejected with a reason and
kept as such. A benchmark's own published judge texts become the same verdicts by `from_published`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from PIL import Image
from pydantic import BaseModel, ConfigDict

from .lvlm import forms, prompts
from .lvlm.structured import Form, Reply, Structured
from .mine import failure
from .reasons import first_reason
from .records import OPEN, Candidate, Failure, PersistentError, Sample, Verdict, key_of
from .screen import plain
from .text_matching import flaw, head, is_option, listed, nameable, names, short, within
from .text_matching import forms as forms_of

PROMPT = prompts.version(forms.JUDGE)
#: Stands for the prompt of a verdict that came with the benchmark.
PUBLISHED = "published"

CUE_WORDS, CORE_WORDS = 8, 20
#: A box of more than this share of the image points at nothing.
WIDEST_BOX = 0.9


class Judged(BaseModel):
    """The judge's form; what its fields mean is said in `forms.JUDGE`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    spurious: bool
    cue: str
    core: str
    linked: str
    box: list[float] | None
    reason: str


@dataclass(frozen=True, slots=True)
class JudgeAsk:
    """One error to be judged."""

    key: str
    error: PersistentError
    sample: Sample


# --- asking ---------------------------------------------------------------------------------------


def verdict_key(error: PersistentError, judge_id: str, prompt: str) -> str:
    """The key of a verdict: the same error, found by another mining, is not paid for twice."""
    return key_of("verdict", error.sample, error.model, error.chosen, judge_id, prompt)


def plan(
    errors: Iterable[PersistentError], samples: Mapping[str, Sample], judge_id: str
) -> list[JudgeAsk]:
    """What to ask, in a stable order; `samples` by their keys.

    A language prior is not asked: an error that is made without the image has no visual cue. Nor is
    an error whose image is not at hand.
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
    """One verdict an ask, judged or rejected; a `Failure` where the call failed for good."""
    replies = structured.fill([_form(ask, image(ask.sample.image)) for ask in asks], Judged)
    return [
        failure("judge", ask.key, structured.id, reply.reason)
        if reply.outcome == "failed"
        else _verdict(ask, reply, structured.id)
        for ask, reply in zip(asks, replies, strict=True)
    ]


def _form(ask: JudgeAsk, image: Image.Image) -> Form:
    choices = ask.sample.choices
    text = forms.data_block(
        question=ask.sample.question,
        options=dict(zip(prompts.LETTERS, choices, strict=False)),
        chosen=prompts.LETTERS[ask.error.chosen],
        correct=prompts.LETTERS[ask.sample.answer],
    )
    return Form(forms.JUDGE, text, (image,))


def _verdict(ask: JudgeAsk, reply: Reply[Judged], judge_id: str) -> Verdict:
    """A filled-in form as a verdict."""
    said = reply.value
    why = reply.reason if said is None else _why_rejected(said, ask)
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
    if said is None or why:
        return blank
    return replace(
        blank,
        outcome="judged",
        spurious=said.spurious,
        cue=short(said.cue) if said.spurious else None,
        core=short(said.core) if said.spurious else None,
        linked=ask.sample.choices[ask.error.chosen] if said.spurious else None,
        box=tuple(said.box) if said.box else None,
        reason=" ".join(said.reason.split()),
    )


# --- what is no verdict ---------------------------------------------------------------------------


def _why_rejected(said: Judged, ask: JudgeAsk) -> str | None:
    """Why a form that fits the schema is no verdict; None where it is one."""
    reason = " ".join(said.reason.split())
    ill = flaw(reason, 1000)
    if ill in {"is empty", "holds control characters"}:
        return f"the reason {ill}"
    if within(ask.sample.question, reason):
        return "the reason is copied from the question"
    return _why_not_spurious(said, ask) if said.spurious else _why_contradictory(said)


def _why_contradictory(said: Judged) -> str | None:
    failing = {
        "the error is not spurious, but a cue is named": bool(said.cue.strip()),
        "the error is not spurious, but a cue is linked to an option": bool(said.linked.strip()),
        "the error is not spurious, but a box is given": said.box is not None,
    }
    return first_reason(failing)


def _why_not_spurious(said: Judged, ask: JudgeAsk) -> str | None:
    """The rules for an error that is called spurious."""
    letters = [*prompts.LETTERS[: len(ask.sample.choices)]]
    if not said.cue.strip():
        return "the error is called spurious, but no cue is named"
    if said.linked not in letters:
        return f"the linked option is none of the letters {letters[0]} to {letters[-1]}"
    if letters.index(said.linked) != ask.error.chosen:
        return "the cue is said to point to another option than the one chosen"
    if core := flaw(said.core, CORE_WORDS):
        return f"the core {core}"
    if names(said.core, said.cue) or names(said.cue, said.core):
        return "the cue is the core, or part of it"
    return why_no_cue(said.cue, ask.sample) or _why_no_box(said.box)


def why_no_cue(cue: str, sample: Sample) -> str | None:
    """Why a free text is no cue for a sample's errors, by its form and by logic; None where it may
    be one.
    """
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
    """A judge text that came with the benchmark as a verdict by `judge`, as "gpt-4o@published".

    `cue` is what could be read from the text; what the answer rests on, and where the cue is, it
    does not say.
    """
    why = None
    if spurious is None:
        why = "the published text says neither that the error is spurious nor that it is not"
    elif spurious:
        why = why_no_cue(cue, sample) if cue and cue.strip() else "the published text names no cue"
    found = bool(spurious) and why is None and cue is not None
    return Verdict(
        key=verdict_key(error, judge, PUBLISHED),
        error=error.key,
        sample=sample.key,
        model=error.model,
        judge=judge,
        prompt=PUBLISHED,
        outcome="rejected" if why else "judged",
        spurious=None if why else spurious,
        cue=short(cue) if found and cue else None,
        core=None,
        linked=sample.choices[error.chosen] if found else None,
        box=None,
        reason=why or " ".join(reason.split()),
        text=text,
    )


def propose(
    verdicts: Iterable[Verdict], samples: Mapping[str, Sample], errors: Iterable[PersistentError]
) -> list[Candidate]:
    """A candidate for each judged error: kept where the judge calls it spurious, with the judge's
    reason either way.

    Give the verdicts of the judges and prompts that count now. A verdict on what is no persistent
    error any more is left out, and a cue that two judges name alike is one candidate. The counts
    say how often the judge named this cue for this option among the model's errors that it judged;
    how often the cue is there at all, it does not know.
    """
    erring: dict[tuple[str, str], list[PersistentError]] = defaultdict(list)
    for error in errors:
        erring[error.sample, error.model].append(error)
    judged: list[tuple[Verdict, PersistentError]] = []
    for one in sorted(verdicts, key=lambda one: (one.prompt == PUBLISHED, one.judge, one.key)):
        same = (error for error in erring.get((one.sample, one.model), ()) if _is_of(one, error))
        if one.outcome == "judged" and (found := next(same, None)):
            judged.append((one, found))
    totals = Counter((one.judge, one.model) for one, _ in judged)
    named = Counter(
        (one.judge, one.model, one.cue, plain(one.linked or ""))
        for one, _ in judged
        if one.spurious
    )
    candidates: dict[str, Candidate] = {}
    for one, error in judged:
        linked = plain(samples[one.sample].choices[error.chosen])
        made = _candidate(
            one, linked, named[one.judge, one.model, one.cue, linked], totals[one.judge, one.model]
        )
        candidates.setdefault(made.key, made)
    return list(candidates.values())


def _is_of(one: Verdict, error: PersistentError) -> bool:
    return verdict_key(error, one.judge, one.prompt) == one.key


def _candidate(one: Verdict, linked: str, alike: int, judged: int) -> Candidate:
    cue = one.cue or ""
    return Candidate(
        key=key_of("candidate", one.sample, one.model, f"{OPEN}:{cue}", linked),
        sample=one.sample,
        model=one.model,
        cue=cue,
        category=OPEN,
        linked=linked,
        screener=PUBLISHED if one.prompt == PUBLISHED else "judge",
        errors_with_cue=alike,
        asked_with_cue=0,
        errors_total=judged,
        asked_total=0,
        p=None,
        q=None,
        kept=bool(one.spurious),
        reason=one.reason if one.spurious else f"the judge: not spurious: {one.reason}",
    )
