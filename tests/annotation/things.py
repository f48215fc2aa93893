"""A small world to annotate: pictures, proposed cues, pairs and a recipe."""

import io

from PIL import Image, ImageDraw

from spuriforge.annotation.accounts import annotators
from spuriforge.annotation.client import Server
from spuriforge.pipeline.recipe import Annotate, Recipe, Run
from spuriforge.pipeline.records import CueType, Pair, Sample, key_of
from spuriforge.pipeline.workspace import Workspace

HOSTILE = "<script>alert(1)</script> <b>x</b> \"q\" 'a' & $core {{cue}} مرحبا 🎉 http://127.0.0.1:9/x\n</View>"


def picture(shade: int = 0, *, post: bool = True) -> Image.Image:
    """A red ball on the grass, beside a wooden post or not."""
    image = Image.new("RGB", (64, 64), (150, 190, 220 - shade % 100))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 40, 64, 64), fill=(90, 150, 80))
    draw.ellipse((20, 25, 44, 49), fill=(200, 40, 40))
    if post:
        draw.rectangle((50, 20, 58, 50), fill=(90, 60, 30))
    return image


def cue_type(workspace: Workspace, number: int, **changes: object) -> CueType:
    """One proposed cue, its image in the workspace."""
    fields = {
        "question": "What colour is the ball that lies on the grass?",
        "choices": ("red", "blue", "green", "yellow"),
        "answer": 0,
        "linked": "blue",
        "cue": "wooden post",
        "category": "thing",
        "anchor": f"sample-{number}",
        "image": workspace.put_image(picture(number)),
        "models": ("secret-model@1",),
        "candidates": ("c",),
        "core": "the colour of the ball",
        "description_with": "a red ball beside a wooden post",
        "description_without": "a red ball",
        "reason": "12 of 14 errors, p = 0.00012",
    } | changes
    return CueType(key=key_of("type", number), **fields)


def sample_of(cue_type_: CueType) -> Sample:
    """The anchor's sample."""
    return Sample(
        key=cue_type_.anchor,
        benchmark="b",
        split="test",
        question_id="1",
        question=cue_type_.question,
        choices=cue_type_.choices,
        answer=cue_type_.answer,
        image=cue_type_.image,
    )


def pair_of(workspace: Workspace, cue_type_: CueType, index: int) -> Pair:
    """A pair of images of a type, both in the workspace."""
    with_cue, without = picture(index), picture(index, post=False)
    return Pair(
        key=key_of("pair", cue_type_.key, index),
        type=cue_type_.key,
        role="release",
        index=index,
        route="text-to-image",
        generator="g",
        seed=index,
        prompt_with="",
        prompt_without="",
        prompt_placebo=None,
        image_placebo=None,
        image_with=workspace.put_image(with_cue),
        image_without=workspace.put_image(without),
    )


def recipe_for(annotate: Annotate | None = None, name: str = "test") -> Recipe:
    """A recipe of which only the annotation matters."""
    annotate = annotate or Annotate(by="scripted", error_rates=(0.0, 0.0, 0.0))
    return Recipe.model_construct(run=Run(name=name, workspace="."), annotate=annotate)


def photo(width: int, height: int) -> bytes:
    """A picture of any size and shape as a PNG's bytes."""
    stream = io.BytesIO()
    picture().resize((width, height), Image.Resampling.BICUBIC).save(stream, format="PNG")
    return stream.getvalue()


def crowded(workspace: Workspace) -> CueType:
    """A type with a very long question, ten long options, and long texts."""
    choices = tuple(
        f"option number {number} with a wording that is much longer than it need be"
        for number in range(10)
    )
    return cue_type(
        workspace,
        9,
        question="Consider the photograph with care before you answer. " * 30,
        choices=choices,
        answer=2,
        linked=choices[7],
        cue="a wooden post that stands beside the ball " * 4,
        core="the colour of the ball " * 9,
        description_with="A red ball lies on the grass beside a wooden post. " * 9,
        description_without="A red ball lies on the grass. " * 9,
    )


def login_of(server: Server, name: str) -> tuple[str, str, str]:
    """Where an annotator logs in on the embedded server: address, login, password."""
    account = annotators(server, (name,))[name]
    assert account.login
    assert account.password
    return f"{server.url}/projects/", account.login, account.password
