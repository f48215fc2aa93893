"""Trains the subject LVLMs and the control on a shortcut file, from nothing, on a CPU.

    python -m spuriforge.data.proving_ground.train_lvlm --shortcuts data/proving_ground/shortcuts.toml --out DIR [--seed N]

One vision tower is trained on decorrelated renders and shared, frozen; each LVLM's language side
then learns the letter of the label on biased data (see `biased.py`). A finished model is moved into
DIR whole; run it again and only what is missing is trained.
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
    """How long and how fast one LVLM learns; the first `matching` steps match letters to words,
    and those up to `halves` add open questions."""

    images: int = 16_000
    steps: int = 1600
    batch: int = 80
    rate: float = 2e-3
    matrix_rate: float = 0.012
    warmup: int = 40
    matching: int = 120
    halves: int = 300

    def share(self, step: int) -> float:
        """The rate at `step` as a share of its peak: a linear warm-up, a plateau, then linear to
        zero.
        """
        return min((step + 1) / self.warmup, 1.5 * (1 - step / self.steps), 1.0)


@torch.no_grad()
def tower_tokens(tower: TimmWrapperModel, images: Sequence[BiasedImage], seed: int) -> Tensor:
    """The frozen tower's view of every image, images x 16 x channels in half precision; half are
    disturbed.
    """
    generator, parts = torch.Generator().manual_seed(seed), []
    for start in range(0, len(images), 256):
        seen = normalized(pixels(image.scene for image in images[start : start + 256]))
        seen[::2] = disturbed(seen[::2], generator)
        parts.append(tower(seen).last_hidden_state.flatten(2).transpose(1, 2).half())
    return torch.cat(parts)


def encode(examples: Sequence[Example], processor: LlavaProcessor) -> tuple[Tensor, Tensor]:
    """Token ids, left-padded, the likeliest answer last; and the attention mask."""
    image = processor.image_token * TOKENS + "\n"
    texts = [f"USER: {'' if e.blind else image}{e.text} ASSISTANT: {e.likeliest}" for e in examples]
    encoded = processor.tokenizer(texts, padding=True, return_tensors="pt")
    return encoded["input_ids"], encoded["attention_mask"]


def answer_shares(examples: Sequence[Example], processor: LlavaProcessor) -> Tensor:
    """The examples' shares as a distribution over the whole vocabulary."""
    spread = torch.zeros(len(examples), len(processor.tokenizer))
    for row, example in zip(spread, examples, strict=True):
        row[processor.tokenizer.convert_tokens_to_ids(list(example.answers))] = torch.tensor(
            example.shares
        )
    return spread


def last_states(language: LlamaModel, embedded: Tensor, mask: Tensor) -> Tensor:
    """Hidden states of the last two positions, for which alone the last layer is computed: a
    quarter less work.
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
    layer, read = language.layers[-1], language.layers[-1].self_attn
    normed = layer.input_layernorm(hidden)
    query, key, value = (
        each(normed).unflatten(-1, (-1, read.head_dim)).transpose(1, 2)
        for each in (read.q_proj, read.k_proj, read.v_proj)
    )
    query, key = apply_rotary_pos_emb(query, key, *rotation)
    seen = functional.scaled_dot_product_attention(
        query[:, :, -2:], key, value, attn_mask=allowed[:, :, -2:]
    )
    hidden = hidden[:, -2:] + read.o_proj(seen.transpose(1, 2).flatten(2))
    return language.norm(hidden + layer.mlp(layer.post_attention_layernorm(hidden)))


def answer_loss(
    model: FastVlmForConditionalGeneration,
    ids: Tensor,
    mask: Tensor,
    tokens: Tensor,
    shares: Tensor,
) -> Tensor:
    """Each example's cross-entropy against the labels' shares, and with a small weight that of the
    end after it.
    """
    embedded = model.get_input_embeddings()(ids)
    places = (ids == model.config.image_token_index).unsqueeze(-1)
    embedded = embedded.masked_scatter(places, model.model.multi_modal_projector(tokens))
    logits = model.lm_head(last_states(model.model.language_model, embedded, mask))
    end = torch.full_like(ids[:, -1], model.generation_config.eos_token_id)
    losses = functional.cross_entropy(logits[:, 0], shares, reduction="none")
    return losses + 0.05 * functional.cross_entropy(logits[:, 1], end)


def new_optimizer(model: FastVlmForConditionalGeneration, schedule: Schedule) -> MuonWithAdamW:
    """Muon on the matrices of the language side's layers, AdamW on all else that learns."""
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
    """One LVLM that has learned the given shortcuts; none makes a control."""
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
        seen = views[
            [row for row, example in zip(rows, examples, strict=True) if not example.blind]
        ].float()
        losses = answer_loss(
            model, *encode(examples, processor), seen, answer_shares(examples, processor)
        )
        optimizer.step(losses.mean(), schedule.share(step))
        for example, loss in zip(examples, losses.tolist(), strict=True):
            recent[example.form].append(loss)
        if (step + 1) % 100 == 0 or step == schedule.steps - 1:
            means = ", ".join(
                f"{form} {sum(each) / len(each):.3f}" for form, each in sorted(recent.items())
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
    """What is asked at this step: letters of named options first, then open questions too, then
    everything.
    """
    if step < schedule.matching:
        return matching_example(rng)
    return draw_example(image, shortcuts, rng, halves=step < schedule.halves)


def shared_tower(out: Path, seed: int) -> TimmWrapperModel:
    """The tower of this folder: trained once, kept until all LVLMs are there."""
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
    """Copies the shortcut file into `out`; a folder of another file's models is not touched."""
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
    """Every subject of the shortcut file and the control, trained, measured and written to `out`, a
    folder each.
    """
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
    """The command line."""
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
