"""The probability that a reply begins with a short text: an option's letter, or Yes and No.

    groups = [spellings(encode, letter) for letter in "ABCD"]
    log_probabilities(groups, predict)  # (batch, 4)

A text may be one token or several: its log-probability is the sum over its tokens, each given those
before it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

#: Token ids, in order.
Tokens = tuple[int, ...]


def spellings(
    encode: Callable[[str], list[int]], text: str, unknown: int | None = None
) -> list[Tokens]:
    """Returns the token sequences of `text` at the start of a reply: bare, and after a space.

    Spellings with the `unknown` token are left out. The text is encoded after a line break, because
    some tokenizers put a space before a text that stands alone.
    """
    line_break = encode("\n")
    sequences: dict[Tokens, None] = {}
    for written in (text, f" {text}"):
        tokens = encode(f"\n{written}")
        merged = tokens[: len(line_break)] != line_break
        spelled = tuple(encode(written) if merged else tokens[len(line_break) :])
        if spelled and unknown not in spelled:
            sequences[spelled] = None
    return list(sequences)


def beginnings(sequences: Iterable[Tokens]) -> list[Tokens]:
    """Returns the fewest beginnings that cover every prediction the sequences need.

    Sequences of a single token need only the empty beginning.
    """
    proper = {sequence[:-1] for sequence in sequences}
    return sorted(
        sequence
        for sequence in proper
        if not any(other != sequence and other[: len(sequence)] == sequence for other in proper)
    )


def log_probabilities(
    groups: Sequence[Sequence[Tokens]], predict: Callable[[Tokens], Sequence["Tensor"]]
) -> "Tensor":
    """Returns the log-probability that a reply begins with a group's spellings: (batch, groups).

    `predict` returns, for a beginning, the next token's log-probabilities at its start, after its
    first token, and so on to its end: each (batch, vocabulary). It is called as rarely as possible.
    """
    import torch

    after: dict[Tokens, Tensor] = {}
    for beginning in beginnings(sequence for group in groups for sequence in group):
        for length, predicted in enumerate(predict(beginning)):
            after[beginning[:length]] = predicted

    def score(sequence: Tokens) -> "Tensor":
        terms = [after[sequence[:place]][:, token] for place, token in enumerate(sequence)]
        return torch.stack(terms).sum(0)

    return torch.stack(
        [torch.stack([score(sequence) for sequence in group]).logsumexp(0) for group in groups],
        dim=1,
    )
