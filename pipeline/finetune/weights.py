"""Loads the model to train, freezes its vision tower, adds LoRA if wanted, and saves the result.

lvlm = load(settings)
prepare(lvlm, settings)
save(lvlm, settings, Path("tuned"))    # AutoModelForImageTextToText reads it, LoRA merged
"""

from pathlib import Path
from typing import TYPE_CHECKING

from ..lvlm.transformers_backend import TransformersLVLM
from ..recipe_models import TransformersModel
from .settings import TrainingSettings

if TYPE_CHECKING:
    from torch import nn


def load(settings: TrainingSettings) -> TransformersLVLM:
    """The model as the pipeline asks it; ValueError where it cannot be loaded."""
    named = TransformersModel(
        name=Path(settings.path).name,
        path=settings.path,
        revision=settings.revision,
        device=settings.device,
        dtype="bfloat16" if settings.precision == "bfloat16" and settings.lora else "float32",
    )
    return _in_four_bits(named) if settings.precision == "4bit" else TransformersLVLM.load(named)


def _in_four_bits(named: TransformersModel) -> TransformersLVLM:
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor, BitsAndBytesConfig

    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    try:
        model = AutoModelForImageTextToText.from_pretrained(
            named.path,
            revision=named.revision,
            quantization_config=config,
            device_map={"": named.device},
        )
    except (ImportError, RuntimeError) as error:
        raise ValueError(f"{named.path} cannot be loaded in 4 bits: {error}") from error
    return TransformersLVLM(
        model, AutoProcessor.from_pretrained(named.path, revision=named.revision), named
    )


def prepare(lvlm: TransformersLVLM, settings: TrainingSettings) -> None:
    """Freezes the vision tower, and with LoRA all else, too, but for the small matrices that are
    put in.

    Then the trained matrices shrink, if the settings say so: see `TrainingSettings.shrink`.
    Vectors (norms and biases) do not, because they set the scale that the next layer expects.
    """
    lvlm.model.requires_grad_(True) if settings.lora is None else lvlm.model.requires_grad_(False)
    tower = lvlm.model.get_encoder(modality="image")
    if tower is lvlm.model:
        raise ValueError(
            f"{lvlm.id} has no vision tower that transformers knows, so it cannot be kept as it is."
        )
    tower.requires_grad_(False)
    if settings.lora is not None:
        lvlm.model = _with_lora(lvlm.model, tower, settings, settings.lora)
    if settings.shrink:
        _shrink(lvlm.model, settings.shrink)


def _shrink(model: "nn.Module", share: float) -> None:
    import torch

    with torch.no_grad():
        for weight in model.parameters():
            if weight.requires_grad and weight.ndim == 2:
                weight.mul_(1 - share)


def _with_lora(
    model: "nn.Module", tower: "nn.Module", settings: TrainingSettings, rank: int
) -> "nn.Module":
    """LoRA on every linear layer outside the vision tower but the one that writes words."""
    import torch
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training

    left_out = {id(module) for module in [*tower.modules(), model.get_output_embeddings()]}
    targets = [
        name
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and id(module) not in left_out
    ]
    if settings.precision == "4bit":
        model = prepare_model_for_kbit_training(model)
    torch.manual_seed(settings.seed)  # LoRA begins at random
    return get_peft_model(model, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets))


def still(model: "nn.Module") -> list["nn.Module"]:
    """The largest parts in which nothing is trained: they stay in evaluation mode, batch statistics
    included.
    """
    weights = list(model.parameters())
    if weights and not any(weight.requires_grad for weight in weights):
        return [model]
    return [part for child in model.children() for part in still(child)]


def save(lvlm: TransformersLVLM, settings: TrainingSettings, folder: Path) -> None:
    """Writes model and processor to `folder`, in the type that they were trained in."""
    model = lvlm.model
    if settings.precision == "4bit":
        model = _onto_whole_weights(model, settings, folder)
    elif settings.lora is not None:
        model = model.merge_and_unload()
    model.save_pretrained(folder)
    lvlm.processor.save_pretrained(folder)


def _onto_whole_weights(
    model: "nn.Module", settings: TrainingSettings, folder: Path
) -> "nn.Module":
    """LoRA learned on 4-bit weights, merged into the whole ones: 4-bit weights cannot hold it."""
    from peft import PeftModel

    adapter = folder.with_name(f"{folder.name}-adapter")
    model.save_pretrained(adapter)
    whole = TransformersModel(
        name="whole", path=settings.path, revision=settings.revision, dtype="bfloat16"
    )
    return PeftModel.from_pretrained(TransformersLVLM.load(whole).model, adapter).merge_and_unload()
