"""A task that was exported for the Hub loads the version that it names, whatever is the newest
there.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from spuriforge.pipeline.release.exports import export
from tests.hub_stand_in import HubStandIn
from tests.made_releases import made

#: Both releases to the Hub, and then what the task says: in a process of its own, since HF_ENDPOINT
#: is read once.
CODE = """
import json, sys
from pathlib import Path
from datasets import load_dataset
from spuriforge.pipeline.release.destinations import upload

for folder in sys.argv[1:3]:
    upload(Path(folder), "hf://datasets/owner/demo", lambda said: None)
task = json.loads(sys.argv[3])
rows = load_dataset(task["dataset_path"], **task["dataset_kwargs"])[task["test_split"]]
print(len(rows), type(rows[0]["image_with"]).__name__)
"""


@pytest.mark.integration
def test_an_exported_task_loads_its_version_from_the_hub(release: Path, tmp_path: Path) -> None:
    newer = made(tmp_path, "1.1.0")
    with HubStandIn() as hub:
        settings = {
            "HF_ENDPOINT": hub.url,
            "HF_TOKEN": hub.token,
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HOME": str(tmp_path / "cache"),
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }
        done = subprocess.run(
            [sys.executable, "-c", CODE, release, newer, json.dumps(_task(release, tmp_path))],
            text=True,
            check=False,
            env=os.environ | settings,
            capture_output=True,
            timeout=180,
            cwd=Path(__file__).parents[2],
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["9", "PngImageFile"]


def _task(release: Path, folder: Path) -> dict[str, Any]:
    """The exported task on pairs, as YAML says it, without its functions."""
    file = next(
        path
        for path in export(release, "lmms-eval", folder, hub="owner/demo")
        if path.stem.endswith("_pairs")
    )
    plain = file.read_text(encoding="utf-8").replace("!function ", "")
    task: dict[str, Any] = yaml.safe_load(plain)
    return task
