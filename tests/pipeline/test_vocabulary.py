"""The vocabulary has the things that a benchmark names, and none of its verbs.

A wrong file is reported with the line of its mistake.
"""

import csv
from pathlib import Path
from typing import Any

import pytest

from spuriforge.pipeline.recipe import Category
from spuriforge.pipeline.vocabulary import from_benchmark, from_file

PUBLISHED = Path(__file__).parents[3] / "shared" / "spuriverse"


def _tags(
    make_sample: Any, *questions: str, choices: tuple[str, ...] = ("yes", "no"), size: int = 50
) -> list[str]:
    samples = [
        make_sample(number, question=question, choices=choices, caption=None)
        for number, question in enumerate(questions)
    ]
    return [*from_benchmark(samples, size).tags]


def test_nouns_are_found_in_their_singular_by_frequency_then_by_name(make_sample: Any) -> None:
    tags = _tags(
        make_sample,
        "Are the umbrellas and giraffes wet?",
        "Is the giraffe near a pizza?",
        "Is it a giraffe?",
    )
    assert tags == ["giraffe", "pizza", "umbrella"]


def test_a_word_that_may_be_a_verb_needs_to_be_used_as_a_noun(make_sample: Any) -> None:
    questions = (
        "What does the man hold?",
        "What is the man holding?",
        "What does the man on a horse wear?",
        "Is a dog near the horse?",
        "Who rides the horse?",
        "Where do they walk their dog?",
    )
    assert _tags(make_sample, *questions) == ["horse", "man", "dog"]


def test_what_names_no_thing_is_left_out(make_sample: Any) -> None:
    assert _tags(make_sample, "What kind of photo has the color of the giraffe and a pizza?") == [
        "giraffe",
        "pizza",
    ]


def test_two_nouns_that_often_come_together_are_one_tag(make_sample: Any) -> None:
    questions = ["Is the fire hydrant near a giraffe?"] * 3 + ["Is the hydrant by the umbrella?"]
    assert _tags(make_sample, *questions) == ["fire hydrant", "giraffe", "hydrant", "umbrella"]
    assert "fire hydrant" not in _tags(make_sample, *questions[1:])


def test_options_and_captions_count_and_a_possessive_is_no_compound(make_sample: Any) -> None:
    samples = [
        make_sample(
            number,
            question="What is the giraffe's umbrella?",
            choices=("pizza", "red"),
            caption="a zebra",
        )
        for number in range(4)
    ]
    assert from_benchmark(samples, 50).tags == ("giraffe", "pizza", "umbrella", "zebra")
    assert from_benchmark(samples, 2).tags == ("giraffe", "pizza")


def test_the_category_weighs_each_tag_by_itself(make_sample: Any) -> None:
    category = from_benchmark([make_sample(0, question="Is a giraffe near the pizza?")], 5)
    assert (category.name, category.exclusive, category.null) == ("thing", False, "a photo")


def test_a_benchmark_without_english_nouns_says_so(make_sample: Any) -> None:
    with pytest.raises(
        ValueError, match="name 0 things, and a vocabulary needs two: they may not be in English"
    ):
        _tags(make_sample, "这是什么", choices=("是", "否"))


@pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason="the published SpuriVerse files are not beside the repository"
)
def test_the_things_of_a_real_benchmark_are_things() -> None:
    from spuriforge.pipeline.records import Sample

    with (PUBLISHED / "aokvqa_train_meta.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for _, row in zip(range(2000), csv.DictReader(file), strict=False)]
    samples = [
        Sample(
            key=str(number),
            benchmark="a-okvqa",
            split="train",
            question_id="",
            question=row["question"],
            choices=(row["A"], row["B"], row["C"], row["D"]),
            answer=0,
            image="",
        )
        for number, row in enumerate(rows)
    ]
    tags = set(from_benchmark(samples, 200).tags)
    assert tags >= {
        "man",
        "dog",
        "umbrella",
        "train",
        "skateboard",
        "glass",
        "snow",
        "water",
        "fruit",
        "kite",
    }
    assert not tags & {
        "wear",
        "hold",
        "play",
        "look",
        "do",
        "red",
        "white",
        "kind",
        "type",
        "image",
        "photo",
        "large",
        "standing",
        "riding",
        "make",
        "color",
    }


def _written(tmp_path: Path, text: str, name: str = "cues.txt") -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_has_a_tag_a_line_by_category(tmp_path: Path) -> None:
    file = _written(
        tmp_path, "# my cues\numbrella\nfire  hydrant  # red ones\n\nplace: beach\nplace: street\n"
    )
    thing, place = from_file(file)
    assert (thing.name, thing.tags, thing.exclusive) == (
        "thing",
        ("umbrella", "fire hydrant"),
        False,
    )
    assert (place.name, place.tags) == ("place", ("beach", "street"))


def test_a_toml_file_has_the_tables_of_a_recipe(tmp_path: Path) -> None:
    table = (
        '[[vocabulary]]\nname = "sky"\nprompt = "a {} sky"\nphrase = "under a {} sky"\n'
        'tags = ["sunny", "rainy"]\n'
    )
    assert from_file(_written(tmp_path, table, "cues.toml")) == (
        Category(name="sky", prompt="a {} sky", phrase="under a {} sky", tags=("sunny", "rainy")),
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("cues.txt", "", "cues.txt holds no tag; write one a line"),
        ("cues.txt", "dog\n\ncat\ndog\n", "cues.txt line 4: 'dog' is already in line 1"),
        ("cues.txt", "dog\ncat\nplace:\n", "cues.txt line 3: 'place:' is neither"),
        ("cues.txt", "dog\ncat\na: b: c\n", "cues.txt line 3: 'a: b: c' is neither"),
        ("cues.txt", "dog\ncat\nplace: beach\n", "cues.txt line 3: 'place' has one tag alone"),
        ("cues.txt", "open: dog\nopen: cat\n", "a category cannot be called 'open'"),
        ("cues.toml", "vocabulary = 3", r"cues.toml has no \[\[vocabulary\]\] table"),
        ("cues.toml", "[[vocabulary]", "cues.toml is not valid TOML"),
        (
            "cues.toml",
            '[[vocabulary]]\nname = "a"\n',
            r"\[\[vocabulary\]\] number 1: prompt: this setting is required",
        ),
    ],
)
def test_a_file_that_is_wrong_says_where(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        from_file(_written(tmp_path, text, name))


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none.txt cannot be read: No such file"):
        from_file(tmp_path / "none.txt")
    (tmp_path / "latin.txt").write_bytes("caf\xe9\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"latin.txt is not UTF-8 text"):
        from_file(tmp_path / "latin.txt")
