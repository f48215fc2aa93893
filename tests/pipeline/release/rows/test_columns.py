"""Every column of a release has one name, one type and a meaning in a sentence."""

import pytest

from spuriforge.pipeline.release.files.parquet import declared
from spuriforge.pipeline.release.rows.columns import COLUMNS, SCHEMAS, SPLIT

EVERY_COLUMN = [column for columns in COLUMNS.values() for column in columns]


@pytest.mark.parametrize("config", COLUMNS)
def test_a_config_has_each_column_once_and_in_the_schema_s_order(config: str) -> None:
    names = [column.name for column in COLUMNS[config]]
    assert len(set(names)) == len(names)
    assert SCHEMAS[config].names == names
    assert SPLIT.name not in names, "a reader takes the split from the file's name"


def test_a_meaning_is_a_sentence_and_a_type_has_a_plain_name() -> None:
    for column in EVERY_COLUMN:
        assert column.meaning == column.meaning.strip(), column.name
        assert column.meaning.endswith("."), column.name
        assert column.type_name, column.name


def test_a_name_has_the_same_type_in_every_config() -> None:
    types = {column.name: column.type for column in EVERY_COLUMN}
    assert [column for column in EVERY_COLUMN if column.type != types[column.name]] == []


def test_the_features_that_datasets_reads_follow_from_the_types() -> None:
    metadata = declared(SCHEMAS["annotations"]).metadata[b"huggingface"]
    assert (
        b'"box": {"feature": {"dtype": "float64", "_type": "Value"}, "_type": "List"}' in metadata
    )
    assert b'"skipped": {"dtype": "bool", "_type": "Value"}' in metadata
    assert (
        b'"image_with": {"_type": "Image"}' in declared(SCHEMAS["pairs"]).metadata[b"huggingface"]
    )
