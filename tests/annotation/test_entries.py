"""What a file of judgments may say; `test_judgment_import.py` has the rules one by one."""

import pytest
from pydantic import ValidationError

from spuriforge.annotation.answers import TaskAnswer
from spuriforge.annotation.entries import Entry, reason, schema
from spuriforge.pipeline.records import JUDGMENT_TEXTS
from tests.annotation.judgment_files import AT

FIELDS = {"project": "cue", "subject": "s", "annotator": "ada", "updated_at": AT}


def test_an_entry_has_every_text_of_a_judgment() -> None:
    texts = {name: f"the {name}" for name in JUDGMENT_TEXTS}
    entry = Entry.model_validate(FIELDS | texts | {"verdict": "spurious", "box": [0, 0, 1, 1]})
    assert entry.answer == TaskAnswer("spurious", texts, (0, 0, 1, 1))
    assert set(JUDGMENT_TEXTS) < set(schema()["items"]["properties"])


def test_a_skip_says_nothing() -> None:
    assert Entry.model_validate(FIELDS | {"skipped": True}).answer is None


def test_a_reason_names_the_field_where_there_is_a_field() -> None:
    with pytest.raises(ValidationError) as caught:
        Entry.model_validate(FIELDS | {"verdict": "good"})
    assert reason(caught.value).startswith("good is no verdict of a cue: ")
    with pytest.raises(ValidationError) as caught:
        Entry.model_validate(FIELDS | {"verdict": "unsure", "seconds": -1.0, "project": "x"})
    phrases = reason(caught.value).split("; ")
    assert [phrase.split(":")[0] for phrase in phrases] == ["project", "seconds"]
    assert reason(ValueError("plain")) == "plain"
