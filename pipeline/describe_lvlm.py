"""Descriptions of a type's scene with the cue and without it, where no captions say them: by an
LVLM, or a template.

    planned = plan(types, structured.id)                     # asks with keys, for Workspace.shards
    descriptions = describe(planned, structured, workspace.image)
    types = apply(types, descriptions, structured.id)        # or [template(one, recipe.describe) for one in types]

The two sentences must differ in the cue and in nothing that bears on the answer. That is checked by
their words, and what fails is rejected with a reason; a type whose description was rejected stays
without one.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher

from PIL import Image
from pydantic import BaseModel, ConfigDict

from .lvlm import forms, prompts
from .lvlm.structured import Form, Reply, Structured
from .mine import failure
from .reasons import first_reason
from .recipe_sections import PLACEHOLDER, Describe
from .records import CueType, Description, Failure, key_of
from .text_matching import flaw, head, nameable, names, words

PROMPT = prompts.version(forms.DESCRIBE)
#: CLIP's text encoder reads 77 tokens and is deaf to the rest; sixty words fit.
MOST_WORDS = 60
#: Two sentences that share less than this of their words are two scenes.
LEAST_ALIKE = 0.5


class Described(BaseModel):
    """The describer's form; what its fields mean is said in `forms.DESCRIBE`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    with_cue: str
    without_cue: str
    placebo: str


@dataclass(frozen=True, slots=True)
class DescribeAsk:
    """One type to be described."""

    key: str
    type: CueType


# --- asking ---------------------------------------------------------------------------------------


def description_key(one: CueType, describer_id: str) -> str:
    """The key of a type's description: with another core, which is shown to the describer, it is
    another.
    """
    return key_of("description", one.key, one.core, describer_id, PROMPT)


def plan(types: Iterable[CueType], describer_id: str) -> list[DescribeAsk]:
    """What to ask, in a stable order: every type given whose anchor's image is at hand."""
    asks = [DescribeAsk(description_key(one, describer_id), one) for one in types if one.image]
    return sorted(asks, key=lambda ask: ask.key)


def describe(
    asks: Sequence[DescribeAsk], structured: Structured, image: Callable[[str], Image.Image]
) -> list[Description | Failure]:
    """One description an ask, described or rejected; a `Failure` where the call failed for good."""
    replies = structured.fill([_form(ask.type, image(ask.type.image)) for ask in asks], Described)
    return [
        failure("describe", ask.key, structured.id, reply.reason)
        if reply.outcome == "failed"
        else _description(ask, reply, structured.id)
        for ask, reply in zip(asks, replies, strict=True)
    ]


def _form(one: CueType, image: Image.Image) -> Form:
    text = forms.data_block(
        question=one.question,
        options=dict(zip(prompts.LETTERS, one.choices, strict=False)),
        correct=prompts.LETTERS[one.answer],
        core=one.core,
        cue=one.cue,
    )
    return Form(forms.DESCRIBE, text, (image,))


def _description(ask: DescribeAsk, reply: Reply[Described], describer_id: str) -> Description:
    """A filled-in form as a description."""
    said = reply.value
    why = reply.reason if said is None else _why_rejected(said, ask.type)
    fit = said if not why else None
    return Description(
        key=ask.key,
        type=ask.type.key,
        describer=describer_id,
        prompt=PROMPT,
        outcome="described" if fit else "rejected",
        with_cue=fit.with_cue.strip() if fit else None,
        without_cue=fit.without_cue.strip() if fit else None,
        placebo=fit.placebo.strip() if fit else None,
        reason=why or "",
        text=reply.text,
        **asdict(reply.usage),
    )


def apply(
    types: Iterable[CueType], descriptions: Iterable[Description], describer_id: str
) -> list[CueType]:
    """The types with the describer's sentences; one that has none, or a rejected one, has empty
    descriptions.
    """
    by_key = {one.key: one for one in descriptions}
    described = []
    for one in types:
        found = by_key.get(description_key(one, describer_id))
        described.append(
            replace(
                one,
                description_with=(found.with_cue if found else None) or "",
                description_without=(found.without_cue if found else None) or "",
                description_placebo=found.placebo if found else None,
            )
        )
    return described


# --- what is no description -----------------------------------------------------------------------


def _why_rejected(said: Described, one: CueType) -> str | None:
    """Why a form that fits the schema is no description; None where it is one."""
    texts = {
        "with the cue": said.with_cue,
        "without it": said.without_cue,
        "of the placebo": said.placebo,
    }
    for arm, text in texts.items():
        if ill := flaw(text, MOST_WORDS):
            return f"the description {arm} {ill}"
    return _why_not_the_cue(said, one) or _why_not_the_scene(list(texts.values()), one)


def _why_not_the_cue(said: Described, one: CueType) -> str | None:
    """The cue must be in the one sentence and in neither of the others."""
    cue = head(one.cue)
    failing = {
        "the two descriptions are the same": words(said.with_cue) == words(said.without_cue),
        "the placebo changes nothing": words(said.placebo) == words(said.without_cue),
        f"the description with the cue does not name it: {cue}": not names(said.with_cue, cue),
        f"the description without the cue names it: {cue}": names(said.without_cue, cue),
        f"the placebo names the cue: {cue}": names(said.placebo, cue),
    }
    return first_reason(failing)


def _why_not_the_scene(texts: list[str], one: CueType) -> str | None:
    """All else must be alike, and speak for the correct option in all three or in none."""
    core = one.choices[one.answer]
    named = [names(text, core) for text in texts]
    if nameable(core) and any(named) and not all(named):
        return "the correct answer is named in one description and not in another"
    others = [
        choice
        for index, choice in enumerate(one.choices)
        if index != one.answer and nameable(choice)
    ]
    wrong = next((choice for choice in others if any(names(text, choice) for text in texts)), None)
    if wrong is not None:
        return f"a description names another option: {wrong}"
    alike = min(
        SequenceMatcher(None, words(texts[0]), words(text), autojunk=False).ratio()
        for text in texts[1:]
    )
    return (
        "the descriptions differ in more than half of their words" if alike < LEAST_ALIKE else None
    )


# --- by template ----------------------------------------------------------------------------------


def template(one: CueType, settings: Describe) -> CueType:
    """The type described by the recipe's two templates."""
    texts = {"question": one.question, "answer": one.choices[one.answer], "cue": one.cue}
    return replace(
        one,
        description_with=_filled(settings.template_with, texts),
        description_without=_filled(settings.template_without, texts),
    )


def _filled(template: str, texts: dict[str, str]) -> str:
    """A template with the texts put in as they are, in one go: braces within them are data."""
    return PLACEHOLDER.sub(lambda found: texts[found[1]], template)
