"""A vocabulary for the association screener: from the benchmark's own words, or from a file.

    category = from_benchmark(samples, size=300)      # the things that questions, options and captions speak of
    categories = from_file("cues.txt")                # a tag a line, or "category: tag"; or TOML as in a recipe

Nouns are found without a tagger, in English: a noun phrase is what stands between the little words
of grammar, and its noun is its last word. Most English nouns can be verbs or adjectives too, so
such a word is taken for a noun only where the benchmark uses it as one: alone after "a", "the",
"his", or after such a word and an adjective, and that often enough among all its uses. Two nouns in
a row that come often are one tag ("fire hydrant"). Words that name nothing to be looked for
("color", "kind", "photo") are left out: `abstract` in word_lists.toml. What slips through costs a test,
and no more: it goes with no error.
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

#: How often, and in which share of all its uses, a word must stand in a noun's place that can be a
#: verb or adjective.
NOUN_USES, NOUN_SHARE = 2, 0.15
#: A word that can be an adjective must more often: "the visible" is rare, "the light" is not.
ADJECTIVE_SHARE = 0.3
#: Two nouns in a row are one tag from so many uses on.
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
    """Words that may be a noun phrase, and whether a determiner stands before them."""

    opened: bool
    words: tuple[str, ...]


def from_benchmark(samples: Sequence[Sample], size: int) -> Category:
    """The `size` things that most questions speak of, the most frequent first; ValueError where
    there are too few.

    A thing counts once a question, with its options and caption.
    """
    texts = [(one.question, *one.choices, one.caption or "") for one in samples]
    nouns = _nouns(texts)
    pairs = _compounds(texts, nouns)
    counts = Counter(tag for of_one in texts for tag in _tags(of_one, nouns, pairs))
    tags = sorted(counts, key=lambda tag: (-counts[tag], tag))[:size]
    if len(tags) < 2:
        raise ValueError(
            f"The benchmark's texts name {len(tags)} things, and a vocabulary needs two: they may "
            f"not be in English; "
            "give screen.vocabulary_from a file, or list the cues in [[screen.vocabulary]]."
        )
    return _category("thing", tags)


def _runs(text: str) -> Iterator[_Run]:
    """The text's runs of words between the little words, the verbs and the punctuation."""
    opened, run = False, list[str]()
    for token in _TOKEN.findall(text.casefold()):
        word = re.sub(r"['\u2019]s?$", "", token)
        if _continues(word, run):
            run.append(word)
            if word == token:
                continue
        if run:
            yield _Run(opened, tuple(run))
        # a possessive opens what follows, as "the" does: "the man's hat"
        opened, run = word in _opening() or word != token, []
    if run:
        yield _Run(opened, tuple(run))


def _continues(word: str, run: list[str]) -> bool:
    """May the word go on with a noun phrase? "the man holding" ends before its verb; "the dining
    table" does not.
    """
    if len(word) < 2 or not word.isalpha() or word in _little():
        return False
    can_be = kinds(word)
    if can_be and not {"NOUN", "ADJ"} & can_be.keys():
        return False
    return not (run and word.endswith("ing") and "VERB" in can_be)


@lru_cache(maxsize=1)
def _opening() -> frozenset[str]:
    """What stands before a noun phrase, and never before a verb's own form."""
    return listed("determiners") | listed("prepositions")


@lru_cache(maxsize=1)
def _little() -> frozenset[str]:
    return _opening() | listed("grammar")


@lru_cache(maxsize=50_000)
def _lemma(word: str) -> str | None:
    """The singular of a word that can be a noun; None where it cannot, or names nothing to be
    looked for.
    """
    can_be = kinds(word)
    if can_be and "NOUN" not in can_be:
        return None
    singulars = can_be.get("NOUN", ()) or tuple(sorted(forms(word) - {word})) or (word,)
    if word in singulars or word in listed("plurals"):
        lemma = word
    else:  # "leaves" are more often of a leaf than of "to leave"
        lemma = next((one for one in singulars if one not in can_be.get("VERB", ())), singulars[0])
    return None if lemma in listed("abstract") | listed("colours") else lemma


def _nouns(texts: Sequence[tuple[str, ...]]) -> frozenset[str]:
    """The lemmas that this benchmark uses as nouns; a text of a word or two, as an option is, shows
    no use.
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
    """The nouns that end a noun phrase within a run, each with the likely noun right before it:
    ("fire", "hydrant").
    """
    lemmas = [lemma if (lemma := _lemma(word)) in nouns else None for word in run.words]
    found: list[tuple[str | None, str]] = []
    for place, lemma in enumerate(lemmas):
        if lemma and not any(lemmas[place + 1 : place + 2]):
            before = run.words[place - 1] if place else None
            found.append(
                (
                    before if before and _lemma(before) and "ADJ" not in kinds(before) else None,
                    lemma,
                )
            )
    return found


def _compounds(
    texts: Sequence[tuple[str, ...]], nouns: frozenset[str]
) -> frozenset[tuple[str, str]]:
    """Pairs of nouns that come often; "board train" does not count, since its first word may well
    be a verb.
    """
    uses: Counter[tuple[str, str]] = Counter()
    for run in chain.from_iterable(map(_runs, chain.from_iterable(texts))):
        for before, lemma in _parsed(run, nouns):
            if before and (run.opened or "VERB" not in kinds(before)):
                uses[before, lemma] += 1
    return frozenset(pair for pair, count in uses.items() if count >= COMPOUND_USES)


def _tags(
    of_one: tuple[str, ...], nouns: frozenset[str], pairs: frozenset[tuple[str, str]]
) -> set[str]:
    """What one sample's texts speak of."""
    found = [one for text in of_one for run in _runs(text) for one in _parsed(run, nouns)]
    return {f"{before} {lemma}" if (before, lemma) in pairs else lemma for before, lemma in found}


# --- from a file ----------------------------------------------------------------------------------


def from_file(path: str | Path) -> tuple[Category, ...]:
    """The categories of a vocabulary file; ValueError says what is wrong with it, and in which
    line.

    A text file has a tag a line, "category: tag" where it is no mere thing, and comments after a #.
    A .toml file has [[vocabulary]] tables as a recipe has them, prompts included.
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
    if any(one.name == OPEN or ":" in one.name for one in categories):
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
                f"{file} line {number}: {tag!r} stands in line {tags[tag]} already; take one out."
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
    made = []
    for number, table in enumerate(tables, start=1):
        try:
            made.append(Category.model_validate(table))
        except ValidationError as error:
            mistakes = explain(error, Category)
            raise ValueError(f"{file}: [[vocabulary]] number {number}: {mistakes}.") from None
    return tuple(made)
