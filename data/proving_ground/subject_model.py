"""A tiny LVLM in transformers' format: FastVLM (timm tower, projector, Llama), a token a word.

processor = new_processor()
model = new_subject(tower, processor, seed=0)
save(model, processor, folder)
AutoModelForImageTextToText.from_pretrained(folder), AutoProcessor.from_pretrained(folder)
"""

import copy
import itertools
import re
import string
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    CLIPImageProcessor,
    FastVlmConfig,
    FastVlmForConditionalGeneration,
    LlamaConfig,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    TimmWrapperModel,
)

from . import scene_texts
from .lvlm_training_data import INSTRUCTION, LETTERS
from .render import SIZE
from .vision_tower import MEAN, STD, STRIDE, TOKENS, tower_config
from .world import ATTRIBUTES

SPECIAL = ("<pad>", "<s>", "</s>", "[UNK]", "<image>")
#: A line for each turn of the conversation; images come before the turn's text.
CHAT_TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'assistant' %}ASSISTANT: "
    "{% elif message['role'] == 'system' %}SYSTEM: {% else %}USER: {% endif %}"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] if part['type'] != 'text' %}<image>\n{% endfor %}"
    "{% for part in message['content'] if part['type'] == 'text' %}{{ part['text'] }}{% endfor "
    "%}{% endif %}"
    "{% if message['role'] == 'assistant' %}</s>{% else %} {% endif %}{% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
_FURTHER = (
    "Which letter is right? Describe the image briefly. Is there in this picture or photo? Look at "
    "the scene, please choose one of these: yes no true false none unsure USER ASSISTANT SYSTEM "
    "question answer options cue thing"
)


def vocabulary() -> dict[str, int]:
    """Returns all words of captions, questions, options and prompts, the letters and the digits."""
    texts = [
        *scene_texts.QUESTIONS.values(),
        *scene_texts._PLACE.values(),
        *scene_texts._SKY,
        *scene_texts._CUE,
    ]
    texts += [
        *scene_texts._OPENING,
        INSTRUCTION,
        _FURTHER,
        "a an and with birds bird in the sky arrow pointing on under",
    ]
    texts += [value for values in ATTRIBUTES.values() for value in values if value]
    words = re.findall(r"\w+", " ".join(texts))
    listed = itertools.chain(
        SPECIAL, LETTERS, string.digits, words, (word.capitalize() for word in words)
    )
    return {word: number for number, word in enumerate(dict.fromkeys(listed))}


def new_tokenizer() -> PreTrainedTokenizerFast:
    """Returns a tokenizer of whole words, padded on the left.

    It drops punctuation, so that an option's letter comes right before its text.
    """
    tokenizer = Tokenizer(models.WordLevel(vocabulary(), unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation(behavior="removed")]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="[UNK]",
        extra_special_tokens={"image_token": "<image>"},
        padding_side="left",
        model_max_length=512,
        clean_up_tokenization_spaces=False,
    )


def new_processor() -> LlavaProcessor:
    """Returns the processor: images of 64 x 64, 16 tokens for an `<image>`, the chat template."""
    side = {"height": SIZE, "width": SIZE}
    images = CLIPImageProcessor(
        size=side, crop_size=side, do_center_crop=False, image_mean=[MEAN] * 3, image_std=[STD] * 3
    )
    return LlavaProcessor(
        image_processor=images,
        tokenizer=new_tokenizer(),
        patch_size=STRIDE,
        vision_feature_select_strategy="full",
        chat_template=CHAT_TEMPLATE,
        num_additional_image_tokens=0,
    )


def new_subject(
    tower: TimmWrapperModel, processor: LlavaProcessor, *, seed: int
) -> FastVlmForConditionalGeneration:
    """Returns an untrained LVLM around the frozen tower: 0.4 million weights to learn."""
    torch.manual_seed(seed)
    tokenizer = processor.tokenizer
    text = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=96,
        intermediate_size=256,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=512,
        rope_theta=1000.0,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        tie_word_embeddings=True,
        initializer_range=0.06,
    )
    config = FastVlmConfig(
        vision_config=tower_config(),
        text_config=text,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=TOKENS,
        tie_word_embeddings=True,
    )
    model = FastVlmForConditionalGeneration(config)
    model.model.vision_tower.load_state_dict(tower.state_dict())
    model.model.vision_tower.requires_grad_(False).eval()
    generation = model.generation_config
    generation.pad_token_id, generation.bos_token_id = (
        tokenizer.pad_token_id,
        tokenizer.bos_token_id,
    )
    generation.eos_token_id, generation.max_new_tokens = tokenizer.eos_token_id, 8
    return model


def save(model: FastVlmForConditionalGeneration, processor: LlavaProcessor, folder: Path) -> None:
    """Writes the weights in half precision and all files that the Auto classes read."""
    copy.deepcopy(model).half().save_pretrained(folder)
    processor.save_pretrained(folder)
