"""Removal of training images that show a held-out cue, as far as the release says what they show.

    kept = without_held_out(questions, held_out_types)

A made image that shows a held-out cue is left out, and a control that shows it and asks what it
misleads about: by the type's question, or by one of the options that the cue makes a model mix up.
A control that asks for something else stays: what is never rehearsed is forgotten.

A control says by its column `cues` which of the vocabulary's cues were seen in it, an arm of a pair
by its prompt. Anchors and edited images say nothing of the kind, and older releases' controls
neither: they stay. Rather too many are left out than too few: with "beach", a "beach ball" is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ..release.questions import PublishedType, Question
from ..release.rows.clusters import nouns
from ..text_matching import forms, plain, short, words

#: The forms of each word of a phrase.
Phrase = tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class _HeldOutType:
    """A type that is held out, in plain words."""

    phrases: frozenset[Phrase]
    question: str
    #: The option that is right in its pairs, and the one that the cue points to.
    options: frozenset[str]


def without_held_out(
    questions: Iterable[Question], types: Iterable[PublishedType]
) -> list[Question]:
    """Returns the questions whose images show none of these types' cues, by their nouns."""
    held_types = [
        _HeldOutType(
            _phrases(cue_type.cue),
            plain(cue_type.question),
            frozenset({plain(cue_type.answer), plain(cue_type.linked)}),
        )
        for cue_type in types
    ]
    return [
        question
        for question in questions
        if not any(_shows(question, held_type) for held_type in held_types)
    ]


def _shows(question: Question, held: _HeldOutType) -> bool:
    word_forms = _word_forms(
        ", ".join(question.cues or ()) if question.type is None else question.prompt or ""
    )
    if not any(all(word & word_forms for word in phrase) for phrase in held.phrases):
        return False
    if question.type is not None:
        return True
    return plain(question.question) == held.question or not held.options.isdisjoint(
        map(plain, question.choices)
    )


def _phrases(cue: str) -> frozenset[Phrase]:
    """What the cue is about, each as the words that have to be there: {(snowman or snowmen,)}."""
    named = {mark.partition(":")[2] for mark in nouns(plain(short(cue)))}
    return frozenset(tuple(forms(word) for word in words(name)) for name in named if words(name))


@lru_cache(maxsize=100_000)
def _word_forms(text: str) -> frozenset[str]:
    return frozenset[str]().union(*map(forms, words(text)))
