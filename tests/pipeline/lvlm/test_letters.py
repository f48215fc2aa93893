"""Letters of one token and of several, on a tiny language of which every probability is known."""

import math

import pytest

from spuriforge.pipeline.lvlm.letters import Tokens, beginnings, log_probabilities, spellings

SIGNS = "\n ABe"


def _signs(text: str) -> list[int]:
    return [SIGNS.index(sign) for sign in text]


def _with_dummy_space(text: str) -> list[int]:
    """Like Llama 2's tokenizer: a text is encoded as if a space came before it, and " A" is one
    token.
    """
    vocabulary = {"\n": 0, " ": 1, "A": 2, "B": 3, " A": 10, " B": 11}
    found, rest = [], f" {text}"
    while rest:
        token = rest[:2] if rest[:2] in vocabulary else rest[0]
        found.append(vocabulary[token])
        rest = rest[len(token) :]
    return found


def test_a_text_is_spelled_bare_and_after_a_space() -> None:
    assert spellings(_signs, "A") == [(2,), (1, 2)]
    assert spellings(_signs, "Be") == [(3, 4), (1, 3, 4)]


def test_the_space_that_a_tokenizer_adds_is_not_taken_for_the_letter_s() -> None:
    assert spellings(_with_dummy_space, "A") == [(2,), (10,)]


def test_a_line_break_that_merges_with_the_text_is_left_out() -> None:
    assert spellings(lambda text: [hash(text) % 1000], "A") == [
        (hash("A") % 1000,),
        (hash(" A") % 1000,),
    ]


def test_a_tokenizer_without_spaces_spells_one_way_and_without_the_letter_none() -> None:
    words = {"A": 5}
    assert spellings(
        lambda text: [words.get(word, 0) for word in text.split()], "A", unknown=0
    ) == [(5,)]
    assert (
        spellings(lambda text: [words.get(word, 0) for word in text.split()], "B", unknown=0) == []
    )


def test_single_tokens_need_one_empty_beginning() -> None:
    assert beginnings([(1,), (2,), (3,)]) == [()]


def test_a_longer_beginning_covers_those_within_it() -> None:
    assert beginnings([(2,), (1, 2), (1, 3), (1, 3, 4), (5, 6)]) == [(1, 3), (5,)]


def test_probabilities_of_several_tokens_multiply_and_those_of_spellings_add_up() -> None:
    import torch

    chances = {
        (): [0.0, 0.5, 0.3, 0.2, 0.0],  # a space, A, B
        (1,): [0.0, 0.0, 0.1, 0.9, 0.0],  # after a space: A, B
        (3,): [0.2, 0.0, 0.0, 0.0, 0.8],  # after B: a line break, e
        (1, 3): [0.5, 0.0, 0.0, 0.0, 0.5],
    }
    asked: list[Tokens] = []

    def predict(beginning: Tokens) -> list[torch.Tensor]:
        asked.append(beginning)
        return [torch.tensor([chances[beginning[:end]]]).log() for end in range(len(beginning) + 1)]

    found = log_probabilities([spellings(_signs, "A"), spellings(_signs, "Be")], predict)
    expected = [0.3 + 0.5 * 0.1, 0.2 * 0.8 + 0.5 * 0.9 * 0.5]
    assert found.shape == (1, 2)
    assert found[0].tolist() == pytest.approx([math.log(probability) for probability in expected])
    assert asked == [(1, 3), (3,)]
