"""The columns of every config of a release.

SCHEMAS["pairs"].names                                     # ["id", "index", "type", ...]
"""

import pyarrow as pa

from ..files.parquet import IMAGE

TEXT, TEXTS, WHOLE, REAL, TRUTH = (
    pa.string(),
    pa.list_(pa.string()),
    pa.int64(),
    pa.float64(),
    pa.bool_(),
)
BOX = pa.list_(REAL)

#: The letters that options are shown under.
LETTERS = "ABCD"
#: How many images with the cue the paper's wide table has beside each real one.
GROUP = 10


#: Whose it is: of every row that holds an image.
_RIGHTS: dict[str, pa.DataType] = {"license": TEXT, "attribution": TEXT, "canary": TEXT}

#: What `pairs` and `anchors` both say of a type: the question, the cue, and the published effect.
_TYPE: dict[str, pa.DataType] = {
    "type": TEXT, "cluster": TEXT, "question": TEXT, "choices": TEXTS, "answer": TEXT, "answer_index": WHOLE,
    "cue": TEXT, "category": TEXT, "cue_linked": TEXT, "cue_linked_index": WHOLE, "core": TEXT, "models": TEXTS,
    "effect": REAL, "effect_low": REAL, "effect_high": REAL, "effect_pairs": WHOLE, "p": REAL, "q": REAL,
    "cue_votes": WHOLE, "cue_agreement": REAL, "judgments_scripted": TRUTH,
}  # fmt: skip

_COLUMNS: dict[str, dict[str, pa.DataType]] = {
    "pairs": {
        "id": TEXT, "index": WHOLE, **_TYPE, "image_with": IMAGE, "image_without": IMAGE, "image_placebo": IMAGE,
        "image_with_sha256": TEXT, "image_without_sha256": TEXT, "image_placebo_sha256": TEXT, "source_sha256": TEXT,
        "route": TEXT, "box": BOX, "generator": TEXT, "seed": WHOLE, "prompt_with": TEXT, "prompt_without": TEXT,
        "prompt_placebo": TEXT, "gate_cue_with": REAL, "gate_cue_without": REAL, "gate_core": REAL,
        "gate_likeness": REAL, "pair_votes": WHOLE, "pair_agreement": REAL, **_RIGHTS,
    },
    "anchors": {
        "id": TEXT, **_TYPE, "image": IMAGE, "image_sha256": TEXT, "sample": TEXT, "benchmark": TEXT,
        "benchmark_split": TEXT, "question_id": TEXT, "description_with": TEXT, "description_without": TEXT,
        "accuracy_with": REAL, "accuracy_without": REAL, "bias_rate_with": REAL, "bias_rate_without": REAL,
        "placebo_effect": REAL, "selection_effect": REAL, "selection_pairs": WHOLE, **_RIGHTS,
    },
    "controls": {
        "id": TEXT, "sample": TEXT, "benchmark": TEXT, "benchmark_split": TEXT, "question_id": TEXT, "question": TEXT,
        "choices": TEXTS, "answer": TEXT, "answer_index": WHOLE, "image": IMAGE, "image_sha256": TEXT, "cues": TEXTS,
        **_RIGHTS,
    },
    "spuriverse": {
        "image_id": TEXT, "benchmark": TEXT, "question": TEXT, **dict.fromkeys(LETTERS, TEXT), "answer": TEXT,
        "image": IMAGE, **{f"spurious_group_{number}": IMAGE for number in range(1, GROUP + 1)}, "type": TEXT,
        "canary": TEXT,
    },
    "candidates": {
        "id": TEXT, "type": TEXT, "published": TRUTH, "stage": TEXT, "reason": TEXT, "model": TEXT, "sample": TEXT,
        "question": TEXT, "cue": TEXT, "category": TEXT, "cue_linked": TEXT, "screener": TEXT,
        "errors_with_cue": WHOLE, "asked_with_cue": WHOLE, "errors_total": WHOLE, "asked_total": WHOLE, "p": REAL,
        "q": REAL, "selection_effect": REAL, "selection_low": REAL, "selection_high": REAL, "selection_q": REAL,
        "threshold_rule": TRUTH,
    },
    "annotations": {
        "id": TEXT, "project": TEXT, "subject": TEXT, "type": TEXT, "published": TRUTH, "annotator": TEXT,
        "verdict": TEXT, "skipped": TRUTH, "scripted": TRUTH, "excluded": TRUTH, "control": TEXT, "cue": TEXT,
        "core": TEXT, "description_with": TEXT, "description_without": TEXT, "box": BOX,
    },
    "responses": {
        "id": TEXT, "type": TEXT, "pair": TEXT, "role": TEXT, "index": WHOLE, "published": TRUTH, "arm": TEXT,
        "model": TEXT, "prompt": TEXT, "rotation": WHOLE, "outcome": TEXT, "chosen": WHOLE, "option": TEXT,
        "text": TEXT, "correct": TRUTH, "linked": TRUTH,
    },
}  # fmt: skip

SCHEMAS: dict[str, pa.Schema] = {
    config: pa.schema([pa.field(name, kind) for name, kind in columns.items()])
    for config, columns in _COLUMNS.items()
}
