"""croissant.json: what mlcroissant says of it, and what comes out when a release is loaded through
it.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image

from spuriforge.pipeline.release.texts.croissant import CROISSANT, describe, faults_of
from tests.pipeline.release.texts.drafts import Draft, make_draft
from tests.pipeline.release.texts.test_card import HOSTILE


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    draft = make_draft(tmp_path_factory.mktemp("draft"), types=3)
    (draft.folder / CROISSANT).write_text(describe(draft.manifest, draft.figures))
    return draft


def _rows(draft: Draft, config: str) -> Iterator[dict[str, Any]]:
    for path in sorted((draft.folder / config).glob("*.parquet")):
        split = {"split": path.stem.partition("-")[0]}
        yield from (row | split for row in pq.read_table(path).to_pylist())


def _plain(value: object) -> object:
    """A value as pyarrow gives it: mlcroissant gives texts as bytes, and images decoded."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, Image.Image):
        return value.tobytes()
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _decoded(value: object) -> object:
    return Image.open(io.BytesIO(value["bytes"])).tobytes() if isinstance(value, dict) else value


def test_every_data_file_stands_in_it_with_its_hash_and_nothing_else(draft: Draft) -> None:
    document = json.loads(
        describe(
            draft.manifest | {"files": draft.manifest["files"] | {"README.md": {}}}, draft.figures
        )
    )
    files = {
        file["contentUrl"]: file["sha256"]
        for file in document["distribution"]
        if file["@type"] == "cr:FileObject"
    }
    assert files == {path: entry["sha256"] for path, entry in draft.manifest["files"].items()}
    assert [record_set["@id"] for record_set in document["recordSet"]] == list(
        draft.manifest["rows"]
    )


def test_the_same_figures_give_the_same_text_and_no_date_is_in_it(draft: Draft) -> None:
    text = describe(draft.manifest, draft.figures)
    assert text == describe(draft.manifest, draft.figures)
    assert not [key for key in json.loads(text) if "date" in key.lower()]


def test_bibtex_stays_one_record(draft: Draft) -> None:
    publish = draft.manifest["recipe"]["publish"] | {
        "authors": ["A {} B\\", "}, url = {x"],
        "url": None,
    }
    document = describe(
        draft.manifest | {"recipe": draft.manifest["recipe"] | {"publish": publish}}, draft.figures
    )
    citation = json.loads(document)["citeAs"]
    assert citation.count("{") == citation.count("}") == 4
    assert "author = {A  B and , url = x}" in citation


@pytest.mark.integration
def test_mlcroissant_finds_no_fault_and_warns_of_the_date_alone(draft: Draft) -> None:
    import mlcroissant

    assert faults_of((draft.folder / CROISSANT).read_text()) == []
    issues = mlcroissant.Dataset(jsonld=str(draft.folder / CROISSANT)).metadata.ctx.issues
    assert [text for text in issues.warnings if "datePublished" not in text] == []
    assert not issues.errors


@pytest.mark.integration
@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ("{", "Expecting property name"),
        ("[]", ""),
        ('{"@type": "sc:Dataset"}', ""),
        (None, "sha256"),
    ],
)
def test_faults_are_said(draft: Draft, broken: str | None, fault: str) -> None:
    if broken is None:
        document = json.loads(describe(draft.manifest, draft.figures))
        del document["distribution"][0]["sha256"]
        broken = json.dumps(document)
    faults = faults_of(broken)
    assert faults
    assert fault in faults[0]


@pytest.mark.integration
@pytest.mark.parametrize("config", ["pairs", "anchors", "controls", "spuriverse", "annotations"])
def test_what_is_loaded_through_it_is_what_pyarrow_reads(draft: Draft, config: str) -> None:
    import mlcroissant

    key = "image_id" if config == "spuriverse" else "id"
    records = mlcroissant.Dataset(jsonld=str(draft.folder / CROISSANT)).records(config)
    loaded = {_plain(record[f"{config}/{key}"]): record for record in records}
    wanted = list(_rows(draft, config))
    assert len(loaded) == len(wanted) > 0
    for row in wanted:
        cells = {
            name.removeprefix(f"{config}/"): _plain(value)
            for name, value in loaded[row[key]].items()
        }
        assert cells == {name: _decoded(value) for name, value in row.items()}


@pytest.mark.integration
def test_one_split_alone_can_be_loaded(draft: Draft) -> None:
    import mlcroissant

    for split, rows in draft.manifest["rows"]["pairs"].items():
        data = mlcroissant.Dataset(jsonld=str(draft.folder / CROISSANT))
        assert len(list(data.records("pairs", filters={"pairs/split": split}))) == rows


@pytest.mark.integration
def test_hostile_texts_are_text(draft: Draft) -> None:
    publish = draft.manifest["recipe"]["publish"] | {"authors": [HOSTILE], "url": "https://e.org"}
    figures = replace(draft.figures, benchmarks=((HOSTILE, 3),), generators=((HOSTILE, 9),))
    document = describe(
        draft.manifest | {"recipe": draft.manifest["recipe"] | {"publish": publish}}, figures
    )
    assert faults_of(document) == []
    assert json.loads(document)["creator"] == [{"@type": "sc:Organization", "name": HOSTILE}]
