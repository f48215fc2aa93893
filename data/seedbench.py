"""SEED-Bench and SEED-Bench-2: JSON files and images; of both, the questions about one image.

    for row in read("SEED-Bench.json", None, images="SEED-Bench-image", split=None): ...
    for row in read_2("SEED-Bench_v2_level1_2_3.json", None, images=None, split=None): ...

Both files are {"questions": [...], "question_type": {"Scene Understanding": 1, ...}} (the authors'
DATASET.md). A question has question_id, question, question_type_id, choice_a ... choice_d, answer
(a letter), data_type and data_id: the image's file name (without a suffix for CC3M images), or a
list of names.

Left out, without a rejection: questions about videos, several images or text with images (data_type
other than "image" and "Single Image"), and questions whose options are images.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .answer_forms import LETTERS, as_letter
from .benchmark_rows import Row
from .image_files import find, image_folders
from .json_entries import entries, text_in
from .text_files import load_json

TITLES = ("seed-bench", "seed-bench-2")
PATTERNS = ("SEED-Bench.json", "SEED-Bench_v2*.json")
DATA_TYPES = ("image", "Single Image")
_FOLDERS = ("SEED-Bench-image", "SEED-Bench-2-image", "cc3m-image", "images")
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")


def read(path: str, name: str | None, images: str | None, split: str | None) -> Iterator[Row]:
    """Yields the image part of SEED-Bench; `split` is a mere label, since it has no splits."""
    return _read(Path(path), 0, name, images, split)


def read_2(path: str, name: str | None, images: str | None, split: str | None) -> Iterator[Row]:
    """Yields the single-image part of SEED-Bench-2."""
    return _read(Path(path), 1, name, images, split)


def _read(
    path: Path, version: int, name: str | None, images: str | None, split: str | None
) -> Iterator[Row]:
    file = _file(path, version)
    content = load_json(file)
    if not isinstance(content, dict) or "questions" not in content:
        raise ValueError(f"{file} is no file of {TITLES[version]}: it has no list of questions.")
    types = {number: title for title, number in content.get("question_type", {}).items()}
    folders = image_folders(images, file.parent, _FOLDERS)
    for where, entry in entries(content["questions"], file):
        image_name = _one_image(entry, version)
        choices = _choices(entry)
        if image_name is None or _are_images(choices):
            continue
        answer = text_in(entry, "answer", where)
        kind = entry.get("question_type_id")
        yield Row(
            benchmark=name or TITLES[version],
            split=split or "",
            id=text_in(entry, "question_id", where),
            where=where,
            question=text_in(entry, "question", where),
            choices=choices,
            answer=as_letter(answer, choices),
            answer_text=answer,
            image=find(folders, [f"{image_name}{suffix}" for suffix in ("", *_SUFFIXES)]),
            image_name=image_name,
            fields={"category": types.get(kind, str(kind))},
        )


def _file(path: Path, version: int) -> Path:
    if not path.is_dir():
        return path
    files = sorted(path.glob(PATTERNS[version]))
    if len(files) != 1:
        raise ValueError(
            f"{path} has {len(files)} files {PATTERNS[version]}: name the file itself."
        )
    return files[0]


def _one_image(entry: Mapping[str, Any], version: int) -> str | None:
    """Returns the name of a question's only image, or None if the question is of another type."""
    named = entry.get("data_id")
    if isinstance(named, list) and len(named) == 1:
        named = named[0]
    return (
        named if isinstance(named, str) and entry.get("data_type") == DATA_TYPES[version] else None
    )


def _choices(entry: Mapping[str, Any]) -> tuple[str | None, ...]:
    fields = [f"choice_{letter.lower()}" for letter in LETTERS]
    options = [entry[field] for field in fields if field in entry]
    return tuple(None if option is None else str(option) for option in options)


def _are_images(choices: tuple[str | None, ...]) -> bool:
    return bool(choices) and all(
        choice is not None and choice.lower().endswith(_SUFFIXES) for choice in choices
    )
