"""Measures what an LVLM relies on, by exact renders of the same scenes with and without a cue.

    python -m spuriforge.data.proving_ground.measure_lvlm --models DIR [--scenes 200] [--seed 1]

prints a table for each LVLM in DIR and writes `figures.json` beside its weights. `true_gap`
measures any cue on any model that answers batches of (image, question, choices) with indices.
"""

import argparse
import json
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from .lvlm_training_data import LETTERS, neutral_scene, prompt, values_of
from .render import render
from .scene_texts import FAMILIES, QUESTIONS, ask
from .shortcut_file import CONTROL, Shortcut, ShortcutFile, load
from .world import ATTRIBUTES, Scene, cue_slot, random_scene

Query = tuple[Image.Image, str, tuple[str, ...]]
#: Answers each (image, question, choices) of a batch with the index of a choice.
Answerer = Callable[[Sequence[Query]], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Gap:
    """Accuracy on the same scenes without and with a cue; the paired gap with a 95 % interval."""

    family: str
    cue: str
    scenes: int
    without: float
    with_cue: float
    gap: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reliance:
    """How far a model takes a shortcut; its shares of cue-linked answers without and with it."""

    answer: str
    measured: Gap
    linked_without: float
    linked_with: float
    planted: bool


@dataclass(frozen=True, slots=True)
class _Trial:
    """A scene with and without the cue, and the question asked about both."""

    without: Scene
    with_cue: Scene
    choices: tuple[str, ...]
    gold: int


def true_gap(
    model_answerer: Answerer,
    question_family: str,
    gold: str,
    choices: Sequence[str],
    cue: str,
    scenes: int = 200,
    seed: int = 0,
) -> Gap:
    """Returns the true gap for a question and a cue.

    The scenes are random but show `gold`; the choices are in random order.
    """
    if gold not in choices:
        raise ValueError(f"The gold answer {gold!r} is not among the choices {', '.join(choices)}.")
    slot = cue_slot(cue)
    if slot == FAMILIES.get(question_family, slot):
        raise ValueError(f"Cue {cue!r} cannot be a cue of family {question_family!r}.")
    rng = random.Random(f"gap/{seed}/{question_family}/{gold}/{cue}")
    trials = []
    for _ in range(scenes):
        scene = random_scene(rng, **{FAMILIES[question_family]: gold})
        order = tuple(rng.sample(list(choices), len(choices)))
        without = scene.with_value(slot, _other_value(slot, cue, rng))
        trials.append(_Trial(without, scene.with_value(slot, cue), order, order.index(gold)))
    without_answers, with_answers = _answers(model_answerer, question_family, trials)
    return _gap(question_family, cue, trials, without_answers, with_answers)


def reliance(
    model_answerer: Answerer,
    shortcut: Shortcut,
    planted: ShortcutFile,
    name: str,
    scenes: int,
    seed: int,
) -> Reliance:
    """Measures how far the model called `name` takes a shortcut.

    The cores conflict with the shortcut, the linked answer is an option, and the scenes have no
    other planted cue.
    """
    family = shortcut.family
    rng = random.Random(f"reliance/{seed}/{family}/{shortcut.cue}")
    trials = []
    for _ in range(scenes):
        core = rng.choice([value for value in values_of(family) if value != shortcut.answer])
        scene = neutral_scene(family, core, planted.shortcuts, rng)
        if cue_slot(shortcut.cue) == "cue":
            scene = scene.with_value("cue", None)
        question = ask(scene, family, rng, among=shortcut.answer)
        with_cue_scene = scene.with_value(cue_slot(shortcut.cue), shortcut.cue)
        trials.append(_Trial(scene, with_cue_scene, question.choices, question.answer))
    without, with_cue = _answers(model_answerer, family, trials)
    linked = [trial.choices.index(shortcut.answer) for trial in trials]
    return Reliance(
        shortcut.answer,
        _gap(family, shortcut.cue, trials, without, with_cue),
        _agreement(without, linked),
        _agreement(with_cue, linked),
        name in shortcut.subjects,
    )


def family_accuracy(
    model_answerer: Answerer, planted: ShortcutFile, *, scenes: int, seed: int
) -> dict[str, float]:
    """Returns each family's accuracy on scenes without any planted cue of the family."""
    figures = {}
    for family in FAMILIES:
        rng, queries, golds = random.Random(f"plain/{seed}/{family}"), [], []
        for _ in range(scenes):
            scene = neutral_scene(family, rng.choice(values_of(family)), planted.shortcuts, rng)
            question = ask(scene, family, rng)
            queries.append((render(scene), question.text, question.choices))
            golds.append(question.answer)
        figures[family] = _agreement(model_answerer(queries), golds)
    return figures


def _other_value(slot: str, cue: str, rng: random.Random) -> str | None:
    """Returns what replaces the cue: nothing, or another background."""
    return (
        None if slot == "cue" else rng.choice([value for value in ATTRIBUTES[slot] if value != cue])
    )


def _answers(
    model_answerer: Answerer, family: str, trials: Sequence[_Trial]
) -> tuple[Sequence[int], Sequence[int]]:
    question = QUESTIONS[family]
    without = model_answerer([(render(trial.without), question, trial.choices) for trial in trials])
    return without, model_answerer(
        [(render(trial.with_cue), question, trial.choices) for trial in trials]
    )


def _agreement(answers: Sequence[int], wanted: Sequence[int]) -> float:
    return sum(answer == index for answer, index in zip(answers, wanted, strict=True)) / len(wanted)


def _gap(
    family: str, cue: str, trials: Sequence[_Trial], without: Sequence[int], with_cue: Sequence[int]
) -> Gap:
    golds = [trial.gold for trial in trials]
    pairs = zip(without, with_cue, golds, strict=True)
    drops = [(a == gold) - (b == gold) for a, b, gold in pairs]
    count = len(drops)
    mean = sum(drops) / count
    spread = math.sqrt(sum((drop - mean) ** 2 for drop in drops) / max(1, count - 1))
    half = 1.96 * spread / math.sqrt(count)
    right, kept = _agreement(without, golds), _agreement(with_cue, golds)
    return Gap(family, cue, count, right, kept, mean, max(-1.0, mean - half), min(1.0, mean + half))


def letter_answerer(folder: Path, batch: int = 50) -> Answerer:
    """Loads the LVLM in `folder`; it answers by the logits of the options' letters, as mined."""
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
    processor = AutoProcessor.from_pretrained(folder)
    letters = processor.tokenizer.convert_tokens_to_ids(list(LETTERS))

    @torch.inference_mode()
    def answer(queries: Sequence[Query]) -> list[int]:
        chosen: list[int] = []
        for start in range(0, len(queries), batch):
            part = queries[start : start + batch]
            texts = [_conversation(processor, question, choices) for _, question, choices in part]
            inputs = processor(
                text=texts,
                images=[image for image, _, _ in part],
                padding=True,
                return_tensors="pt",
            )
            logits = model(**inputs, logits_to_keep=1).logits[:, -1]
            chosen += [
                int(row[letters[: len(query[2])]].argmax())
                for row, query in zip(logits, part, strict=True)
            ]
        return chosen

    return answer


def _conversation(processor: Callable[..., object], question: str, choices: Sequence[str]) -> str:
    content = [{"type": "image"}, {"type": "text", "text": prompt(question, choices)}]
    turns = [{"role": "user", "content": content}]
    return str(processor.apply_chat_template(turns, add_generation_prompt=True))  # type: ignore[attr-defined]


def measure(
    folder: Path, planted: ShortcutFile, *, scenes: int = 200, seed: int = 1
) -> dict[str, Any]:
    """Measures the LVLM in `folder` and writes its figures.json; keeps the training's figures."""
    file = folder / "figures.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    answerer = letter_answerer(folder)
    results = [
        reliance(answerer, shortcut, planted, folder.name, scenes, seed)
        for shortcut in planted.shortcuts
    ]
    figures: dict[str, Any] = {
        "model": folder.name,
        "scenes": scenes,
        "seed": seed,
        "families": family_accuracy(answerer, planted, scenes=scenes, seed=seed),
        "shortcuts": [
            {
                "answer": taken.answer,
                **asdict(taken.measured),
                "linked_without": taken.linked_without,
                "linked_with": taken.linked_with,
                "planted": taken.planted,
            }
            for taken in results
        ],
        **{name: before[name] for name in ("training",) if name in before},
    }
    file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return figures


def table(figures: Mapping[str, object]) -> Iterator[str]:
    """Yields the figures as lines of Markdown."""
    yield (
        "| family | cue | answer | planted | without | with | gap (95 %) "
        "| linked answer without / with |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for row in figures["shortcuts"]:  # type: ignore[attr-defined]
        yield (
            f"| {row['family']} | {row['cue']} | {row['answer']} "
            f"| {'yes' if row['planted'] else 'no'} | {row['without']:.2f} | {row['with_cue']:.2f} "
            f"| {row['gap']:.2f} ({row['low']:.2f} to {row['high']:.2f}) "
            f"| {row['linked_without']:.2f} / {row['linked_with']:.2f} |"
        )


def main() -> None:
    """Measures every LVLM of a folder, from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--models", type=Path, required=True, help="folder with shortcuts.toml and the LVLMs"
    )
    parser.add_argument("--scenes", type=int, default=200, help="scenes for each shortcut")
    parser.add_argument("--seed", type=int, default=1, help="seed of the scenes")
    given = parser.parse_args()
    planted = load(given.models / "shortcuts.toml")
    for folder in (given.models / name for name in (*planted.subjects, CONTROL)):
        if not (folder / "config.json").exists():
            print(f"{folder.name}: not there yet")
            continue
        figures = measure(folder, planted, scenes=given.scenes, seed=given.seed)
        print(f"\n{folder.name}: {figures['families']}", *table(figures), sep="\n", flush=True)


if __name__ == "__main__":
    main()
