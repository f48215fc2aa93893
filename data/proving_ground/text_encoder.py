"""The image model's text encoder, and the tokenizer that it shares with CLIP.

Every word of the captions and prompts is a token; other words are split into letters. The text
encoder (`CLIPTextModel`) learns within seconds to tell a caption's attributes, and is then frozen.
"""

import itertools
import random
import string
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from .scene_reader import labels
from .scene_texts import caption
from .world import ATTRIBUTES, Scene, random_scene

#: Tokens of a caption; the longest caption has 39.
LENGTH = 40
WIDTH = 96
#: Share of captions that name no place or no sky.
UNSAID = 0.1
START, END = "<|startoftext|>", "<|endoftext|>"
_LETTERS = string.ascii_lowercase + string.digits + string.punctuation
_MORE_WORDS = (
    "a an the is there this photo picture image drawing of with nothing nearby no and thing things "
    "bird object"
)


def spoken(scene: Scene, rng: random.Random) -> str:
    """Returns a paraphrased caption; a tenth leave out the place or the sky, as edited ones may."""
    text = caption(scene, rng)
    if rng.random() >= UNSAID:
        return text
    left_out = rng.choice((scene.place, scene.sky))
    return ", ".join(clause for clause in text.split(", ") if left_out not in clause)


def vocabulary_words() -> list[str]:
    """Returns all words of captions and prompts, in a fixed order."""
    rng = random.Random("vocabulary")
    words = {word for values in ATTRIBUTES.values() for word in values if word} | set(
        _MORE_WORDS.split()
    )
    for _ in range(2000):
        words |= set(caption(random_scene(rng), rng).replace(",", " ").split())
    return sorted(words)


def word_merges(words: Sequence[str]) -> list[tuple[str, str]]:
    """Returns byte-pair merges that make each word a token, word by word and left to right.

    The library's own training breaks ties by hash order, so its tokenizers of equal words differ.
    """
    ranks: dict[tuple[str, str], int] = {}
    for word in words:
        pieces = [*word[:-1], f"{word[-1]}</w>"]
        while len(pieces) > 1:
            known = [pair for pair in itertools.pairwise(pieces) if pair in ranks]
            pair = min(known, key=ranks.__getitem__) if known else (pieces[0], pieces[1])
            ranks.setdefault(pair, len(ranks))
            pieces = _merged(pieces, pair)
    return list(ranks)


def _merged(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    """Returns the pieces with every occurrence of the pair merged, from the left."""
    merged: list[str] = []
    while pieces:
        whole = tuple(pieces[:2]) == pair
        merged.append("".join(pair) if whole else pieces[0])
        pieces = pieces[2 if whole else 1 :]
    return merged


def new_tokenizer() -> CLIPTokenizer:
    """Returns a CLIP tokenizer for which each word is a token; it is always the same."""
    merges = word_merges(vocabulary_words())
    tokens = [
        *_LETTERS,
        *(f"{letter}</w>" for letter in _LETTERS),
        *("".join(merge) for merge in merges),
    ]
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys([*tokens, START, END]))}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=LENGTH)


def tokenized(tokenizer: CLIPTokenizer, texts: Sequence[str]) -> Tensor:
    """Returns token ids, texts x LENGTH."""
    return tokenizer(
        list(texts), padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt"
    ).input_ids


def new_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """Returns an untrained text encoder of width 96 with two layers."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=2 * WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=LENGTH,
            projection_dim=WIDTH,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def train_text_encoder(
    tokenizer: CLIPTokenizer, *, seed: int = 0, captions: int = 12_000, steps: int = 700
) -> CLIPTextModel:
    """Trains a text encoder whose pooled output and mean token tell every attribute; freezes it."""
    torch.manual_seed(seed)
    rng, generator = random.Random(f"text/{seed}"), torch.Generator().manual_seed(seed)
    scenes = [random_scene(rng) for _ in range(captions)]
    tokens, wanted = tokenized(tokenizer, [caption(scene, rng) for scene in scenes]), labels(scenes)
    encoder = new_text_encoder(tokenizer)
    heads = nn.ModuleDict(
        {name: nn.Linear(WIDTH, len(values)) for name, values in ATTRIBUTES.items()}
    )
    optimizer = torch.optim.AdamW(
        [*encoder.parameters(), *heads.parameters()], lr=2e-3, weight_decay=0.01
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    for step in range(steps):
        rows = torch.randint(0, captions, (64,), generator=generator)
        out = encoder(tokens[rows])
        outputs = (out.pooler_output, out.last_hidden_state.mean(1))
        losses = [
            functional.cross_entropy(heads[name](output), wanted[name][rows])
            for output in outputs
            for name in heads
        ]
        loss = torch.stack(losses).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 0 or step == steps - 1:
            print(f"text encoder step {step} loss {loss.item():.4f}", flush=True)
    return encoder.eval().requires_grad_(False)
