"""Cues that are judged or stopped on are not in training images either, as far as the release says what these show.

    kept = without_held_out(questions, held_out_cues)

A control says by its column `cues` which of the vocabulary's cues were seen in it, an arm of a pair by its prompt.
Anchors and edited images say nothing of the kind, and older releases' controls neither: they stay. Rather too many are
left out than too few: with "beach", a "beach ball" is.
"""

from collections.abc import Iterable
from functools import lru_cache

from ..evaluate.questions import Question
from ..release.rows.clusters import nouns
from ..screen import plain
from ..words import forms, short, words

#: The forms of each word of a phrase.
Phrase = tuple[frozenset[str], ...]


def without_held_out(questions: Iterable[Question], cues: Iterable[str]) -> list[Question]:
    """The questions whose images show none of the cues, by the noun that each is about."""
    held = {phrase for cue in sorted(set(cues)) for phrase in _phrases(cue)}
    return [one for one in questions if not _shows(one, held)]


def _shows(question: Question, held: Iterable[Phrase]) -> bool:
    text = ", ".join(question.cues or ()) if question.type is None else question.prompt or ""
    said = _said(text)
    return any(all(word & said for word in phrase) for phrase in held)


def _phrases(cue: str) -> set[Phrase]:
    """What the cue is about, each as the words that have to be there: {(snowman or snowmen,)}."""
    named = {mark.partition(":")[2] for mark in nouns(plain(short(cue)))}
    return {tuple(forms(word) for word in words(name)) for name in named if words(name)}


@lru_cache(maxsize=100_000)
def _said(text: str) -> frozenset[str]:
    return frozenset[str]().union(*map(forms, words(text)))
