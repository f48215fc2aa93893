"""Prompts are named constants, versioned by their hash, and published with the release."""

from ..records import key_of

LETTERS = "ABCDEFGHIJ"

DIRECT = "{question}\n{options}\nAnswer with the option's letter from the given choices directly."


def render(template: str, question: str, choices: tuple[str, ...]) -> str:
    """The prompt's text; ValueError for fewer than two or more than ten options.

    Question and options are put in as they are, braces included: texts of a benchmark are data.
    """
    if not 2 <= len(choices) <= len(LETTERS):
        raise ValueError(f"A question needs two to {len(LETTERS)} options; this one has {len(choices)}.")
    options = "\n".join(f"{letter}. {choice}" for letter, choice in zip(LETTERS, choices, strict=False))
    before, after = template.split("{question}")
    middle, end = after.split("{options}")
    return f"{before}{question}{middle}{options}{end}"


def version(template: str) -> str:
    """The hash that stands for a prompt in every key."""
    return key_of("prompt", template)


def version_for(answer_by: str) -> str:
    """The version of the direct prompt as a model is asked it: by "letters" or to "generate"."""
    return version(f"{DIRECT}|{answer_by}")
