"""inspect_ai and lmms-eval, each run as its users run it, say of subject-a what `evaluate` says.

They live in .venv-consumers, since their pins and ours exclude each other; it sees .venv's torch
and datasets.
"""

import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from spuriforge.pipeline.evaluate import Evaluation, evaluate
from spuriforge.pipeline.lvlm.call_cache import CallCache
from spuriforge.pipeline.lvlm.endpoint import EndpointLVLM
from spuriforge.pipeline.recipe_models import EndpointModel
from spuriforge.pipeline.release.exports import export
from spuriforge.pipeline.workspace import Workspace
from tests.docs.pages import DOCS, blocks
from tests.serving import MODELS

pytestmark = pytest.mark.integration

CONSUMERS = Path(__file__).parents[2] / ".venv-consumers" / "bin"
MODEL = str(MODELS / "subject-a")
FIGURES = ("with_cue", "without_cue", "gap", "consistent", "bias_with", "anchors", "controls")


@pytest.fixture(scope="module")
def ours(
    release: Path, subject_a: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Evaluation]:
    """What our own evaluation says, through the same server."""
    model = EndpointModel(
        name="served",
        backend="endpoint",
        url=subject_a,
        model=MODEL,
        image_format="png",
        max_tokens=8,
        concurrency=2,
    )
    lvlm = EndpointLVLM(model, cache=CallCache(Workspace(tmp_path_factory.mktemp("calls"))))
    yield evaluate(release, lvlm)
    lvlm.close()


def _ran(program: str, url: str, folder: Path, **environment: str) -> None:
    """Runs a program of .venv-consumers in a folder, by its line on the page, with this model
    behind this server.
    """
    (line,) = [
        line
        for block in blocks(DOCS / "how-to" / "use-a-release.md", "sh")
        for line in block.splitlines()
        if line.split()[0] == program
    ]
    _, *arguments = shlex.split(line.replace("MODEL", MODEL).replace("URL", url))
    assert (CONSUMERS / program).exists(), "Not installed: make .venv-consumers/ready"
    own = {
        "HF_HOME": str(folder / "hf"),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        [CONSUMERS / program, *arguments],
        cwd=folder,
        env={**os.environ, **own, **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_subject_a_takes_the_shortcuts_of_this_release(ours: Evaluation) -> None:
    """So that the agreement below is about figures that differ from one another."""
    assert ours.failed == 0
    assert ours.figures["without_cue"].value > ours.figures["with_cue"].value
    assert ours.figures["bias_with"].value > 0


def test_lmms_eval_says_what_we_say(
    release: Path, subject_a: str, ours: Evaluation, tmp_path: Path
) -> None:
    export(release, "lmms-eval", tmp_path / "tasks")
    _ran("lmms-eval", subject_a, tmp_path)
    (file,) = (tmp_path / "results").rglob("*_results.json")
    tasks = json.loads(file.read_text())["results"]
    said = {
        name.removesuffix(",none"): value
        for task in tasks.values()
        for name, value in task.items()
        if name.endswith(",none") and "_stderr" not in name
    }
    _agree(said, ours)


def test_inspect_says_what_we_say(
    release: Path, subject_a: str, ours: Evaluation, tmp_path: Path
) -> None:
    export(release, "inspect", tmp_path)
    _ran(
        "inspect",
        subject_a,
        tmp_path,
        LOCAL_API_KEY="none",
        LOCAL_BASE_URL=subject_a,
        INSPECT_LOG_DIR="logs",
        INSPECT_LOG_FORMAT="json",
        INSPECT_DISPLAY="plain",
    )
    said: dict[str, float] = {}
    for log in (tmp_path / "logs").glob("*.json"):
        results = json.loads(log.read_text())["results"]
        said |= {name: metric["value"] for name, metric in results["scores"][0]["metrics"].items()}
    for arm in {one.question.arm for one in ours.grades} - {"placebo"}:
        assert said[arm] == pytest.approx(ours.accuracy[arm]), arm
    _agree(said | {"controls": said["control"]}, ours)


def _agree(said: dict[str, float], ours: Evaluation) -> None:
    """What our evaluation gives of pairs, anchors and controls is what the tasks give, and none of
    it is left out.
    """
    assert {name: said[name] for name in FIGURES} == pytest.approx(
        {name: ours.figures[name].value for name in FIGURES}
    )
