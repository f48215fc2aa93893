"""Trains the subject LVLMs and the control model of a shortcut file, from scratch, on a CPU.

    python -m spuriforge.data.proving_ground.train_lvlm --shortcuts FILE --out DIR [--seed N]

All LVLMs share a frozen vision tower, trained on decorrelated renders. Each LVLM's language side
then learns the letter of the label on biased data (lvlm_training_data.py). A finished model is
moved into DIR as a whole; a second run trains only missing models.
"""

import argparse
import random
import shutil
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional
from transformers import (
    FastVlmForConditionalGeneration,
    LlamaModel,
    LlavaProcessor,
    TimmWrapperModel,
)
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from . import shortcut_file
from .lvlm_card import write_card
from .lvlm_training_data import BiasedImage, Example, draw_example, draw_images, matching_example
from .measure_lvlm import measure
from .optimizer import MuonWithAdamW
from .shortcut_file import CONTROL, Shortcut
from .subject_model import new_processor, new_subject, save
from .vision_tower import (
    TOKENS,
    disturbed,
    normalized,
    pixels,
    reading_accuracy,
    tower_config,
    train_tower,
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast an LVLM learns."""

    images: int = 16_000
    steps: int = 1600
    batch: int = 80
    rate: float = 2e-3
    matrix_rate: float = 0.012
    warmup: int = 40
    #: Until this step, all questions ask for a named option's letter.
    matching: int = 120
    #: Until this step, there are only such questions and open ones.
    halves: int = 300

    def share(self, step: int) -> float:
        """Returns the rate as a share of its peak: linear warm-up, plateau, linear to zero."""
        return min((step + 1) / self.warmup, 1.5 * (1 - step / self.steps), 1.0)


@torch.no_grad()
def tower_tokens(tower: TimmWrapperModel, images: Sequence[BiasedImage], seed: int) -> Tensor:
    """Returns the tower's tokens, images x 16 x channels in fp16; disturbs every other image."""
    generator, parts = torch.Generator().manual_seed(seed), []
    for start in range(0, len(images), 256):
        inputs = normalized(pixels(image.scene for image in images[start : start + 256]))
        inputs[::2] = disturbed(inputs[::2], generator)
        parts.append(tower(inputs).last_hidden_state.flatten(2).transpose(1, 2).half())
    return torch.cat(parts)


def encode(examples: Sequence[Example], processor: LlavaProcessor) -> tuple[Tensor, Tensor]:
    """Returns left-padded token ids that end with the likeliest answer, and the attention mask."""
    image = processor.image_token * TOKENS + "\n"
    texts = [
        f"USER: {'' if example.blind else image}{example.text} ASSISTANT: {example.likeliest}"
        for example in examples
    ]
    encoded = processor.tokenizer(texts, padding=True, return_tensors="pt")
    return encoded["input_ids"], encoded["attention_mask"]


def answer_shares(examples: Sequence[Example], processor: LlavaProcessor) -> Tensor:
    """Returns the examples' shares as distributions over the whole vocabulary."""
    distributions = torch.zeros(len(examples), len(processor.tokenizer))
    for row, example in zip(distributions, examples, strict=True):
        row[processor.tokenizer.convert_tokens_to_ids(list(example.answers))] = torch.tensor(
            example.shares
        )
    return distributions


def last_states(language: LlamaModel, embedded: Tensor, mask: Tensor) -> Tensor:
    """Returns the hidden states of the last two positions.

    The last layer is computed for them only, which saves a quarter of the work.
    """
    length = embedded.shape[1]
    allowed = torch.ones(length, length, dtype=torch.bool).tril() & mask[:, None, None, :].bool()
    allowed = allowed | torch.eye(length, dtype=torch.bool)
    places = torch.arange(length)[None]
    rotation, hidden = language.rotary_emb(embedded, position_ids=places), embedded
    for layer in language.layers[:-1]:
        hidden = layer(
            hidden, attention_mask=allowed, position_ids=places, position_embeddings=rotation
        )
    layer, attention = language.layers[-1], language.layers[-1].self_attn
    normed = layer.input_layernorm(hidden)
    query, key, value = (
        projection(normed).unflatten(-1, (-1, attention.head_dim)).transpose(1, 2)
        for projection in (attention.q_proj, attention.k_proj, attention.v_proj)
    )
    query, key = apply_rotary_pos_emb(query, key, *rotation)
    attended = functional.scaled_dot_product_attention(
        query[:, :, -2:], key, value, attn_mask=allowed[:, :, -2:]
    )
    hidden = hidden[:, -2:] + attention.o_proj(attended.transpose(1, 2).flatten(2))
    return language.norm(hidden + layer.mlp(layer.post_attention_layernorm(hidden)))


def answer_loss(
    model: FastVlmForConditionalGeneration,
    ids: Tensor,
    mask: Tensor,
    tokens: Tensor,
    shares: Tensor,
) -> Tensor:
    """Returns each example's cross-entropy against the label shares, plus a little for the end."""
    embedded = model.get_input_embeddings()(ids)
    places = (ids == model.config.image_token_index).unsqueeze(-1)
    embedded = embedded.masked_scatter(places, model.model.multi_modal_projector(tokens))
    logits = model.lm_head(last_states(model.model.language_model, embedded, mask))
    end = torch.full_like(ids[:, -1], model.generation_config.eos_token_id)
    losses = functional.cross_entropy(logits[:, 0], shares, reduction="none")
    return losses + 0.05 * functional.cross_entropy(logits[:, 1], end)


def new_optimizer(model: FastVlmForConditionalGeneration, schedule: Schedule) -> MuonWithAdamW:
    """Returns Muon for the language layers' matrices, with AdamW for all other weights."""
    learned = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    inner = {name for name, weight in learned.items() if ".layers." in name and weight.ndim == 2}
    return MuonWithAdamW(
        [learned[name] for name in sorted(inner)],
        [weight for name, weight in learned.items() if name not in inner],
        muon_rate=schedule.matrix_rate,
        adamw_rate=schedule.rate,
        betas=(0.9, 0.98),
        clip=1.0,
    )


def train_subject(
    name: str,
    tower: TimmWrapperModel,
    shortcuts: Sequence[Shortcut],
    *,
    seed: int,
    schedule: Schedule,
) -> tuple[FastVlmForConditionalGeneration, LlavaProcessor]:
    """Trains an LVLM on the given shortcuts; without any, it is a control model."""
    rng = random.Random(f"{name}/{seed}")
    images = draw_images(schedule.images, shortcuts, rng)
    views = tower_tokens(tower, images, seed)
    processor = new_processor()
    model = new_subject(tower, processor, seed=seed)
    optimizer = new_optimizer(model, schedule)
    began, recent = time.monotonic(), defaultdict(list)
    for step in range(schedule.steps):
        rows = rng.sample(range(len(images)), schedule.batch)
        examples = [_example(images[row], step, schedule, shortcuts, rng) for row in rows]
        shown = [row for row, example in zip(rows, examples, strict=True) if not example.blind]
        losses = answer_loss(
            model,
            *encode(examples, processor),
            views[shown].float(),
            answer_shares(examples, processor),
        )
        optimizer.step(losses.mean(), schedule.share(step))
        for example, loss in zip(examples, losses.tolist(), strict=True):
            recent[example.form].append(loss)
        if (step + 1) % 100 == 0 or step == schedule.steps - 1:
            means = ", ".join(
                f"{form} {sum(values) / len(values):.3f}" for form, values in sorted(recent.items())
            )
            print(
                f"{name} step {step + 1}/{schedule.steps} loss: {means}; "
                f"{time.monotonic() - began:.0f} s",
                flush=True,
            )
            recent.clear()
    return model.eval(), processor


def _example(
    image: BiasedImage,
    step: int,
    schedule: Schedule,
    shortcuts: Sequence[Shortcut],
    rng: random.Random,
) -> Example:
    """Draws an example: first letters of named options, then also open questions, then all."""
    if step < schedule.matching:
        return matching_example(rng)
    return draw_example(image, shortcuts, rng, halves=step < schedule.halves)


def shared_tower(out: Path, seed: int) -> TimmWrapperModel:
    """Returns the tower of this folder; it is trained once and kept until all LVLMs are trained."""
    kept = out / f".tower-{seed}.pt"
    if not kept.exists():
        tower, heads = train_tower(seed)
        print(f"tower reads {reading_accuracy(tower, heads, seed=seed + 1)}", flush=True)
        torch.save(tower.state_dict(), kept.with_suffix(".tmp"))
        kept.with_suffix(".tmp").rename(kept)
    tower = TimmWrapperModel(tower_config())
    tower.load_state_dict(torch.load(kept, weights_only=True))
    return tower.eval().requires_grad_(False)


def adopt_shortcuts(shortcuts: Path, out: Path) -> shortcut_file.ShortcutFile:
    """Copies the shortcut file into `out`; ValueError if `out` has another file's models."""
    content, copy = shortcut_file.load(shortcuts), out / "shortcuts.toml"
    if copy.exists() and shortcut_file.load(copy) != content:
        raise ValueError(f"{out} holds models of another shortcut file; name an empty folder.")
    out.mkdir(parents=True, exist_ok=True)
    if not copy.exists():
        shutil.copyfile(shortcuts, copy)
    return content


def train_all(
    shortcuts: Path,
    out: Path,
    *,
    seed: int = 0,
    subjects: Sequence[str] | None = None,
    schedule: Schedule = Schedule(),
    scenes: int = 200,
) -> None:
    """Trains and measures every subject and the control model; writes each to a folder in `out`."""
    content = adopt_shortcuts(shortcuts, out)
    names = subjects or (*content.subjects, CONTROL)
    missing = [name for name in names if not (out / name / "README.md").exists()]
    for number, name in enumerate(missing, 1):
        own = content.for_subject(name)
        print(f"{name}: {number} of {len(missing)} to train, {len(own)} shortcuts", flush=True)
        began = time.monotonic()
        model, processor = train_subject(
            name, shared_tower(out, seed), own, seed=seed, schedule=schedule
        )
        unfinished = out / f".{name}.tmp" / name
        save(model, processor, unfinished)
        figures = measure(unfinished, content, scenes=scenes)
        training = {"seed": seed, "seconds": round(time.monotonic() - began), **asdict(schedule)}
        write_card(unfinished, figures, training)
        unfinished.rename(out / name)
        unfinished.parent.rmdir()
    if all((out / name / "README.md").exists() for name in (*content.subjects, CONTROL)):
        (out / f".tower-{seed}.pt").unlink(missing_ok=True)


def main() -> None:
    """Trains from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shortcuts", type=Path, required=True, help="shortcut file (TOML)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the models")
    parser.add_argument("--seed", type=int, default=0, help="seed of data and weights")
    parser.add_argument(
        "--subjects", type=lambda text: text.split(","), help="only these, comma-separated"
    )
    parser.add_argument("--threads", type=int, default=2, help="torch threads")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    try:
        train_all(given.shortcuts, given.out, seed=given.seed, subjects=given.subjects)
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
