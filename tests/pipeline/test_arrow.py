"""A record's Arrow schema, and the way to a table and back."""

import pyarrow as pa
import pytest

from spuriforge.pipeline.arrow import from_table, schema_of, to_table
from spuriforge.pipeline.records import CueType, Evidence, Prediction, Record, Sample


def _sample(**changes: object) -> Sample:
    values = {
        "key": "k",
        "benchmark": "b",
        "split": "test",
        "question_id": "1",
        "question": "Which?",
        "choices": ("None", "nan"),
        "answer": 1,
        "image": "sha",
    }
    return Sample(**{**values, **changes})


@pytest.mark.parametrize("record", [Sample, Prediction, CueType, Evidence])
def test_every_record_has_a_schema_with_a_key_first(record: type[Record]) -> None:
    schema = schema_of(record)
    assert schema.names[0] == "key"
    assert not schema.field("key").nullable


def test_records_come_back_from_arrow_as_they_were() -> None:
    samples = [_sample(), _sample(key="l", caption="two")]
    assert from_table(to_table(samples, Sample), Sample) == samples


def test_optional_fields_are_nullable_and_others_are_not() -> None:
    schema = schema_of(Sample)
    assert schema.field("caption").nullable
    assert not schema.field("question").nullable
    assert schema.field("choices").type == pa.list_(pa.string())
