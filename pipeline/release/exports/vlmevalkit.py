"""Writes VLMEvalKit's TSV files: NAME.tsv, and NAME_circular.tsv with all rotations of options.

    vlmevalkit.write(opened, questions, out)
    # Copy both to $LMUData, then: run.py --data NAME --model ...

VLMEvalKit caches images by file name and row index. So the release's version is part of the name;
otherwise another version would be asked with the old images. VLMEvalKit's report has a column for
each arm (l2-category), and for each arm and cue (category).
"""

import base64
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ...lvlm.prompts import LETTERS
from ..questions import OpenRelease, Pictures, Question

#: In a circular file a row's index is its question's index plus this times the rotation.
STEP = 1_000_000
#: Texts that pandas reads as a missing value by default, as it does in VLMEvalKit.
_MISSING = frozenset(
    {
        "",
        "#N/A",
        "#N/A N/A",
        "#NA",
        "-1.#IND",
        "-1.#QNAN",
        "-NaN",
        "-nan",
        "1.#IND",
        "1.#QNAN",
        "<NA>",
        "N/A",
        "NA",
        "NULL",
        "NaN",
        "None",
        "n/a",
        "nan",
        "null",
    }
)
_COLUMNS = ("question", "answer", "category", "l2-category", "split", "type", "arm", "id", "linked")

Cells = dict[str, str]


def write(release: OpenRelease, questions: Sequence[Question], out: Path) -> list[Path]:
    """Writes both files and returns their paths; ValueError for too many questions."""
    if len(questions) >= STEP:
        raise ValueError(
            f"VLMEvalKit needs fewer than {STEP:,} questions: export one split at a time."
        )
    name = re.sub(
        r"[^A-Za-z0-9-]", "_", f"{release.manifest['name']}_{release.manifest['version']}"
    )
    letters = LETTERS[: max(len(question.choices) for question in questions)]
    rows = _Rows(questions, Pictures(release.folder))
    return [
        _table(out / f"{name}.tsv", ("index", "image", *letters, *_COLUMNS), rows.plain()),
        _table(
            out / f"{name}_circular.tsv",
            ("index", "g_index", "image", *letters, *_COLUMNS),
            rows.circular(),
        ),
    ]


def _table(path: Path, columns: Sequence[str], rows: Iterable[Cells]) -> Path:
    """Writes a table row by row under a temporary name, and renames it."""
    draft = path.with_name(f".{path.name}.tmp")
    with draft.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return draft.replace(path)


class _Rows:
    """The rows of both files, as iterators, so that only one image is in memory."""

    def __init__(self, questions: Sequence[Question], pictures: Pictures) -> None:
        self.questions, self.pictures = questions, pictures
        #: sha256 of an image -> index of the first row with it, which holds its bytes.
        self.holder: dict[str, int] = {}
        for index, question in enumerate(questions):
            self.holder.setdefault(question.image, index)
        self.uneven = len({len(question.choices) for question in questions}) > 1

    def plain(self) -> Iterator[Cells]:
        """Yields each question once."""
        for index, question in enumerate(self.questions):
            yield {"index": str(index), **self._cells(index, question, 0)}

    def circular(self) -> Iterator[Cells]:
        """Yields each question in every rotation of its options."""
        for index, question in enumerate(self.questions):
            for turn in range(len(question.choices)):
                yield {
                    "index": str(index + STEP * turn),
                    "g_index": str(index),
                    **self._cells(index, question, turn),
                }

    def _cells(self, index: int, question: Question, turn: int) -> Cells:
        holder = self.holder[question.image]
        holds_bytes = turn == 0 and holder == index
        options = {
            LETTERS[place]: self._option(choice)
            for place, choice in enumerate(turned(question.choices, turn))
        }
        cue = question.type.cue if question.type else "no cue"
        return {
            "image": base64.b64encode(self.pictures.bytes_of(question)).decode()
            if holds_bytes
            else str(holder),
            **options,
            "question": readable(question.question),
            "answer": _letter(question, question.answer, turn),
            "category": f"{question.arm}: {cue}",
            "l2-category": question.arm,
            "split": question.split,
            "type": question.type.key if question.type else "",
            "arm": question.arm,
            "id": question.id,
            "linked": "" if question.linked is None else _letter(question, question.linked, turn),
        }

    def _option(self, text: str) -> str:
        """Returns an option that pandas leaves alone; it would change 2.50 to 2.5, or 3 to 3.0."""
        plain = text.isascii() and text.isdecimal() and str(int(text)) == text
        changed = _converted(text) and (self.uneven or not plain)
        return f"{text}\u00a0" if changed else readable(text)


def turned(choices: Sequence[str], turn: int) -> list[str]:
    """Returns the options with the first `turn` of them moved to the end."""
    return [*choices[turn:], *choices[:turn]]


def _letter(question: Question, place: int, turn: int) -> str:
    return LETTERS[(place - turn) % len(question.choices)]


def readable(text: str) -> str:
    """Adds a space to a text that pandas would read as a missing value."""
    return f"{text} " if text in _MISSING else text


def _converted(text: str) -> bool:
    """Returns whether pandas would read a column of such texts as numbers or booleans."""
    try:
        float(text)
    except ValueError:
        return text.lower() in ("true", "false")
    return text not in _MISSING
