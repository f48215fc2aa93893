"""From candidates to types, and from captions to descriptions of each arm.

    types = merge(candidates, samples, recipe.screen)
    scenes = scenes_of(cue_type, "release", samples, candidates, recipe.screen, count=10)

A scene is the caption of a real sample with the same question and gold answer, edited: the cue's
clause is put in, taken out, or swapped for another value of its category. A type has many scenes,
so that the published effect speaks of the shortcut and not of a single picture. If no other sample
shares the question, only the anchor's caption is used.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from .recipe import Category, Screen
from .records import OPEN, Candidate, CueType, Sample, key_of
from .text_matching import plain

_JOINTS = r"next to|near|beside|by|with|on|in|at|under|beneath|and"
_ARTICLE = re.compile(r"\ba (?=[aeiou])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scene:
    """Three descriptions that differ in one clause, and the real sample that they come from."""

    sample: Sample
    with_cue: str
    without_cue: str
    placebo: str | None


def phrase(category: Category, tag: str) -> str:
    """Returns how a caption says that the tag is there, with the right article."""
    return _ARTICLE.sub("an ", category.phrase.replace("{}", tag))


def without_clause(caption: str, tags: Iterable[str]) -> str:
    """Returns the caption without the clauses and prepositional phrases that name a tag."""
    for tag in sorted(tags, key=len, reverse=True):
        named = re.compile(rf"\b{re.escape(tag)}\b", re.IGNORECASE)
        first, *clauses = caption.split(", ")
        caption = ", ".join([first, *(clause for clause in clauses if not named.search(clause))])
        inside = (
            rf"\s+(?:{_JOINTS})\s+(?:(?:a|an|the)\s+)?(?:\w+\s+)?{re.escape(tag)}\b"
            r"(?:\s+(?:nearby|sky))?"
        )
        caption = re.sub(inside, "", caption, flags=re.IGNORECASE)
    return caption


def set_clause(caption: str, category: Category, tag: str | None, cue: str) -> str:
    """Returns the caption with the category's clause saying `tag`, or without such a clause.

    In a category whose tags may come together, clauses that name other tags stay: they may be the
    core.
    """
    bare = without_clause(caption, category.tags if category.exclusive else [cue])
    return bare if tag is None else f"{bare}, {phrase(category, tag)}"


def merge(
    candidates: Iterable[Candidate], samples: Iterable[Sample], screen: Screen
) -> list[CueType]:
    """Returns equal kept candidates of all models as one type each, anchored at the smallest p.

    Candidates are equal if their question, cue and linked option are.
    """
    by_key = {sample.key: sample for sample in samples}
    groups: dict[tuple[str, str, str, str], list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        if candidate.kept:
            question = plain(by_key[candidate.sample].question)
            group = question, candidate.category, candidate.cue, candidate.linked
            groups[group].append(candidate)
    types = []
    for _, equal in sorted(groups.items()):
        best = min(equal, key=lambda row: (1.0 if row.p is None else row.p, row.key))
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
        models=tuple(sorted({candidate.model for candidate in equal})),
        candidates=tuple(sorted(candidate.key for candidate in equal)),
        core=anchor.choices[anchor.answer],
        description_with=descriptions[0],
        description_without=descriptions[1],
        reason=best.reason,
    )


def category_of(name: str, screen: Screen) -> Category:
    """Returns a category of the vocabulary by its name."""
    return next(category for category in screen.vocabulary if category.name == name)


def _others(category: Category, taken: set[str], sample: Sample, salt: str = "") -> list[str]:
    """Returns the category's other tags that may stand in the cue's place, in an order by hash.

    The sample's options and the words of its question are left out: an edit must not give an answer
    away.
    """
    barred = {plain(tag) for tag in taken} | {plain(choice) for choice in sample.choices}
    barred |= set(plain(sample.question).replace("?", "").split())
    free = [tag for tag in category.tags if plain(tag) not in barred]
    return sorted(
        free, key=lambda tag: hashlib.sha256(f"{sample.key}/{salt}/{tag}".encode()).digest()
    )


def anchor_scenes(cue_type: CueType, anchor: Sample, count: int) -> list[Scene]:
    """Returns the type's own descriptions `count` times, for types that somebody described.

    The pairs made of them differ by their seeds.
    """
    return [
        Scene(
            anchor,
            cue_type.description_with,
            cue_type.description_without,
            cue_type.description_placebo,
        )
    ] * count


def scenes_of(
    cue_type: CueType,
    role: str,
    samples: Sequence[Sample],
    candidates: Iterable[Candidate],
    screen: Screen,
    count: int,
) -> list[Scene]:
    """Returns `count` scenes for a type and a role, from captions.

    If there are too few captions they are used again, with other seeds. Two roles share no caption
    if there are two, so a type is not published with what decided on it.

    A neutral or placebo value is never itself a kept candidate for the same question. A vocabulary
    too small to have such a value yields no placebo, or no scene. Captions that name another such
    cue come last.
    """
    category = category_of(cue_type.category, screen)
    by_key = {sample.key: sample for sample in samples}
    asked = plain(cue_type.question)
    same_question = [
        other
        for other in candidates
        if other.kept and plain(by_key[other.sample].question) == asked
    ]
    suspected = {other.cue for other in same_question if other.category == cue_type.category} | {
        cue_type.cue
    }
    others = {other.cue for other in same_question if other.category != cue_type.category}
    sources = _sources(cue_type, by_key[cue_type.anchor], samples, others)
    sources = sources[role == "release" :: 2] or sources
    drawn = (
        _scene(cue_type, sources[index % len(sources)], category, suspected, str(index))
        for index in range(count if sources else 0)
    )
    return [scene for scene in drawn if scene]


def _sources(
    cue_type: CueType, anchor: Sample, samples: Iterable[Sample], suspected: Set[str]
) -> list[Sample]:
    """Returns captioned samples with the type's question and gold answer, in an order by hash.

    A caption that names another option and not the gold option contradicts its label and is left
    out. Captions that name a `suspected` cue, which may mislead by itself, come last.
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
            hashlib.sha256(f"{cue_type.key}/{sample.key}".encode()).digest(),
        ),
    )


def _names(caption: str, words: str) -> bool:
    return re.search(rf"\b{re.escape(plain(words))}\b", plain(caption)) is not None


def _contradicts(caption: str, sample: Sample) -> bool:
    """Returns whether the caption names an option, and not the gold option."""
    named = [_names(caption, choice) for choice in sample.choices]
    return any(named) and not named[sample.answer]


def _scene(
    cue_type: CueType, sample: Sample, category: Category, suspected: set[str], salt: str
) -> Scene | None:
    """Returns a sample's caption in all arms, or None if nothing can stand in the cue's place."""
    assert sample.caption is not None
    free: list[str | None] = [*_others(category, suspected, sample, salt)]
    if category.null:
        free.insert(0, None)
    if not free:
        return None
    return Scene(
        sample,
        set_clause(sample.caption, category, cue_type.cue, cue_type.cue),
        set_clause(sample.caption, category, free[0], cue_type.cue),
        set_clause(sample.caption, category, free[1], cue_type.cue) if len(free) > 1 else None,
    )
