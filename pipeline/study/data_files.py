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
from .results import Gain, Row
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
    results, release = report.results, report.opened.release
    return {
        "release": release.manifest["name"],
        "version": release.manifest["version"],
        "model": report.study.model,
        "proving_ground": report.proving_ground,
        "scripted": report.scripted,
        "types": {"rule": report.rule, "judged": list(report.own)},
        "seeds": report.study.seeds,
        "settings": results.settings,
        "figures": FIGURES,
        "best": results.best.condition,
        "conditions": [_keyed(row) for row in results.table.values()],
        "gains": [_keyed(gain) for gain in results.gains],
        "ablation": {
            "condition": report.study.conditions[0],
            "points": [asdict(point) for point in results.ablation],
        },
        "by_type": [
            {
                **asdict(cue_type),
                "cue": report.types[cue_type.key].cue,
                "question": report.types[cue_type.key].question,
            }
            for cue_type in results.types
        ],
        "cost": cost(report),
        "headline": sentences.headline(report),
        "findings": list(sentences.findings(report)),
        "not_shown": list(sentences.not_shown(report)),
    }


def _keyed(result: Row | Gain) -> dict[str, Any]:
    """Returns a result under the keys of study.json, where a control group is a `control`."""
    names = {"is_control_group": "control", "control_group": "control"}
    return {names.get(name, name): value for name, value in asdict(result).items()}
