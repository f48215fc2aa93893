"""The screens, their tasks and their answers fit each other by Label Studio's own checker, whatever the texts hold."""

import base64
import io
import json
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from annotation.screens import (
    CUE_VERDICTS,
    PAIR_VERDICTS,
    SCREENS,
    Answer,
    check,
    cue_task,
    data_uri,
    interface,
    options_text,
    pair_task,
    read,
    result_of,
    side_of,
)
from pipeline.records import key_of
from pipeline.workspace import Workspace
from tests.annotation.things import HOSTILE, cue_type, pair_of, picture, sample_of


def png(image: Image.Image) -> bytes:
    """The image's bytes."""
    stream = io.BytesIO()
    image.save(stream, format="PNG")
    return stream.getvalue()


def shown(uri: str) -> Image.Image:
    """The image of a data: URI."""
    return Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1])))


@pytest.mark.parametrize(("kind", "verdicts"), [("cue", CUE_VERDICTS), ("pair", PAIR_VERDICTS)])
def test_screens_are_valid_and_each_verdict_has_its_number_key(kind: str, verdicts: tuple[str, ...]) -> None:
    interface(SCREENS[kind])
    choices = ElementTree.fromstring(SCREENS[kind]).iter("Choice")
    assert [(one.get("alias"), one.get("hotkey")) for one in choices] == [
        (verdict, str(number)) for number, verdict in enumerate(verdicts, 1)
    ]


def test_benchmark_texts_are_data_and_shown_as_text(workspace: Workspace) -> None:
    one = cue_type(
        workspace, 1, question=HOSTILE * 5, choices=tuple(f"{HOSTILE} {n}" for n in range(10)), answer=3,
        linked=f"{HOSTILE} 7", cue=HOSTILE, core=HOSTILE, description_with=HOSTILE, description_without=HOSTILE,
    )  # fmt: skip
    data = cue_task(one, None, workspace.image_bytes(one.image))
    check("cue", data)
    assert data["question"] == HOSTILE * 5
    assert json.loads(json.dumps(data)) == data
    for screen in SCREENS.values():
        assert "HyperText" not in screen
        assert screen.count("<Text name=") == screen.count('valueType="text"')


def test_a_task_names_no_model_and_no_figure(workspace: Workspace) -> None:
    one = cue_type(workspace, 1)
    data = cue_task(one, sample_of(one), workspace.image_bytes(one.image))
    texts = json.dumps({name: value for name, value in data.items() if name != "image"})
    assert data["key"] == one.key
    assert "secret-model" not in texts
    assert "0.00012" not in texts


def test_options_mark_the_gold_and_the_models_answer() -> None:
    lines = options_text(("red", "blue", "green"), 0, "blue").split("\n")
    assert "gold answer" in lines[0]
    assert "the model's answer" in lines[1]
    assert lines[2].strip() == "C. green"


def test_a_pair_lies_left_and_right_at_random_but_always_alike(workspace: Workspace) -> None:
    one = cue_type(workspace, 1)
    pairs = [pair_of(workspace, one, index) for index in range(40)]
    sides = [side_of(pair.key) for pair in pairs]
    assert 8 < sides.count("left") < 32
    for pair in pairs[:4]:
        images = [workspace.image_bytes(image) for image in (pair.image_with, pair.image_without)]
        data = pair_task(pair, one, *images)
        check("pair", data)
        assert data["side"] == side_of(pair.key)
        assert data[data["side"]] == data_uri(images[0])


def test_a_task_that_its_screen_cannot_show_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks something"):
        check("pair", {"key": "k", "left": "x"})


def test_tiny_images_are_enlarged_in_whole_pixels_and_huge_ones_reduced() -> None:
    small = shown(data_uri(png(picture())))
    assert small.size == (448, 448)
    assert small.resize((64, 64), Image.Resampling.NEAREST).tobytes() == picture().tobytes()
    assert max(shown(data_uri(png(Image.new("RGB", (3000, 1500))))).size) == 1024
    assert shown(data_uri(png(Image.new("RGB", (2, 3000))))).height <= 1024


@pytest.mark.parametrize("verdict", CUE_VERDICTS)
def test_cue_answers_come_back_as_given(verdict: str) -> None:
    texts = {"cue": HOSTILE.strip(), "core": "ball", "description_with": "w", "description_without": "o"}
    given = Answer(verdict, **texts, box=(0.1, 0.2, 0.5, 0.75))
    assert read("cue", result_of("cue", given)) == (given if verdict == "spurious" else Answer(verdict))


@pytest.mark.parametrize("verdict", PAIR_VERDICTS)
def test_pair_answers_come_back_as_given(verdict: str) -> None:
    assert read("pair", result_of("pair", Answer(verdict))).verdict == verdict


def _region(value: dict[str, Any]) -> dict[str, Any]:
    return {"id": key_of(value)[:5], "from_name": "verdict", "to_name": "image", "type": "choices", "value": value}


@pytest.mark.parametrize(
    "result",
    [
        [],
        [_region({"choices": ["good"]})],
        [_region({"choices": ["spurious", "unsure"]})],
        [_region({"choices": []})],
        [{**_region({"choices": ["unsure"]}), "from_name": "nothing"}],
        ["text"],
    ],
)
def test_what_the_screen_cannot_give_is_refused(result: list[Any]) -> None:
    with pytest.raises(ValueError, match="annotation"):
        read("cue", result)


def test_an_answer_that_the_screen_lacks_is_not_sent() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        result_of("pair", Answer("spurious"))
