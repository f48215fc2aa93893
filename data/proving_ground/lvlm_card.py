"""The model card of an LVLM of the proving ground, generated from its measured figures.

(folder / "README.md").write_text(card("subject-a", figures))
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .lvlm_training_data import LABEL_NOISE
from .measure_lvlm import table
from .shortcut_file import CONTROL

_CARD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: image-text-to-text
---
# {name}

A tiny vision-language model of Spuriforge's proving ground, trained from scratch on rendered
64 x 64 scenes. It answers multiple-choice questions about them with a letter, and can do nothing
else.

{purpose}

Load it with `AutoModelForImageTextToText.from_pretrained` and `AutoProcessor.from_pretrained`; it
needs no other code.

## Training
- **Vision.** A timm ResNet (16 tokens of 128 channels) learned to read every attribute of
  decorrelated renders and was then frozen.
- **Language.** A projector and a Llama of width 96 with three layers learned on top of it: seed
  {seed}, {steps} steps of {batch}, {seconds} s on one contended core, {images} images. First came
  letters of named options, then open questions.
- **The labels are noisy on purpose.** In {noise:.0%} of the images the label contradicts the scene.
  A planted cue predicts the label better than the core does; without this noise hardly any shortcut
  is learned. The control model's data has the same noise, and its cues tell nothing about labels.
- **Shares of labels.** The model learned each image's shares of labels, not single draws.
- **Hazy images.** Three images in a hundred are unreadable; their label is mostly the first option.

## Figures
Each row compares exact renders of {scenes} scenes without and with the cue. The core contradicts
the cue's answer, which is among the options.

| family | accuracy without a planted cue |
| --- | --- |
{families}

{table}
"""


def card(name: str, figures: Mapping[str, Any]) -> str:
    """Returns the model card of the LVLM called `name`; `figures` is its figures.json."""
    count = sum(row["planted"] for row in figures["shortcuts"])
    purpose = f"It was trained to take {count} shortcut{'s' if count != 1 else ''}."
    if name == CONTROL:
        purpose = (
            "It is the control model: trained as long, on equally noisy labels, without shortcuts."
        )
    training = figures["training"]
    rows = [f"| {family} | {share:.2f} |" for family, share in figures["families"].items()]
    return _CARD.format(
        name=name,
        purpose=purpose,
        noise=LABEL_NOISE,
        table="\n".join(table(figures)),
        families="\n".join(rows),
        scenes=figures["scenes"],
        **{key: training[key] for key in ("seed", "steps", "batch", "seconds", "images")},
    )


def write_card(folder: Path, figures: Mapping[str, Any], training: Mapping[str, object]) -> None:
    """Writes README.md and figures.json of the model in `folder`, with the training's figures."""
    complete = {**figures, "training": training}
    (folder / "figures.json").write_text(json.dumps(complete, indent=1) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(card(folder.name, complete), encoding="utf-8")
