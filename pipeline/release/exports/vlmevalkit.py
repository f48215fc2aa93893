"""VLMEvalKit's TSV files: NAME.tsv, and NAME_circular.tsv with each question in all rotations of
its options.

    vlmevalkit.write(opened, questions, out)      # copy both to $LMUData, then: run.py --data NAME --model ...

VLMEvalKit keeps images by a file's name and a row's index, so the release's version is in the name:
another version under the same name would be asked with the old images. Its report has a column for
each arm (l2-category) and for each arm and cue (category).
"""

import base64
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ...lvlm.prompts import LETTERS
from ..questions import OpenRelease, Pictures, Question

#: In a circular file a row's index is its question's and this, times the rotation.
STEP = 1_000_000
#: What pandas reads as a missing value, unless told otherwise; VLMEvalKit does not.
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
    """Both files, each whole or not at all; ValueError for more questions than its indices can tell
    apart.
    """
    if len(questions) >= STEP:
        raise ValueError(
            f"VLMEvalKit tells fewer than {STEP:,} questions apart; export one split after the "
            f"other."
        )
    name = re.sub(
        r"[^A-Za-z0-9-]", "_", f"{release.manifest['name']}_{release.manifest['version']}"
    )
    letters = LETTERS[: max(len(one.choices) for one in questions)]
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
    draft = path.with_name(f".{path.name}.tmp")
    with draft.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return draft.replace(path)


class _Rows:
    """The rows of both files, made one by one: an image is in memory only while its row is written."""

    def __init__(self, questions: Sequence[Question], pictures: Pictures) -> None:
        self.questions, self.pictures = questions, pictures
        #: sha256 of an image -> index of the row that holds it.
        self.holder: dict[str, int] = {}
        for index, one in enumerate(questions):
            self.holder.setdefault(one.image, index)
        self.uneven = len({len(one.choices) for one in questions}) > 1

    def plain(self) -> Iterator[Cells]:
        """Each question once."""
        for index, one in enumerate(self.questions):
            yield {"index": str(index), **self._cells(index, one, 0)}

    def circular(self) -> Iterator[Cells]:
        """Each question as often as it has options, rotated by one more each time."""
        for index, one in enumerate(self.questions):
            for turn in range(len(one.choices)):
                yield {
                    "index": str(index + STEP * turn),
                    "g_index": str(index),
                    **self._cells(index, one, turn),
                }

    def _cells(self, index: int, one: Question, turn: int) -> Cells:
        holder = self.holder[one.image]
        held = turn == 0 and holder == index
        options = {
            LETTERS[place]: self._option(choice)
            for place, choice in enumerate(turned(one.choices, turn))
        }
        cue = one.type.cue if one.type else "no cue"
        return {
            "image": base64.b64encode(self.pictures.bytes_of(one)).decode()
            if held
            else str(holder),
            **options,
            "question": readable(one.question),
            "answer": _letter(one, one.answer, turn),
            "category": f"{one.arm}: {cue}",
            "l2-category": one.arm,
            "split": one.split,
            "type": one.type.key if one.type else "",
            "arm": one.arm,
            "id": one.id,
            "linked": "" if one.linked is None else _letter(one, one.linked, turn),
        }

    def _option(self, text: str) -> str:
        """An option that pandas gives back as it is: 3 beside empty cells would come back as 3.0,
        2.50 as 2.5.
        """
        plain = text.isascii() and text.isdecimal() and str(int(text)) == text
        changed = _converted(text) and (self.uneven or not plain)
        return f"{text}\u00a0" if changed else readable(text)


def turned(choices: Sequence[str], turn: int) -> list[str]:
    """The options with the first `turn` of them moved to the end."""
    return [*choices[turn:], *choices[:turn]]


def _letter(one: Question, place: int, turn: int) -> str:
    return LETTERS[(place - turn) % len(one.choices)]


def readable(text: str) -> str:
    """A text that pandas gives back as a text: one that it would take for a missing value gets a
    space at its end.
    """
    return f"{text} " if text in _MISSING else text


def _converted(text: str) -> bool:
    """Whether pandas would read a column of such texts as numbers or truth values."""
    try:
        float(text)
    except ValueError:
        return text.lower() in ("true", "false")
    return text not in _MISSING
