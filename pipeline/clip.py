"""open_clip, loaded once: zero-shot scores of texts for images.

    clip = OpenClip.load("models/clip")               # a folder, or "ViT-B-32/laion2b_s34b_b79k"
    clip.scores(images, ["a dog", "a cat"])           # logits of a softmax, (images, texts)

Every text is encoded once per model.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .recipe import Category, clip_id

#: Images embedded at once.
BATCH = 64
#: A tag that may come with others must exceed the other tags by this many standard deviations. With
#: 20 to 40 tags on the proving ground's scenes, 94 to 100 % of the things there are tagged, and 1
#: to 3 % of the tags are wrong. Against the null prompt alone, 86 to 92 % of the tags are wrong.
STANDS_OUT = 1.5


class OpenClip:
    """An open_clip model with its preprocessing and tokenizer."""

    def __init__(self, model: Any, preprocess: Any, tokenizer: Any, name: str) -> None:
        self.model, self.preprocess = model.eval(), preprocess
        self.tokenizer, self.name = tokenizer, name
        self._texts: dict[str, np.ndarray] = {}

    @classmethod
    @lru_cache(maxsize=2)
    def load(cls, source: str) -> "OpenClip":
        """Loads a folder, or "architecture/pretrained tag"; ValueError if it cannot be loaded."""
        import open_clip

        local = Path(source).is_dir()
        name, _, tag = (f"local-dir:{source}", "", "") if local else source.partition("/")
        try:
            model, _, preprocess = open_clip.create_model_and_transforms(
                name, pretrained=tag or None
            )
            tokenizer = open_clip.get_tokenizer(name)
        except (OSError, RuntimeError, ValueError, FileNotFoundError) as error:
            raise ValueError(f"open_clip cannot load {source}: {error}") from error
        return cls(model.float(), preprocess, tokenizer, clip_id(source))

    def encode_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Returns normalised embeddings, (images, width)."""
        import torch

        parts = []
        with torch.inference_mode():
            for start in range(0, len(images), BATCH):
                pixels = torch.stack(
                    [self.preprocess(image) for image in images[start : start + BATCH]]
                )
                parts.append(self.model.encode_image(pixels, normalize=True).numpy())
        return np.concatenate(parts)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Returns normalised embeddings, (texts, width); each text is encoded once."""
        import torch

        new = [text for text in dict.fromkeys(texts) if text not in self._texts]
        if new:
            with torch.inference_mode():
                encoded = self.model.encode_text(self.tokenizer(new), normalize=True).numpy()
            self._texts.update(zip(new, encoded, strict=True))
        return np.stack([self._texts[text] for text in texts])

    @property
    def scale(self) -> float:
        """The factor that turns a cosine into a logit."""
        return float(self.model.logit_scale.detach().exp())

    def scores(self, images: Sequence[Image.Image], texts: Sequence[str]) -> np.ndarray:
        """Returns logits, (images, texts)."""
        return np.asarray(self.scale * self.encode_images(images) @ self.encode_texts(texts).T)


def prompts_of(category: Category) -> list[str]:
    """Returns the prompts of a category's tags, then its null prompt if it has one."""
    prompts = [category.prompt.replace("{}", tag) for tag in category.tags]
    return prompts if category.null is None else [*prompts, category.null]


def log_odds(logits: np.ndarray, index: int) -> np.ndarray:
    """Returns by how much the text at `index` beats the best other text, (images,)."""
    others = np.delete(logits, index, axis=1)
    return np.asarray(logits[:, index] - others.max(axis=1))


def odds_each(logits: np.ndarray) -> np.ndarray:
    """Returns the log-odds of each tag by itself, (images, tags).

    `logits` has the null prompt last. A tag must beat the null prompt and stand out from the other
    tags on the same image. The null prompt alone is not enough: it tells something from nothing,
    and where there is anything, half of a vocabulary is likelier than nothing.
    """
    tags, null = logits[:, :-1], logits[:, -1:]
    others = tags.shape[1] - 1
    mean = (tags.sum(axis=1, keepdims=True) - tags) / others
    square = ((tags**2).sum(axis=1, keepdims=True) - tags**2) / others
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    return np.asarray(tags - np.maximum(null, mean + STANDS_OUT * spread))
