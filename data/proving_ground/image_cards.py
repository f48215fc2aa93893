"""Model cards of the scene reader, the image model and CLIP, generated from measured figures.

write_cards(models, measured)     # after measure_image_models: figures.json and README.md
for path, text in cards(models).items(): ...     # the cards alone, from each figures.json
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_CARD = """---
license: apache-2.0
library_name: {library}
---
# {title}

{text}

## Figures
The scene reader judged them on scenes and captions that were not trained on.

{figures}
"""

READER = """A small convolutional network with a head for each attribute, trained from scratch on
decorrelated renders with blur, noise, shift and tint. It reads the attributes of an image, also of
generated ones. It judges the image model and stands in for a person's eyes; no model under test was
trained with it.

Train it with `python -m spuriforge.data.proving_ground.scene_reader --out DIR`, and load it with
`SceneReader.load(DIR).read(images)`."""

IMAGE_MODEL = """A stock `StableDiffusionPipeline` for 64 x 64 scenes of the proving ground,
trained from scratch on one core: an `AutoencoderTiny` (16 x 16 cells of 4 numbers), a frozen
two-layer `CLIPTextModel` whose tokens are the words of captions, and a `UNet2DConditionModel` of
3.0 million weights with v-prediction and zero terminal SNR. It knows only this world.

    pipeline = DiffusionPipeline.from_pretrained(DIR)
    pipeline("a red car, on a beach, under a sunny sky, next to an umbrella",
             num_inference_steps={steps}, guidance_scale={guidance})

Recommended: {steps} steps, guidance {guidance} (3 and more is worse), batches of 16-32. For
inpainting, use `AutoPipelineForInpainting.from_pretrained(DIR)` with `strength=1.0` and the mask
`render.CUE_BOX`, paste the original back outside the mask, and take the best of four seeds by CLIP.

Trained by `python -m spuriforge.data.proving_ground.train_image_model --out DIR`: {training}"""

CLIP = """An open_clip model (ModifiedResNet and a two-layer text transformer, 64 x 64 pixels, a
token for each word), trained from scratch on renders, half of them decoded by the image model's
autoencoder.

    model, _, preprocess = open_clip.create_model_and_transforms("local-dir:DIR")
    tokenizer = open_clip.get_tokenizer("local-dir:DIR")

It was trained on these prompts, and paraphrases: "a picture with a {{cue}} nearby", "a picture with
nothing nearby", "a picture of a {{place}}", "a picture with a {{sky}} sky",
"a picture of a {{object}}", "a {{colour}} object", "{{count}} birds" and
"an arrow pointing {{direction}}".

Trained by `python -m spuriforge.data.proving_ground.train_clip --out DIR --vae IMAGE-MODEL/vae`:
{training}"""


def table(figures: Mapping[str, object]) -> str:
    """Returns figures as a Markdown table, groups flattened."""
    rows = ["| what | measured |", "| --- | --- |"]
    for name, value in figures.items():
        parts = value.items() if isinstance(value, Mapping) else [("", value)]
        for part, number in parts:
            shown = f"{number:.3f}" if isinstance(number, float) else str(number)
            rows.append(f"| {name}{': ' if part else ''}{part} | {shown} |")
    return "\n".join(rows)


def cards(models: Path) -> dict[Path, str]:
    """Returns the three cards by their paths, from the figures beside each model."""
    image, clip, reader = models / "image-model", models / "clip", models / "reader"
    figures = {folder: _read(folder / "figures.json") for folder in (image, clip, reader)}
    settings = {name: figures[image][name] for name in ("steps", "guidance")}
    texts = {
        image: (
            "diffusers",
            "The proving ground's image model",
            IMAGE_MODEL.format(**settings, training=training_note(image)),
        ),
        clip: ("open_clip", "The proving ground's CLIP", CLIP.format(training=training_note(clip))),
        reader: ("pytorch", "The proving ground's scene reader", READER),
    }
    return {
        folder / "README.md": _CARD.format(
            library=library, title=title, text=text, figures=table(figures[folder])
        )
        for folder, (library, title, text) in texts.items()
    }


def training_note(folder: Path) -> str:
    """Returns the facts in `training.json`, which the training wrote: seed, minutes, steps."""
    path = folder / "training.json"
    facts = _read(path) if path.exists() else {}
    return ", ".join(f"{name} {value}" for name, value in facts.items()) + "."


def write_cards(models: Path, measured: Mapping[str, object]) -> None:
    """Writes figures.json and README.md of the three models."""
    image = ("steps", "guidance", "captions", "text-to-image", "pairs", "inpainting")
    _write(models / "image-model", {name: measured[name] for name in image})
    _write(models / "clip", {"zero-shot": measured["clip"]})
    reader = _read(models / "reader" / "figures.json")
    if "decoded" in measured:
        reader["decoded by the autoencoder"] = measured["decoded"]
    _write(models / "reader", reader)
    for path, text in cards(models).items():
        path.write_text(text, encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _write(folder: Path, figures: Mapping[str, object]) -> None:
    (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
