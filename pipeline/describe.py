"""From candidates to types, and from captions to descriptions with the cue, without it, and with a
placebo.

    types = merge(candidates, samples, recipe.screen)
    scenes = scenes_of(type, "release", samples, candidates, recipe.screen, count=10)

A scene is the caption of a real sample with the same question and the same gold answer, edited: the
cue's clause put in, taken out, or swapped for another value of the same category. Many scenes a
type, so that the published effect speaks of the shortcut and not of one picture. A question that no
other sample shares has its anchor's caption alone.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from .recipe import Category, Screen
from .records import OPEN, Candidate, CueType, Sample, key_of
from .screen import plain

_JOINTS = r"next to|near|beside|by|with|on|in|at|under|beneath|and"
_ARTICLE = re.compile(r"\ba (?=[aeiou])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scene:
    """Three descriptions that differ in one clause, and the real sample that they were taken from."""

    sample: Sample
    with_cue: str
    without_cue: str
    placebo: str | None


def phrase(category: Category, tag: str) -> str:
    """How a caption says that the tag is there, its article right."""
    return _ARTICLE.sub("an ", category.phrase.replace("{}", tag))


def without_clause(caption: str, tags: Iterable[str]) -> str:
    """The caption less each clause or prepositional phrase that names one of the tags."""
    for tag in sorted(tags, key=len, reverse=True):
        named = re.compile(rf"\b{re.escape(tag)}\b", re.IGNORECASE)
        first, *clauses = caption.split(", ")
        caption = ", ".join([first, *(clause for clause in clauses if not named.search(clause))])
        inside = rf"\s+(?:{_JOINTS})\s+(?:(?:a|an|the)\s+)?(?:\w+\s+)?{re.escape(tag)}\b(?:\s+(?:nearby|sky))?"
        caption = re.sub(inside, "", caption, flags=re.IGNORECASE)
    return caption


def set_clause(caption: str, category: Category, tag: str | None, cue: str) -> str:
    """The caption with the category's clause saying `tag`, or with no such clause.

    Of a category whose tags may come together, clauses that name others stay: they may be the core.
    """
    bare = without_clause(caption, category.tags if category.exclusive else [cue])
    return bare if tag is None else f"{bare}, {phrase(category, tag)}"


def merge(
    candidates: Iterable[Candidate], samples: Iterable[Sample], screen: Screen
) -> list[CueType]:
    """Equal kept candidates of all models as one type, anchored at the candidate with the smallest
    p.

    Candidates are equal when question, cue and linked option are.
    """
    by_key = {sample.key: sample for sample in samples}
    groups: dict[tuple[str, str, str, str], list[Candidate]] = defaultdict(list)
    for one in candidates:
        if one.kept:
            groups[plain(by_key[one.sample].question), one.category, one.cue, one.linked].append(
                one
            )
    types = []
    for _, equal in sorted(groups.items()):
        best = min(equal, key=lambda one: (1.0 if one.p is None else one.p, one.key))
        types.append(_type(best, equal, by_key[best.sample], screen))
    return types


def _type(best: Candidate, equal: Sequence[Candidate], anchor: Sample, screen: Screen) -> CueType:
    linked = next(choice for choice in anchor.choices if plain(choice) == best.linked)
    descriptions = "", ""
    if best.category != OPEN:
        category = category_of(best.category, screen)
        neutral = None if category.null else _others(category, {best.cue}, anchor)[0]
        caption = anchor.caption or ""
        descriptions = (
            set_clause(caption, category, best.cue, best.cue),
            set_clause(caption, category, neutral, best.cue),
        )
    return CueType(
        key=key_of("type", anchor.key, best.category, best.cue, linked),
        question=anchor.question,
        choices=anchor.choices,
        answer=anchor.answer,
        linked=linked,
        cue=best.cue,
        category=best.category,
        anchor=anchor.key,
        image=anchor.image,
        models=tuple(sorted({one.model for one in equal})),
        candidates=tuple(sorted(one.key for one in equal)),
        core=anchor.choices[anchor.answer],
        description_with=descriptions[0],
        description_without=descriptions[1],
        reason=best.reason,
    )


def category_of(name: str, screen: Screen) -> Category:
    """A category of the vocabulary by its name."""
    return next(category for category in screen.vocabulary if category.name == name)


def _others(category: Category, taken: set[str], sample: Sample, salt: str = "") -> list[str]:
    """The category's other tags in an order drawn from the sample's key: what may stand in the
    cue's place.

    Neither the sample's own options nor words of its question: an edit must not give an answer
    away.
    """
    barred = {plain(tag) for tag in taken} | {plain(choice) for choice in sample.choices}
    barred |= set(plain(sample.question).replace("?", "").split())
    free = [tag for tag in category.tags if plain(tag) not in barred]
    return sorted(
        free, key=lambda tag: hashlib.sha256(f"{sample.key}/{salt}/{tag}".encode()).digest()
    )


def anchor_scenes(one: CueType, anchor: Sample, count: int) -> list[Scene]:
    """`count` times the type's own descriptions, for types that somebody described: pairs differ by
    their seeds.
    """
    return [
        Scene(anchor, one.description_with, one.description_without, one.description_placebo)
    ] * count


def scenes_of(
    one: CueType,
    role: str,
    samples: Sequence[Sample],
    candidates: Iterable[Candidate],
    screen: Screen,
    count: int,
) -> list[Scene]:
    """`count` scenes for a type and a role; where there are fewer captions, they are used again,
    with other seeds.

    Two roles never share a caption where there are two: what decides on a type is not what it is
    published with.

    A neutral or placebo value is never one that is itself a kept candidate for the same question; a
    vocabulary too small to have such a value gives no placebo, or no scene. Captions that name
    another such cue come last.
    """
    category = category_of(one.category, screen)
    by_key = {sample.key: sample for sample in samples}
    asked = plain(one.question)
    same_question = [
        other
        for other in candidates
        if other.kept and plain(by_key[other.sample].question) == asked
    ]
    suspected = {other.cue for other in same_question if other.category == one.category} | {one.cue}
    others = {other.cue for other in same_question if other.category != one.category}
    sources = _sources(one, by_key[one.anchor], samples, others)
    sources = sources[role == "release" :: 2] or sources
    drawn = (
        _scene(one, sources[index % len(sources)], category, suspected, str(index))
        for index in range(count if sources else 0)
    )
    return [scene for scene in drawn if scene]


def _sources(
    one: CueType, anchor: Sample, samples: Iterable[Sample], suspected: Set[str]
) -> list[Sample]:
    """Captioned samples with the type's question and gold answer, in an order drawn from the type's
    key.

    A caption that names another option and not the gold one speaks against its own label: it is no
    source. Those that name a `suspected` cue, one that may mislead by itself, come after all
    others.
    """
    same = [
        sample
        for sample in samples
        if sample.caption
        and plain(sample.question) == plain(anchor.question)
        and plain(sample.choices[sample.answer]) == plain(anchor.choices[anchor.answer])
        and not _contradicts(sample.caption, sample)
    ]
    return sorted(
        same,
        key=lambda sample: (
            any(_names(sample.caption or "", cue) for cue in suspected),
            hashlib.sha256(f"{one.key}/{sample.key}".encode()).digest(),
        ),
    )


def _names(caption: str, words: str) -> bool:
    return re.search(rf"\b{re.escape(plain(words))}\b", plain(caption)) is not None


def _contradicts(caption: str, sample: Sample) -> bool:
    """Does the caption name an option, and not the gold one?"""
    named = [_names(caption, choice) for choice in sample.choices]
    return any(named) and not named[sample.answer]


def _scene(
    one: CueType, sample: Sample, category: Category, suspected: set[str], salt: str
) -> Scene | None:
    """A sample's caption in all arms; None where nothing can stand in the cue's place."""
    assert sample.caption is not None
    free: list[str | None] = [*_others(category, suspected, sample, salt)]
    if category.null:
        free.insert(0, None)
    if not free:
        return None
    return Scene(
        sample,
        set_clause(sample.caption, category, one.cue, one.cue),
        set_clause(sample.caption, category, free[0], one.cue),
        set_clause(sample.caption, category, free[1], one.cue) if len(free) > 1 else None,
    )
