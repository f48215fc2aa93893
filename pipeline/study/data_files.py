"""A study's results as files: study.json with everything, study.parquet with a row for each run.

data_files(report)          # {"study.json": bytes, "study.parquet": bytes}
"""

import io
import json
from dataclasses import asdict
from typing import Any

import pyarrow.parquet as pq

from ..arrow import to_table
from . import sentences
from .report import Report, cost
from .runs import FIGURES, StudyRun


def data_files(report: Report) -> dict[str, bytes]:
    """The study's data files by name."""
    stream = io.BytesIO()
    pq.write_table(to_table(list(report.results.runs), StudyRun), stream)
    return {
        "study.json": (json.dumps(as_json(report), indent=1, ensure_ascii=False) + "\n").encode(),
        "study.parquet": stream.getvalue(),
    }


def as_json(report: Report) -> dict[str, Any]:
    """All figures of a study."""
    found, release = report.results, report.opened.release
    return {
        "release": release.manifest["name"],
        "version": release.manifest["version"],
        "model": report.study.model,
        "proving_ground": report.proving_ground,
        "scripted": report.scripted,
        "types": {"rule": report.rule, "judged": list(report.own)},
        "seeds": report.study.seeds,
        "settings": found.settings,
        "figures": FIGURES,
        "best": found.best.condition,
        "conditions": [asdict(row) for row in found.table.values()],
        "gains": [asdict(one) for one in found.gains],
        "ablation": {
            "condition": report.study.conditions[0],
            "points": [asdict(one) for one in found.ablation],
        },
        "by_type": [
            {
                **asdict(one),
                "cue": report.types[one.key].cue,
                "question": report.types[one.key].question,
            }
            for one in found.types
        ],
        "cost": cost(report),
        "headline": sentences.headline(report),
        "findings": list(sentences.findings(report)),
        "not_shown": list(sentences.not_shown(report)),
    }
