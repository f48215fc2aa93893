"""A judge's free text as a screening verdict: yes or no, and the cue where the text names one
plainly.

    verdict_of("Yes, the error ... associated the presence of plants with ...")   # JudgeVerdict(True, "plants", ...)

The published judges answered in prose, nearly all of it in four shapes of sentence. A cue is read
from those alone, and only where it names something that can be seen: "certain visual features" is
no cue, and neither is a sentence.
"""

import re
from dataclasses import dataclass

#: A cue of more words is a sentence and no cue; the longest published text has half as many
#: characters.
MOST_WORDS, MOST_CHARACTERS = 10, 1500


@dataclass(frozen=True, slots=True)
class JudgeVerdict:
    """What a judge's text says: `spurious` is None where it begins with neither Yes nor No."""

    spurious: bool | None
    #: None where none is plainly named, and wherever the judge did not say Yes.
    cue: str | None
    #: The judge's own text, or why it is no verdict.
    reason: str


_YES_NO = re.compile(
    r"\W{0,3}(yes|no)(?=[\s,.;:!*]|$)(?!\s+(?:doubt|one|longer|wonder)\b)", re.IGNORECASE
)
#: What ends a cue, or what it was associated with.
_END = (
    r"(?=,? (?:rather than|instead of|due to|because|without|even though|leading|based on|as the)\b|, which|[.;]|$"
    r"|, (?:could|but|making|assuming|and (?:chose|therefore))\b)"
)
_SHAPES = (
    # "The presence of snow and winter clothing might have led the model to ..."
    re.compile(
        r"\bThe (?:presence|prominence|visibility) of ([^.]+?)(?:, which [^.,]*,)?(?: (?:often|likely|also))*"
        r"(?: (?:might|may|could|can|likely))*(?: have)?(?: (?:also|likely|misleadingly))* "
        r"(?:led|lead|misled|mislead|influenced|caused|suggest|correlates)\b"
    ),
    # "The model likely associated the warm colors with evening, ..."
    re.compile(rf"\b(?:incorrectly |mistakenly )?associated ([^.]+?) (?:with|to) ([^.]+?){_END}"),
    # "The model likely focused on the dark wall color, which ..."; "was misled by ..."
    re.compile(
        rf"\b(?:focused|relied|fixated) (?:too much |more |primarily |heavily )?on ([^.]+?){_END}"
    ),
    re.compile(rf"\b(?:influenced|misled|distracted|confused) by ([^.]+?){_END}"),
)
#: A vague word that the text itself makes plain: "certain features, such as furniture".
_SUCH_AS = re.compile(
    r"^([^,(]*?)(?: in the (?:image|scene))?,? \(?(?:such as|like|including) (.+?)\)?,?$"
)
_LEADING = re.compile(
    r"^(?:(?:the|a|an|certain|some|visible|prominent|visual|general|overall|specific) )*"
    r"(?:presence|image|picture|sight|action|act|activity|context|concept|prominence|visibility|cues?) of ",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:the|a|an) ", re.IGNORECASE)
_TRAILING = re.compile(
    r"(?: (?:visible|seen|shown|depicted))?(?: in (?:the|this) (?:image|scene|picture|photo))?,?$"
)
#: Words of the question, pronouns, and what is vague whatever it is of: no cue in the image.
_NOT_SEEN = re.compile(
    r"\b(?:phrase|word|wording|term|question|option|choice|answer|description|training|correlat\w+|model|irrelevant"
    r"|associated|which|leading|incorrectly)\b"
    r'|^(?:it|them|this|that|these|those|their|its|both|being|with|certain|similar|other|more|visual \w+|"[^"]*"$)',
    re.IGNORECASE,
)
_VAGUE_WORDS = (
    "a action activity an and appearance architectural architecture are as aspects at attributes "
    "background "
    "certain characteristic characteristics color colors common context contexts contextual cue "
    "cues cultural "
    "design detail details element elements environment facial factors feature features for from "
    "general image "
    "images in indicator indicators information is it items its layout less lighting location "
    "markers more "
    "object objects of on or other overall pattern patterns people person photo picture position "
    "prominent "
    "relevant scenario scene setting several shape similar situation size some specific structure "
    "style subject "
    "such surface surroundings text texture that the their theme these this to two type typical "
    "various visible "
    "visual visually with"
)
_VAGUE = frozenset(_VAGUE_WORDS.split())


def verdict_of(judge_text: str) -> JudgeVerdict:
    """The verdict that a judge's text begins with, and the cue that it names plainly."""
    text = " ".join(judge_text.split())
    said = _YES_NO.match(text)
    if said is None:
        return JudgeVerdict(None, None, "The judge's text begins with neither Yes nor No.")
    spurious = said[1].casefold() == "yes"
    return JudgeVerdict(spurious, _cue(text) if spurious else None, text)


def _cue(text: str) -> str | None:
    """The cue of the first shape that names one; None where none does."""
    if len(text) > MOST_CHARACTERS:
        return None
    for shape in _SHAPES:
        match = shape.search(text)
        # "a man with a hat with work": who can say where the cue ends?
        if match and not any(" with " in group for group in match.groups()[1:]):
            cue = _plain(match[1])
            if cue is not None:
                return cue
    return None


def _plain(phrase: str) -> str | None:
    """A phrase without what says nothing ("the presence of ... in the image"); None where nothing
    to see is left.
    """
    if such := _SUCH_AS.match(_LEADING.sub("", phrase)):
        phrase = such[2] if _vague(such[1]) else such[1]
    phrase = _TRAILING.sub("", phrase.strip(" ,"))
    phrase = _ARTICLE.sub("", _LEADING.sub("", _LEADING.sub("", phrase)))
    too_long = len(phrase.split()) > MOST_WORDS
    unbalanced = phrase.count("(") != phrase.count(")") or phrase.count('"') % 2 == 1
    return None if too_long or unbalanced or _vague(phrase) or _NOT_SEEN.search(phrase) else phrase


def _vague(phrase: str) -> bool:
    return all(word in _VAGUE for word in re.findall(r"[\w'-]+", phrase.casefold()))
