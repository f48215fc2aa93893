"""A-OKVQA: the JSON file of one split, and the COCO images that its questions are about.

    for row in read("aokvqa", None, images="coco", split="train"): ...   # aokvqa_v1p0_train.json

A file `aokvqa_v1p0_{split}.json` is a list of {split, image_id, question_id, question, choices,
correct_choice_idx, ...}; the test split has no `correct_choice_idx`. A row's id is `question_id`,
not the image's: 516 images of the training split have two questions. Images are called
000000299207.jpg or COCO_train2014_000000299207.jpg.
"""

from collections.abc import Iterator
from pathlib import Path

from .benchmark_rows import Row
from .image_files import find, image_folders
from .json_entries import entries, option_texts, text_in
from .text_files import load_json

TITLE = "a-okvqa"
PATTERN = "aokvqa_v1p0_*.json"
_IMAGE_SETS = ("train2017", "val2017", "test2017", "train2014", "val2014", "test2015")
_FOLDERS = tuple(f"{parent}{name}" for parent in ("", "images/") for name in _IMAGE_SETS)
_PREFIXES = ("", "COCO_train2014_", "COCO_val2014_", "COCO_test2015_")


def read(path: str, name: str | None, images: str | None, split: str | None) -> Iterator[Row]:
    """Yields the questions of a file, or of the file of `split` in a folder."""
    file = _file(Path(path), split)
    folders = image_folders(images, file.parent, ("images", *_FOLDERS))
    for where, entry in entries(load_json(file), file):
        entry_split = text_in(entry, "split", where)
        if split is not None and entry_split != split:
            continue
        image_id = text_in(entry, "image_id", where)
        choices, index = option_texts(entry.get("choices"), where), entry.get("correct_choice_idx")
        yield Row(
            benchmark=name or TITLE,
            split=entry_split,
            id=text_in(entry, "question_id", where),
            where=where,
            question=text_in(entry, "question", where),
            choices=choices,
            answer=index if isinstance(index, int) and 0 <= index < len(choices) else None,
            answer_text="" if index is None else str(index),
            image=find(folders, [f"{prefix}{image_id.zfill(12)}.jpg" for prefix in _PREFIXES]),
            image_name=image_id,
            fields={"difficult_direct_answer": str(entry.get("difficult_direct_answer"))},
        )


def _file(path: Path, split: str | None) -> Path:
    if not path.is_dir():
        return path
    files = sorted(path.glob(PATTERN.replace("*", split or "*")))
    if len(files) == 1:
        return files[0]
    there = ", ".join(file.name for file in sorted(path.glob(PATTERN))) or f"no {PATTERN}"
    raise ValueError(f"{path} has {there}: name one split of these.")
