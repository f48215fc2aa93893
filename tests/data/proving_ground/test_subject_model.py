"""The LVLM's format: the Auto classes load it, and training computes what the library does."""

import random
from pathlib import Path

import pytest
import torch
from transformers import (
    AutoModelForImageTextToText,
    AutoProcessor,
    ProcessorMixin,
    TimmWrapperModel,
)

from spuriforge.data.proving_ground.lvlm_training_data import (
    LETTERS,
    draw_example,
    draw_images,
    prompt,
)
from spuriforge.data.proving_ground.measure_lvlm import letter_answerer
from spuriforge.data.proving_ground.render import render
from spuriforge.data.proving_ground.scene_texts import ask
from spuriforge.data.proving_ground.subject_model import new_processor, new_subject, save
from spuriforge.data.proving_ground.train_lvlm import encode, last_states
from spuriforge.data.proving_ground.vision_tower import normalized, pixels, tower_config
from spuriforge.data.proving_ground.world import ATTRIBUTES, random_scene


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained LVLM on disk."""
    torch.manual_seed(0)
    where, processor = tmp_path_factory.mktemp("lvlm"), new_processor()
    save(new_subject(TimmWrapperModel(tower_config()).eval(), processor, seed=0), processor, where)
    return where


def _texts(processor: ProcessorMixin, scenes: list, rng: random.Random) -> list[str]:
    questions = [
        ask(scene, family, rng)
        for scene, family in zip(scenes, ("object", "colour", "sky"), strict=True)
    ]
    contents = [
        [{"type": "image"}, {"type": "text", "text": prompt(question.text, question.choices)}]
        for question in questions
    ]
    turns = [[{"role": "user", "content": content}] for content in contents]
    return processor.apply_chat_template(turns, add_generation_prompt=True)


@torch.inference_mode()
def test_auto_classes_load_it_and_a_batch_equals_singles(folder: Path) -> None:
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
    processor, rng = AutoProcessor.from_pretrained(folder), random.Random(0)
    scenes = [random_scene(rng) for _ in range(3)]
    texts, images = _texts(processor, scenes, rng), [render(scene) for scene in scenes]
    texts[1] = texts[1].replace("directly", "directly please")
    together = processor(text=texts, images=images, padding=True, return_tensors="pt")
    assert float((together["pixel_values"] - normalized(pixels(scenes))).abs().max()) < 1e-5
    batched = model(**together).logits[:, -1]
    for row, text, image in zip(batched, texts, images, strict=True):
        alone = model(**processor(text=[text], images=[image], return_tensors="pt")).logits[0, -1]
        torch.testing.assert_close(row, alone, atol=1e-4, rtol=1e-3)
    generated = model.generate(**together, max_new_tokens=2, do_sample=False)
    assert generated.shape[1] - together["input_ids"].shape[1] <= 2


def test_a_question_without_image_is_asked_too(folder: Path) -> None:
    processor = AutoProcessor.from_pretrained(folder)
    text = processor.apply_chat_template(
        [{"role": "user", "content": "Which?"}], add_generation_prompt=True
    )
    assert text == "USER: Which? ASSISTANT:"
    assert processor(text=[text], return_tensors="pt")["input_ids"].shape == (1, 3)


def test_letters_and_all_values_are_single_words() -> None:
    tokenizer = new_processor().tokenizer
    words = [*LETTERS, *(value for values in ATTRIBUTES.values() for value in values if value)]
    assert all(len(tokenizer(word)["input_ids"]) == 1 for word in words)
    assert tokenizer.unk_token_id not in tokenizer(words, return_tensors="pt")["input_ids"]


@torch.inference_mode()
def test_trainings_last_states_are_the_librarys() -> None:
    processor, rng = new_processor(), random.Random(0)
    model = new_subject(TimmWrapperModel(tower_config()).eval(), processor, seed=0).eval()
    examples = [draw_example(image, (), rng, halves=False) for image in draw_images(6, (), rng)]
    ids, mask = encode(examples, processor)
    language, embedded = model.model.language_model, model.get_input_embeddings()(ids)
    wanted = language(inputs_embeds=embedded, attention_mask=mask, use_cache=False)[0][:, -2:]
    torch.testing.assert_close(last_states(language, embedded, mask), wanted, atol=1e-5, rtol=1e-4)


def test_answerer_chooses_among_the_choices(folder: Path) -> None:
    rng = random.Random(0)
    queries = [(render(random_scene(rng)), "What?", ("red", "blue")) for _ in range(3)]
    assert set(letter_answerer(folder, batch=2)(queries)) <= {0, 1}
