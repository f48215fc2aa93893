"""Each model's accuracy on the benchmarks themselves, and group scores where there are groups."""

from collections import Counter, defaultdict
from typing import Any

from spuriforge.data import naturalbench
from spuriforge.pipeline.mine import current_predictions
from spuriforge.pipeline.recipe import Source
from spuriforge.pipeline.records import Failure, Prediction, Sample

from .snapshot import Snapshot


def accuracies(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Returns a row for each mined model and benchmark: accuracy in the options' own order.

    G-Acc is added where the benchmark has groups. An answer that names no option is wrong; a call
    that failed is left out and counted.
    """
    samples = {sample.key: sample for sample in snapshot.samples}
    predictions = current_predictions(snapshot.predictions, snapshot.prompts, snapshot.recipe.mine)
    answers: dict[tuple[str, str], list[tuple[Sample, Prediction]]] = defaultdict(list)
    for prediction in predictions:
        if prediction.sample in samples and prediction.rotation == 0 and not prediction.blind:
            sample = samples[prediction.sample]
            answers[prediction.model, sample.benchmark].append((sample, prediction))
    failed = _failed_calls(snapshot)
    sources = [source for source in snapshot.recipe.benchmarks if isinstance(source, Source)]
    in_groups = {source.title for source in sources if source.kind == "naturalbench"}
    return [
        {
            "model": model.partition("@")[0],
            "benchmark": benchmark,
            "failed": failed[model],
            **_figures(rows, benchmark in in_groups),
        }
        for (model, benchmark), rows in sorted(answers.items())
    ]


def _failed_calls(snapshot: Snapshot) -> Counter[str]:
    """Model -> calls about samples that failed for good and gave no answer since."""
    answered = snapshot.tables.keys(Prediction)
    open_calls = {
        failure.subject: failure.model
        for failure in snapshot.tables.records(Failure)
        if failure.stage == "mine" and failure.subject not in answered
    }
    return Counter(open_calls.values())


def _figures(answers: list[tuple[Sample, Prediction]], in_groups: bool) -> dict[str, Any]:
    right = [prediction.chosen == sample.answer for sample, prediction in answers]
    groups = None
    if in_groups:
        pairs = (naturalbench.pair_of(sample.question_id) for sample, _ in answers)
        groups = naturalbench.group_accuracy(
            (*pair, correct) for pair, correct in zip(pairs, right, strict=True)
        )
    return {
        "questions": len(answers),
        "accuracy": sum(right) / len(answers),
        "unparsed": sum(prediction.outcome == "unparsed" for _, prediction in answers),
        "q_acc": groups.q_acc if groups else None,
        "i_acc": groups.i_acc if groups else None,
        "g_acc": groups.g_acc if groups else None,
    }
