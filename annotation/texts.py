"""Texts of benchmarks and of people as a task carries them: data, whatever they hold.

    options_text(("red", "blue"), answer=0, chosen="blue")
    opinions_text(judgments, CUE_MEANINGS, proposed)

A text inside a line of ours is isolated, so that a right-to-left text does not reorder the line.
"""

from collections.abc import Mapping, Sequence

from spuriforge.pipeline.records import Judgment, key_of

#: Unicode's First Strong Isolate and Pop Directional Isolate.
_ISOLATE, _POP = "\u2068", "\u2069"
#: JUDGMENT_TEXTS -> how a line about other people's opinions names it.
_TITLES = {
    "cue": "cue",
    "core": "rests on",
    "description_with": "with it",
    "description_without": "without it",
}


def isolated(text: str) -> str:
    """Returns a text on one line that keeps its own direction."""
    return f"{_ISOLATE}{' '.join(text.split())}{_POP}"


def quoted(text: str) -> str:
    """Returns a text to stand in a sentence of ours."""
    return f"“{isolated(text)}”"


def options_text(choices: Sequence[str], answer: int, chosen: str | None = None) -> str:
    """Returns the options, one a line; the gold answer and the model's are marked."""
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


def opinions_text(
    judgments: Sequence[Judgment], meanings: Mapping[str, str], proposed: Mapping[str, str]
) -> str:
    """Returns what others said, a line for each: the verdict, and the texts that they changed.

    No line says whose it is. The order is a hash's: always the same, and not that of time.
    """
    ordered = sorted(judgments, key=lambda judgment: key_of("said", judgment.key))
    return "\n".join(f"•  {_opinion(judgment, meanings, proposed)}" for judgment in ordered)


def _opinion(judgment: Judgment, meanings: Mapping[str, str], proposed: Mapping[str, str]) -> str:
    if judgment.verdict is None:
        return "Skipped"
    texts = {name: getattr(judgment, name) for name in proposed}
    changed = [
        f"{_TITLES[name]} {quoted(text)}"
        for name, text in texts.items()
        if text and text != proposed[name]
    ]
    return "; ".join([meanings[judgment.verdict].partition(":")[0], *changed])
