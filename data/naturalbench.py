"""NaturalBench: two questions about two images that call for opposite answers; four pairs a group.

    for row in read("BaiqiL/NaturalBench", None, images=None, split=None): ...    # or a folder, a .parquet, a .json
    scores = group_accuracy((*pair_of(one.question_id), correct) for one, correct in ...)
    scores.g_acc

As published: rows with Index, Image_0, Image_1, Question_0, Question_1, Image_0_Question_0 ...
Image_1_Question_1 (the answers), Question_Type ("yes_no" or "multiple_choice"; an earlier version
wrote "Question Type") and Source; in Parquet, or as a JSON list with the images' file names. The
options of a multiple-choice question stand in its text, "... Option: A: red; B: blue;". They are
taken out of it where that is plain; else the question stays whole and its options are A and B.
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
#: The columns by which its files are known.
COLUMNS = frozenset({"Image_0", "Image_1", "Question_0", "Question_1", "Image_0_Question_0"})
PAIRS = ((0, 0), (0, 1), (1, 0), (1, 1))

_OPTIONS = re.compile(r"(.*\S)\s*\bOptions?:\s*(A:.+)", re.DOTALL)
_NEXT_OPTION = re.compile(r"\s*[;\n]\s*(?=[B-J]:)")
_ID = re.compile(r"(.+)-q([01])-i([01])", re.DOTALL)


def read(path: str, name: str | None, images: str | None, split: str | None) -> Iterator[Row]:
    """Four rows for each row of the file."""
    for where, own, entry in _entries(fetch(path), images, split):
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
                split=own,
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
    """Where it stands, its split, and the row with its images as references."""
    if source.suffix == ".json":
        folders = image_folders(images, source.parent, ("images",))
        for where, entry in entries(load_json(source), source):
            yield where, split or "", _with_images(entry, folders, where)
        return
    for file, own in parquet_files(source, split):
        for number, entry in parquet_rows(file, images):
            yield f"{file.name} row {number}", own or split or "", entry


def _with_images(entry: dict[str, Any], folders: tuple[str, ...], where: str) -> dict[str, Any]:
    """A JSON entry with references in place of its images' file names."""
    names = {column: text_in(entry, column, where) for column in ("Image_0", "Image_1")}
    found: dict[str, ImageRef | None] = {
        column: find(folders, (name,)) for column, name in names.items()
    }
    return {**entry, **found, **{f"{column}.path": name for column, name in names.items()}}


def split_options(text: str) -> tuple[str, tuple[str, ...]]:
    """A question and the options written behind it; where they cannot be told apart the whole text,
    and A and B.
    """
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
    """Group, question and image of an id that `read` gave: "12-q0-i1" is ("12", 0, 1)."""
    match = _ID.fullmatch(question_id)
    if match is None:
        raise ValueError(
            f"{question_id!r} is no question of NaturalBench: its ids end in -q0-i1 or the like."
        )
    return match[1], int(match[2]), int(match[3])


@dataclass(frozen=True, slots=True)
class GroupAccuracy:
    """Shares over the complete groups: of pairs, of questions right on both images, of images right
    on both questions, and of groups all right.
    """

    accuracy: float
    q_acc: float
    i_acc: float
    g_acc: float
    groups: int
    #: Groups left out because one of their four pairs has no answer.
    incomplete: int


def group_accuracy(rows: Iterable[tuple[str, int, int, bool]]) -> GroupAccuracy | None:
    """NaturalBench's four scores of (group, question, image, correct?) rows; None where no group is
    complete.
    """
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
    by_question = [pairs[one, 0] and pairs[one, 1] for pairs in whole for one in (0, 1)]
    by_image = [pairs[0, one] and pairs[1, one] for pairs in whole for one in (0, 1)]
    return GroupAccuracy(
        accuracy=sum(sum(pairs.values()) for pairs in whole) / (4 * len(whole)),
        q_acc=sum(by_question) / len(by_question),
        i_acc=sum(by_image) / len(by_image),
        g_acc=sum(all(pairs.values()) for pairs in whole) / len(whole),
        groups=len(whole),
        incomplete=len(groups) - len(whole),
    )
