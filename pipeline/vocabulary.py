"""A vocabulary for the association screener: from the benchmark's own words, or from a file.

    category = from_benchmark(samples, size=300)      # things in questions, options and captions
    categories = from_file("cues.txt")                # a tag or "category: tag" a line; or TOML

Nouns are found without a tagger, in English. A noun phrase is between the little words of
grammar, and its noun is its last word. Most English nouns can be verbs or adjectives too, so such a
word counts as a noun only if the benchmark uses it as a noun: alone after "a", "the", "his", or
after such a word and an adjective, in enough of its uses.

Two nouns that often come in a row are one tag ("fire hydrant"). Words that name nothing visible
("color", "kind", "photo") are left out: `abstract` in word_lists.toml. A wrong tag costs one test
and does no harm, since it goes with no error.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path

from pydantic import ValidationError

from .recipe import Category
from .recipe_errors import explain
from .records import OPEN, Sample
from .text_matching import forms, kinds, listed

#: How often, and in which share of its uses, a word that can be a verb or adjective must stand in a
#: noun's place.
NOUN_USES, NOUN_SHARE = 2, 0.15
#: The same share for a word that can be an adjective: "the visible" is rare, "the light" is not.
ADJECTIVE_SHARE = 0.3
#: Uses from which on two nouns in a row are one tag.
COMPOUND_USES = 3

_TOKEN = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*|[^\w\s]")


def _category(name: str, tags: Sequence[str]) -> Category:
    return Category(
        name=name,
        prompt="a photo with a {}",
        null="a photo",
        phrase="with a {}",
        exclusive=False,
        tags=tuple(tags),
    )


# --- from the benchmark ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Run:
    """Words that may be a noun phrase, and whether a determiner precedes them."""

    opened: bool
    words: tuple[str, ...]


def from_benchmark(samples: Sequence[Sample], size: int) -> Category:
    """Returns the `size` things that most questions name, the most frequent first.

    A thing counts once per question, with its options and caption. ValueError where fewer than two
    things are named.
    """
    texts = [(sample.question, *sample.choices, sample.caption or "") for sample in samples]
    nouns = _nouns(texts)
    pairs = _compounds(texts, nouns)
    counts = Counter(tag for sample_texts in texts for tag in _tags(sample_texts, nouns, pairs))
    tags = sorted(counts, key=lambda tag: (-counts[tag], tag))[:size]
    if len(tags) < 2:
        raise ValueError(
            f"The benchmark's texts name {len(tags)} things, and a vocabulary needs two: they may "
            "not be in English; give screen.vocabulary_from a file, or list the cues in "
            "[[screen.vocabulary]]."
        )
    return _category("thing", tags)


def _runs(text: str) -> Iterator[_Run]:
    """Yields the text's runs of words between little words, verbs and punctuation."""
    opened, run = False, list[str]()
    for token in _TOKEN.findall(text.casefold()):
        word = re.sub(r"['\u2019]s?$", "", token)
        if _continues(word, run):
            run.append(word)
            if word == token:
                continue
        if run:
            yield _Run(opened, tuple(run))
        # A possessive opens what follows, as "the" does: "the man's hat".
        opened, run = word in _opening() or word != token, []
    if run:
        yield _Run(opened, tuple(run))


def _continues(word: str, run: list[str]) -> bool:
    """Returns whether the word may continue a noun phrase.

    "the man holding" ends before its verb; "the dining table" does not.
    """
    if len(word) < 2 or not word.isalpha() or word in _little():
        return False
    can_be = kinds(word)
    if can_be and not {"NOUN", "ADJ"} & can_be.keys():
        return False
    return not (run and word.endswith("ing") and "VERB" in can_be)


@lru_cache(maxsize=1)
def _opening() -> frozenset[str]:
    """Returns the words that stand before a noun phrase and never before a verb's own form."""
    return listed("determiners") | listed("prepositions")


@lru_cache(maxsize=1)
def _little() -> frozenset[str]:
    return _opening() | listed("grammar")


@lru_cache(maxsize=50_000)
def _lemma(word: str) -> str | None:
    """Returns the singular of a word, or None if it is no noun or names nothing visible."""
    can_be = kinds(word)
    if can_be and "NOUN" not in can_be:
        return None
    singulars = can_be.get("NOUN", ()) or tuple(sorted(forms(word) - {word})) or (word,)
    if word in singulars or word in listed("plurals"):
        lemma = word
    else:  # "leaves" are more often of a leaf than of "to leave"
        verbs = can_be.get("VERB", ())
        lemma = next((singular for singular in singulars if singular not in verbs), singulars[0])
    return None if lemma in listed("abstract") | listed("colours") else lemma


def _nouns(texts: Sequence[tuple[str, ...]]) -> frozenset[str]:
    """Returns the lemmas that this benchmark uses as nouns.

    A text of a word or two, such as an option, shows no use.
    """
    uses, as_noun = Counter[str](), Counter[str]()
    for text in chain.from_iterable(texts):
        shows = len(text.split()) > 2
        for run in _runs(text):
            for lemma in filter(None, map(_lemma, run.words)):
                uses[lemma] += shows
            alone = len(run.words) == 1 or "ADJ" in kinds(run.words[-2])
            if shows and run.opened and alone and (last := _lemma(run.words[-1])):
                as_noun[last] += 1
    return frozenset(lemma for lemma in uses if _is_noun(lemma, as_noun[lemma], uses[lemma]))


def _is_noun(lemma: str, as_noun: int, uses: int) -> bool:
    can_be = kinds(lemma).keys()
    if can_be == {"NOUN"}:
        return True
    share = ADJECTIVE_SHARE if "ADJ" in can_be else NOUN_SHARE
    return as_noun >= NOUN_USES and as_noun >= share * uses


def _parsed(run: _Run, nouns: frozenset[str]) -> list[tuple[str | None, str]]:
    """Returns the nouns that end a noun phrase within a run, each after the noun before it, if any.

    For example ("fire", "hydrant"), or (None, "hydrant").
    """
    lemmas = [lemma if (lemma := _lemma(word)) in nouns else None for word in run.words]
    parsed: list[tuple[str | None, str]] = []
    for place, lemma in enumerate(lemmas):
        if lemma and not any(lemmas[place + 1 : place + 2]):
            before = run.words[place - 1] if place else None
            is_noun = before and _lemma(before) and "ADJ" not in kinds(before)
            parsed.append((before if is_noun else None, lemma))
    return parsed


def _compounds(
    texts: Sequence[tuple[str, ...]], nouns: frozenset[str]
) -> frozenset[tuple[str, str]]:
    """Returns pairs of nouns that come often.

    "board train" does not count, since its first word may well be a verb.
    """
    uses: Counter[tuple[str, str]] = Counter()
    for run in chain.from_iterable(map(_runs, chain.from_iterable(texts))):
        for before, lemma in _parsed(run, nouns):
            if before and (run.opened or "VERB" not in kinds(before)):
                uses[before, lemma] += 1
    return frozenset(pair for pair, count in uses.items() if count >= COMPOUND_USES)


def _tags(
    texts: tuple[str, ...], nouns: frozenset[str], pairs: frozenset[tuple[str, str]]
) -> set[str]:
    """Returns the things that a sample's texts name."""
    return {
        f"{before} {lemma}" if (before, lemma) in pairs else lemma
        for text in texts
        for run in _runs(text)
        for before, lemma in _parsed(run, nouns)
    }


# --- from a file ----------------------------------------------------------------------------------


def from_file(path: str | Path) -> tuple[Category, ...]:
    """Returns the categories of a vocabulary file; ValueError names the mistake and its line.

    A text file has a tag per line, "category: tag" where it is not just a thing, and comments after
    #. A .toml file has [[vocabulary]] tables as a recipe has them, prompts included.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = (
            "is not UTF-8 text"
            if isinstance(error, UnicodeDecodeError)
            else f"cannot be read: {error.strerror}"
        )
        raise ValueError(f"The vocabulary {file} {why}.") from None
    categories = _from_toml(file, text) if file.suffix == ".toml" else _from_lines(file, text)
    if any(category.name == OPEN or ":" in category.name for category in categories):
        raise ValueError(
            f"{file}: a category cannot be called {OPEN!r} or have a colon in its name; rename it."
        )
    return categories


def _from_lines(file: Path, text: str) -> tuple[Category, ...]:
    lines: dict[str, dict[str, int]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.partition("#")[0]
        if not bare.strip():
            continue
        before, colon, after = (part.strip() for part in bare.partition(":"))
        name, tag = (
            (before, " ".join(after.split())) if colon else ("thing", " ".join(before.split()))
        )
        if not name or not tag or ":" in tag:
            raise ValueError(
                f'{file} line {number}: {line.strip()!r} is neither "tag" nor "category: tag".'
            )
        tags = lines.setdefault(name, {})
        if tag in tags:
            raise ValueError(
                f"{file} line {number}: {tag!r} is already in line {tags[tag]}; remove one of them."
            )
        tags[tag] = number
    if lonely := next((name for name, tags in lines.items() if len(tags) < 2), None):
        (number,) = lines[lonely].values()
        raise ValueError(
            f"{file} line {number}: {lonely!r} has one tag alone, and a category needs two or more."
        )
    if not lines:
        raise ValueError(f"{file} holds no tag; write one a line.")
    return tuple(_category(name, [*tags]) for name, tags in lines.items())


def _from_toml(file: Path, text: str) -> tuple[Category, ...]:
    try:
        tables = tomllib.loads(text).get("vocabulary")
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file} is not valid TOML: {error}.") from None
    if not isinstance(tables, list) or not tables:
        raise ValueError(f"{file} has no [[vocabulary]] table.")
    categories = []
    for number, table in enumerate(tables, start=1):
        try:
            categories.append(Category.model_validate(table))
        except ValidationError as error:
            mistakes = explain(error, Category)
            raise ValueError(f"{file}: [[vocabulary]] number {number}: {mistakes}.") from None
    return tuple(categories)
