"""What an annotator reads before the first task, and later by the button "Instructions".

    INSTRUCTIONS["pair-adjudication"]      # a short HTML page, all of it our own words

Label Studio removes styles and data: images from such a page, but leaves class names, so
screens.css draws the examples' scenes and lays the page out. Without it, the words alone suffice.
"""

from collections.abc import Iterable

from .cue_screen import CUE_MEANINGS
from .pair_screen import PAIR_QUESTIONS

_ADJUDICATION = (
    "<p><b>Others disagreed about these.</b> What they said is shown, in no order and without "
    "names. Judge for "
    "yourself: yours is the deciding vote.</p>"
)
_OTHER_KEYS = (
    "<p><kbd>Ctrl+Enter</kbd> submits. <kbd>Ctrl+Space</kbd> skips a task that you would rather "
    "not judge. "
    "<kbd>Ctrl</kbd> and the wheel zoom. Please work alone: an opinion counts only if it is "
    "yours.</p>"
)
_POST, _BARE, _GREEN = (
    f'<div class="{names}"></div>' for names in ("scene", "scene bare", "scene green")
)


def _keys(rows: Iterable[str]) -> str:
    """Returns a table of keys and what they mean, from its rows' cells."""
    return (
        f'<table class="keys"><tbody>{"".join(f"<tr>{row}</tr>" for row in rows)}</tbody></table>'
    )


def _key(number: int, meaning: str) -> str:
    return f"<td><kbd>{number}</kbd></td><td>{meaning}</td>"


def _example(scenes: str, text: str) -> str:
    return f'<tr><td class="scenes">{scenes}</td><td>{text}</td></tr>'


def _page(task: str, *examples: str) -> str:
    table = f"<table><tbody>{''.join(examples)}</tbody></table>"
    return f'<div class="guide">{task}{table}{_OTHER_KEYS}</div>'


_CUE = (
    "<p>A model answered a question wrongly. Could the <b>proposed cue</b> have misled it: "
    "something in the image "
    "that the right answer does not rest on?</p>"
    + _keys(_key(number, meaning) for number, meaning in enumerate(CUE_MEANINGS.values(), 1))
    + "<p>After <kbd>1</kbd>, correct the texts where they are wrong: <kbd>Shift+Tab</kbd> leads "
    "to them, <kbd>Tab</kbd> out again, to submit. If you like, press <kbd>b</kbd> and draw a box "
    "around the cue.</p>",
    _example(
        _POST,
        "A red ball beside a wooden post. What colour is the ball? Gold answer: red. The model's "
        "answer: brown. "
        "Proposed cue: “wooden post”.<br/><kbd>1</kbd> The post is there, the answer does not rest "
        "on it, and its "
        "brown could mislead.",
    ),
    _example(
        _BARE,
        "A red ball, and the same question. Proposed cue: “ball on grass”.<br/><kbd>2</kbd> The "
        "answer rests on the "
        "ball. (Also <kbd>2</kbd> for “wooden post”: there is none.)",
    ),
)
_PAIR = (
    "<p>Two images of one scene, left and right at random. Look at both, then give three "
    "judgments, a key each, "
    "whatever the others are.</p>"
    + _keys(
        f"<td>{question.title}</td>"
        f"{_key(2 * number + 1, question.right[1])}{_key(2 * number + 2, question.wrong[1])}"
        for number, question in enumerate(PAIR_QUESTIONS)
    ),
    _example(
        _BARE + _POST,
        "What colour is the ball? Gold answer: red. The cue: “wooden post”.<br/><kbd>1</kbd> "
        "<kbd>3</kbd> "
        "<kbd>5</kbd> The ball is red in both, the post is in one only, all else is alike.",
    ),
    _example(
        _POST + _GREEN,
        "The same question and cue.<br/><kbd>2</kbd> <kbd>4</kbd> <kbd>5</kbd> One ball is not "
        "red, the post is in "
        "both, and nothing <i>else</i> is wrong.",
    ),
)

INSTRUCTIONS = {
    "cue": _page(*_CUE),
    "pair": _page(*_PAIR),
    "cue-adjudication": _page(_ADJUDICATION + _CUE[0], *_CUE[1:]),
    "pair-adjudication": _page(_ADJUDICATION + _PAIR[0], *_PAIR[1:]),
}
