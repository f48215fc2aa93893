"""Each family's real architecture and processor, tiny and with random weights, saved as a folder
that loads like any.

    folder = save("qwen2.5-vl", tmp_path)
    TransformersLVLM.load(TransformersModel(name="tiny", path=str(folder)))

Tokenizers are made here too, in each family's own kind (byte-level, or like sentencepiece's) with
its special tokens; the chat templates are its published ones, cut down to one user's turn.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: What the tokenizers learn to write in few tokens.
TEXTS = """What is the main object in the picture? Which way does the arrow point? How many birds \
are in the sky?
Answer with the option's letter from the given choices directly. Yes yes No no user assistant \
system model
The answer is A B C D E F G H I J
A B C D E F G H I J A B C D E F G H I J
Yes Yes Yes Yes No No No No yes yes yes yes no no no no"""
#: How Llama 3 and Qwen cut a text into words, within which bytes are merged.
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+"
)
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 2048,
}
VISION = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
SIDE = {"height": 28, "width": 28}

QWEN = (
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' "
    "%}<|im_start|>system\n"
    "You are a helpful assistant.<|im_end|>\n{% endif %}<|im_start|>{{ message['role'] }}\n"
    "{% for content in message['content'] %}{% if content['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ content['text'] }}{% endif %}{% "
    "endfor %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAVA = (
    "{% for message in messages %}{{ message['role'].upper() + ': ' }}{% for content in "
    "message['content'] | "
    "selectattr('type', 'equalto', 'image') %}{{ '<image>\n' }}{% endfor %}{% for content in "
    "message['content'] | "
    "selectattr('type', 'equalto', 'text') %}{{ content['text'] + ' ' }}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
LLAVA_NEXT = (
    "{% for message in messages %}{{ '[INST] ' }}{% for content in message['content'] | "
    "selectattr('type', 'equalto', 'image') %}{{ '<image>\n' }}{% endfor %}{% for content in "
    "message['content'] | "
    "selectattr('type', 'equalto', 'text') %}{{ content['text'] }}{% endfor %}{{ ' [/INST]' }}{% "
    "endfor %}"
)
MLLAMA = (
    "{{ bos_token }}{% for message in messages %}<|start_header_id|>{{ message['role'] "
    "}}<|end_header_id|>\n\n"
    "{% for content in message['content'] %}{% if content['type'] == 'image' %}<|image|>"
    "{% else %}{{ content['text'] | trim }}{% endif %}{% endfor %}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
IDEFICS = (
    "<|begin_of_text|>{% for message in messages %}{{ message['role'].capitalize() }}"
    "{% if message['content'][0]['type'] == 'image' %}{{ ':' }}{% else %}{{ ': ' }}{% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{ line['text'] }}"
    "{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor "
    "%}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)
GEMMA = (
    "{{ bos_token }}{% for message in messages %}{{ '<start_of_turn>' + message['role'] + '\n' }}"
    "{% for item in message['content'] %}{% if item['type'] == 'image' %}{{ '<start_of_image>' }}"
    "{% else %}{{ item['text'] | trim }}{% endif %}{% endfor %}{{ '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)


def byte_level(*specials: str, merges: int = 160) -> Any:
    """GPT's kind: bytes, merged in words. Without merges, a letter after a space is two tokens."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), "isolated"),
            pre_tokenizers.ByteLevel(False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=256 + merges,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS.splitlines(), trainer)
    tokenizer.add_special_tokens(list(specials))
    return tokenizer


def sentencepiece(*specials: str, first: str = "") -> Any:
    """Llama 2's and Gemma's kind: a space is a letter, what is unknown is bytes. Llama's texts
    begin with `first`.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, processors, trainers

    learnt = Tokenizer(models.BPE())
    learnt.normalizer = spaces = normalizers.Replace(" ", "▁")
    trainer = trainers.BpeTrainer(vocab_size=160, max_token_length=4, show_progress=False)
    learnt.train_from_iterator(
        [space + word for word in TEXTS.split() for space in ("", " ")], trainer
    )
    model = json.loads(learnt.to_str())["model"]
    signs = ["<unk>", *(f"<0x{number:02X}>" for number in range(256)), *model["vocab"]]
    tokenizer = Tokenizer(
        models.BPE(
            {sign: number for number, sign in enumerate(signs)},
            [tuple(pair) for pair in model["merges"]],
            byte_fallback=True,
            unk_token="<unk>",
            fuse_unk=True,
        )
    )
    tokenizer.normalizer = (
        normalizers.Sequence([normalizers.Prepend(first), spaces]) if first else spaces
    )
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    tokenizer.add_special_tokens(list(specials))
    if first:
        start = tokenizer.token_to_id("<s>")
        tokenizer.post_processor = processors.TemplateProcessing(
            "<s> $A", special_tokens=[("<s>", start)]
        )
    return tokenizer


def _words(tokenizer: Any, **roles: str) -> Any:
    from transformers import PreTrainedTokenizerFast

    own = ("bos_token", "eos_token", "pad_token", "unk_token")
    further = {role: token for role, token in roles.items() if role not in own}
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        extra_special_tokens=further,
        clean_up_tokenization_spaces=False,
        **{role: token for role, token in roles.items() if role in own},
    )


def _text(words: Any, **further: Any) -> dict[str, Any]:
    ends = {
        "bos_token_id": words.bos_token_id,
        "eos_token_id": words.eos_token_id,
        "pad_token_id": words.pad_token_id,
    }
    return {**TEXT, **ends, "vocab_size": len(words), **further}


def _qwen_words(merges: int = 160) -> Any:
    tokenizer = byte_level(
        "<|endoftext|>",
        "<|im_start|>",
        "<|im_end|>",
        "<|vision_start|>",
        "<|vision_end|>",
        "<|image_pad|>",
        "<|video_pad|>",
        merges=merges,
    )
    return _words(tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>")


def _qwen_places(words: Any) -> dict[str, int]:
    named = {
        "image": "image_pad",
        "video": "video_pad",
        "vision_start": "vision_start",
        "vision_end": "vision_end",
    }
    return {
        f"{role}_token_id": words.convert_tokens_to_ids(f"<|{token}|>")
        for role, token in named.items()
    }


def _qwen_images(patch: int) -> Any:
    from transformers import Qwen2VLImageProcessor

    area = (2 * patch) ** 2
    return Qwen2VLImageProcessor(
        size={"shortest_edge": area, "longest_edge": 9 * area},
        patch_size=patch,
        temporal_patch_size=2,
        merge_size=2,
    )


def qwen2_5_vl() -> tuple[Any, Any]:
    import transformers as hf

    words = _qwen_words()
    processor = hf.Qwen2_5_VLProcessor(
        _qwen_images(14), words, hf.Qwen2VLVideoProcessor(), chat_template=QWEN
    )
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 2,
        "out_hidden_size": 32,
        "window_size": 56,
        "fullatt_block_indexes": [1],
    }
    rope = {"type": "mrope", "mrope_section": [2, 3, 3], "rope_theta": 1000000.0}
    text = _text(words, rope_scaling=rope)
    config = hf.Qwen2_5_VLConfig(text_config=text, vision_config=vision, **_qwen_places(words))
    return hf.Qwen2_5_VLForConditionalGeneration(config), processor


def qwen3_vl(merges: int = 160) -> tuple[Any, Any]:
    import transformers as hf

    words = _qwen_words(merges)
    processor = hf.Qwen3VLProcessor(
        _qwen_images(16), words, hf.Qwen3VLVideoProcessor(), chat_template=QWEN
    )
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 2,
        "out_hidden_size": 32,
        "num_position_embeddings": 36,
        "deepstack_visual_indexes": [0],
    }
    rope = {
        "rope_type": "default",
        "mrope_section": [2, 3, 3],
        "mrope_interleaved": True,
        "rope_theta": 5000000.0,
    }
    text = _text(words, rope_parameters=rope, head_dim=16)
    config = hf.Qwen3VLConfig(text_config=text, vision_config=vision, **_qwen_places(words))
    return hf.Qwen3VLForConditionalGeneration(config), processor


def qwen3_vl_without_merges() -> tuple[Any, Any]:
    """A vocabulary of bytes alone: " A" is two tokens, "Yes" three."""
    return qwen3_vl(merges=0)


def _llama_words() -> Any:
    tokenizer = sentencepiece("<s>", "</s>", "<image>", "<pad>", first="▁")
    roles = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    return _words(tokenizer, **roles, image_token="<image>")


def llava() -> tuple[Any, Any]:
    import transformers as hf

    words = _llama_words()
    images = hf.CLIPImageProcessor(size={"shortest_edge": 28}, crop_size=SIDE)
    processor = hf.LlavaProcessor(
        images,
        words,
        patch_size=14,
        vision_feature_select_strategy="default",
        chat_template=LLAVA,
        num_additional_image_tokens=1,
    )
    config = hf.LlavaConfig(
        vision_config=hf.CLIPVisionConfig(
            image_size=28, patch_size=14, projection_dim=32, **VISION
        ),
        text_config=hf.LlamaConfig(**_text(words)),
        image_token_index=words.convert_tokens_to_ids("<image>"),
    )
    return hf.LlavaForConditionalGeneration(config), processor


def llava_next() -> tuple[Any, Any]:
    import transformers as hf

    words, pinpoints = _llama_words(), [[28, 56], [56, 28], [56, 56]]
    images = hf.LlavaNextImageProcessor(
        size={"shortest_edge": 28}, crop_size=SIDE, image_grid_pinpoints=pinpoints
    )
    processor = hf.LlavaNextProcessor(
        images,
        words,
        patch_size=14,
        vision_feature_select_strategy="default",
        chat_template=LLAVA_NEXT,
        num_additional_image_tokens=1,
    )
    config = hf.LlavaNextConfig(
        vision_config=hf.CLIPVisionConfig(
            image_size=28, patch_size=14, projection_dim=32, **VISION
        ),
        text_config=hf.MistralConfig(**_text(words)),
        image_token_index=words.convert_tokens_to_ids("<image>"),
        image_grid_pinpoints=pinpoints,
    )
    return hf.LlavaNextForConditionalGeneration(config), processor


def mllama() -> tuple[Any, Any]:
    """Llama 3.2 Vision: images by cross-attention. Its image token lies beyond what the model can
    say.
    """
    import transformers as hf

    tokenizer = byte_level(
        "<|begin_of_text|>",
        "<|eot_id|>",
        "<|start_header_id|>",
        "<|end_header_id|>",
        "<|python_tag|>",
        "<|finetune_right_pad_id|>",
        "<|image|>",
    )
    roles = {
        "bos_token": "<|begin_of_text|>",
        "eos_token": "<|eot_id|>",
        "pad_token": "<|finetune_right_pad_id|>",
    }
    words = _words(tokenizer, **roles)
    images = hf.MllamaImageProcessor(size=SIDE, max_image_tiles=4)
    processor = hf.MllamaProcessor(images, words, chat_template=MLLAMA)
    vision = hf.models.mllama.MllamaVisionConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_global_layers=1,
        attention_heads=2,
        intermediate_size=48,
        vision_output_dim=64,
        image_size=28,
        patch_size=14,
        intermediate_layers_indices=[0],
    )
    image = words.convert_tokens_to_ids("<|image|>")
    text = hf.models.mllama.MllamaTextConfig(
        **_text(words, vocab_size=image, cross_attention_layers=[1])
    )
    config = hf.MllamaConfig(vision_config=vision, text_config=text, image_token_index=image)
    return hf.MllamaForConditionalGeneration(config), processor


def _idefics_words() -> Any:
    places = [f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)]
    tokenizer = byte_level(
        "<|begin_of_text|>",
        "<|end_of_text|>",
        "<pad>",
        "<fake_token_around_image>",
        "<image>",
        "<global-img>",
        *places,
        "<end_of_utterance>",
    )
    return _words(
        tokenizer, bos_token="<|begin_of_text|>", eos_token="<end_of_utterance>", pad_token="<pad>"
    )


def idefics3() -> tuple[Any, Any]:
    import transformers as hf

    words = _idefics_words()
    images = hf.Idefics3ImageProcessor(
        size={"longest_edge": 56}, max_image_size={"longest_edge": 28}
    )
    processor = hf.Idefics3Processor(images, words, image_seq_len=1, chat_template=IDEFICS)
    config = hf.Idefics3Config(
        vision_config={"image_size": 28, "patch_size": 14, **VISION},
        text_config=hf.LlamaConfig(**_text(words)),
        image_token_id=words.convert_tokens_to_ids("<image>"),
        scale_factor=2,
    )
    return hf.Idefics3ForConditionalGeneration(config), processor


def smolvlm() -> tuple[Any, Any]:
    import transformers as hf

    words = _idefics_words()
    images = hf.SmolVLMImageProcessor(
        size={"longest_edge": 56}, max_image_size={"longest_edge": 28}
    )
    video = hf.SmolVLMVideoProcessor(size={"longest_edge": 56}, max_image_size={"longest_edge": 28})
    processor = hf.SmolVLMProcessor(images, words, video, image_seq_len=1, chat_template=IDEFICS)
    config = hf.SmolVLMConfig(
        vision_config={"image_size": 28, "patch_size": 14, **VISION},
        text_config=hf.LlamaConfig(**_text(words)),
        image_token_id=words.convert_tokens_to_ids("<image>"),
        scale_factor=2,
    )
    return hf.SmolVLMForConditionalGeneration(config), processor


def gemma3() -> tuple[Any, Any]:
    import transformers as hf

    tokenizer = sentencepiece(
        "<pad>",
        "<eos>",
        "<bos>",
        "<start_of_turn>",
        "<end_of_turn>",
        "<start_of_image>",
        "<end_of_image>",
        "<image_soft_token>",
    )
    roles = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}
    places = {
        "boi_token": "<start_of_image>",
        "eoi_token": "<end_of_image>",
        "image_token": "<image_soft_token>",
    }
    words = _words(tokenizer, **roles, **places)
    processor = hf.Gemma3Processor(
        hf.Gemma3ImageProcessor(size=SIDE), words, chat_template=GEMMA, image_seq_length=4
    )
    text = _text(
        words,
        head_dim=16,
        query_pre_attn_scalar=16,
        sliding_window=32,
        sliding_window_pattern=2,
        tie_word_embeddings=False,
    )
    # not tied: a random model whose embeddings are would repeat its last token
    config = hf.Gemma3Config(
        tie_word_embeddings=False,
        text_config=hf.Gemma3TextConfig(**text),
        vision_config={"image_size": 28, "patch_size": 7, **VISION},
        mm_tokens_per_image=4,
        **{f"{role}_index": words.convert_tokens_to_ids(token) for role, token in places.items()},
    )
    return hf.Gemma3ForConditionalGeneration(config), processor


FAMILIES: dict[str, Callable[[], tuple[Any, Any]]] = {
    "qwen2.5-vl": qwen2_5_vl,
    "qwen3-vl": qwen3_vl,
    "qwen3-vl without merges": qwen3_vl_without_merges,
    "llava-1.5": llava,
    "llava-next": llava_next,
    "llama-3.2-vision": mllama,
    "idefics3": idefics3,
    "smolvlm": smolvlm,
    "gemma-3": gemma3,
}


def make(family: str) -> tuple[Any, Any]:
    """A family's model and processor. Weights are drawn large enough that answers hang on what is
    asked and shown.
    """
    import torch

    torch.manual_seed(0)
    model, processor = FAMILIES[family]()
    for name, weight in model.named_parameters():
        if weight.ndim > 1:
            torch.nn.init.xavier_normal_(weight.data, gain=2.0)
        elif "gate" in name:  # Mllama's gates are closed at first: an image would change nothing
            weight.data.fill_(0.5)
    return model, processor


def save(family: str, folder: Path) -> Path:
    """Writes a family's model into a folder of its own, like a published one; returns it."""
    model, processor = make(family)
    place = folder / family.replace(" ", "-")
    model.save_pretrained(place)
    processor.save_pretrained(place)
    return place
