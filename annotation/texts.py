"""Benchmarks' and people's texts as a task carries them: data, whatever they hold.

    options_text(("red", "blue"), answer=0, chosen="blue")
    said_text(judgments, CUE_MEANINGS, proposed)

Where a text stands in a line of ours it is isolated, so that a right-to-left one does not turn the
line around.
"""

from collections.abc import Mapping, Sequence

from spuriforge.pipeline.records import Judgment, key_of

#: Unicode's First Strong Isolate and Pop Directional Isolate.
_ISOLATE, _POP = "\u2068", "\u2069"
_TITLES = {
    "cue": "cue",
    "core": "rests on",
    "description_with": "with it",
    "description_without": "without it",
}


def isolated(text: str) -> str:
    """A text on one line that keeps its own direction."""
    return f"{_ISOLATE}{' '.join(text.split())}{_POP}"


def quoted(text: str) -> str:
    """A text in a sentence of ours."""
    return f"“{isolated(text)}”"


def options_text(choices: Sequence[str], answer: int, chosen: str | None = None) -> str:
    """The options, one a line, the gold one and the one that the model gave marked."""
    wrong = choices.index(chosen) if chosen in choices else None
    lines = []
    for index, choice in enumerate(choices):
        marks = ["gold answer"] * (index == answer) + ["the model's answer"] * (index == wrong)
        sign = "✔" if index == answer else "✘" if marks else "\u2003"
        lines.append(
            f"{sign} {_letter(index)}. {isolated(choice)}"
            + (f"  ⟵ {', '.join(marks)}" if marks else "")
        )
    return "\n".join(lines)


def _letter(index: int) -> str:
    return chr(ord("A") + index) if index < 26 else str(index + 1)


def said_text(
    said: Sequence[Judgment], meanings: Mapping[str, str], proposed: Mapping[str, str]
) -> str:
    """What others said, one a line, without who: the verdict, and each text that they changed.

    The order is a hash's, the same whenever it is asked for, and tells nothing of who was first.
    """
    ordered = sorted(said, key=lambda one: key_of("said", one.key))
    return "\n".join(f"•  {_opinion(one, meanings, proposed)}" for one in ordered)


def _opinion(one: Judgment, meanings: Mapping[str, str], proposed: Mapping[str, str]) -> str:
    if one.verdict is None:
        return "Skipped"
    texts = {name: getattr(one, name) for name in proposed}
    changed = [
        f"{_TITLES[name]} {quoted(text)}"
        for name, text in texts.items()
        if text and text != proposed[name]
    ]
    return "; ".join([meanings[one.verdict].partition(":")[0], *changed])
