"""Names, paths, addresses and keys are seen; ordinary text is not mistaken for them."""

from pathlib import Path

import pytest

from spuriforge.pipeline.release.checks import privacy
from spuriforge.pipeline.release.checks.privacy import nothing_private
from spuriforge.pipeline.release.contents import read
from tests.pipeline.release.checks.corruption import fault_of, set_columns, set_everywhere


def test_an_annotator_s_name_is_seen(release: Path) -> None:
    set_everywhere(release, "annotations", annotator="Ada Lovelace")
    assert "annotations name 'Ada Lovelace'" in fault_of(nothing_private, release)


def test_a_path_in_a_text_file_is_seen(release: Path) -> None:
    with (release / "README.md").open("a") as card:
        card.write("made in /home/ada/work/run\n")
    assert fault_of(nothing_private, release) == "README.md contains '/home/ada/work/run'"


@pytest.mark.parametrize(
    ("config", "column", "text", "fault"),
    [
        ("pairs", "generator", "/models/sd/v1", "contains '/models/sd/v1'"),
        ("anchors", "core", "ask ada@example.org", "contains 'ada@example.org'"),
        ("anchors", "core", "hf_" + "a" * 30, "looks like a secret (hf_a...)"),
        ("pairs", "core", "sk-proj-" + "a" * 30, "looks like a secret (sk-p...)"),
    ],
)
def test_a_path_an_address_or_a_key_in_a_row_is_seen(
    release: Path, config: str, column: str, text: str, fault: str
) -> None:
    set_columns(release, config, **{column: text})
    assert fault in fault_of(nothing_private, release)


def test_a_model_s_answer_may_have_a_path_but_no_key(release: Path) -> None:
    set_everywhere(release, "responses", text="see /usr/share/words")
    assert nothing_private(read(release))[0]
    set_everywhere(release, "responses", text="hf_" + "a" * 30)
    assert "looks like a secret" in fault_of(nothing_private, release)


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
