"""The shortcut file: what it must say, and one sentence for each mistake in it."""

import copy
from pathlib import Path

import pytest

from spuriforge.data.proving_ground import shortcut_file
from spuriforge.data.proving_ground.world import CUES, cue_slot

SHIPPED = Path(shortcut_file.__file__).parent / "shortcuts.toml"
GOOD = {
    "subjects": ["one", "two"],
    "shortcut": [
        {
            "family": "colour",
            "answer": "red",
            "cue": "apple",
            "strength": 0.99,
            "subjects": ["one", "two"],
        },
        {
            "family": "colour",
            "answer": "white",
            "cue": "snowfield",
            "strength": 1,
            "subjects": ["one"],
        },
    ],
    "decoy": [{"family": "count", "answer": "two", "cue": "flag", "rate": 0.5}],
}


def test_shipped_file_has_the_promised_shape() -> None:
    content = shortcut_file.load(SHIPPED)
    assert len(content.shortcuts) >= 24
    assert len(content.subjects) == 2
    assert all(len(content.for_subject(name)) == 16 for name in content.subjects)
    assert sum(len(s.subjects) == 2 for s in content.shortcuts) == 8
    assert len({s.family for s in content.shortcuts}) == 6
    assert sum(cue_slot(s.cue) != "cue" for s in content.shortcuts) >= 4
    assert len(set(CUES) - {s.cue for s in content.shortcuts}) >= 4
    assert content.for_subject("control") == ()


def test_a_good_file_is_read_as_written() -> None:
    content = shortcut_file.parse(GOOD)
    assert [s.answer for s in content.for_subject("one")] == ["red", "white"]
    assert content.for_subject("two") == (
        shortcut_file.Shortcut("colour", "red", "apple", 0.99, ("one", "two")),
    )
    assert content.decoys == (shortcut_file.Decoy("count", "two", "flag", 0.5),)
    with pytest.raises(ValueError, match="no subject 'three'"):
        content.for_subject("three")


MISTAKES = [
    ({"family": "taste"}, "Unknown family 'taste'"),
    ({"answer": "pink"}, "Unknown answer 'pink'"),
    ({"cue": "apples"}, "Unknown cue 'apples'"),
    ({"family": "place", "answer": "beach", "cue": "street"}, "itself what family 'place' asks"),
    ({"strength": 0}, "strength must be a number"),
    ({"strength": 1.5}, "strength must be a number"),
    ({"strength": "high"}, "strength must be a number"),
    ({"subjects": ["three"]}, "Unknown subject 'three'"),
    ({"subjects": ["control"]}, "another name"),
    ({"subjects": []}, "subjects must be a list"),
    ({"subjects": ["a/b"]}, "subjects must be a list"),
    ({"answer": "red", "cue": "apple"}, "Duplicate shortcut"),
    ({"cue": "apple"}, "two answers, 'red' and 'white'"),
    ({"colour": "red"}, "no key 'colour'"),
]


@pytest.mark.parametrize(("change", "words"), MISTAKES)
def test_a_mistake_is_one_clear_sentence(change: dict[str, object], words: str) -> None:
    content = copy.deepcopy(GOOD)
    content["shortcut"][1].update(change)
    with pytest.raises(ValueError, match=words) as caught:
        shortcut_file.parse(content)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_decoys_are_no_shortcuts() -> None:
    content = copy.deepcopy(GOOD)
    content["decoy"].append({"family": "colour", "answer": "blue", "cue": "apple", "rate": 0.5})
    with pytest.raises(ValueError, match="planted in the same family"):
        shortcut_file.parse(content)
    with pytest.raises(ValueError, match="at least one"):
        shortcut_file.parse({"subjects": ["one"]})
    with pytest.raises(ValueError, match=r"must have the key 'cue'"):
        shortcut_file.parse({"shortcut": [{"family": "colour", "answer": "red"}]})


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        shortcut_file.load(tmp_path / "none.toml")
