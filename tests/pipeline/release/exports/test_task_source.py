"""What exported tasks refer to: a folder or a pinned place on the Hub, written as harmless text."""

import ast
from pathlib import Path

import pytest
import yaml

from spuriforge.pipeline.release.exports import export
from spuriforge.pipeline.release.exports.task_source import TaskSource
from spuriforge.pipeline.release.questions import OpenRelease, Question, read_questions
from tests.pipeline.release.exports.exported_files import Loader

HUB = "acme/shortcuts"


def test_a_place_on_the_hub_pins_the_version(release: OpenRelease, tmp_path: Path) -> None:
    split = next(question.split for question in read_questions(release, configs=["pairs"]))
    written = export(release.folder, "lmms-eval", tmp_path, hub=HUB, split=split)  # type: ignore[arg-type]
    task = yaml.load(
        next(path for path in written if path.stem.endswith("_pairs")).read_text(), Loader
    )
    assert task["dataset_path"] == HUB
    assert task["dataset_kwargs"] == {
        "revision": "1.0.0",
        "data_files": {"test": f"pairs/{split}-*.parquet"},
    }
    text = export(release.folder, "inspect", tmp_path, hub=HUB)[0].read_text()
    assert f'PATH = "{HUB}"\nREVISION = "1.0.0"\n' in text
    with pytest.raises(ValueError, match="write OWNER/NAME"):
        export(release.folder, "inspect", tmp_path, hub="https://example.org/x")


def test_a_folder_s_name_is_text_in_whatever_it_is_written_to() -> None:
    hostile = 'x"\n!function os.system # {{ 7 * 7 }} """ é'
    source = TaskSource("tiny", "1.0.0", hostile, None, "all", ("pairs",))
    task = source.render("lmms_eval_task.yaml.jinja", config="pairs", task="t", figures={})
    assert yaml.load(task, Loader)["dataset_path"] == hostile
    (line,) = [
        line
        for line in source.render("inspect_ai.py.jinja").splitlines()
        if line.startswith("PATH = ")
    ]
    assert ast.literal_eval(line.removeprefix("PATH = ")) == hostile


@pytest.mark.parametrize("changed", [{"name": 'x"""\nimport os'}, {"version": "1.0.0'"}])
def test_a_manifest_cannot_write_code(
    changed: dict[str, str], release: OpenRelease, questions: list[Question]
) -> None:
    with pytest.raises(ValueError, match="no valid name and version"):
        TaskSource.of(
            OpenRelease(release.folder, release.manifest | changed), questions, "all", None
        )
