"""Rows become samples, or rejections that say why in one sentence."""

import io
from dataclasses import dataclass, replace

import pytest
from PIL import Image

from spuriforge.data.benchmark_rows import Published, Row
from spuriforge.data.rows_to_samples import check_image, sample_key, samples, to_sample
from spuriforge.pipeline.records import Rejection, Sample
from tests.data.pictures import picture


@dataclass(frozen=True)
class _Bytes:
    payload: bytes
    name: str = "bytes"

    def read(self) -> bytes:
        if not self.payload:
            raise ValueError("The image bytes cannot be read: gone.")
        return self.payload


ROW = Row(
    benchmark="mine",
    split="test",
    id="1",
    where="my.csv line 2",
    question="What colour?",
    choices=("red", "blue", None),
    answer=1,
    answer_text="B",
    image=_Bytes(picture()),
    caption="a car",
    group="g",
)


def _put(payload: bytes) -> str:
    return f"kept {len(payload)}"


def test_a_sound_row_is_a_sample() -> None:
    sample = to_sample(ROW, _put)
    assert isinstance(sample, Sample)
    assert (sample.choices, sample.answer, sample.image) == (
        ("red", "blue"),
        1,
        f"kept {len(picture())}",
    )
    assert (sample.benchmark, sample.split, sample.question_id, sample.group) == (
        "mine",
        "test",
        "1",
        "g",
    )
    assert (
        sample.key
        == sample_key(ROW)
        == sample_key(replace(ROW, choices=("red", "blue"), where="x"))
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"question": "  "}, "The question is empty."),
        ({"choices": ("red", None, "blue")}, "The gold option B is empty."),
        ({"choices": ("red", "blue"), "answer": None, "answer_text": ""}, "There is no answer."),
        ({"answer": None, "answer_text": "green"}, "The answer 'green' is none of the options."),
        ({"choices": ("red", "blue", None, "green")}, "Option C is empty."),
        ({"choices": ("red", "blue", "")}, "Option C is empty."),
        ({"choices": ("red", "blue", "nan")}, "Option C is empty."),
        ({"choices": ("red", "blue", None), "answer": 2}, "The gold option C is empty."),
        ({"choices": ("red", "blue", " Red ")}, "The options A and C are the same."),
        ({"choices": ("red",), "answer": 0}, "There are 1 options; 2 to 10 can be asked."),
        ({"choices": (), "answer": None}, "There are 0 options; 2 to 10 can be asked."),
        ({"choices": tuple("abcdefghijk")}, "There are 11 options; 2 to 10 can be asked."),
        ({"image": None}, "There is no image."),
        ({"image": _Bytes(b"")}, "The image bytes cannot be read: gone."),
        ({"image": _Bytes(picture(size=(15, 300)))},
         "The image has 15 x 300 pixels; a side under 16 shows nothing."),
    ],
)  # fmt: skip
def test_an_unsound_row_is_rejected_with_its_reason(change: dict[str, object], reason: str) -> None:
    result = to_sample(replace(ROW, **change), _put)  # type: ignore[arg-type]
    assert isinstance(result, Rejection)
    assert (result.reason, result.where, result.question_id) == (reason, "my.csv line 2", "1")


@pytest.mark.parametrize(
    "choices", [("None", "NA", "NaN"), ("0", "none", "1"), tuple("abcdefghij")]
)
def test_literal_texts_and_ten_options_are_sound(choices: tuple[str, ...]) -> None:
    assert isinstance(to_sample(replace(ROW, choices=choices), _put), Sample)


def test_a_published_row_needs_no_image() -> None:
    published = Published(
        text="(A) red", parsed="A", is_error=True, judge_text="", is_spurious=False
    )
    sample = to_sample(replace(ROW, image=None, published=published), _put)
    assert isinstance(sample, Sample)
    assert sample.image == ""
    results = to_sample(
        replace(ROW, image=None, published=published, choices=("a", "b", None, "d")), _put
    )
    assert isinstance(results, Rejection)


def test_the_same_question_again_is_rejected_and_another_of_the_same_id_is_not() -> None:
    again, other = (
        replace(ROW, where="my.csv line 3"),
        replace(ROW, question="What shape?", where="my.csv line 4"),
    )
    differs = replace(ROW, answer=0, where="my.csv line 5")
    results = list(samples([ROW, again, other, differs, again], _put))
    assert [type(result) for result in results] == [Rejection, Rejection, Rejection, Sample, Sample]
    assert [result.reason for result in results if isinstance(result, Rejection)] == [
        "The same question as my.csv line 2.",
        "The same question as my.csv line 2, with another answer.",
        "The same question as my.csv line 2.",
    ]
    assert (
        len({result.key for result in results}) == 4
    )  # the last row is given twice, so it is the same rejection


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_usual_formats_decode_and_their_halves_do_not(kind: str) -> None:
    payload = picture(5, (64, 64), kind)
    check_image(payload)
    with pytest.raises(
        ValueError, match=r"^The image (cannot be decoded|is of no known format)"
    ) as caught:
        check_image(payload[: len(payload) // 2])
    assert "0x" not in str(caught.value)


def test_what_is_no_image_and_what_starts_a_program_is_refused() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (32, 32)).save(stream, format="EPS")
    for payload in (b"<html>404</html>", b"", stream.getvalue()):
        with pytest.raises(ValueError, match="The image is of no known format; AVIF, BMP"):
            check_image(payload)


@pytest.mark.parametrize("side", [1000, 2000])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_decompression_bomb_is_not_decoded(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 900_000)
    with pytest.raises(ValueError, match="pixels"):
        check_image(picture(size=(side, side)))
