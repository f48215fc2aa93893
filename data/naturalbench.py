"""NaturalBench: groups of two questions about two images, with opposite answers for the images.

    for row in read("BaiqiL/NaturalBench", None, images=None, split=None): ...
    scores = group_accuracy((*pair_of(sample.question_id), correct) for sample, correct in marks)
    scores.g_acc

The source is a Hub id, a folder, a .parquet or a .json file. Its rows have Index, Image_0, Image_1,
Question_0, Question_1, the answers Image_0_Question_0 ... Image_1_Question_1, Question_Type
("yes_no" or "multiple_choice"; an earlier version wrote "Question Type") and Source. A JSON file
has the images' file names.

A multiple-choice question has its options in its text: "... Option: A: red; B: blue;". If they can
be split off safely, they are; otherwise the question stays whole, with the options A and B.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .answer_forms import LETTERS, YES_NO, as_letter, as_text
from .benchmark_rows import ImageRef, Row
from .image_files import find, image_folders
from .json_entries import entries, text_in
from .parquet_files import fetch, parquet_files, parquet_rows
from .text_files import load_json

TITLE = "naturalbench"
#: The columns that identify its files.
COLUMNS = frozenset({"Image_0", "Image_1", "Question_0", "Question_1", "Image_0_Question_0"})
PAIRS = ((0, 0), (0, 1), (1, 0), (1, 1))

_OPTIONS = re.compile(r"(.*\S)\s*\bOptions?:\s*(A:.+)", re.DOTALL)
_NEXT_OPTION = re.compile(r"\s*[;\n]\s*(?=[B-J]:)")
_ID = re.compile(r"(.+)-q([01])-i([01])", re.DOTALL)


def read(path: str, name: str | None, images: str | None, split: str | None) -> Iterator[Row]:
    """Yields four rows for each row of the file."""
    for where, row_split, entry in _entries(fetch(path), images, split):
        index = text_in(entry, "Index", where)
        kind = text_in(
            entry, "Question_Type" if "Question_Type" in entry else "Question Type", where
        )
        for question_index, image_index in PAIRS:
            text = text_in(entry, f"Question_{question_index}", where)
            question, choices = (text, YES_NO) if kind == "yes_no" else split_options(text)
            answer = text_in(entry, f"Image_{image_index}_Question_{question_index}", where)
            yield Row(
                benchmark=name or TITLE,
                split=row_split,
                id=f"{index}-q{question_index}-i{image_index}",
                where=where,
                question=question,
                choices=choices,
                answer=as_text(answer, choices) if kind == "yes_no" else as_letter(answer, choices),
                answer_text=answer,
                image=entry[f"Image_{image_index}"],
                image_name=entry.get(f"Image_{image_index}.path") or f"{index}-i{image_index}",
                group=index,
                fields={"type": kind, "source": str(entry.get("Source", ""))},
            )


def _entries(
    source: Path, images: str | None, split: str | None
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yields each entry's place, its split, and the entry with its images as references."""
    if source.suffix == ".json":
        folders = image_folders(images, source.parent, ("images",))
        for where, entry in entries(load_json(source), source):
            yield where, split or "", _with_images(entry, folders, where)
        return
    for file, file_split in parquet_files(source, split):
        for number, entry in parquet_rows(file, images):
            yield f"{file.name} row {number}", file_split or split or "", entry


def _with_images(entry: dict[str, Any], folders: tuple[str, ...], where: str) -> dict[str, Any]:
    """Returns a JSON entry with references in place of its images' file names."""
    names = {column: text_in(entry, column, where) for column in ("Image_0", "Image_1")}
    references: dict[str, ImageRef | None] = {
        column: find(folders, (name,)) for column, name in names.items()
    }
    paths = {f"{column}.path": name for column, name in names.items()}
    return {**entry, **references, **paths}


def split_options(text: str) -> tuple[str, tuple[str, ...]]:
    """Splits the options off a question's text; if unsafe, returns the whole text, and A and B."""
    whole = text, tuple(LETTERS[:2])
    match = _OPTIONS.fullmatch(text.rstrip(" ;\n"))
    if match is None:
        return whole
    parts = _NEXT_OPTION.split(match[2])
    letters, options = [part[:2] for part in parts], tuple(part[2:].strip() for part in parts)
    lettered = letters == [f"{letter}:" for letter in LETTERS[: len(parts)]]
    distinct = all(options) and len({option.casefold() for option in options}) == len(options) > 1
    return (match[1], options) if lettered and distinct else whole


def pair_of(question_id: str) -> tuple[str, int, int]:
    """Returns the group, question and image of a row's id: ("12", 0, 1) for "12-q0-i1"."""
    match = _ID.fullmatch(question_id)
    if match is None:
        raise ValueError(
            f"{question_id!r} is no question of NaturalBench: its ids end in -q0-i1 or the like."
        )
    return match[1], int(match[2]), int(match[3])


@dataclass(frozen=True, slots=True)
class GroupAccuracy:
    """NaturalBench's scores, as shares over the complete groups."""

    #: Pairs of a question and an image that are right.
    accuracy: float
    #: Questions that are right for both images.
    q_acc: float
    #: Images that are right for both questions.
    i_acc: float
    #: Groups in which all four pairs are right.
    g_acc: float
    #: Number of complete groups.
    groups: int
    #: Number of groups left out because a pair has no answer.
    incomplete: int


def group_accuracy(rows: Iterable[tuple[str, int, int, bool]]) -> GroupAccuracy | None:
    """Returns the scores of (group, question, image, correct) rows, or None without full groups."""
    groups: dict[str, dict[tuple[int, int], bool]] = {}
    for group, question, image, correct in rows:
        pairs = groups.setdefault(group, {})
        if (question, image) in pairs:
            raise ValueError(
                f"Group {group} has two answers to question {question} about image {image}."
            )
        pairs[question, image] = correct
    whole = [pairs for pairs in groups.values() if set(pairs) == set(PAIRS)]
    if not whole:
        return None
    by_question = [pairs[index, 0] and pairs[index, 1] for pairs in whole for index in (0, 1)]
    by_image = [pairs[0, index] and pairs[1, index] for pairs in whole for index in (0, 1)]
    return GroupAccuracy(
        accuracy=sum(sum(pairs.values()) for pairs in whole) / (4 * len(whole)),
        q_acc=sum(by_question) / len(by_question),
        i_acc=sum(by_image) / len(by_image),
        g_acc=sum(all(pairs.values()) for pairs in whole) / len(whole),
        groups=len(whole),
        incomplete=len(groups) - len(whole),
    )
