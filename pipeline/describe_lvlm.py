"""Descriptions of a type's scene with and without the cue, by an LVLM or a template.

    planned = plan(types, structured.id)                     # asks with keys, for Workspace.shards
    descriptions = describe(planned, structured, workspace.image)
    types = apply(types, descriptions, structured.id)
    types = [template(cue_type, recipe.describe) for cue_type in types]      # without an LVLM

For benchmarks without captions. The two sentences must differ in the cue and in nothing else that
bears on the answer. Their words are checked; a description that fails is rejected with a reason,
and its type stays without one.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher

from PIL import Image
from pydantic import BaseModel, ConfigDict

from .lvlm import form_prompts, prompts
from .lvlm.structured import Form, FormReply, Structured
from .reasons import first_reason
from .recipe_sections import PLACEHOLDER, Describe
from .records import CueType, Description, Failure, key_of
from .text_matching import flaw, head, nameable, names, words

PROMPT = prompts.version(form_prompts.DESCRIBE)
#: CLIP's text encoder reads 77 tokens and ignores the rest; sixty words fit.
MOST_WORDS = 60
#: Two sentences that share fewer of their words than this show two scenes.
LEAST_ALIKE = 0.5


class Described(BaseModel):
    """The describer's form; `form_prompts.DESCRIBE` explains its fields to the describer."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    with_cue: str
    without_cue: str
    placebo: str


@dataclass(frozen=True, slots=True)
class DescribeAsk:
    """One type to describe."""

    key: str
    type: CueType


# --- asking ---------------------------------------------------------------------------------------


def description_key(cue_type: CueType, describer_id: str) -> str:
    """Returns the key of a type's description.

    The core is part of it, since the describer sees the core.
    """
    return key_of("description", cue_type.key, cue_type.core, describer_id, PROMPT)


def plan(types: Iterable[CueType], describer_id: str) -> list[DescribeAsk]:
    """Returns what to ask, ordered by key: every type whose anchor has an image."""
    asks = [
        DescribeAsk(description_key(cue_type, describer_id), cue_type)
        for cue_type in types
        if cue_type.image
    ]
    return sorted(asks, key=lambda ask: ask.key)


def describe(
    asks: Sequence[DescribeAsk], structured: Structured, image: Callable[[str], Image.Image]
) -> list[Description | Failure]:
    """Returns one description per ask, or a `Failure` where the call failed for good."""
    replies = structured.fill([_form(ask.type, image(ask.type.image)) for ask in asks], Described)
    return [
        Failure.now("describe", ask.key, structured.id, reply.reason)
        if reply.outcome == "failed"
        else _description(ask, reply, structured.id)
        for ask, reply in zip(asks, replies, strict=True)
    ]


def _form(cue_type: CueType, image: Image.Image) -> Form:
    text = form_prompts.data_block(
        question=cue_type.question,
        options=dict(zip(prompts.LETTERS, cue_type.choices, strict=False)),
        correct=prompts.LETTERS[cue_type.answer],
        core=cue_type.core,
        cue=cue_type.cue,
    )
    return Form(form_prompts.DESCRIBE, text, (image,))


def _description(ask: DescribeAsk, reply: FormReply[Described], describer_id: str) -> Description:
    """Returns a filled-in form as a description, described or rejected."""
    described = reply.value
    why = reply.reason if described is None else _why_rejected(described, ask.type)
    fit = described if not why else None
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
    """Returns the types with the describer's sentences.

    A type without a description, or with a rejected one, gets empty sentences.
    """
    by_key = {description.key: description for description in descriptions}
    return [
        _described(cue_type, by_key.get(description_key(cue_type, describer_id)))
        for cue_type in types
    ]


def _described(cue_type: CueType, description: Description | None) -> CueType:
    return replace(
        cue_type,
        description_with=(description.with_cue if description else None) or "",
        description_without=(description.without_cue if description else None) or "",
        description_placebo=description.placebo if description else None,
    )


# --- what is no description -----------------------------------------------------------------------


def _why_rejected(described: Described, cue_type: CueType) -> str | None:
    """Returns why a form that fits the schema is no description, or None."""
    texts = {
        "with the cue": described.with_cue,
        "without it": described.without_cue,
        "of the placebo": described.placebo,
    }
    for arm, text in texts.items():
        if problem := flaw(text, MOST_WORDS):
            return f"the description {arm} {problem}"
    return _why_not_the_cue(described, cue_type) or _why_not_the_scene(
        list(texts.values()), cue_type
    )


def _why_not_the_cue(described: Described, cue_type: CueType) -> str | None:
    """Checks that the cue is in the first sentence and in neither of the others."""
    cue = head(cue_type.cue)
    failing = {
        "the two descriptions are the same": words(described.with_cue)
        == words(described.without_cue),
        "the placebo changes nothing": words(described.placebo) == words(described.without_cue),
        f"the description with the cue does not name it: {cue}": not names(described.with_cue, cue),
        f"the description without the cue names it: {cue}": names(described.without_cue, cue),
        f"the placebo names the cue: {cue}": names(described.placebo, cue),
    }
    return first_reason(failing)


def _why_not_the_scene(texts: list[str], cue_type: CueType) -> str | None:
    """Checks that all three sentences speak alike for the correct option and share a scene."""
    core = cue_type.choices[cue_type.answer]
    named = [names(text, core) for text in texts]
    if nameable(core) and any(named) and not all(named):
        return "the correct answer is named in one description and not in another"
    others = [
        choice
        for index, choice in enumerate(cue_type.choices)
        if index != cue_type.answer and nameable(choice)
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


def template(cue_type: CueType, settings: Describe) -> CueType:
    """Returns the type described by the recipe's two templates."""
    texts = {
        "question": cue_type.question,
        "answer": cue_type.choices[cue_type.answer],
        "cue": cue_type.cue,
    }
    return replace(
        cue_type,
        description_with=_filled(settings.template_with, texts),
        description_without=_filled(settings.template_without, texts),
    )


def _filled(template: str, texts: dict[str, str]) -> str:
    """Returns a template with the texts put in at once, so that braces within them are data."""
    return PLACEHOLDER.sub(lambda match: texts[match[1]], template)
