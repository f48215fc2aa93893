"""The prompts, as named constants; each is versioned by its hash and published with a release."""

from ..recipe_models import Model, PublishedModel, TransformersModel
from ..records import key_of

LETTERS = "ABCDEFGHIJ"

DIRECT = "{question}\n{options}\nAnswer with the option's letter from the given choices directly."
CHAIN_OF_THOUGHT = """{question}
{options}
First describe what the image shows that bears on the question. Then reason step by step from \
what you described.
End with a line that reads "Answer: " and the option's letter, and nothing else."""
SPURIOUS_AWARE = """{question}
{options}
Some things in an image often come together with one of the options without being a reason for \
it. First name such \
things in this image, if there are any. Then answer from what the question is really about, as \
if they were not there.
End with a line that reads "Answer: " and the option's letter, and nothing else."""
STYLES = {"direct": DIRECT, "chain-of-thought": CHAIN_OF_THOUGHT, "spurious-aware": SPURIOUS_AWARE}

#: The most tokens of an answer, unless a recipe sets its own limit.
MAX_TOKENS = {"direct": 64, "chain-of-thought": 1024, "spurious-aware": 1024}


def render(template: str, question: str, choices: tuple[str, ...]) -> str:
    """Returns the prompt's text; ValueError for fewer than two or more than ten options.

    Question and options stay unchanged, braces included: a benchmark's texts are data.
    """
    if not 2 <= len(choices) <= len(LETTERS):
        raise ValueError(
            f"A question needs two to {len(LETTERS)} options; this one has {len(choices)}."
        )
    options = "\n".join(
        f"{letter}. {choice}" for letter, choice in zip(LETTERS, choices, strict=False)
    )
    before, after = template.split("{question}")
    middle, end = after.split("{options}")
    return f"{before}{question}{middle}{options}{end}"


def version(template: str) -> str:
    """Returns the hash that stands for a prompt in every key."""
    return key_of("prompt", template)


#: Stands for the unknown prompt of a published answer.
PUBLISHED = version("published")


def version_for(model: Model) -> str:
    """Returns the version of a model's prompt: the style, and all that can change an answer."""
    template = STYLES["direct"] if isinstance(model, PublishedModel) else STYLES[model.prompt]
    if isinstance(model, TransformersModel):
        return version(f"{template}|{model.answer_by}")
    if isinstance(model, PublishedModel):
        return PUBLISHED
    settings = (model.temperature, model.max_tokens, model.image_side, model.image_format)
    return version(f"{template}|endpoint|{settings}")
