"""Text files are read strictly, with the line and the byte of each record."""

from pathlib import Path

import pytest

from spuriforge.data.text_files import cells_at, delimited, header_of, json_lines, load_json


def test_a_record_is_found_again_by_its_offset(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        '\ufeffid,text\r\n1,"two\r\nlines, ä"\r\n\r\n2,"a ""quote"""\r\n3,\r\n'.encode()
    )
    records = list(delimited(path, ","))
    assert [record.line for record in records] == [2, 5, 6]
    assert [record.cells["text"] for record in records] == ["two\r\nlines, ä", 'a "quote"', ""]
    assert header_of(path, ",") == ["id", "text"]
    for record in records:
        assert cells_at(path, record.offset, ",") == list(record.cells.values())


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"id,text\n1,a\n2,b,c\n", r"line 3 has 3 cells, but the header has 2"),
        (b'id,text\n1,a\n2,"open\n3,c\n', r"line 3 is malformed.*stray quote"),
        (b"id,text\n1,a\n2,\xff\n", r"line 3 is not UTF-8: save the file as UTF-8"),
        ("id,text\n1,a\n".encode("utf-16"), "not UTF-8"),
        (b"id,id\n1,a\n", "two columns called 'id'"),
        (b"", "no header"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, payload: bytes, says: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(payload)
    with pytest.raises(ValueError, match=says):
        list(delimited(path, ","))


def test_a_cell_may_be_longer_than_the_csv_modules_limit(tmp_path: Path) -> None:
    path = tmp_path / "long.tsv"
    path.write_text("index\timage\n1\t" + "A" * 300_000 + "\n")
    (record,) = delimited(path, "\t")
    assert len(record.cells["image"]) == 300_000


def test_json_lines_are_objects(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n\n{"a": null}\n')
    assert list(json_lines(path)) == [(1, {"a": 1}), (3, {"a": None})]
    broken = {
        '{"a": 1}\n{"a": \n': "line 2 is not JSON",
        "[1]\n": "line 1 is no object",
        "[" * 99999: "not JSON",
    }
    for text, says in broken.items():
        path.write_text(text)
        with pytest.raises(ValueError, match=says):
            list(json_lines(path))


def test_a_broken_or_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{,}")
    with pytest.raises(ValueError, match=r"a.json is not valid JSON.*line 1"):
        load_json(tmp_path / "a.json")
    with pytest.raises(ValueError, match=r"none.json cannot be read: No such file"):
        load_json(tmp_path / "none.json")
