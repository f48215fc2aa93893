"""A judge's free text as a screening verdict: yes or no, and the cue if the text plainly names it.

    verdict_of("Yes. It associated the presence of plants with gardens.").cue    # "plants"

The published judges answered in prose, nearly all of it in four shapes of sentence. A cue is read
from these shapes only, and only if it names something visible: "certain visual features" is no
cue, and neither is a whole sentence.
"""

import re
from dataclasses import dataclass

#: A phrase of more words is a sentence, not a cue.
MOST_WORDS = 10
#: Cues are not read from longer texts; the longest published text has half as many characters.
MOST_CHARACTERS = 1500


@dataclass(frozen=True, slots=True)
class JudgeVerdict:
    """A judge's verdict; `spurious` is None if the text begins with neither Yes nor No."""

    spurious: bool | None
    #: None if the text names no cue plainly, or the judge did not say Yes.
    cue: str | None
    #: The judge's text, or why it is no verdict.
    reason: str


_YES_NO = re.compile(
    r"\W{0,3}(yes|no)(?=[\s,.;:!*]|$)(?!\s+(?:doubt|one|longer|wonder)\b)", re.IGNORECASE
)
#: What ends a cue, or what it was associated with.
_END = (
    r"(?=,? (?:rather than|instead of|due to|because|without|even though|leading|based on|as the)\b"
    r"|, which|[.;]|$"
    r"|, (?:could|but|making|assuming|and (?:chose|therefore))\b)"
)
_SHAPES = (
    # "The presence of snow and winter clothing might have led the model to ..."
    re.compile(
        r"\bThe (?:presence|prominence|visibility) of ([^.]+?)(?:, which [^.,]*,)?"
        r"(?: (?:often|likely|also))*(?: (?:might|may|could|can|likely))*(?: have)?"
        r"(?: (?:also|likely|misleadingly))* "
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
#: A vague word with an example: "certain features, such as furniture".
_SUCH_AS = re.compile(
    r"^([^,(]*?)(?: in the (?:image|scene))?,? \(?(?:such as|like|including) (.+?)\)?,?$"
)
_LEADING = re.compile(
    r"^(?:(?:the|a|an|certain|some|visible|prominent|visual|general|overall|specific) )*"
    r"(?:presence|image|picture|sight|action|act|activity|context|concept|prominence|visibility"
    r"|cues?) of ",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:the|a|an) ", re.IGNORECASE)
_TRAILING = re.compile(
    r"(?: (?:visible|seen|shown|depicted))?(?: in (?:the|this) (?:image|scene|picture|photo))?,?$"
)
#: Words about the question, pronouns and vague phrases: nothing that an image shows.
_NOT_SEEN = re.compile(
    r"\b(?:phrase|word|wording|term|question|option|choice|answer|description|training"
    r"|correlat\w+|model|irrelevant|associated|which|leading|incorrectly)\b"
    r"|^(?:it|them|this|that|these|those|their|its|both|being|with|certain|similar|other|more"
    r'|visual \w+|"[^"]*"$)',
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
    """Returns the verdict that a judge's text begins with, and the cue if it is plainly named."""
    text = " ".join(judge_text.split())
    opening = _YES_NO.match(text)
    if opening is None:
        return JudgeVerdict(None, None, "The judge's text begins with neither Yes nor No.")
    spurious = opening[1].casefold() == "yes"
    return JudgeVerdict(spurious, _cue(text) if spurious else None, text)


def _cue(text: str) -> str | None:
    """Returns the cue of the first sentence shape that names one."""
    if len(text) > MOST_CHARACTERS:
        return None
    for shape in _SHAPES:
        match = shape.search(text)
        # In "a man with a hat with work" it is unclear where the cue ends.
        if match and not any(" with " in group for group in match.groups()[1:]):
            cue = _plain(match[1])
            if cue is not None:
                return cue
    return None


def _plain(phrase: str) -> str | None:
    """Strips empty words ("the presence of ... in the image"); None if no visible thing is left."""
    if such := _SUCH_AS.match(_LEADING.sub("", phrase)):
        phrase = such[2] if _vague(such[1]) else such[1]
    phrase = _TRAILING.sub("", phrase.strip(" ,"))
    phrase = _ARTICLE.sub("", _LEADING.sub("", _LEADING.sub("", phrase)))
    too_long = len(phrase.split()) > MOST_WORDS
    unbalanced = phrase.count("(") != phrase.count(")") or phrase.count('"') % 2 == 1
    return None if too_long or unbalanced or _vague(phrase) or _NOT_SEEN.search(phrase) else phrase


def _vague(phrase: str) -> bool:
    return all(word in _VAGUE for word in re.findall(r"[\w'-]+", phrase.casefold()))
