"""The demo itself, smaller: the real command with the real models, Label Studio and Prefect, killed
three times.

One subject and the control on half the questions. What is checked is what the demo promises: it
goes on after a kill, ends with a release that loads, a score and a study, finds shortcuts and
invents none, and then has nothing to do.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from spuriforge.pipeline.release import checks
from tests.label_studio import prepare

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "flows" / "recipes" / "proving_ground.toml"
COMMAND = [str(Path(sys.executable).with_name("spuriforge")), "run", "small.toml"]


def _small(folder: Path) -> None:
    """Writes the demo's recipe with fewer questions, one subject and the control model."""
    text = RECIPE.read_text(encoding="utf-8")
    head, subject, rest = text.partition('[[models]]\nname = "subject-b"')
    text = head + rest[rest.index("[[models]]") :]
    assert subject
    for old, new in {
        "../../data": str(ROOT / "data"),
        "../../runs/proving-ground": "./run",
        "../../releases/proving-ground": "./releases",
        "questions = 4800": "questions = 2400",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "small.toml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    prepare(folder / ".spuriforge" / "label-studio")
    _small(folder)
    return folder


def _environment() -> dict[str, str]:
    """This process's, without another test's Prefect, and with the project's Label Studio."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    kept.setdefault("SPURIFORGE_LABEL_STUDIO_VENV", str(ROOT / ".venv-label-studio"))
    return kept


def _run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        COMMAND,
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )


def _parts(folder: Path, table: str) -> dict[str, int]:
    """The parts that a table has so far, each with the time of its writing."""
    return {
        part.name: part.stat().st_mtime_ns
        for part in (folder / "run" / "tables" / table).glob("*.parquet")
    }


def _killed_at(folder: Path, table: str) -> dict[str, int]:
    """Runs until a table has its first part, and kills; gives the parts of that table."""
    victim = subprocess.Popen(
        COMMAND,
        cwd=folder,
        env=_environment(),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 600
    while not _parts(folder, table) and time.monotonic() < deadline and victim.poll() is None:
        time.sleep(0.2)
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    return _parts(folder, table)


def test_a_run_that_is_killed_goes_on_and_ends_with_a_release(folder: Path) -> None:
    before = {table: _killed_at(folder, table) for table in ("predictions", "pairs", "responses")}
    assert all(before.values()), "the run was killed before it had done anything"
    done = _run(folder)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for table, parts in before.items():
        assert parts.items() <= _parts(folder, table).items(), (
            f"{table}: what was there before the kill was done again"
        )
    assert "Finished in" in done.stdout


def test_the_release_holds_up(folder: Path) -> None:
    release = folder / "releases" / "1.0.0"
    assert all(check.passed for check in checks.run(release))
    pairs = [
        row for file in release.glob("pairs/*.parquet") for row in pq.read_table(file).to_pylist()
    ]
    anchors = [
        row for file in release.glob("anchors/*.parquet") for row in pq.read_table(file).to_pylist()
    ]
    assert len(pairs) == 10 * len(anchors)
    assert "scripted" in (release / "README.md").read_text(encoding="utf-8")


def test_the_score_is_good(folder: Path) -> None:
    score = json.loads((folder / "run" / "score.json").read_text(encoding="utf-8"))
    summary = score["summary"]
    assert summary["relied_on"] >= 12
    assert (
        summary["recall"] >= 0.75
    )  # half the demo's questions: a rare cue may have too few errors to be seen
    assert summary["false_discoveries"] <= 1
    assert summary["control_accepted"] == 0
    assert {one["name"] for one in score["variants"]} == {
        "pipeline",
        "without judgments",
        "paper's threshold rule",
    }


def test_the_report_is_one_page_that_loads_nothing(folder: Path) -> None:
    page = (folder / "run" / "report.html").read_text(encoding="utf-8")
    assert 'src="http' not in page
    assert "data:image/png;base64," in page


def test_the_study_compares_with_its_control_groups_on_types_that_were_never_seen(
    folder: Path,
) -> None:
    found = json.loads((folder / "run" / "study" / "study.json").read_text(encoding="utf-8"))
    rows = {row["condition"]: row for row in found["conditions"]}
    assert {name for name, row in rows.items() if row["control"]} == {
        "non-spurious",
        "without",
        "placebo",
    }
    before, after = (rows["pairs"][when]["with_cue"]["value"] for when in ("before", "after"))
    assert after > before + 0.2
    assert 'src="http' not in (folder / "run" / "study" / "index.html").read_text(encoding="utf-8")


def test_a_finished_run_has_nothing_to_do_and_says_so_at_once(folder: Path) -> None:
    began = time.monotonic()
    done = _run(folder)
    assert done.returncode == 0
    assert "Nothing to do" in done.stdout
    assert time.monotonic() - began < 15


def test_a_build_of_a_finished_run_makes_nothing_more(folder: Path) -> None:
    """What a schedule does every hour: with the marker gone, every stage looks for work, and there
    is none.
    """
    (folder / "run" / "finished.txt").unlink()
    before = {
        table.name: _parts(folder, table.name) for table in (folder / "run" / "tables").iterdir()
    }
    done = _run(folder)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert before == {
        table.name: _parts(folder, table.name) for table in (folder / "run" / "tables").iterdir()
    }
    assert [one.name for one in (folder / "releases").iterdir() if one.is_dir()] == ["1.0.0"]
