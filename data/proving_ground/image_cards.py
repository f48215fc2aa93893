"""Model cards of the reader, the image model and CLIP, written from measured figures by
`measure_images`.
"""

import json
from collections.abc import Mapping
from pathlib import Path

_HEAD = """---
license: apache-2.0
library_name: {library}
---
# {title}

{text}

## Figures
Judged by the independent reader on scenes and captions never trained on.

{figures}
"""

READER = """A small convolutional network with a head an attribute, trained from scratch on decorrelated renders with
blur, noise, shift and tint: it says what is in an image, generated ones too. It judges the image model and
stands in for a person's eyes; no model under test was trained with it.

Trained by `python -m spuriforge.data.proving_ground.scene_reader --out DIR`. Load: `SceneReader.load(DIR).read(images)`."""

IMAGE_MODEL = """A stock `StableDiffusionPipeline` for 64 x 64 scenes of the proving ground, trained from scratch on one
core: an `AutoencoderTiny` (16 x 16 cells of 4 numbers), a frozen two-layer `CLIPTextModel` whose tokens are the
words of captions, and a `UNet2DConditionModel` of 3.0 million weights, v-prediction, zero terminal SNR. It knows
nothing but this world.

    pipeline = DiffusionPipeline.from_pretrained(DIR)
    pipeline("a red car, on a beach, under a sunny sky, next to an umbrella",
             num_inference_steps={steps}, guidance_scale={guidance})

Recommended: {steps} steps, guidance {guidance} (3 and more hurts), batches of 16-32. Inpainting:
`AutoPipelineForInpainting.from_pretrained(DIR)` with `strength=1.0`, the mask `render.CUE_BOX`, the result pasted back
outside the mask, and the best of four seeds by CLIP.

Trained by `python -m spuriforge.data.proving_ground.train_image_model --out DIR`: {training}"""

CLIP = """An open_clip model (ModifiedResNet and a two-layer text transformer, 64 x 64 pixels, a token a
word), trained from scratch on renders, half of them through the image model's autoencoder.

    model, _, preprocess = open_clip.create_model_and_transforms("local-dir:DIR")
    tokenizer = open_clip.get_tokenizer("local-dir:DIR")

Prompts it was trained to answer (and paraphrases of them): "a picture with a {{cue}} nearby" and, for none, "a picture
with nothing nearby"; "a picture of a {{place}}"; "a picture with a {{sky}} sky"; "a picture of a {{object}}";
"a {{colour}} object"; "{{count}} birds"; "an arrow pointing {{direction}}".

Trained by `python -m spuriforge.data.proving_ground.train_clip --out DIR --vae IMAGE-MODEL/vae`: {training}"""


def table(figures: Mapping[str, object]) -> str:
    """Figures as a Markdown table, groups flattened."""
    rows = ["| what | measured |", "| --- | --- |"]
    for name, value in figures.items():
        parts = value.items() if isinstance(value, Mapping) else [("", value)]
        for part, number in parts:
            shown = f"{number:.3f}" if isinstance(number, float) else str(number)
            rows.append(f"| {name}{': ' if part else ''}{part} | {shown} |")
    return "\n".join(rows)


def write_card(
    folder: Path, library: str, title: str, text: str, figures: Mapping[str, object]
) -> None:
    """README.md and figures.json of one model."""
    card = _HEAD.format(library=library, title=title, text=text, figures=table(figures))
    (folder / "README.md").write_text(card)
    (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")


def training_note(folder: Path) -> str:
    """What `training.json`, left by the training, says: seed, minutes, steps."""
    path = folder / "training.json"
    facts = json.loads(path.read_text()) if path.exists() else {}
    return ", ".join(f"{name} {value}" for name, value in facts.items()) + "."


def write_cards(models: Path, measured: Mapping[str, object]) -> None:
    """The three cards."""
    settings = {name: measured[name] for name in ("steps", "guidance", "captions")}
    groups = {name: measured[name] for name in ("text-to-image", "pairs", "inpainting")}
    image, clip, reader = models / "image-model", models / "clip", models / "reader"
    text = IMAGE_MODEL.format(**settings, training=training_note(image))
    write_card(image, "diffusers", "The proving ground's image model", text, {**settings, **groups})
    text = CLIP.format(training=training_note(clip))
    write_card(
        clip, "open_clip", "The proving ground's CLIP", text, {"zero-shot": measured["clip"]}
    )
    read = json.loads((reader / "figures.json").read_text())
    if "decoded" in measured:
        read["decoded by the autoencoder"] = measured["decoded"]
    write_card(reader, "pytorch", "The proving ground's independent reader", READER, read)
