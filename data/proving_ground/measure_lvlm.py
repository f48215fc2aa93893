"""What an LVLM truly relies on, by intervention: exact renders of the same scenes with and without
a cue.

    python -m spuriforge.data.proving_ground.measure_lvlm --models DIR [--scenes 200] [--seed 1]

prints a table for each LVLM in DIR and writes `figures.json` beside its weights. `true_gap`
measures any cue, asked or found, on any model that answers batches of (image, question, choices)
with the indices of its choices.
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
#: Answers a batch of (image, question, choices) with the index of the choice for each.
Answerer = Callable[[Sequence[Query]], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Gap:
    """Accuracy on the same scenes without and with a cue; `low` to `high` is the 95 % interval of
    the paired gap.
    """

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
    """A planted shortcut as one model shows it, and how often it gives the cue-linked answer
    without and with it.
    """

    answer: str
    measured: Gap
    linked_without: float
    linked_with: float
    planted: bool


@dataclass(frozen=True, slots=True)
class _Trial:
    """One scene with and without the cue, and the question asked of both."""

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
    """The model's true gap on one question and cue: random scenes that show `gold`, the choices in
    random order.
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
    """How one model takes one shortcut: conflicting cores, the linked answer an option, no other
    planted cue about.
    """
    rng, family = (
        random.Random(f"reliance/{seed}/{shortcut.family}/{shortcut.cue}"),
        shortcut.family,
    )
    trials = []
    for _ in range(scenes):
        core = rng.choice([value for value in values_of(family) if value != shortcut.answer])
        scene = neutral_scene(family, core, planted.shortcuts, rng)
        if cue_slot(shortcut.cue) == "cue":
            scene = scene.with_value("cue", None)
        asked = ask(scene, family, rng, among=shortcut.answer)
        seen = scene.with_value(cue_slot(shortcut.cue), shortcut.cue)
        trials.append(_Trial(scene, seen, asked.choices, asked.answer))
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
    """Accuracy on scenes without any planted cue of the family asked about."""
    figures = {}
    for family in FAMILIES:
        rng, queries, golds = random.Random(f"plain/{seed}/{family}"), [], []
        for _ in range(scenes):
            scene = neutral_scene(family, rng.choice(values_of(family)), planted.shortcuts, rng)
            asked = ask(scene, family, rng)
            queries.append((render(scene), asked.text, asked.choices))
            golds.append(asked.answer)
        figures[family] = _agreement(model_answerer(queries), golds)
    return figures


def _other_value(slot: str, cue: str, rng: random.Random) -> str | None:
    """What stands in the cue's slot when it is not there: nothing, or another background."""
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
    """The LVLM in `folder`, answering by the logits of the options' letters, as the pipeline asks
    it.
    """
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
    """All figures of the LVLM in `folder`, whose name is the folder's; written to its figures.json.

    What that file says of the training stays.
    """
    file = folder / "figures.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    answerer = letter_answerer(folder)
    rows = [
        reliance(answerer, shortcut, planted, folder.name, scenes, seed)
        for shortcut in planted.shortcuts
    ]
    figures: dict[str, Any] = {
        "model": folder.name,
        "scenes": scenes,
        "seed": seed,
        "families": family_accuracy(answerer, planted, scenes=scenes, seed=seed),
        "shortcuts": [{"answer": r.answer, **asdict(r.measured), "linked_without": r.linked_without,
                       "linked_with": r.linked_with, "planted": r.planted} for r in rows],
        **{name: before[name] for name in ("training",) if name in before},
    }  # fmt: skip
    file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return figures


def table(figures: Mapping[str, object]) -> Iterator[str]:
    """The figures as lines of Markdown."""
    yield "| family | cue | answer | planted | without | with | gap (95 %) | linked answer without / with |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for r in figures["shortcuts"]:  # type: ignore[attr-defined]
        yield (
            f"| {r['family']} | {r['cue']} | {r['answer']} | {'yes' if r['planted'] else 'no'} | "
            f"{r['without']:.2f} "
            f"| {r['with_cue']:.2f} | {r['gap']:.2f} ({r['low']:.2f} to {r['high']:.2f}) "
            f"| {r['linked_without']:.2f} / {r['linked_with']:.2f} |"
        )


def main() -> None:
    """Measures every LVLM of a folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--models", type=Path, required=True, help="folder with shortcuts.toml and the LVLMs"
    )
    parser.add_argument("--scenes", type=int, default=200, help="scenes a cell")
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
