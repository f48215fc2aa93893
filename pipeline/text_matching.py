"""Does one text name another, and is a text fit to be put in a prompt?

    names("three red umbrellas in the rain", "an umbrella")    # True: whole words, any number
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
    """Returns one of the word lists of word_lists.toml."""
    return _lists()[name]


def plain(text: str) -> str:
    """Returns a text for comparison, with case and spaces folded."""
    return " ".join(text.casefold().split())


def words(text: str) -> list[str]:
    """Returns the words of a text in lower case, without punctuation and possessive endings."""
    return [_POSSESSIVE.sub("", word) for word in _WORD.findall(text.casefold())]


@lru_cache(maxsize=50_000)
def kinds(word: str) -> dict[str, tuple[str, ...]]:
    """Returns what a lower-case word can be: {"NOUN": ("leaf", "leave"), "VERB": ("leave",)}.

    The values are its lemmas. Empty for the little words of grammar and for words that the lexicon
    does not know. The result is cached: do not change it.
    """
    from lemminflect import getAllLemmas

    known: dict[str, tuple[str, ...]] = getAllLemmas(word) if word.isascii() else {}
    return known


@lru_cache(maxsize=50_000)
def forms(word: str) -> frozenset[str]:
    """Returns a lower-case word and its singulars: words that share a form name the same thing."""
    from lemminflect import getAllLemmasOOV

    lemmas = kinds(word).get("NOUN", ())
    # Not in the lexicon: "tvs".
    if not kinds(word) and word.isascii() and word.isalpha() and len(word) > 2:
        lemmas = getAllLemmasOOV(word, "NOUN").get("NOUN", ())
    return frozenset({word, *lemmas})


def names(text: str, phrase: str) -> bool:
    """Returns whether the phrase's words stand in the text in a row, singular or plural.

    Articles before the phrase do not count.
    """
    text_forms = [forms(word) for word in words(text)]
    wanted = [forms(word) for word in words(_ARTICLE.sub("", phrase.strip()))]
    return bool(wanted) and any(
        all(here & there for here, there in zip(text_forms[start:], wanted, strict=False))
        for start in range(len(text_forms) - len(wanted) + 1)
    )


def within(text: str, phrase: str) -> bool:
    """Returns whether all of the phrase's words are in the text, in any order."""
    text_forms = frozenset[str]().union(*map(forms, words(text)))
    wanted = words(_ARTICLE.sub("", phrase.strip()))
    return bool(wanted) and all(forms(word) & text_forms for word in wanted)


def is_option(phrase: str, choices: Iterable[str]) -> bool:
    """Returns whether the phrase is an option's text, part of it, or holds it."""
    return any(
        nameable(choice) and (names(phrase, choice) or within(choice, phrase)) for choice in choices
    )


def head(phrase: str) -> str:
    """Returns the word that a noun phrase is about: the last word before its first preposition.

    Empty for an empty phrase.
    """
    all_words = words(phrase)
    prepositions = listed("prepositions")
    end = next(
        (place for place, word in enumerate(all_words) if place and word in prepositions),
        len(all_words),
    )
    if all_words and all_words[end - 1] in listed("parts") and all_words[end : end + 1] == ["of"]:
        return head(" ".join(all_words[end + 1 :]))
    return all_words[end - 1] if all_words else ""


def nameable(option: str) -> bool:
    """Returns whether a description could name the text: it is not yes, no, or a number."""
    return any(
        word not in listed("unnamed") and not word.isdigit()
        for word in words(_ARTICLE.sub("", option.strip()))
    )


def short(phrase: str) -> str:
    """Returns a phrase as people would list it: no article, no full stop.

    It is in lower case unless it has capitals inside.
    """
    bare = _ARTICLE.sub("", " ".join(phrase.split()).strip(" \"'\u201c\u201d.,"))
    return bare.lower() if bare[1:] == bare[1:].lower() else bare


def flaw(text: str, most_words: int) -> str | None:
    """Returns why a model's phrase or sentence is not fit to be used, as the end of a sentence.

    None where it is fit.
    """
    failing = {
        "is empty": not text.strip(),
        "holds control characters": any(
            unicodedata.category(character).startswith("C") for character in text
        ),
        "holds a web address": bool(_ADDRESS.search(text)),
        "holds markup": bool(_MARKUP.search(text)),
        "is more than one sentence": bool(_SENTENCES.search(text.strip())),
        f"has more than {most_words} words": len(text.split()) > most_words,
    }
    return first_reason(failing)
