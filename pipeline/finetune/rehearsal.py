"""What a training must not undo: clean images, asked their own and others' questions, answered as
before it.

    asked = asked_anew(controls, spurious_of(types))    # other controls' questions about an image
    former = shares_of(lvlm, name, pictures, [*controls, *asked])    # a share per option
    former[key(asked[0])]                                   # (0.96, 0.01, 0.02, 0.01)

Learning without forgetting (arXiv 1606.09282). A few hundred clean questions are soon known by
heart, and what was not among them is lost; each image asked four questions more is some thousands,
and the model itself knows the answers. What it says where a published cue is in the image, asked
that cue's question, is the shortcut: that is never recalled.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from PIL import Image

from ..lvlm.interface import Query
from ..lvlm.transformers_backend import TransformersLVLM
from ..records import key_of
from ..release.questions import PublishedType, Question
from ..text_matching import plain

#: Other questions that an image is asked.
OTHERS = 4
#: Images, question and options -> the model's former share of each option.
Former = Mapping[str, tuple[float, ...]]


def spurious_of(types: Iterable[PublishedType]) -> set[tuple[str, str]]:
    """The questions and cues that a release publishes as spurious."""
    return {(plain(cue_type.question), plain(cue_type.cue)) for cue_type in types}


def asked_anew(
    controls: Sequence[Question], spurious: Collection[tuple[str, str]]
) -> list[Question]:
    """Up to `OTHERS` questions more on each control's image; none where nobody knows which cues it
    shows.

    Nobody knows the right answers: `answer` is not one.
    """
    by_text: dict[str, list[Question]] = defaultdict(list)
    for control in controls:
        by_text[plain(control.question)].append(control)
    texts, new_questions = sorted(by_text), []
    for control in controls:
        if control.cues is None:
            continue
        rng = random.Random(key_of("recall", control.image))
        own_texts = {
            plain(control.question),
            *(text for text, cue in spurious if cue in map(plain, control.cues)),
        }
        # Two are drawn for each that is wanted, as some go.
        drawn = rng.sample(texts, min(len(texts), 2 * OTHERS))
        for text in [text for text in drawn if text not in own_texts][:OTHERS]:
            other = rng.choice(by_text[text])
            new_questions.append(
                replace(control, question=other.question, choices=other.choices, answer=0)
            )
    return new_questions


def key(question: Question) -> str:
    """What the model's answer hangs on."""
    return key_of(question.image, question.question, list(question.choices))


def shares_of(
    lvlm: TransformersLVLM,
    model: str,
    picture: Callable[[Question], Image.Image],
    questions: Sequence[Question],
) -> Former:
    """What a model, named by a key of its weights, says to each question; a second time it is not
    asked again.
    """
    by_key = {key(question): question for question in questions}
    shares = _kept(model, key_of("former", list(by_key)))
    if len(shares) < len(by_key):
        queries = [
            Query(question.question, question.choices, picture(question))
            for question in by_key.values()
        ]
        shares |= dict(zip(by_key, map(tuple, lvlm.shares(queries)), strict=True))
    return shares


@lru_cache(maxsize=1)
def _kept(model: str, questions: str) -> dict[str, tuple[float, ...]]:
    """All or nothing: which questions are asked together changes a share's last digits."""
    return {}
