"""Catch trials: tasks with known answers among the others, which measure the annotators.

    cue_trials(types, samples, tags, recipe, seed=0, earlier=known)    # [(CatchTrial, CueType)]
    pair_trials(pairs, types, recipe, earlier=known)                   # [(CatchTrial, Pair)]

- A gold cue is a real question shown with another option as its gold answer, and the true answer as
  the model's: a careful person sees that the question is bad.
- A sham cue is a proposed cue moved to an image without it: nobody should call it spurious.
- A gold pair is the same image twice: the cue cannot be in exactly one.

Every annotator gets all of them: if only some got the shams, people's rates of accepted shams would
rest on different cues.

Keys and the seed decide which samples and pairs are taken. As more types or pairs come, trials are
added and earlier trials stay: pass the subjects of the workspace's `CatchTrial` records as
`earlier`, and all types and pairs that were ever asked about, not only the open ones. Too few fit
samples make fewer trials than the recipe's rates ask for.

A trial's descriptions come from its sample's caption. Where the types' descriptions do not,
describe the trials the same way as the types.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import CatchTrial, CueType, Pair, Sample, key_of

GOLD, SHAM = "gold", "sham"
#: (project, kind) -> the right verdict.
EXPECTED = {
    ("cue", GOLD): "bad_question",
    ("cue", SHAM): "not_spurious",
    ("pair", GOLD): "cue_wrong",
}

Tags = Mapping[str, Set[str]]
#: A sample -> the cue type to show of it, or None where no cue fits.
Make = Callable[[Sample], CueType | None]


def wanted(rate: float, tasks: int) -> int:
    """Returns how many trials a rate asks for among so many tasks, rounded up."""
    return math.ceil(round(rate * tasks, 9))


# --- cues -----------------------------------------------------------------------------------------


def cue_trials(
    types: Sequence[CueType],
    samples: Sequence[Sample],
    tags: Tags,
    recipe: Recipe,
    seed: int = 0,
    *,
    earlier: Set[str] = frozenset(),
) -> list[tuple[CatchTrial, CueType]]:
    """Returns gold and sham cues at the recipe's rates of all types.

    `samples` are questions whose gold answer is surely right: those that every model answers right.
    `tags` says which cues, named as in `CueType.cue`, an image shows; nothing is known about an
    image that it lacks.
    """
    draw = _Draw(types, tags, frozenset[str]().union(*tags.values()), recipe, seed)
    shown = {cue_type.image for cue_type in types}
    free = [sample for sample in samples if sample.image and sample.image not in shown]
    # The image decides whether it becomes gold or sham: nobody meets it as both, whatever is added.
    is_gold = {
        sample.image: int(key_of("control", seed, sample.image), 16) % 2 == 1 for sample in free
    }
    golds = [sample for sample in free if is_gold[sample.image]]
    shams = [sample for sample in free if not is_gold[sample.image]]
    rates = recipe.annotate
    return [
        *_chosen(golds, GOLD, draw.gold, wanted(rates.gold_rate, len(types)), seed, earlier),
        *_chosen(shams, SHAM, draw.sham, wanted(rates.sham_rate, len(types)), seed, earlier),
    ]


def _chosen(
    samples: Sequence[Sample], kind: str, make: Make, count: int, seed: int, earlier: Set[str]
) -> Iterator[tuple[CatchTrial, CueType]]:
    """Yields up to `count` trials of a kind, each of another image: the earlier ones first."""
    keys = {sample.key: _cue_key(kind, sample, seed) for sample in samples}
    used: set[str] = set()
    for sample in sorted(samples, key=lambda sample: _rank(keys[sample.key], earlier)):
        if len(used) == count:
            return
        cue_type = None if sample.image in used else make(sample)
        if cue_type is not None:
            used.add(sample.image)
            key = keys[sample.key]
            yield _catch_trial("cue", key, kind), replace(cue_type, key=key)


def _rank(key: str, earlier: Set[str]) -> tuple[bool, str]:
    """Returns what sorts earlier trials first, and the rest by key."""
    return key not in earlier, key


def _cue_key(kind: str, sample: Sample, seed: int) -> str:
    """Returns a trial's key, without the cue: that may change as more cues are proposed."""
    return key_of("type", "control", kind, seed, sample.key)


def _catch_trial(project: str, subject: str, kind: str) -> CatchTrial:
    return CatchTrial(
        key=key_of("control", project, subject, kind),
        project=project,
        subject=subject,
        kind=kind,
        expected=EXPECTED[project, kind],
    )


@dataclass(frozen=True, slots=True)
class _Draw:
    """Draws a cue and an option for a sample from the types proposed elsewhere."""

    types: Sequence[CueType]
    tags: Tags
    #: All cues that any image shows.
    tagged: Set[str]
    recipe: Recipe
    seed: int

    def gold(self, sample: Sample) -> CueType | None:
        """Returns the sample with another gold answer, and a cue that it shows if any is known."""
        wrong = self._other_option(sample)
        proposed = self._proposed(sample)
        fit = [cue_type for cue_type in proposed if self._shows(sample, cue_type.cue)]
        return self._type(sample, fit or proposed, answer=wrong, linked=sample.answer)

    def sham(self, sample: Sample) -> CueType | None:
        """Returns the sample as it is, with a cue that its image does not show."""
        fit = [
            cue_type for cue_type in self._proposed(sample) if not self._shows(sample, cue_type.cue)
        ]
        if sample.image in self.tags:
            # Tags say nothing about a cue that is never a tag.
            fit = [cue_type for cue_type in fit if cue_type.cue in self.tagged]
        return self._type(sample, fit, answer=sample.answer, linked=self._other_option(sample))

    def _proposed(self, sample: Sample) -> list[CueType]:
        """Returns the types whose cue neither an option nor the question names."""
        texts = (sample.question, *sample.choices)
        return [
            cue_type
            for cue_type in self.types
            if not any(_names(text, cue_type.cue) for text in texts)
        ]

    def _shows(self, sample: Sample, cue: str) -> bool:
        """Whether the image shows the cue, by its tags or its caption."""
        return cue in self.tags.get(sample.image, ()) or _names(sample.caption or "", cue)

    def _other_option(self, sample: Sample) -> int:
        """Returns an option other than the gold answer."""
        others = [index for index in range(len(sample.choices)) if index != sample.answer]
        return min(
            others, key=lambda index: key_of("option", self.seed, sample.key, sample.choices[index])
        )

    def _type(
        self, sample: Sample, fit: Sequence[CueType], answer: int, linked: int
    ) -> CueType | None:
        """Returns the sample as a type with one of the cues, drawn; None without cues."""
        if not fit:
            return None
        drawn = min(
            fit,
            key=lambda cue_type: key_of(
                "cue", self.seed, sample.key, cue_type.category, cue_type.cue, cue_type.key
            ),
        )
        scene = sample.caption or "a photo"
        return replace(
            drawn,
            question=sample.question,
            choices=sample.choices,
            answer=answer,
            linked=sample.choices[linked],
            anchor=sample.key,
            image=sample.image,
            core=sample.choices[answer],
            description_with=f"{scene}, {_phrase(drawn, self.recipe)}",
            description_without=scene,
            description_placebo=None,
            box=None,
        )


def _names(text: str, words: str) -> bool:
    return re.search(rf"\b{re.escape(words.casefold())}\b", text.casefold()) is not None


def _phrase(cue_type: CueType, recipe: Recipe) -> str:
    """Returns how a caption names the cue: as the recipe's vocabulary does, or "with CUE"."""
    phrases = {category.name: category.phrase for category in recipe.screen.vocabulary}
    phrase = phrases.get(cue_type.category, "with {}").replace("{}", cue_type.cue)
    return re.sub(r"\ba (?=[aeiou])", "an ", phrase, flags=re.IGNORECASE)


# --- pairs ----------------------------------------------------------------------------------------


def pair_trials(
    pairs: Sequence[Pair],
    types: Mapping[str, CueType],
    recipe: Recipe,
    *,
    earlier: Set[str] = frozenset(),
) -> list[tuple[CatchTrial, Pair]]:
    """Returns gold pairs at the recipe's rate of all pairs; there are no sham pairs."""
    by_key = {pair.key: pair for pair in pairs}
    keys = {
        pair.key: key_of("pair", "control", GOLD, pair.key) for pair in pairs if pair.type in types
    }
    chosen = sorted(keys, key=lambda key: _rank(keys[key], earlier))
    chosen = chosen[: wanted(recipe.annotate.gold_rate, len(pairs))]
    return [
        (
            _catch_trial("pair", keys[key], GOLD),
            replace(
                by_key[key], key=keys[key], image_without=by_key[key].image_with, image_placebo=None
            ),
        )
        for key in chosen
    ]
