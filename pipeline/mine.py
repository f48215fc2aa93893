"""Mining errors that mean something: each question in several rotations, and blind where wrong.

    asks = plan(samples, lvlm.id, lvlm.prompt, rotations=4)      # with keys, for Workspace.shards
    predictions = answer(asks, lvlm, workspace.image)
    errors = persistent_errors(samples, predictions, recipe.mine)

An error is *persistent* when the same wrong option text wins more than a share of the rotations.
Blind answers come second, and only for samples with such an error: an error that the model also
makes without the image is a language prior.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from statistics import fmean

from PIL import Image

from .lvlm.interface import LVLM, Answer, Query, answer_rotated
from .lvlm.parse import parse
from .lvlm.prompts import PUBLISHED, version_for
from .recipe import Mine, PublishedModel
from .records import Failure, PersistentError, Prediction, Sample, key_of


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to ask a model in one rotation."""

    key: str
    sample: Sample
    rotation: int
    blind: bool


def plan(
    samples: Iterable[Sample], lvlm_id: str, prompt: str, rotations: int, blind: bool = False
) -> list[Ask]:
    """Returns every (sample, rotation) to ask, in a stable order.

    A sample is asked in no more rotations than it has options.
    """
    return [
        Ask(
            key_of("prediction", sample.key, lvlm_id, prompt, rotation, blind),
            sample,
            rotation,
            blind,
        )
        for sample in sorted(samples, key=lambda sample: sample.key)
        for rotation in range(min(rotations, len(sample.choices)))
    ]


def answer(
    asks: Sequence[Ask], lvlm: LVLM, image: Callable[[str], Image.Image]
) -> list[Prediction | Failure]:
    """Asks the model and returns a prediction per ask, or a `Failure` where the call failed.

    `image` returns a kept image by its sha256.
    """
    # The rotations of a sample share its image, decoded once.
    seen = lru_cache(maxsize=None)(image)
    queries = [
        Query(
            ask.sample.question, ask.sample.choices, None if ask.blind else seen(ask.sample.image)
        )
        for ask in asks
    ]
    answers = answer_rotated(lvlm, queries, [ask.rotation for ask in asks])
    return [
        Failure.now("mine", ask.key, lvlm.id, reply.text)
        if reply.outcome == "failed"
        else _prediction(ask, reply, lvlm)
        for ask, reply in zip(asks, answers, strict=True)
    ]


def _prediction(ask: Ask, reply: Answer, lvlm: LVLM) -> Prediction:
    return Prediction(
        key=ask.key,
        sample=ask.sample.key,
        model=lvlm.id,
        prompt=lvlm.prompt,
        rotation=ask.rotation,
        blind=ask.blind,
        outcome=reply.outcome,
        chosen=reply.chosen,
        text=reply.text,
        margin=reply.margin,
        **asdict(reply.usage),
    )


def published(sample: Sample, model: PublishedModel, text: str) -> Prediction:
    """Returns a published answer as a prediction, parsed against the unrotated options."""
    chosen = parse(text, sample.choices)
    prompt = version_for(model)
    return Prediction(
        key=key_of("prediction", sample.key, model.id, prompt, 0, False, text),
        sample=sample.key,
        model=model.id,
        prompt=prompt,
        rotation=0,
        blind=False,
        outcome="unparsed" if chosen is None else "parsed",
        chosen=chosen,
        text=text,
    )


def mined_with(prompt: str, mine: Mine) -> str:
    """Returns the key of everything that decides which errors are persistent."""
    # `max_failed` was once a setting of mining; its default stays here so that keys stay.
    return key_of("mined", prompt, {**mine.model_dump(mode="json"), "max_failed": 0.05})


def current_predictions(
    predictions: Iterable[Prediction], prompts: Mapping[str, str], mine: Mine
) -> list[Prediction]:
    """Returns the predictions by each model's current prompt, in the rotations asked now."""
    return [
        prediction
        for prediction in predictions
        if prediction.prompt == prompts.get(prediction.model)
        and prediction.rotation < mine.rotations
    ]


def _winner(sample: Sample, asked: Sequence[Prediction], mine: Mine) -> tuple[int, float] | None:
    """Returns the wrong option *text* that wins enough of the rotations, with its share.

    Enough is more than `min_share`. A rotation whose call failed counts as not won: what was not
    asked is no evidence.
    """
    texts = Counter(
        sample.choices[prediction.chosen] for prediction in asked if prediction.chosen is not None
    )
    if not texts:
        return None
    text, count = texts.most_common(1)[0]
    wrong = text.strip().casefold() != sample.choices[sample.answer].strip().casefold()
    rotations = 1 if asked[0].prompt == PUBLISHED else min(mine.rotations, len(sample.choices))
    return (
        (sample.choices.index(text), count / rotations)
        if wrong and count > mine.min_share * rotations
        else None
    )


def erring(
    samples: Iterable[Sample], predictions: Iterable[Prediction], mine: Mine
) -> dict[tuple[str, str], Sample]:
    """Returns (model, sample key) -> sample for the persistent errors, to ask blind."""
    by_key = {sample.key: sample for sample in samples}
    return {
        (model, key): by_key[key]
        for (model, key), asked in _grouped(predictions, blind=False).items()
        if key in by_key and _winner(by_key[key], asked, mine)
    }


def persistent_errors(
    samples: Iterable[Sample], predictions: Sequence[Prediction], mine: Mine
) -> list[PersistentError]:
    """Returns the persistent errors of every model.

    An error is a language prior where the blind model chooses the same option. `predictions` are of
    one prompt per model: see `current_predictions`.
    """
    blind = _grouped(predictions, blind=True)
    seen = _grouped(predictions, blind=False)
    errors = []
    for (model, key), sample in sorted(erring(samples, predictions, mine).items()):
        won = _winner(sample, seen[model, key], mine)
        assert won is not None
        without_image = _winner(sample, blind.get((model, key), []), mine)
        margins = [
            prediction.margin
            for prediction in seen[model, key]
            if prediction.chosen == won[0] and prediction.margin is not None
        ]
        mined = mined_with(seen[model, key][0].prompt, mine)
        errors.append(
            PersistentError(
                key=key_of(
                    "error",
                    key,
                    model,
                    mined,
                    sorted(prediction.key for prediction in seen[model, key]),
                ),
                sample=key,
                model=model,
                chosen=won[0],
                mined=mined,
                share=won[1],
                margin=fmean(margins) if margins else None,
                language_prior=without_image is not None and without_image[0] == won[0],
            )
        )
    return errors


def _grouped(
    predictions: Iterable[Prediction], *, blind: bool
) -> dict[tuple[str, str], list[Prediction]]:
    groups: dict[tuple[str, str], list[Prediction]] = defaultdict(list)
    for prediction in predictions:
        if prediction.blind == blind:
            groups[prediction.model, prediction.sample].append(prediction)
    return groups
