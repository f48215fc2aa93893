"""Release folders of a few kilobytes, made by hand, for tests that send and read releases.

    release = made(tmp_path, "1.0.0", {"train": 4, "test": 2})

The rows of a split follow from its name and their number, so two releases may share the file of a
split.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from spuriforge.pipeline.release.checks import ReleaseError

SPLITS = {"train": 4, "test": 2}


def made(home: Path, version: str, splits: Mapping[str, int] = SPLITS, *, note: str = "") -> Path:
    """Writes a release of one config, `pairs`; `note` goes into its card."""
    release = home / version
    (release / "pairs").mkdir(parents=True)
    for split, rows in splits.items():
        table = pa.table({"id": [f"{split}-{n}" for n in range(rows)], "index": list(range(rows))})
        pq.write_table(table, release / "pairs" / f"{split}-00000.parquet")
    (release / "plots").mkdir()
    (release / "plots" / "effects.png").write_bytes(b"\x89PNG" + version.encode())
    data = [{"split": split, "path": f"pairs/{split}-*.parquet"} for split in splits]
    configs = json.dumps([{"config_name": "pairs", "default": True, "data_files": data}])
    (release / "README.md").write_text(f"---\nconfigs: {configs}\n---\n\n# Demo {version} {note}\n")
    files = {
        path.relative_to(release).as_posix(): path for path in release.rglob("*") if path.is_file()
    }
    manifest = {
        "name": "demo",
        "version": version,
        "files": {name: entry(path) for name, path in files.items()},
    }
    (release / "MANIFEST.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return release


def entry(path: Path) -> dict[str, object]:
    """Returns the manifest's entry for a file."""
    config = (
        {"config": path.parent.name, "split": path.name.split("-")[0]}
        if path.suffix == ".parquet"
        else {}
    )
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()} | config


def at_once(
    releases: Sequence[Path], publish: Callable[[Path], object]
) -> tuple[list[Path], list[str]]:
    """Publishes releases at once; returns those that got through, and the errors of the others."""
    won: list[Path] = []
    lost: list[str] = []
    begin = threading.Barrier(len(releases))

    def attempt(release: Path) -> None:
        begin.wait()
        try:
            publish(release)
            won.append(release)
        except ReleaseError as error:
            lost.append(str(error))

    threads = [threading.Thread(target=attempt, args=(release,)) for release in releases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return won, lost


def contents(folder: Path) -> dict[str, bytes]:
    """Returns path -> bytes of all files below a folder."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }
