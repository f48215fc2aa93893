"""One way in for all benchmarks: the kind is seen from the file, and mistakes are said."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spuriforge.data.sources import READERS, detect, open_source
from spuriforge.pipeline.recipe import Source

SEED = {
    "question": "q",
    "question_id": "1",
    "data_id": "x",
    "answer": "A",
    "choice_a": "a",
    "choice_b": "b",
}
AOKVQA = {"split": "val", "image_id": 1, "question_id": "a", "question": "q", "choices": ["a", "b"]}
NATURAL = ["Index", "Image_0", "Image_1", "Question_0", "Question_1", "Image_0_Question_0"]


def _make(folder: Path, name: str) -> Path:
    """A source of the kind that its name says."""
    files: dict[str, str] = {
        "aokvqa_v1p0_val.json": json.dumps([AOKVQA]),
        "SEED-Bench.json": json.dumps({"questions": [{**SEED, "data_type": "image"}]}),
        "SEED-Bench_v2_level1.json": json.dumps(
            {"questions": [{**SEED, "data_type": "Single Image"}]}
        ),
        "natural.json": json.dumps([dict.fromkeys(NATURAL, "x")]),
        "kit.tsv": "index\timage\tquestion\tanswer\n",
        "other.tsv": "image\tquestion\tanswer\n",
        "my.csv": "index,image,question,answer\n",
        "meta.csv": "index,question,answer,prediction,parsed,spuriousAttr\n",
        "my.jsonl": '{"image": "a"}\n',
    }
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    if path.suffix == ".parquet":
        columns = NATURAL if "natural" in name else ["image", "question", "answer"]
        pq.write_table(pa.table({column: ["x"] for column in columns}), path)
    else:
        path.write_text(files[path.name])
    return path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("aokvqa_v1p0_val.json", "a-okvqa"),
        ("SEED-Bench.json", "seed-bench"),
        ("SEED-Bench_v2_level1.json", "seed-bench-2"),
        ("natural.json", "naturalbench"),
        ("natural.parquet", "naturalbench"),
        ("kit.tsv", "vlmevalkit"),
        ("other.tsv", "table"),
        ("my.csv", "table"),
        ("my.jsonl", "table"),
        ("my.parquet", "table"),
        ("meta.csv", "spuriverse"),
    ],
)
def test_the_kind_is_seen_from_the_file(tmp_path: Path, name: str, kind: str) -> None:
    assert detect(str(_make(tmp_path, name))) == kind


@pytest.mark.parametrize(
    "name", ["aokvqa_v1p0_val.json", "SEED-Bench.json", "natural.parquet", "my.parquet"]
)
def test_and_from_a_folder(tmp_path: Path, name: str) -> None:
    path = _make(tmp_path / "folder", name)
    assert detect(str(path.parent)) == detect(str(path))


def test_what_is_of_no_kind_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": 1}')
    for path in (tmp_path, tmp_path / "x.json"):
        with pytest.raises(
            ValueError, match=r"none of the kinds a-okvqa, seed-bench, .*, spuriverse: say which"
        ):
            detect(str(path))
    with pytest.raises(ValueError, match="no file or folder at"):
        detect(str(tmp_path / "y.csv"))
    assert detect("owner/name") == "table"


def test_the_kinds_are_those_of_the_recipe() -> None:
    assert set(READERS) == set(Source.model_fields["kind"].annotation.__args__)  # type: ignore[union-attr]


def test_a_source_is_opened(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("image,prompt,answer\na.png,Red?,yes\n")
    (row,) = open_source(str(tmp_path / "my.csv"), name="mine", columns={"question": "prompt"})
    assert (row.benchmark, row.question) == ("mine", "Red?")
    (other,) = open_source(str(_make(tmp_path, "SEED-Bench.json")))
    assert other.benchmark == "seed-bench"


def test_mistakes_are_said(tmp_path: Path) -> None:
    table = str(_make(tmp_path, "my.csv"))
    with pytest.raises(ValueError, match=r"my.csv has no question\."):
        list(open_source(table))
    with pytest.raises(ValueError, match="no folder of images at"):
        open_source(table, images=str(tmp_path / "none"))
    with pytest.raises(ValueError, match="There is no kind of source 'coco'; there are a-okvqa"):
        open_source(table, kind="coco")
    with pytest.raises(ValueError, match="columns name those of a table"):
        open_source(table, kind="seed-bench", columns={"question": "x"})
    with pytest.raises(ValueError, match="no file or folder at owner/name"):
        open_source("owner/name", kind="seed-bench")
    with pytest.raises(ValueError, match="has no question of the split 'dev'"):
        list(open_source(str(_make(tmp_path, "aokvqa_v1p0_val.json")), split="dev"))
