"""The association screener: which cue goes with which wrong answer far more often than chance?

    tags = tag_images(hashes, clip, recipe.screen, workspace.image)
    candidates = associate(samples, errors, tags, recipe.screen)

It looks at each model, question, wrong option and tag of the vocabulary. Among the questions that
offer the option as a wrong answer, do the errors towards it show the tag more often than the rest?
One-sided Fisher exact test, corrected over all tests of the model (Benjamini-Hochberg). Needs no
judge model. Every proposal is kept, or rejected with a reason.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image
from scipy.special import expit, softmax

from .clip import OpenClip, odds_each, prompts_of
from .reasons import first_reason
from .recipe import Category, Screen
from .records import Candidate, ImageTags, PersistentError, Sample, key_of
from .statistics import association_p, benjamini_hochberg
from .text_matching import is_option, plain, within

#: Questions asked less often are pooled with the other rare questions: alone they have too few
#: errors.
COMMON_QUESTION = 50
#: Weaker proposals are counted in the ledger and not listed.
LISTED_P = 0.01


def tags_key(image: str, clip: str, screen: Screen) -> str:
    """Returns the key of an image's tags: another vocabulary or CLIP makes another key."""
    vocabulary = [
        category.model_dump(
            mode="json", exclude={"phrase"} | ({"exclusive"} if category.exclusive else set())
        )
        for category in screen.vocabulary
    ]
    return key_of("tags", image, clip, vocabulary, screen.threshold)


def tag_images(
    images: Sequence[str], clip: OpenClip, screen: Screen, image: Callable[[str], Image.Image]
) -> list[ImageTags]:
    """Returns the tags of each image whose probability exceeds the recipe's threshold.

    An exclusive category takes a softmax over all its prompts; any other weighs each tag by itself.
    """
    embedded = clip.scale * clip.encode_images([image(sha) for sha in images])
    tagged_images: list[list[tuple[str, float]]] = [[] for _ in images]
    for category in screen.vocabulary:
        logits = embedded @ clip.encode_texts(prompts_of(category)).T
        shares = (
            softmax(logits, axis=1)[:, : len(category.tags)]
            if category.exclusive
            else expit(odds_each(logits))
        )
        for row, column in np.argwhere(shares > screen.threshold):
            tagged_images[row].append(
                (f"{category.name}:{category.tags[column]}", float(shares[row, column]))
            )
    return [
        ImageTags(
            key=tags_key(sha, clip.name, screen),
            image=sha,
            tags=tuple(tag for tag, _ in tagged),
            probabilities=tuple(share for _, share in tagged),
        )
        for sha, tagged in zip(images, tagged_images, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Group:
    """The questions of one wording that offer one wrong option, and the errors towards it.

    `question` is empty for all rare wordings together.
    """

    question: str
    linked: str
    asked: tuple[Sample, ...]
    errors: tuple[tuple[PersistentError, Sample], ...]


def _wording(samples: Iterable[Sample]) -> Callable[[Sample], str]:
    counts = Counter(plain(sample.question) for sample in samples)
    return lambda sample: (
        question if counts[question := plain(sample.question)] >= COMMON_QUESTION else ""
    )


def _groups(samples: Sequence[Sample], errors: Iterable[PersistentError]) -> list[_Group]:
    wording = _wording(samples)
    by_key = {sample.key: sample for sample in samples}
    erring: dict[tuple[str, str], list[tuple[PersistentError, Sample]]] = defaultdict(list)
    for error in errors:
        sample = by_key[error.sample]
        erring[wording(sample), plain(sample.choices[error.chosen])].append((error, sample))
    asked: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for sample in samples:
        gold = plain(sample.choices[sample.answer])
        for choice in {plain(choice) for choice in sample.choices} - {gold}:
            if (wording(sample), choice) in erring:
                asked[wording(sample), choice].append(sample)
    return [
        _Group(question, linked, tuple(asked[question, linked]), tuple(erring[question, linked]))
        for question, linked in sorted(erring)
    ]


def associate(
    samples: Sequence[Sample],
    errors: Sequence[PersistentError],
    tags: Iterable[ImageTags],
    screen: Screen,
    unsound: Set[str] = frozenset(),
) -> list[Candidate]:
    """Returns the candidates of every model, kept and rejected, each with its reason.

    The test counts errors that the blind model makes too: among questions that read alike, a
    language prior pulls with the cue and without it. Such an error stands for a type only if there
    is no other. Rare questions are pooled, and there the wording itself may go with a cue, so a tag
    needs an error that takes the image.

    `unsound` samples, which people called unusable, come last as anchors; counts and p stay as they
    are.
    """
    shown = {row.image: dict(zip(row.tags, row.probabilities, strict=True)) for row in tags}
    spread = Counter(tag for sample in samples for tag in shown.get(sample.image, {}))
    candidates: list[Candidate] = []
    for model in sorted({error.model for error in errors}):
        groups = _groups(samples, [error for error in errors if error.model == model])
        proposed = [
            candidate
            for group in groups
            for candidate in _propose(group, model, shown, screen, unsound)
        ]
        tested = [candidate.p for candidate in proposed if candidate.p is not None]
        for candidate, q in zip(proposed, benjamini_hochberg(tested), strict=True):
            if candidate.p is not None and candidate.p <= LISTED_P:
                candidates.append(_judge(replace(candidate, q=q), samples, spread, screen))
    return candidates


def _propose(
    group: _Group, model: str, shown: dict[str, dict[str, float]], screen: Screen, unsound: Set[str]
) -> list[Candidate]:
    """Returns an unjudged proposal for each tag seen in enough of the group's errors."""
    with_tag = Counter(tag for sample in group.asked for tag in shown.get(sample.image, {}))
    erring = Counter(tag for _, sample in group.errors for tag in shown.get(sample.image, {}))
    proposals = []
    for tag, count in sorted(with_tag.items()):
        anchor = _anchor(group, tag, shown, unsound)
        if erring[tag] < screen.min_errors or anchor is None:
            continue
        category, _, cue = tag.partition(":")
        proposals.append(
            Candidate(
                key=key_of("candidate", anchor.key, model, tag, group.linked),
                sample=anchor.key,
                model=model,
                cue=cue,
                category=category,
                linked=group.linked,
                screener="association",
                errors_with_cue=erring[tag],
                asked_with_cue=count,
                errors_total=len(group.errors),
                asked_total=len(group.asked),
                p=association_p(erring[tag], count, len(group.errors), len(group.asked)),
                q=None,
                kept=False,
                reason="",
            )
        )
    return proposals


def _anchor(
    group: _Group, tag: str, shown: dict[str, dict[str, float]], unsound: Set[str]
) -> Sample | None:
    """Returns the sample of the clearest error that shows the cue.

    Clearest is: most rotations, widest margin, then surest tag.

    Sound samples, and errors that the blind model does not make, come first.
    """

    def clearness(
        erring: tuple[PersistentError, Sample],
    ) -> tuple[bool, bool, float, float, float, str]:
        error, sample = erring
        sound, visual = sample.key not in unsound, not error.language_prior
        return sound, visual, error.share, error.margin or 0.0, shown[sample.image][tag], sample.key

    seen = [(error, sample) for error, sample in group.errors if tag in shown.get(sample.image, {})]
    if not group.question:
        seen = [(error, sample) for error, sample in seen if not error.language_prior]
    return max(seen, key=clearness)[1] if seen else None


def _judge(
    candidate: Candidate, samples: Sequence[Sample], spread: Counter[str], screen: Screen
) -> Candidate:
    """Returns the candidate kept or rejected, by the statistics and then by logical filters."""
    sample = next(sample for sample in samples if sample.key == candidate.sample)
    asked = (
        f"{candidate.errors_with_cue} of {candidate.errors_total} errors against "
        f"{candidate.asked_with_cue} of {candidate.asked_total} asked"
    )
    category = next(
        category for category in screen.vocabulary if category.name == candidate.category
    )
    reasons = {
        f"not significant: q = {candidate.q:.3g}": (candidate.q or 0) > screen.q,
        "the cue is an option's own text": _is_option(candidate.cue, category, sample),
        "the question asks about this kind of thing": _asked_about(category, sample),
        "the cue is named in the question": _is_named(candidate.cue, category, sample),
        "the cue is everywhere": spread[f"{candidate.category}:{candidate.cue}"]
        > screen.max_share * len(samples),
    }
    failed = first_reason(reasons)
    return replace(
        candidate,
        kept=failed is None,
        reason=failed or f"associated: {asked}, q = {candidate.q:.2g}",
    )


def _is_option(cue: str, category: Category, sample: Sample) -> bool:
    """Returns whether the cue is an option.

    A word of an option is enough where the vocabulary is made of the options' own words.
    """
    if category.exclusive:
        return plain(cue) in {plain(choice) for choice in sample.choices}
    return is_option(cue, sample.choices)


def _is_named(cue: str, category: Category, sample: Sample) -> bool:
    if category.exclusive:
        return plain(cue) in set(plain(sample.question).replace("?", "").split())
    return within(sample.question, cue)


def _asked_about(category: Category, sample: Sample) -> bool:
    """Returns whether the options are the cue's own category: then the question is about the cue.

    Categories whose tags may come together do not count: all options may be among them by chance.
    """
    tags = {plain(tag) for tag in category.tags}
    return category.exclusive and all(plain(choice) in tags for choice in sample.choices)
