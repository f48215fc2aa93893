"""How likely is it that a reply begins with each of some short texts: option letters, or Yes and
No?

    groups = [spellings(encode, letter) for letter in "ABCD"]
    log_probabilities(groups, predict)  # (batch, 4)

A text may be one token or several: the log-probabilities of its tokens are added up, each given
those before it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

#: The numbers of some tokens, in order.
Tokens = tuple[int, ...]


def spellings(
    encode: Callable[[str], list[int]], text: str, unknown: int | None = None
) -> list[Tokens]:
    """The tokens of `text` as a reply can begin with it: bare and after a space; none that the
    tokenizer can't write.

    Each is read off after a line break: alone, some tokenizers would put a space before the bare
    text.
    """
    line_break = encode("\n")
    found: dict[Tokens, None] = {}
    for shown in (text, f" {text}"):
        tokens = encode(f"\n{shown}")
        merged = tokens[: len(line_break)] != line_break
        spelled = tuple(encode(shown) if merged else tokens[len(line_break) :])
        if spelled and unknown not in spelled:
            found[spelled] = None
    return list(found)


def beginnings(sequences: Iterable[Tokens]) -> list[Tokens]:
    """The fewest beginnings along which each token of each sequence is predicted: one, and empty,
    for single tokens.
    """
    proper = {sequence[:-1] for sequence in sequences}
    return sorted(
        one
        for one in proper
        if not any(other != one and other[: len(one)] == one for other in proper)
    )


def log_probabilities(
    groups: Sequence[Sequence[Tokens]], predict: Callable[[Tokens], Sequence["Tensor"]]
) -> "Tensor":
    """Log-probability that a reply begins with any spelling of each group: (batch, groups).

    `predict` says for a beginning what comes next at its start, after its first token, and so on to
    its end: each time the log-probabilities of all tokens, (batch, vocabulary). It is asked as
    seldom as can be.
    """
    import torch

    after: dict[Tokens, Tensor] = {}
    for beginning in beginnings(sequence for group in groups for sequence in group):
        for length, predicted in enumerate(predict(beginning)):
            after[beginning[:length]] = predicted

    def said(sequence: Tokens) -> "Tensor":
        each = [after[sequence[:place]][:, token] for place, token in enumerate(sequence)]
        return torch.stack(each).sum(0)

    return torch.stack(
        [torch.stack([said(one) for one in group]).logsumexp(0) for group in groups], dim=1
    )
