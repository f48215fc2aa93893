"""Files of judgments as another tool writes them."""

import json
from pathlib import Path
from typing import Any

from spuriforge.pipeline.records import CueType, Pair

AT = "2026-05-01T12:00:00+02:00"


def entry(subject: CueType | Pair, /, **changes: object) -> dict[str, Any]:
    """A judgment as another tool writes it."""
    project, verdict = ("cue", "spurious") if isinstance(subject, CueType) else ("pair", "good")
    named = {
        "project": project,
        "subject": subject.key,
        "annotator": "annotator-1",
        "verdict": verdict,
    }
    return named | {"updated_at": AT} | changes


def file_of(tmp_path: Path, *entries: object) -> Path:
    """A file of judgments."""
    path = tmp_path / "judgments.json"
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path
