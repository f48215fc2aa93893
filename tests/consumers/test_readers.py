"""A release in the libraries that people read it with: the same rows, the same images, the same
figures in each.
"""

import io
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars
import pyarrow.parquet as pq
import pytest
from PIL import Image

from spuriforge.pipeline.release.contents import read
from spuriforge.pipeline.release.files.parquet import IMAGE
from spuriforge.pipeline.release.rows.columns import SCHEMAS

#: Share of right answers by arm in the published responses, in SQL.
ACCURACY = (
    "SELECT arm, avg(correct::INT) FROM '{}/responses/*.parquet' WHERE published GROUP BY arm"
)


@pytest.fixture(autouse=True)
def datasets_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What `datasets` converts goes with the test."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "datasets")
    return tmp_path


def _rows(release: Path, config: str) -> list[dict[str, Any]]:
    return list(read(release).rows(config))


def _column(release: Path, config: str, name: str) -> list[bytes]:
    return [_pixels(row[name]) for row in _rows(release, config)]


def _pixels(value: dict[str, Any]) -> bytes:
    return Image.open(io.BytesIO(value["bytes"])).convert("RGB").tobytes()


@pytest.fixture(scope="module")
def accuracy(release: Path) -> dict[str, float]:
    """By arm, counted from pyarrow's rows."""
    rows = [row for row in _rows(release, "responses") if row["published"]]
    arms = {row["arm"] for row in rows}
    return {
        arm: sum(row["correct"] for row in rows if row["arm"] == arm) * len(arms) / len(rows)
        for arm in arms
    }


@pytest.mark.parametrize("config", SCHEMAS)
@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "streaming"])
def test_datasets_loads_every_config_and_shows_its_images(
    release: Path, config: str, streaming: bool
) -> None:
    from datasets import Image as ImageFeature
    from datasets import load_dataset

    loaded = load_dataset(str(release), config, streaming=streaming)
    rows = _rows(release, config)
    assert {name: len(list(split)) for name, split in loaded.items()} == _counted(rows)
    expected = {row["id" if "id" in row else "image_id"]: row for row in rows}
    for split in loaded.values():
        assert [
            name for name, kind in split.features.items() if isinstance(kind, ImageFeature)
        ] == _images(config)
        for row in split:
            for name in _images(config):
                own = expected[row["id" if "id" in row else "image_id"]][name]
                assert (row[name] is None) == (own is None)
                assert own is None or row[name].convert("RGB").tobytes() == _pixels(own)


def _counted(rows: list[dict[str, Any]]) -> dict[str, int]:
    return {
        split: sum(row["split"] == split for row in rows)
        for split in {row["split"] for row in rows}
    }


def _images(config: str) -> list[str]:
    """The columns that `datasets` shows as images; SpuriVerse's own groups are structs there, as in
    the original.
    """
    return [field.name for field in SCHEMAS[config] if field.type == IMAGE]


def test_pandas(release: Path, accuracy: dict[str, float]) -> None:
    responses = pd.read_parquet(release / "responses")
    assert responses[responses.published].groupby("arm").correct.mean().to_dict() == pytest.approx(
        accuracy
    )
    pairs = pd.read_parquet(release / "pairs")
    assert [_pixels(one) for one in pairs.image_with] == _column(release, "pairs", "image_with")


def test_polars(release: Path, accuracy: dict[str, float]) -> None:
    said = polars.scan_parquet(release / "responses" / "*.parquet").filter(polars.col("published"))
    means = said.group_by("arm").agg(polars.col("correct").mean()).collect()
    assert dict(means.iter_rows()) == pytest.approx(accuracy)
    pairs = polars.read_parquet(release / "pairs" / "*.parquet")
    assert [_pixels(one) for one in pairs["image_with"]] == _column(release, "pairs", "image_with")


def test_duckdb(release: Path, accuracy: dict[str, float]) -> None:
    assert dict(duckdb.sql(ACCURACY.format(release)).fetchall()) == pytest.approx(accuracy)
    joined = duckdb.sql(
        f"SELECT p.id, p.image_with.bytes FROM '{release}/pairs/*.parquet' p JOIN "
        f"'{release}/anchors/*.parquet' a "
        "USING (type) WHERE p.cue = a.cue ORDER BY p.id"
    ).fetchall()
    rows = sorted(_rows(release, "pairs"), key=lambda row: row["id"])
    assert joined == [(row["id"], row["image_with"]["bytes"]) for row in rows]


@pytest.mark.parametrize("config", ["pairs", "anchors", "controls"])
def test_mlcroissant_loads_what_the_files_hold(release: Path, config: str) -> None:
    import mlcroissant

    records = list(mlcroissant.Dataset(jsonld=str(release / "croissant.json")).records(config))
    found = {record[f"{config}/id"].decode(): record for record in records}
    rows = _rows(release, config)
    assert len(records) == len(found) == len(rows)
    for row in rows:
        record = found[row["id"]]
        for name in _images(config):
            assert record[f"{config}/{name}"].convert("RGB").tobytes() == _pixels(row[name])
        assert record[f"{config}/answer_index"] == row["answer_index"]
        assert record[f"{config}/split"].decode() == row["split"]


def test_any_reader_of_parquet_sees_the_schema_that_is_documented(release: Path) -> None:
    for config, paths in read(release).files.items():
        for path in paths:
            assert pq.read_schema(path).remove_metadata() == SCHEMAS[config], path.name
