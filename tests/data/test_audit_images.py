"""Missing, broken, tiny, huge and repeated images are found; each is read once, and none kept."""

import io
import random
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from PIL import Image, ImageDraw

from spuriforge.data.audit import audit
from spuriforge.data.audit_images import near_neighbours
from spuriforge.data.benchmark_rows import Row
from spuriforge.pipeline.near_copies import NEAR


@dataclass
class Bytes:
    """An image in memory that counts how often it is read."""

    name: str
    make: Callable[[], bytes]
    reads: int = field(default=0)

    def read(self) -> bytes:
        self.reads += 1
        return self.make()


def picture(seed: int, side: int = 96, kind: str = "PNG", spot: bool = False) -> bytes:
    """A picture of a few boxes; `spot` changes one pixel."""
    draw = random.Random(seed)
    image = Image.new("RGB", (side, side), "white")
    boxes = ImageDraw.Draw(image)
    for _ in range(12):
        left, top = draw.randrange(side - 20), draw.randrange(side - 20)
        colour = (draw.randrange(256), draw.randrange(256), draw.randrange(256))
        boxes.rectangle(
            (left, top, left + draw.randrange(8, 40), top + draw.randrange(8, 40)), fill=colour
        )
    if spot:
        image.putpixel((3, 3), (0, 0, 0))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def plain(side: int, colour: str = "grey") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "PNG")
    return out.getvalue()


def huge() -> bytes:
    """An image of 7,100 x 7,100 pixels with a bit each, which is quick to write."""
    out = io.BytesIO()
    Image.new("1", (7100, 7100)).save(out, "PNG")
    return out.getvalue()


def _bomb() -> bytes:
    """A small file that says that it has 10 gigapixels."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)), (b"IDAT", b"x")]
    packed = b"\x89PNG\r\n\x1a\n"
    for name, data in chunks:
        packed += (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )
    return packed


def row(id: str, image: Bytes | None, image_name: str = "") -> Row:
    return Row(
        benchmark="b",
        split="",
        id=id,
        where=f"f line {id}",
        question=f"What is {id}?",
        choices=("a", "b"),
        answer=int(id) % 2,
        answer_text="A",
        image=image,
        image_name=image_name,
    )


def no_answer(text: str, choices: tuple[str, ...]) -> int | None:
    return None


def kinds_in(*rows: Row, check_images: bool = True) -> dict[str, tuple[str, ...]]:
    report = audit(rows, no_answer, source="f", check_images=check_images)
    return {finding.kind: finding.ids for finding in report.findings}


def _fails() -> bytes:
    raise ValueError("The image x.png cannot be read: No such file or directory.")


def test_sound_images_are_no_finding_and_read_once() -> None:
    images = [Bytes(f"{seed}.png", lambda seed=seed: picture(seed)) for seed in range(5)]  # type: ignore[misc]
    rows = [row(str(number), images[number % 5]) for number in range(20)]
    report = audit(rows, no_answer, source="f")
    assert report.findings == ()
    assert (report.images, report.opened) == (5, 5)
    assert [image.reads for image in images] == [1] * 5


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("missing-image", _fails),
        ("unreadable-image", lambda: b""),
        ("unreadable-image", lambda: b"<html>404</html>"),
        ("unreadable-image", lambda: picture(1)[:-200]),
        ("unreadable-image", lambda: picture(1, side=400, kind="JPEG")[:2000]),
        ("unreadable-image", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
        ("tiny-image", lambda: picture(1, side=31)),
        ("huge-image", huge),
        ("huge-image", _bomb),
    ],
)
def test_a_faulty_image_is_found_with_every_row(kind: str, make: Callable[[], bytes]) -> None:
    image = Bytes("x", make)
    sound = row("3", Bytes("y", lambda: picture(9)))
    assert kinds_in(row("1", image), row("2", image), sound) == {kind: ("1", "2")}
    assert kinds_in(row("1", image), sound, check_images=False) == {}


def test_an_image_that_is_not_given_is_missing_where_others_are() -> None:
    assert kinds_in(row("1", None), row("2", Bytes("y", lambda: picture(9)))) == {
        "missing-image": ("1",)
    }
    assert kinds_in(row("1", None), row("2", None)) == {}


def test_the_same_bytes_under_two_names_are_duplicates() -> None:
    first, copy, other = (
        Bytes(name, lambda seed=seed: picture(seed))
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )  # type: ignore[misc]
    assert kinds_in(row("1", first), row("2", other), row("3", copy)) == {
        "duplicate-image": ("1", "3")
    }
    # Each row has its own copy, but the source says that it is one image.
    assert (
        kinds_in(row("1", first, "a.png"), row("2", other, "c.png"), row("3", copy, "a.png")) == {}
    )


def test_what_looks_the_same_is_a_near_duplicate() -> None:
    rows = [
        row("1", Bytes("a", lambda: picture(1, side=128))),
        row("2", Bytes("b", lambda: picture(2))),
        row("3", Bytes("c", lambda: picture(1, side=128, spot=True))),
        row("4", Bytes("d", lambda: picture(1, side=128, kind="JPEG"))),
        row("5", Bytes("e", lambda: plain(64, "white"))),
        row("6", Bytes("f", lambda: plain(64, "black"))),
    ]
    assert kinds_in(*rows) == {"near-duplicate-image": ("1", "3", "4")}


def test_neighbours_are_those_of_a_full_comparison() -> None:
    draw = random.Random(3)
    hashes = {draw.getrandbits(64) for _ in range(300)}
    for value in list(hashes)[:100]:
        for flips in (1, 4, 5):
            hashes.add(value ^ sum(1 << bit for bit in draw.sample(range(64), flips)))
    values = list(hashes)
    near = near_neighbours(values)
    expected = {
        value
        for value in values
        if any(0 < (value ^ other).bit_count() <= NEAR for other in values)
    }
    assert set(near) == expected
    assert all(0 < (value ^ other).bit_count() <= NEAR for value, other in near.items())
    assert near_neighbours([]) == {}


def test_memory_does_not_grow_with_the_images() -> None:
    padding = b"\0" * 1_000_000
    rows = (
        row(str(seed), Bytes(f"{seed}", lambda seed=seed: picture(seed) + padding))
        for seed in range(120)
    )  # type: ignore[misc]
    tracemalloc.start()
    try:
        report = audit(rows, no_answer, source="f")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert report.opened == 120
    assert peak < 60_000_000  # all of them are 120 MB
