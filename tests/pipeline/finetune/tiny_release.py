"""A release made by hand, with what a fine-tuning reads of one: anchors, pairs in three arms,
controls, all 64 x 64.

    release = made(tmp_path, types=6, pairs=2)

The cue is a dark square on the right, in another place for each type; the answer is the colour of
the left half.
"""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw

CUES = ("umbrella", "ladder", "cactus", "cone", "flag", "tent", "barrel", "snowman")
COLOURS = ("red", "yellow", "green", "blue")
SPLITS = ("train", "train", "train", "train", "validation", "test")
IMAGE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])


def picture(colour: str, place: int | None, shade: int) -> bytes:
    """A scene of one colour, the cue at its place or absent; the shade makes each scene unique."""
    image = Image.new("RGB", (64, 64), (shade % 256, 255 - shade % 256, (shade * 7) % 256))
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 0, 31, 63], fill=colour)
    draw.ellipse(
        [2 + shade % 20, 2 + (shade * 3) % 40, 12 + shade % 20, 20 + (shade * 3) % 40], fill="black"
    )
    if place is not None:
        draw.rectangle([36, 4 + 8 * place, 60, 10 + 8 * place], fill="black")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def made(home: Path, types: int = 6, pairs: int = 2, controls: int = 9) -> Path:
    """Writes the release to `home`/1.0.0; the splits are train, train, train, train, validation,
    test, and again.
    """
    release = home / "1.0.0"
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for number in range(types):
        split = SPLITS[number % len(SPLITS)]
        shared = _type(number)
        anchor = picture(shared["answer"], number, 200 + number)
        rows.setdefault(("anchors", split), []).append(
            {"id": shared["type"], **shared, **_image("image", anchor)}
        )
        for index in range(pairs):
            shade = 17 * number + 5 * index
            arms = {"with": number, "without": None, "placebo": 7}
            row = {"id": f"pair-{number}-{index}", "index": index, **shared}
            row |= {
                f"prompt_{arm}": _prompt(shared["answer"], place) for arm, place in arms.items()
            }
            for arm, place in arms.items():
                row |= _image(
                    f"image_{arm}", picture(shared["answer"], place, shade + (arm == "placebo"))
                )
            rows.setdefault(("pairs", split), []).append(row)
    for number in range(controls):
        answer = COLOURS[number % len(COLOURS)]
        row = {
            "id": f"control-{number}",
            "sample": f"control-{number}",
            "question": "What colour is the main object?",
            "choices": list(COLOURS),
            "answer": answer,
            "answer_index": COLOURS.index(answer),
            "cues": [CUES[number % len(CUES)]],
            **_image("image", picture(answer, None, 120 + 3 * number)),
        }
        split = ("train", "validation", "test")[number % 3]
        rows.setdefault(("controls", split), []).append(row)
    files = {}
    for (config, split), found in rows.items():
        path = release / config / f"{split}-00000.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(found, schema=_schema(found[0])), path)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        files[path.relative_to(release).as_posix()] = {
            "config": config,
            "split": split,
            "sha256": sha256,
        }
    manifest = {"name": "tiny", "version": "1.0.0", "files": files}
    (release / "MANIFEST.json").write_text(json.dumps(manifest))
    return release


def _prompt(colour: str, place: int | None) -> str:
    return f"a {colour} wall" if place is None else f"a {colour} wall with a {CUES[place]}"


def _type(number: int) -> dict[str, Any]:
    answer, linked = COLOURS[number % 4], COLOURS[(number + 1) % 4]
    return {
        "type": f"type-{number}",
        "cluster": CUES[number],
        "question": "What colour is the main object?",
        "choices": list(COLOURS),
        "answer": answer,
        "answer_index": COLOURS.index(answer),
        "cue": CUES[number],
        "cue_linked": linked,
        "cue_linked_index": COLOURS.index(linked),
        "models": ["subject@1"],
    }


def _image(column: str, payload: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(payload).hexdigest()
    return {column: {"bytes": payload, "path": f"{digest}.png"}, f"{column}_sha256": digest}


def _schema(row: dict[str, Any]) -> pa.Schema:
    kinds = {dict: IMAGE, int: pa.int64(), str: pa.string(), list: pa.list_(pa.string())}
    return pa.schema([pa.field(name, kinds[type(value)]) for name, value in row.items()])
