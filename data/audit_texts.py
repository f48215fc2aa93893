"""What a text's look says of how it was spoiled: by a spreadsheet, or by the wrong character set.

made_by_spreadsheet("How many people are there?", ["0-5", "15-Nov", "6月10日"])    # ["15-Nov",
"6月10日"] decoded_wrongly("d茅cor")                                                         # True:
"décor" read as GBK
"""

import re

_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)"
#: What spreadsheets show for "1-2", "3/4" or "11-15": hardly anybody writes so by hand.
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
    r"\bhow (?:many|much|old|long|often|far|big|tall|large|heavy|fast)\b|\bnumber of\b|\bage (?:range|group)\b"
    r"|\bwhat (?:\w+ )?(?:fraction|percentage|portion|share|ratio|score|age)\b",
    re.IGNORECASE,
)
_ABOUT_TIME = re.compile(
    r"\b(?:dates?|days?|when|months?|years?|birthdays?|calendars?|expir\w+|holidays?|anniversar\w+|time|clock|hours?)\b"
    r"|[日月年]",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    r"(?:(?:more|less) than |over |under |about |around |at least )?\d[\d.,]*(?: ?[-/] ?\d+)? ?\+?%?"
)


def plain(text: str) -> str:
    """A text without what does not tell options apart: case, outer dots, runs of blanks."""
    return " ".join(text.split()).strip(" .").casefold()


def made_by_spreadsheet(question: str, options: list[str]) -> list[str]:
    """The options that a spreadsheet seems to have turned into dates; none where the question asks
    for a date.
    """
    if _ABOUT_TIME.search(question) and not _QUANTITY.search(question):
        return []
    strong = [one for one in options if _STRONG.fullmatch(one.strip())]
    weak = [one for one in options if _WEAK.fullmatch(one.strip())]
    others = [one for one in options if one not in strong and one not in weak]
    numbers = _QUANTITY.search(question) or any(_NUMERIC.fullmatch(plain(one)) for one in others)
    return [one for one in options if one in strong or (one in weak and numbers)]


def decoded_wrongly(text: str) -> bool:
    """Was UTF-8 read as a Western or Chinese character set, or does it hold a replacement
    character?
    """
    return not text.isascii() and (
        "\ufffd" in text or any(_was_utf8(text, codec) for codec in ("cp1252", "gbk"))
    )


def _was_utf8(text: str, codec: str) -> bool:
    """Do the text's bytes in this character set read as UTF-8, with Latin letters or punctuation
    for what was odd?
    """
    try:
        restored = text.encode(codec).decode("utf-8")
    except UnicodeError:
        return False
    odd = [letter for letter in restored if not letter.isascii()]
    # Chinese alone may happen to be valid UTF-8; it is no Latin word.
    latin = all("\xa0" <= letter <= "\u024f" or "\u2000" <= letter <= "\u20ac" for letter in odd)
    return bool(odd) and latin and any(letter.isascii() and letter.isalpha() for letter in text)
