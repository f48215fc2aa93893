"""Every word is a token, and some captions leave out the background."""

import random

from spuriforge.data.proving_ground.scene_texts import caption
from spuriforge.data.proving_ground.text_encoder import (
    LENGTH,
    new_tokenizer,
    spoken,
    tokenized,
    vocabulary_words,
)
from spuriforge.data.proving_ground.world import random_scene


def test_every_word_of_a_caption_is_one_token() -> None:
    tokenizer, rng = new_tokenizer(), random.Random(0)
    assert all(len(tokenizer.tokenize(word)) == 1 for word in vocabulary_words())
    assert (
        new_tokenizer().get_vocab() == tokenizer.get_vocab()
    )  # CLIP's captions, prompts and folder each make one
    texts = [caption(random_scene(rng), rng) for _ in range(300)]
    assert max(len(ids) for ids in tokenizer(texts).input_ids) <= LENGTH
    assert tokenized(tokenizer, texts).shape == (300, LENGTH)


def test_some_captions_leave_the_background_unsaid() -> None:
    rng = random.Random(0)
    scenes = [random_scene(rng) for _ in range(300)]
    unsaid = [
        scene
        for scene in scenes
        if len({scene.place, scene.sky} & set(spoken(scene, rng).replace(",", "").split())) < 2
    ]
    assert 10 < len(unsaid) < 60
