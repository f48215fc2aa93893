"""Words of texts that people and models wrote: does one text name another, and is it fit to be put
in a prompt?

    names("three red umbrellas in the rain", "an umbrella")    # True: by whole words, singular or plural
    head("a pair of skis on the snow")                          # "skis"
    flaw("see www.example.org", 8)                              # "holds a web address"

English only: lemminflect knows the plurals. A word of another language matches itself.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from .reasons import first_reason

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_POSSESSIVE = re.compile(r"['\u2019]s?$")
_ARTICLE = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)
_SENTENCES = re.compile(r"[.!?;]\s+\S")
_ADDRESS = re.compile(r"\w://|\bwww\.", re.IGNORECASE)
_MARKUP = re.compile(r"[<>{}\[\]`|\\]|\*\*|__")


@lru_cache(maxsize=1)
def _lists() -> dict[str, frozenset[str]]:
    text = Path(__file__).with_name("word_lists.toml").read_text(encoding="utf-8")
    return {name: frozenset(listed.split()) for name, listed in tomllib.loads(text).items()}


def listed(name: str) -> frozenset[str]:
    """One of the word lists of word_lists.toml."""
    return _lists()[name]


def words(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation and possessive endings."""
    return [_POSSESSIVE.sub("", word) for word in _WORD.findall(text.casefold())]


@lru_cache(maxsize=50_000)
def kinds(word: str) -> dict[str, tuple[str, ...]]:
    """What a lower-case word can be, each with its lemmas: {"NOUN": ("leaf", "leave"), "VERB":
    ("leave",)}.

    Empty for the little words of grammar and for what the lexicon does not know. Not to be changed:
    it is kept.
    """
    from lemminflect import getAllLemmas

    known: dict[str, tuple[str, ...]] = getAllLemmas(word) if word.isascii() else {}
    return known


@lru_cache(maxsize=50_000)
def forms(word: str) -> frozenset[str]:
    """A lower-case word and its singulars: two words that share one are the same thing."""
    from lemminflect import getAllLemmasOOV

    lemmas = kinds(word).get("NOUN", ())
    if (
        not kinds(word) and word.isascii() and word.isalpha() and len(word) > 2
    ):  # not in the lexicon: "tvs"
        lemmas = getAllLemmasOOV(word, "NOUN").get("NOUN", ())
    return frozenset({word, *lemmas})


def names(text: str, phrase: str) -> bool:
    """Do the phrase's words stand in the text, one after the other, singular or plural, articles
    aside?
    """
    said = [forms(word) for word in words(text)]
    wanted = [forms(word) for word in words(_ARTICLE.sub("", phrase.strip()))]
    return bool(wanted) and any(
        all(one & other for one, other in zip(said[start:], wanted, strict=False))
        for start in range(len(said) - len(wanted) + 1)
    )


def within(text: str, phrase: str) -> bool:
    """Are all of the phrase's words in the text, in whatever order, articles aside?"""
    said = frozenset[str]().union(*map(forms, words(text)))
    wanted = words(_ARTICLE.sub("", phrase.strip()))
    return bool(wanted) and all(forms(word) & said for word in wanted)


def is_option(phrase: str, choices: Iterable[str]) -> bool:
    """Is the phrase an option's own text: a word or more of one, or one with more words around it?"""
    return any(nameable(one) and (names(phrase, one) or within(one, phrase)) for one in choices)


def head(phrase: str) -> str:
    """The word that a noun phrase is about: the last one before its first preposition; empty where
    there is none.
    """
    said = words(phrase)
    ends = [
        place for place, word in enumerate(said) if place and word in listed("prepositions")
    ] or [len(said)]
    if said and said[ends[0] - 1] in listed("parts") and said[ends[0] : ends[0] + 1] == ["of"]:
        return head(" ".join(said[ends[0] + 1 :]))
    return said[ends[0] - 1] if said else ""


def nameable(option: str) -> bool:
    """Is it a text that a description could name: not yes, no, a number, or "none of the above"?"""
    return any(
        word not in listed("unnamed") and not word.isdigit()
        for word in words(_ARTICLE.sub("", option.strip()))
    )


def short(phrase: str) -> str:
    """A phrase as people would list it: no article, no full stop, lower-cased unless it has
    capitals inside.
    """
    bare = _ARTICLE.sub("", " ".join(phrase.split()).strip(" \"'\u201c\u201d.,"))
    return bare.lower() if bare[1:] == bare[1:].lower() else bare


def flaw(text: str, most_words: int) -> str | None:
    """Why a model's phrase or sentence is not fit to be used, as the end of a sentence; None where
    it is fit.
    """
    failing = {
        "is empty": not text.strip(),
        "holds control characters": any(unicodedata.category(one).startswith("C") for one in text),
        "holds a web address": bool(_ADDRESS.search(text)),
        "holds markup": bool(_MARKUP.search(text)),
        "is more than one sentence": bool(_SENTENCES.search(text.strip())),
        f"has more than {most_words} words": len(text.split()) > most_words,
    }
    return first_reason(failing)
