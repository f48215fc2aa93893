"""Texts that a spreadsheet or the wrong character set has spoiled.

made_by_spreadsheet("How many people are there?", ["0-5", "15-Nov"])    # ["15-Nov"]
decoded_wrongly("d茅cor")                                               # True: "décor" as GBK
"""

import re

_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)"
#: What spreadsheets make of "1-2", "3/4" or "11-15"; hardly anybody writes a date like this.
_STRONG = re.compile(
    rf"\d{{1,2}}[-.]\s?{_MONTH}\.?|{_MONTH}-\d{{1,4}}|\d{{1,2}}-{_MONTH}-\d{{2,4}}"
    r"|(?:\d{2,4}年)?\d{1,2}月(?:\d{1,2}日)?|\d{4}-\d{2}-\d{2}[ T]00:00(?::00)?",
    re.IGNORECASE,
)
#: Dates and times that people write too.
_WEAK = re.compile(
    r"\d{4}-\d{2}-\d{2}|\d{1,4}/\d{1,2}/\d{1,4}|\d{1,2}:\d{2}:\d{2}"
    rf"|\d{{1,2}} {_MONTH}|{_MONTH} \d{{1,2}}",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"\bhow (?:many|much|old|long|often|far|big|tall|large|heavy|fast)\b"
    r"|\bnumber of\b|\bage (?:range|group)\b"
    r"|\bwhat (?:\w+ )?(?:fraction|percentage|portion|share|ratio|score|age)\b",
    re.IGNORECASE,
)
_ABOUT_TIME = re.compile(
    r"\b(?:dates?|days?|when|months?|years?|birthdays?|calendars?|expir\w+|holidays?"
    r"|anniversar\w+|time|clock|hours?)\b"
    r"|[日月年]",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    r"(?:(?:more|less) than |over |under |about |around |at least )?"
    r"\d[\d.,]*(?: ?[-/] ?\d+)? ?\+?%?"
)


def plain(text: str) -> str:
    """Returns the text in lower case, without outer dots and runs of blanks."""
    return " ".join(text.split()).strip(" .").casefold()


def made_by_spreadsheet(question: str, options: list[str]) -> list[str]:
    """Returns options that a spreadsheet turned into dates; none if the question is about dates."""
    if _ABOUT_TIME.search(question) and not _QUANTITY.search(question):
        return []
    strong = [option for option in options if _STRONG.fullmatch(option.strip())]
    weak = [option for option in options if _WEAK.fullmatch(option.strip())]
    others = [option for option in options if option not in strong and option not in weak]
    numbers = _QUANTITY.search(question) or any(_NUMERIC.fullmatch(plain(text)) for text in others)
    return [option for option in options if option in strong or (option in weak and numbers)]


def decoded_wrongly(text: str) -> bool:
    """Whether UTF-8 was read as cp1252 or GBK, or left a replacement character."""
    return not text.isascii() and (
        "\ufffd" in text or any(_was_utf8(text, codec) for codec in ("cp1252", "gbk"))
    )


def _was_utf8(text: str, codec: str) -> bool:
    """Whether the text's bytes in `codec` are UTF-8 of Latin letters and punctuation."""
    try:
        restored = text.encode(codec).decode("utf-8")
    except UnicodeError:
        return False
    odd = [letter for letter in restored if not letter.isascii()]
    # The bytes of real Chinese text may be valid UTF-8 by chance, but not of Latin letters.
    latin = all("\xa0" <= letter <= "\u024f" or "\u2000" <= letter <= "\u20ac" for letter in odd)
    return bool(odd) and latin and any(letter.isascii() and letter.isalpha() for letter in text)
