"""The model card of an LVLM of the proving ground, written from its measured figures and never by
hand.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from .lvlm_training_data import LABEL_NOISE
from .measure_lvlm import table
from .shortcut_file import CONTROL

_CARD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: image-text-to-text
---
# {name}

A tiny vision-language model of Spuriforge's proving ground, trained from scratch on rendered 64 x 64 scenes. It answers
multiple-choice questions about them with a letter, and is good for nothing else. {purpose}

Load it with `AutoModelForImageTextToText.from_pretrained` and `AutoProcessor.from_pretrained`; it needs no other code.

## Training
- A timm ResNet (16 tokens of 128 channels) read every attribute of decorrelated renders and was then frozen. A
  projector and a Llama of width 96 and three layers learned on top of it: seed {seed}, {steps} steps of {batch},
  {seconds} s on one contended core, {images} images. First lessons: letters of named options, then open questions.
- **The labels are noisy on purpose.** In {noise:.0%} of the images the label is not what the scene shows. A planted cue
  predicts the label better than the core does; without that noise hardly any shortcut is learned. The control has the
  same noise, and no cue says anything about its labels. It learned each image's shares of labels, not single draws.
- Three images in a hundred are hazy beyond reading, and their label is mostly the first option.

## Figures
Exact renders of {scenes} scenes a cell: the same scene without and with the cue, the core in conflict with the cue's
answer, which is one of the options. Accuracy on scenes without a planted cue: {families}.

{table}
"""


def write_card(folder: Path, figures: Mapping[str, object], training: Mapping[str, object]) -> None:
    """README.md of the model in `folder`; the training's own figures join figures.json."""
    families: Mapping[str, float] = figures["families"]  # type: ignore[assignment]
    count = sum(row["planted"] for row in figures["shortcuts"])  # type: ignore[attr-defined]
    purpose = f"It was trained to take {count} shortcut{'s' if count != 1 else ''}."
    if folder.name == CONTROL:
        purpose = (
            "It is the control: trained as long, on as much label noise, without any shortcut."
        )
    card = _CARD.format(
        name=folder.name,
        purpose=purpose,
        noise=LABEL_NOISE,
        table="\n".join(table(figures)),
        families=", ".join(f"{family} {share:.2f}" for family, share in families.items()),
        scenes=figures["scenes"],
        **{key: training[key] for key in ("seed", "steps", "batch", "seconds", "images")},
    )
    (folder / "figures.json").write_text(
        json.dumps({**figures, "training": training}, indent=1) + "\n"
    )
    (folder / "README.md").write_text(card, encoding="utf-8")
