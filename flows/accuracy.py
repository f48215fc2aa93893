"""How well each model does on the benchmarks themselves, questions that belong together counted as
groups, too.
"""

from collections import Counter, defaultdict
from typing import Any

from spuriforge.data import naturalbench
from spuriforge.pipeline.mine import current_predictions
from spuriforge.pipeline.recipe import Source
from spuriforge.pipeline.records import Failure, Prediction, Sample

from .opened import Opened


def accuracies(opened: Opened) -> list[dict[str, Any]]:
    """A row for each mined model and benchmark: accuracy in the options' own order, and G-Acc where
    it has groups.

    An answer that names no option is wrong; a call that failed is left out, and counted.
    """
    samples = {one.key: one for one in opened.samples}
    predictions = current_predictions(
        opened.workspace.records(Prediction), opened.prompts, opened.recipe.mine
    )
    asked: dict[tuple[str, str], list[tuple[Sample, Prediction]]] = defaultdict(list)
    for one in predictions:
        if one.sample in samples and one.rotation == 0 and not one.blind:
            asked[one.model, samples[one.sample].benchmark].append((samples[one.sample], one))
    failed = _failed(opened)
    sources = (one for one in opened.recipe.benchmarks if isinstance(one, Source))
    in_groups = {one.title for one in sources if one.kind == "naturalbench"}
    return [
        {
            "model": model.partition("@")[0],
            "benchmark": benchmark,
            "failed": failed[model],
            **_figures(rows, benchmark in in_groups),
        }
        for (model, benchmark), rows in sorted(asked.items())
    ]


def _failed(opened: Opened) -> Counter[str]:
    """Model -> calls about samples that failed for good and gave no answer since."""
    answered = opened.workspace.keys(Prediction)
    open_calls = {
        one.subject: one.model
        for one in opened.workspace.records(Failure)
        if one.stage == "mine" and one.subject not in answered
    }
    return Counter(open_calls.values())


def _figures(rows: list[tuple[Sample, Prediction]], in_groups: bool) -> dict[str, Any]:
    right = [one.chosen == sample.answer for sample, one in rows]
    found = None
    if in_groups:
        pairs = (naturalbench.pair_of(sample.question_id) for sample, _ in rows)
        found = naturalbench.group_accuracy(
            (*pair, correct) for pair, correct in zip(pairs, right, strict=True)
        )
    return {
        "questions": len(rows),
        "accuracy": sum(right) / len(rows),
        "unparsed": sum(one.outcome == "unparsed" for _, one in rows),
        "q_acc": found.q_acc if found else None,
        "i_acc": found.i_acc if found else None,
        "g_acc": found.g_acc if found else None,
    }
