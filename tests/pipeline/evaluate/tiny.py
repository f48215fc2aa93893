"""A tiny release on disk, and a model that is wrong exactly where the picture shows the cue.

    folder = write_release(tmp_path, types=3, pairs=2)
    Shortcut().answer(queries)
    board_of(folder)                 # the leaderboard of three such models

The images tell the arm by one pixel: red where the cue is in it.
"""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from spuriforge.pipeline.evaluate.answers import Reply, answer, blind_questions, grade, plan
from spuriforge.pipeline.evaluate.leaderboard import Leaderboard, ModelRun
from spuriforge.pipeline.lvlm.interface import Answer, Query
from spuriforge.pipeline.release.questions import Pictures, open_release, read_questions

CUE, PLAIN = (255, 0, 0), (0, 0, 255)
CHOICES = ("cat", "dog", "cow")
#: The model that the types were found on, and one that was asked, too.
FOUND, ASKED = "found@f00d12345678", "asked@a5ced1234567"


def picture(number: int, cue: bool) -> bytes:
    """A PNG that shows by its first pixel whether the cue is there, and is different for every
    number.
    """
    image = Image.new("RGB", (4, 4), (number % 256, number // 256, 7))
    image.putpixel((0, 0), CUE if cue else PLAIN)
    stream = io.BytesIO()
    image.save(stream, format="PNG")
    return stream.getvalue()


def write_release(
    home: Path,
    *,
    types: int = 3,
    pairs: int = 2,
    controls: int = 2,
    version: str = "1.0.0",
    placebo: bool = True,
) -> Path:
    """A release folder with its Parquet files and manifest; the answer's letter moves from pair to
    pair.
    """
    folder = home / version
    rows: dict[str, list[dict[str, Any]]] = {
        "anchors": [],
        "pairs": [],
        "controls": [],
        "responses": [],
    }
    for number in range(types):
        shared = _type(number)
        anchor = {**shared, "id": f"anchor{number}", **_shifted(0)}
        rows["anchors"].append(_with_images(anchor, 1000 * number, image=True))
        for index in range(pairs):
            arms = {"image_with": True, "image_without": False} | (
                {"image_placebo": False} if placebo else {}
            )
            row = {**shared, "id": f"pair{number}-{index}", "index": index, **_shifted(index)}
            rows["pairs"].append(_with_images(row, 1000 * number + 10 * (index + 1), **arms))
    for number in range(controls):
        row = {"id": f"control{number}", "question": "What is it?", **_shifted(number)}
        rows["controls"].append(_with_images(row, 60_000 + number, image=False))
    rows["responses"] += [{"model": FOUND}, {"model": ASKED}]
    _write(folder, rows, version, placebo)
    return folder


def _type(number: int) -> dict[str, Any]:
    return {
        "type": f"type{number}",
        "question": f"What is in picture {number}?",
        "cue": f"cue <b>{number}</b>",
        "cue_linked": "dog",
        "models": [FOUND],
    }


def _shifted(by: int) -> dict[str, Any]:
    choices = [*CHOICES[by % 3 :], *CHOICES[: by % 3]]
    return {
        "choices": choices,
        "answer": "cat",
        "answer_index": choices.index("cat"),
        "cue_linked_index": choices.index("dog"),
    }


def _with_images(row: dict[str, Any], seed: int, **arms: bool) -> dict[str, Any]:
    for place, (column, cue) in enumerate(arms.items()):
        payload = picture(seed + place, cue)
        digest = hashlib.sha256(payload).hexdigest()
        row |= {column: {"bytes": payload, "path": f"{digest}.png"}, f"{column}_sha256": digest}
    return row


def _write(
    folder: Path, rows: dict[str, list[dict[str, Any]]], version: str, placebo: bool
) -> None:
    files = {}
    for config, of_config in rows.items():
        if of_config:
            path = folder / config / "test-00000.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            if config == "pairs" and not placebo:
                of_config = [row | {"image_placebo_sha256": None} for row in of_config]
            pq.write_table(pa.Table.from_pylist(of_config), path, row_group_size=2)
            split = "full" if config == "responses" else "test"
            files[f"{config}/test-00000.parquet"] = {"config": config, "split": split}
    manifest = {"name": "tiny", "version": version, "files": files}
    (folder / "MANIFEST.json").write_text(json.dumps(manifest))


@dataclass
class Shortcut:
    """Says "dog" where it sees the cue and "cat" where not; blind it says what is first."""

    id: str = "shortcut@v9"
    prompt: str = "p"
    asked: list[Query] = field(default_factory=list)
    #: Questions with these words are not answered: the call fails.
    fails_on: str = "nothing"
    #: With this in its question it names no option.
    mumbles_on: str = "nothing"

    def answer(self, queries: Sequence[Query]) -> list[Answer]:
        """By the first pixel alone."""
        self.asked += queries
        return [self._one(query) for query in queries]

    def _one(self, query: Query) -> Answer:
        if self.fails_on in query.question:
            return Answer("failed", None, "no connection")
        if self.mumbles_on in query.question:
            return Answer("unparsed", None, "well")
        if query.image is None:
            return Answer("parsed", 0, "A")
        says = "dog" if query.image.getpixel((0, 0)) == CUE else "cat"
        return Answer("parsed", query.choices.index(says), says)


@dataclass
class Sound(Shortcut):
    """Says "cat" whatever it sees."""

    id: str = "sound@v9"

    def _one(self, query: Query) -> Answer:
        return Answer("parsed", query.choices.index("cat"), "cat")


@dataclass
class First(Shortcut):
    """Takes what is shown first, whatever it is."""

    id: str = "first@v9"

    def _one(self, query: Query) -> Answer:
        return Answer("parsed", 0, "A")


#: The models of `board_of`, unless a test names others.
LVLMS = (Shortcut(), Sound(), Shortcut(id=FOUND, mumbles_on="picture 0"))


def board_of(folder: Path, lvlms: tuple[Shortcut, ...] = LVLMS) -> Leaderboard:
    """What these models do on a tiny release, in two rotations and blind."""
    release = open_release(folder)
    questions, picture = read_questions(release), Pictures(folder)
    unseen = blind_questions(questions)
    runs = []
    for lvlm in lvlms:
        asks = plan(questions, lvlm.id, "p", rotations=2) + plan(
            unseen, lvlm.id, "p", rotations=2, blind=True
        )
        replies = {
            reply.key: reply for reply in answer(asks, lvlm, picture) if isinstance(reply, Reply)
        }
        runs.append(
            ModelRun(
                model=lvlm.id,
                prompt="direct",
                prompt_version="p",
                rotations=2,
                replies=replies,
                failed=0,
                cost=None,
                grades=grade(questions, replies, lvlm.id, "p", rotations=2),
                blind=grade(unseen, replies, lvlm.id, "p", rotations=2, blind=True),
            )
        )
    return Leaderboard(release, "test", questions, runs)
