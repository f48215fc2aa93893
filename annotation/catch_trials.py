"""Tasks whose right answer is known, to be mixed in among the others: they measure the judges, not
the cues.

    trials = cue_trials(types, samples, tags, recipe, earlier=known)    # [(CatchTrial, CueType), ...]
    trials = pair_trials(pairs, types, recipe, earlier=known)           # [(CatchTrial, Pair), ...]

Nobody has to make one by hand. A gold cue is a real question that is shown with another of its
options as the gold answer, and with the true one as the model's: who looks sees that the question
is bad. A sham cue is a proposed one moved to an image that does not show it: nobody should call it
spurious. A gold pair is the same image twice: the cue cannot be in one alone. All are judged by
every annotator: gold items measure the person, and with shams given to some only, two people's
rates of accepted shams would rest on different cues.

Which samples and pairs are taken follows from their keys and the seed. As more types or pairs come,
controls are added and earlier ones stay: give the subjects of the workspace's `Control` records as
`earlier`, and all types and pairs that are or were asked about, not the open ones alone. There are
fewer controls than the recipe's rates ask for where too few samples are fit for one.

A control's descriptions are made of its sample's caption; where the types' are not, put it through
what made theirs.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import CatchTrial, CueType, Pair, Sample, key_of

GOLD, SHAM = "gold", "sham"
#: The verdicts that are right.
EXPECTED = {
    ("cue", GOLD): "bad_question",
    ("cue", SHAM): "not_spurious",
    ("pair", GOLD): "cue_wrong",
}

Tags = Mapping[str, Set[str]]
#: A sample -> the cue type to show of it, or None where no cue fits.
Make = Callable[[Sample], CueType | None]


def wanted(rate: float, tasks: int) -> int:
    """How many controls a rate asks for among so many tasks; rounded up, and none only at rate 0 or
    without tasks.
    """
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
    """Gold and sham cues at the recipe's rates of all types.

    `samples` are questions whose gold answer is surely right: those that the models answer rightly.
    `tags` says which cues, called as in `CueType.cue`, an image shows; of an image that it lacks,
    nothing is known.
    """
    draw = _Draw(types, tags, frozenset[str]().union(*tags.values()), recipe, seed)
    shown = {one.image for one in types}
    free = [one for one in samples if one.image and one.image not in shown]
    # Which of the two an image can become is its own: nobody meets one image as both, whatever is
    # added.
    sides = {one.image: int(key_of("control", seed, one.image), 16) % 2 for one in free}
    golds = [one for one in free if sides[one.image]]
    shams = [one for one in free if not sides[one.image]]
    rates = recipe.annotate
    return [
        *_chosen(golds, GOLD, draw.gold, wanted(rates.gold_rate, len(types)), seed, earlier),
        *_chosen(shams, SHAM, draw.sham, wanted(rates.sham_rate, len(types)), seed, earlier),
    ]


def _chosen(
    samples: Sequence[Sample], kind: str, make: Make, count: int, seed: int, earlier: Set[str]
) -> Iterator[tuple[CatchTrial, CueType]]:
    """Up to `count` controls of one kind, each of another image: the earlier ones, then by a hash
    of the sample.
    """
    keys = {one.key: _cue_key(kind, one, seed) for one in samples}
    used: set[str] = set()
    for sample in sorted(samples, key=lambda one: (keys[one.key] not in earlier, keys[one.key])):
        if len(used) == count:
            return
        made = None if sample.image in used else make(sample)
        if made is not None:
            used.add(sample.image)
            yield _catch_trial("cue", keys[sample.key], kind), replace(made, key=keys[sample.key])


def _cue_key(kind: str, sample: Sample, seed: int) -> str:
    """A control's key: without the cue, which may be another once more are proposed; the right
    answer never is.
    """
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
    """Draws a cue and an option for a sample from what was proposed elsewhere."""

    types: Sequence[CueType]
    tags: Tags
    #: All cues that any image is said to show.
    tagged: Set[str]
    recipe: Recipe
    seed: int

    def gold(self, sample: Sample) -> CueType | None:
        """The sample with another option as its gold answer; a cue that it shows, where one is
        known.
        """
        wrong = self._other_option(sample)
        fit = [
            one for one in self._proposed(sample) if self._shows(sample, one.cue)
        ] or self._proposed(sample)
        return self._type(sample, fit, answer=wrong, linked=sample.answer)

    def sham(self, sample: Sample) -> CueType | None:
        """The sample as it is, with a cue that its image does not show."""
        fit = [one for one in self._proposed(sample) if not self._shows(sample, one.cue)]
        if (
            sample.image in self.tags
        ):  # of a cue that is no tag, the tags do not say that it is not there
            fit = [one for one in fit if one.cue in self.tagged]
        return self._type(sample, fit, answer=sample.answer, linked=self._other_option(sample))

    def _proposed(self, sample: Sample) -> list[CueType]:
        """The proposed types whose cue neither an option nor the question names."""
        asked = (sample.question, *sample.choices)
        return [one for one in self.types if not any(_names(text, one.cue) for text in asked)]

    def _shows(self, sample: Sample, cue: str) -> bool:
        """Does the image show the cue, as far as its tags or its caption say?"""
        return cue in self.tags.get(sample.image, ()) or _names(sample.caption or "", cue)

    def _other_option(self, sample: Sample) -> int:
        """An option that is not the gold one."""
        others = [index for index in range(len(sample.choices)) if index != sample.answer]
        return min(
            others, key=lambda index: key_of("option", self.seed, sample.key, sample.choices[index])
        )

    def _type(
        self, sample: Sample, fit: Sequence[CueType], answer: int, linked: int
    ) -> CueType | None:
        """The type that the sample would be with one of the cues, drawn; None where there is no
        cue.
        """
        if not fit:
            return None
        drawn = min(
            fit,
            key=lambda one: key_of("cue", self.seed, sample.key, one.category, one.cue, one.key),
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


def _phrase(one: CueType, recipe: Recipe) -> str:
    """How a caption says that the cue is there: as the recipe's vocabulary does, else plainly."""
    phrases = {category.name: category.phrase for category in recipe.screen.vocabulary}
    phrase = phrases.get(one.category, "with {}").replace("{}", one.cue)
    return re.sub(r"\ba (?=[aeiou])", "an ", phrase, flags=re.IGNORECASE)


# --- pairs ----------------------------------------------------------------------------------------


def pair_trials(
    pairs: Sequence[Pair],
    types: Mapping[str, CueType],
    recipe: Recipe,
    *,
    earlier: Set[str] = frozenset(),
) -> list[tuple[CatchTrial, Pair]]:
    """Gold pairs at the recipe's rate of all pairs: the image with the cue, twice; there is no sham
    pair.
    """
    keys = {one.key: key_of("pair", "control", GOLD, one.key) for one in pairs if one.type in types}
    chosen = sorted(keys, key=lambda key: (keys[key] not in earlier, keys[key]))
    chosen = chosen[: wanted(recipe.annotate.gold_rate, len(pairs))]
    by_key = {one.key: one for one in pairs}
    return [
        (
            _catch_trial("pair", keys[key], GOLD),
            replace(
                by_key[key], key=keys[key], image_without=by_key[key].image_with, image_placebo=None
            ),
        )
        for key in chosen
    ]
