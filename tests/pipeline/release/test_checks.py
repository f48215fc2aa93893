"""Each self-check passes a sound release and fails a corrupted one."""

import hashlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from spuriforge.pipeline.release import ReleaseError, build, checks
from spuriforge.pipeline.release.checks import privacy
from spuriforge.pipeline.release.files.parquet import Row
from tests import worlds


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release that nobody changes; its types are in two splits."""
    folder = build(*worlds.finished(tmp_path_factory.mktemp("sound"), types=3)).folder
    assert {path.stem for path in (folder / "pairs").iterdir()} == {"train-00000", "test-00000"}
    return folder


@pytest.fixture
def release(sound: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return shutil.copytree(sound, tmp_path / "1.0.0")


def _rewrite(path: Path, change: Callable[[Row], object]) -> None:
    """Rewrites a data file with every row changed in place."""
    table = pq.read_table(path)
    rows = table.to_pylist()
    for row in rows:
        change(row)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


def _spoil(config: str, **values: object) -> Callable[[Path], None]:
    """Sets columns of the config's test split."""
    return lambda folder: _rewrite(
        folder / config / "test-00000.parquet", lambda row: row.update(values)
    )


def _drop_image(folder: Path) -> None:
    _spoil("pairs", image_without=None, image_without_sha256=None)(folder)


def _equal_images(folder: Path) -> None:
    _rewrite(
        folder / "pairs" / "test-00000.parquet",
        lambda row: row.update(image_without=row["image_with"]),
    )


def _other_sizes(folder: Path) -> None:
    image = {"bytes": _png(), "path": "x.png"}
    _spoil("pairs", image_with=image)(folder)


def _png() -> bytes:
    stream = io.BytesIO()
    worlds.picture("big").resize((9, 9)).save(stream, format="PNG")
    return stream.getvalue()


def _other_file(folder: Path) -> None:
    shutil.copy(folder / "pairs" / "test-00000.parquet", folder / "pairs" / "test-00001.parquet")


def _no_file(folder: Path) -> None:
    (folder / "LICENSE").unlink()


def _crossing(folder: Path) -> None:
    train = pq.read_table(folder / "anchors" / "train-00000.parquet").to_pylist()[0]
    _spoil("anchors", cue=train["cue"].upper())(folder)


def _same_id(folder: Path) -> None:
    _spoil("pairs", id="twice")(folder)


def _real_name(folder: Path) -> None:
    _rewrite(
        folder / "annotations" / "full-00000.parquet",
        lambda row: row.update(annotator="Ada Lovelace"),
    )


def _undeclared(folder: Path) -> None:
    path = folder / "anchors" / "test-00000.parquet"
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({}), path)


def _path_in_card(folder: Path) -> None:
    with (folder / "README.md").open("a") as card:
        card.write("made in /home/ada/work/run\n")


def _same_letter(folder: Path) -> None:
    """The same rows under new ids, enough of them to say something, each with its answer first."""

    def first(row: Row) -> None:
        others = [choice for choice in row["choices"] if choice != row["answer"]]
        row.update(choices=[row["answer"], *others], answer_index=0)

    path = folder / "pairs" / "test-00000.parquet"
    table = pq.read_table(path)
    rows = [row | {"id": f"{row['id']}-{copy}"} for copy in range(20) for row in table.to_pylist()]
    for row in rows:
        first(row)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


def _copied_across(folder: Path) -> None:
    """An image of the test split, a shade off in a corner, is in the train split too."""
    row = pq.read_table(folder / "pairs" / "test-00000.parquet").to_pylist()[0]
    image = Image.open(io.BytesIO(row["image_with"]["bytes"])).convert("RGB")
    red, green, blue = image.getpixel((0, 0))
    image.putpixel((0, 0), (red ^ 1, green, blue))
    stream = io.BytesIO()
    image.save(stream, format="PNG")
    payload = stream.getvalue()
    digest = hashlib.sha256(payload).hexdigest()
    _rewrite(
        folder / "anchors" / "train-00000.parquet",
        lambda row: row.update(
            image={"bytes": payload, "path": f"{digest}.png"}, image_sha256=digest
        ),
    )


def _control_from_candidates(folder: Path) -> None:
    sample = pq.read_table(folder / "anchors" / "test-00000.parquet").column("sample")[0].as_py()
    _each_file(folder, "controls", lambda row: row.update(sample=sample))


def _control_with_the_image_of_a_pair(folder: Path) -> None:
    digest = (
        pq.read_table(folder / "pairs" / "test-00000.parquet")
        .column("image_with_sha256")[0]
        .as_py()
    )
    _each_file(folder, "controls", lambda row: row.update(image_sha256=digest))


def _each_file(folder: Path, config: str, change: Callable[[Row], object]) -> None:
    for path in (folder / config).iterdir():
        _rewrite(path, change)


def _one_cluster(folder: Path) -> None:
    _each_file(folder, "pairs", lambda row: row.update(cluster="one"))


def _private_row(folder: Path) -> None:
    (folder / "pairs" / "test-00000.parquet").rename(folder / "pairs" / "private-00000.parquet")


def _no_canary_in_the_card(folder: Path) -> None:
    (folder / "README.md").write_text("---\n---\n")


def _broken_croissant(folder: Path) -> None:
    (folder / "croissant.json").write_text('{"@type": "sc:Dataset"}')


@pytest.mark.parametrize(
    ("name", "spoil", "said"),
    [
        ("images_present", _drop_image, "has no image_without"),
        (
            "images_decode",
            _spoil("anchors", image={"bytes": b"\x89PNG broken", "path": "a.png"}),
            "does not decode",
        ),
        ("images_decode", _spoil("anchors", image_sha256="0" * 64), "does not match its hash"),
        ("pairs_differ", _equal_images, "are the same"),
        ("pairs_differ", _other_sizes, "have the sizes (9, 9) and (8, 8)"),
        (
            "answers_among_choices",
            _spoil("pairs", answer="violet"),
            "the answer 'violet' is not option",
        ),
        (
            "answers_among_choices",
            _spoil("anchors", cue_linked="violet"),
            "'violet' is not a wrong option",
        ),
        ("choices_distinct", _spoil("pairs", choices=["a", "A ", "b", "c"]), "its options are"),
        (
            "no_leaks",
            _spoil("pairs", question="Is it One?", choices=["one", "two"], answer="one"),
            "names its answer",
        ),
        ("counts_agree", _spoil("pairs", seed=99), "is not the file that the manifest describes"),
        ("counts_agree", _other_file, "pairs/test-00001.parquet is not in the manifest"),
        ("counts_agree", _no_file, "LICENSE is missing"),
        ("splits_apart", _crossing, "is in test and train"),
        ("ids_unique", _same_id, "pairs has twice 3 times"),
        ("nothing_private", _real_name, "annotations name 'Ada Lovelace'"),
        ("nothing_private", _path_in_card, "README.md contains '/home/ada/work/run'"),
        ("nothing_private", _spoil("pairs", generator="/models/sd/v1"), "contains '/models/sd/v1'"),
        (
            "nothing_private",
            _spoil("anchors", core="ask ada@example.org"),
            "contains 'ada@example.org'",
        ),
        (
            "nothing_private",
            _spoil("anchors", core="hf_" + "a" * 30),
            "looks like a secret (hf_a...)",
        ),
        (
            "nothing_private",
            _spoil("pairs", core="sk-proj-" + "a" * 30),
            "looks like a secret (sk-p...)",
        ),
        ("pairs_differ", _spoil("pairs", box=[0.0, 0.0, 0.2, 0.2]), "differ outside their box"),
        ("pairs_differ", _spoil("pairs", gate_likeness=0.1, box=None), "have a likeness of 0.100"),
        (
            "letters_balanced",
            _same_letter,
            "pairs: the answer is A in 61 of 66 questions of 4 options",
        ),
        ("images_apart", _copied_across, "looks like"),
        ("controls_apart", _control_from_candidates, "was screened as spurious"),
        (
            "controls_apart",
            _control_with_the_image_of_a_pair,
            "has the image of an anchor or a pair",
        ),
        ("licences_present", _spoil("anchors", license=None), "has no license"),
        ("licences_present", _spoil("pairs", attribution=""), "has no attribution"),
        ("canary_everywhere", _spoil("pairs", canary=""), "lacks the canary"),
        ("canary_everywhere", _no_canary_in_the_card, "README.md lacks the canary"),
        ("croissant_valid", _broken_croissant, "croissant.json: "),
        ("splits_apart", _one_cluster, "cluster one is in test and train"),
        ("private_withheld", _private_row, "is in the split private"),
        ("images_viewable", _undeclared, "anchors/test-00000.parquet declares no features"),
    ],
)
def test_a_corrupted_release_fails_its_check(
    release: Path, name: str, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(release)
    check = next(one for one in checks.run(release) if one.name == name)
    assert not check.passed
    assert said in check.explanation
    assert check.remedy


def test_a_sound_release_passes_every_check_and_says_what_it_saw(sound: Path) -> None:
    done = checks.require(sound)
    assert [check.name for check in done if not check.passed] == []
    said = {check.name: check.explanation for check in done}
    assert said["images_decode"] == "54 images decode and match their hashes"


def test_a_file_that_is_no_parquet_any_more_is_a_failure_and_no_crash(release: Path) -> None:
    (release / "pairs" / "test-00000.parquet").write_bytes(b"broken")
    with pytest.raises(ReleaseError, match="cannot be read"):
        checks.require(release)


def test_wrong_counts_in_the_manifest_are_seen(release: Path) -> None:
    manifest = json.loads((release / "MANIFEST.json").read_text())
    manifest["files"]["pairs/test-00000.parquet"]["rows"] += 1
    (release / "MANIFEST.json").write_text(json.dumps(manifest))
    check = next(one for one in checks.run(release) if one.name == "counts_agree")
    assert check.explanation == "pairs/test-00000.parquet does not have 4 rows"


@pytest.mark.parametrize(
    "text",
    [
        "left/right",
        "and / or",
        "https://example.org/a/b/c",
        "images/ab/cd",
        "2/3",
        "./a/b",
        "a @ b",
    ],
)
def test_ordinary_text_is_not_private(text: str) -> None:
    assert not privacy._PRIVATE.search(text)
