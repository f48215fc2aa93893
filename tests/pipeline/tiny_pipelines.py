"""Makers of diffusers pipelines of every family, with small random weights.

    untrained(DRAWING["FLUX"]).save_pretrained(folder)

The architectures are the libraries' own. An image is 32 pixels wide, a model has one or two blocks,
and a tokenizer has a token per letter.
"""

from collections.abc import Callable
from typing import Any

SIGNS = "abcdefghijklmnopqrstuvwxyz,."
#: Signs that the CLIP tokenizers read at most, with their two marks; T5 and Qwen2.5-VL read more.
CLIP_LIMIT = 160


def clip_tokenizer(limit: int = CLIP_LIMIT) -> Any:
    from transformers import CLIPTokenizer

    words = ["<|startoftext|>", "<|endoftext|>", *SIGNS, *(f"{sign}</w>" for sign in SIGNS)]
    return CLIPTokenizer(
        vocab={word: number for number, word in enumerate(words)}, merges=[], model_max_length=limit
    )


def clip_text(projected: bool = False) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=2 + 2 * len(SIGNS),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        projection_dim=16,
        num_attention_heads=2,
        max_position_embeddings=CLIP_LIMIT,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return CLIPTextModelWithProjection(config) if projected else CLIPTextModel(config)


def t5() -> tuple[Any, Any]:
    from transformers import T5Config, T5EncoderModel, T5Tokenizer

    vocab = [
        ("<pad>", 0.0),
        ("</s>", 0.0),
        ("<unk>", 0.0),
        ("\u2581", -1.0),
        *((sign, -2.0) for sign in SIGNS),
    ]
    tokenizer = T5Tokenizer(vocab=vocab, extra_ids=0, model_max_length=512)
    config = T5Config(
        vocab_size=len(tokenizer), d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=2
    )
    return tokenizer, T5EncoderModel(config)


def vae(channels: int = 4, blocks: int = 2, **more: Any) -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * blocks,
        up_block_types=("UpDecoderBlock2D",) * blocks,
        block_out_channels=(4,) * blocks,
        latent_channels=channels,
        norm_num_groups=2,
        layers_per_block=1,
        **more,
    )


def flow_vae(channels: int = 4, blocks: int = 2) -> Any:
    no_quant = {"use_quant_conv": False, "use_post_quant_conv": False}
    return vae(channels, blocks, shift_factor=0.06, scaling_factor=1.5, **no_quant)


def unet(channels: int = 4, width: int = 16, **more: Any) -> Any:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=16,
        in_channels=channels,
        out_channels=4,
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        cross_attention_dim=width,
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=8,
        **more,
    )


def stable_diffusion(limit: int = CLIP_LIMIT) -> Any:
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    return StableDiffusionPipeline(
        vae=vae(),
        unet=unet(),
        tokenizer=clip_tokenizer(limit),
        text_encoder=clip_text(),
        scheduler=DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def stable_diffusion_refusing() -> Any:
    """Returns Stable Diffusion whose safety checker refuses every image."""
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessor

    vision = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 32,
        "patch_size": 8,
    }
    checker = StableDiffusionSafetyChecker(CLIPConfig(vision_config=vision, projection_dim=16))
    checker.concept_embeds_weights.data[0] = -2
    pipeline = stable_diffusion()
    pipeline.register_modules(
        safety_checker=checker,
        feature_extractor=CLIPImageProcessor(size=32, crop_size={"height": 32, "width": 32}),
    )
    return pipeline


def stable_diffusion_xl() -> Any:
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline

    embedding = {"addition_embed_type": "text_time", "addition_time_embed_dim": 8}
    return StableDiffusionXLPipeline(
        vae=vae(),
        unet=unet(width=32, projection_class_embeddings_input_dim=6 * 8 + 16, **embedding),
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(),
        text_encoder=clip_text(),
        text_encoder_2=clip_text(projected=True),
        scheduler=EulerDiscreteScheduler(),
        add_watermarker=False,
    )


def stable_diffusion_3() -> Any:
    from diffusers import (
        FlowMatchEulerDiscreteScheduler,
        SD3Transformer2DModel,
        StableDiffusion3Pipeline,
    )

    tokenizer, encoder = t5()
    transformer = SD3Transformer2DModel(
        sample_size=16,
        patch_size=2,
        in_channels=16,
        out_channels=16,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=4,
        caption_projection_dim=32,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        pos_embed_max_size=32,
    )
    return StableDiffusion3Pipeline(
        vae=flow_vae(16),
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        tokenizer=clip_tokenizer(),
        text_encoder=clip_text(projected=True),
        tokenizer_2=clip_tokenizer(),
        text_encoder_2=clip_text(projected=True),
        tokenizer_3=tokenizer,
        text_encoder_3=encoder,
    )


def flux(kontext: bool = False) -> Any:
    from diffusers import (
        FlowMatchEulerDiscreteScheduler,
        FluxKontextPipeline,
        FluxPipeline,
        FluxTransformer2DModel,
    )

    tokenizer, encoder = t5()
    transformer = FluxTransformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=16,
        guidance_embeds=True,
        axes_dims_rope=(4, 4, 8),
    )
    return (FluxKontextPipeline if kontext else FluxPipeline)(
        # Kontext reads its image at a megapixel, whatever is asked for: an eighth of its side is
        # few enough tokens.
        vae=flow_vae(blocks=4 if kontext else 2),
        transformer=transformer,
        tokenizer=clip_tokenizer(),
        text_encoder=clip_text(),
        tokenizer_2=tokenizer,
        text_encoder_2=encoder,
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
    )


def flux_kontext() -> Any:
    return flux(kontext=True)


def instruct_pix2pix() -> Any:
    from diffusers import EulerAncestralDiscreteScheduler, StableDiffusionInstructPix2PixPipeline

    return StableDiffusionInstructPix2PixPipeline(
        vae=vae(),
        unet=unet(channels=8),
        tokenizer=clip_tokenizer(),
        text_encoder=clip_text(),
        safety_checker=None,
        scheduler=EulerAncestralDiscreteScheduler(),
        feature_extractor=None,
        requires_safety_checker=False,
    )


def qwen_tokenizer() -> Any:
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import Qwen2Tokenizer

    special = [
        "<|endoftext|>",
        "<|im_start|>",
        "<|im_end|>",
        "<|vision_start|>",
        "<|vision_end|>",
        "<|image_pad|>",
        "<|video_pad|>",
    ]
    vocab = {sign: number for number, sign in enumerate([*special, *sorted(ByteLevel.alphabet())])}
    return Qwen2Tokenizer(
        vocab=vocab, merges=[], additional_special_tokens=special, model_max_length=4096
    )


def qwen_text(tokenizer: Any) -> Any:
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    ids = {
        f"{name}_token_id": tokenizer.convert_tokens_to_ids(f"<|{token}|>")
        for name, token in (
            ("image", "image_pad"),
            ("video", "video_pad"),
            ("vision_start", "vision_start"),
            ("vision_end", "vision_end"),
        )
    }
    return Qwen2_5_VLForConditionalGeneration(
        Qwen2_5_VLConfig(
            text_config={
                "vocab_size": len(tokenizer),
                "hidden_size": 16,
                "intermediate_size": 16,
                "num_hidden_layers": 1,
                "num_attention_heads": 2,
                "num_key_value_heads": 2,
                "rope_parameters": {
                    "rope_type": "default",
                    "rope_theta": 1e6,
                    "mrope_section": [1, 1, 2],
                },
            },
            vision_config={
                "depth": 1,
                "hidden_size": 16,
                "intermediate_size": 16,
                "num_heads": 2,
                "out_hidden_size": 16,
                "fullatt_block_indexes": [0],
            },
            **ids,
        )
    )


def qwen_image_edit() -> Any:
    from diffusers import (
        AutoencoderKLQwenImage,
        FlowMatchEulerDiscreteScheduler,
        QwenImageEditPipeline,
        QwenImageTransformer2DModel,
    )
    from transformers import Qwen2VLImageProcessor, Qwen2VLProcessor
    from transformers.models.qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor

    tokenizer = qwen_tokenizer()
    few = {"shortest_edge": 28 * 28, "longest_edge": 112 * 112}
    processor = Qwen2VLProcessor(
        Qwen2VLImageProcessor(size=few), tokenizer, Qwen2VLVideoProcessor(size=few)
    )
    autoencoder = AutoencoderKLQwenImage(
        base_dim=4,
        z_dim=4,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
    )
    transformer = QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=16,
        out_channels=4,
        num_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=16,
        axes_dims_rope=(8, 4, 4),
    )
    return QwenImageEditPipeline(
        vae=autoencoder,
        transformer=transformer,
        tokenizer=tokenizer,
        text_encoder=qwen_text(tokenizer),
        processor=processor,
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
    )


def untrained(make: Callable[[], Any]) -> Any:
    """Returns a maker's pipeline with random weights, the same on every run.

    The denoiser's weights are so large that prompt and image make a difference.
    """
    import torch

    torch.manual_seed(0)
    pipeline = make()
    denoiser = pipeline.components.get("transformer") or pipeline.unet
    with torch.no_grad():
        for weights in denoiser.parameters():
            if weights.ndim > 1:
                weights.mul_(3)
    return pipeline


#: Families that draw from text, and paint in a box; and those that edit by instruction.
DRAWING: dict[str, Callable[[], Any]] = {
    "SD 1.5": stable_diffusion,
    "SDXL": stable_diffusion_xl,
    "SD 3": stable_diffusion_3,
    "FLUX": flux,
}
EDITING: dict[str, Callable[[], Any]] = {
    "FLUX Kontext": flux_kontext,
    "Qwen-Image-Edit": qwen_image_edit,
    "InstructPix2Pix": instruct_pix2pix,
}
