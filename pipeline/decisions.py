"""The rules by which people's judgments become one verdict on each subject: the one place that says
who wins.

    ours = counted(judgments, exclusions)                                        # without those whom the lead left out
    for decision in decide(ours, "cue", controls): ...                           # one person, one vote
    for decision in decide(ours, "cue", controls, votes="weighted"): ...         # weighted by how reliable each one is

- The newest version of a judgment counts; abstentions (skipped, unsure) are no votes.
- majority: the verdict with more votes than any other. If two have as many, the verdict is "tie", and one more person
  is asked (adjudication).
- weighted: a verdict that all voters share stands. Where they differ, Dawid and Skene's model (1979), in its form with
  one accuracy a person, says how probable each verdict is, from how often each errs on controls and against the
  others. The most probable one stands from `SURE` on; below it is a "tie", as above.
- Controls are no subjects: they measure people, and nothing is decided on them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np

from .agreement import ABSTAINED, ADJUDICATION, latest, vote, without_controls
from .records import Control, Decision, Exclusion, Judgment, key_of

#: The verdict that accepts a subject, by project.
ACCEPTING = {"cue": "spurious", "pair": "good"}
#: The verdict of a decision in which the votes settle nothing.
TIE = "tie"
#: From this probability on a weighted verdict stands where voters differ: two people who err
#: equally often settle nothing between them, one who errs in 5 of 100 outweighs one who errs in 30
#: of 100.
SURE = 0.8
#: What is taken for granted of a person before any vote is seen: this accuracy, as if on so many
#: tasks. Without it, ten votes that agree with the others' would be proof that somebody never errs.
TRUSTED, TRUSTED_TASKS = 0.8, 4
_ITERATIONS, _SETTLED = 200, 1e-9
_TEXTS = ("cue", "core", "description_with", "description_without")
Rule = Literal["majority", "weighted"]


# --- whose judgments count ------------------------------------------------------------------------


def excluded(exclusions: Iterable[Exclusion]) -> dict[str, Exclusion]:
    """The annotators whose judgments are left out as of now, each with the lead's last word on
    them.
    """
    newest = {one.annotator: one for one in sorted(exclusions, key=lambda one: (one.at, one.key))}
    return {name: one for name, one in sorted(newest.items()) if one.excluded}


def counted(judgments: Iterable[Judgment], exclusions: Iterable[Exclusion]) -> list[Judgment]:
    """The judgments that count, in the order given."""
    out = excluded(exclusions)
    return [one for one in judgments if one.annotator not in out]


# --- decisions ------------------------------------------------------------------------------------


def decide(
    judgments: Iterable[Judgment],
    project: str,
    controls: Iterable[Control] = (),
    *,
    votes: Rule = "majority",
) -> list[Decision]:
    """One decision for each subject of a project that anyone judged, in the order of the subjects'
    keys.

    For the weighted rule give all judgments of the project, those on controls too: they tell how
    reliable people are.
    """
    known = [one for one in controls if one.project == project]
    said = [one for one in latest(judgments) if one.project == project]
    probable = _probabilities(said, known) if votes == "weighted" else {}
    by_subject = defaultdict(list)
    for one in without_controls(said, known):
        by_subject[one.subject].append(one)
    return [
        _decision(project, subject, by_subject[subject], probable.get(subject, {}), votes)
        for subject in sorted(by_subject)
    ]


def ties(decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions that wait for one more vote."""
    return [one for one in decisions if one.verdict == TIE]


def _decision(
    project: str, subject: str, judged: list[Judgment], probable: Mapping[str, float], votes: Rule
) -> Decision:
    """What one subject's votes come to, with the texts of those who gave the verdict."""
    tally = Counter(said for one in judged if (said := vote(one)) is not None)
    verdict = _majority(tally) if votes == "majority" else _weighted(tally, probable)
    voters = [one for one in judged if vote(one) == verdict]
    # A weighted verdict also rests on the votes of other subjects; the key of a majority's is that
    # of earlier versions.
    weighing = [votes, verdict] if votes == "weighted" else []
    return Decision(
        key=key_of(project, subject, sorted(_said(one) for one in judged), *weighing),
        project=project,
        subject=subject,
        verdict=verdict,
        accepted=verdict == ACCEPTING[project],
        votes=tally.total(),
        agreement=tally.get(verdict, max(tally.values(), default=0)) / (tally.total() or 1),
        adjudicated=verdict not in (TIE, ABSTAINED)
        and any(ADJUDICATION in one.source for one in judged if vote(one)),
        **_texts(voters),
    )


def _said(one: Judgment) -> list[str]:
    """All of a judgment that a decision rests on: not when it was made, nor by which server it
    came.
    """
    texts = [getattr(one, name) or "" for name in _TEXTS]
    return [one.annotator, vote(one) or "", str(ADJUDICATION in one.source), *texts]


def _texts(voters: Sequence[Judgment]) -> dict[str, str | None]:
    """Each text as most of the voters wrote it; of equally many, as the first by name did."""
    texts: dict[str, str | None] = {}
    for name in _TEXTS:
        written = [
            text
            for one in sorted(voters, key=lambda one: one.annotator)
            if (text := getattr(one, name))
        ]
        texts[name] = Counter(written).most_common(1)[0][0] if written else None
    return texts


# --- the rules ------------------------------------------------------------------------------------


def _majority(tally: Mapping[str, int]) -> str:
    """The verdict with more votes than any other; "tie" or, without votes, "unsure"."""
    if not tally:
        return ABSTAINED
    winners = [verdict for verdict, votes in tally.items() if votes == max(tally.values())]
    return winners[0] if len(winners) == 1 else TIE


def _weighted(tally: Mapping[str, int], probable: Mapping[str, float]) -> str:
    """The verdict that all voters share, or the most probable of theirs if it is sure; "tie" or
    "unsure" as above.
    """
    if len(tally) < 2:
        return _majority(tally)
    best = max(sorted(tally), key=lambda verdict: probable[verdict])
    return best if probable[best] >= SURE else TIE


def _probabilities(
    said: Iterable[Judgment], controls: Iterable[Control]
) -> dict[str, dict[str, float]]:
    """Subject -> verdict -> how probable it is, given all votes and the controls' right answers.

    Own code: crowd-kit 1.4's one-coin model takes neither known answers nor a prior, and its full
    one, with 3 x 3 error rates a person to learn from a hundred votes, left nearly as many wrong
    verdicts as the majority did.
    """
    votes = [
        (one.subject, one.annotator, verdict) for one in said if (verdict := vote(one)) is not None
    ]
    if not votes:
        return {}
    right = {one.subject: one.expected for one in controls}
    subjects, people = (
        _numbered(subject for subject, _, _ in votes),
        _numbered(name for _, name, _ in votes),
    )
    verdicts = _numbered([*(verdict for _, _, verdict in votes), *right.values()])
    cast, known = (
        np.zeros((len(subjects), len(people), len(verdicts))),
        np.zeros((len(subjects), len(verdicts))),
    )
    for subject, name, verdict in votes:
        cast[subjects[subject], people[name], verdicts[verdict]] = 1
    for subject in subjects.keys() & right.keys():
        known[subjects[subject], verdicts[right[subject]]] = 1
    probable = _one_coin(cast, known).tolist()
    return {
        subject: dict(zip(verdicts, probable[row], strict=True))
        for subject, row in subjects.items()
    }


def _numbered(names: Iterable[str]) -> dict[str, int]:
    """Each name once, in order, with its number."""
    return {name: number for number, name in enumerate(sorted(set(names)))}


def _one_coin(cast: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Expectation maximization of Dawid and Skene's model with one accuracy a person, errors spread
    evenly.

    `cast` has a 1 for each vote (subject, person, verdict), `known` for each right answer (subject,
    verdict); gives the probability of each verdict (subject, verdict), a known one's being 1.
    """
    is_known, voted = known.any(1, keepdims=True), cast.sum(2, keepdims=True)
    probable = np.where(is_known, known, cast.sum(1) / cast.sum((1, 2))[:, None])
    for _ in range(_ITERATIONS):
        right = np.einsum("spv,sv->p", cast, probable) + TRUSTED * TRUSTED_TASKS
        accuracy = (right / (voted.sum((0, 2)) + TRUSTED_TASKS))[None, :, None]
        open_ones = np.where(is_known, 0, probable)
        common = (open_ones.sum(0) + 1) / (
            open_ones.sum() + len(known[0])
        )  # controls say nothing of what is common
        wrong = (1 - accuracy) / max(1, len(known[0]) - 1)
        likely = np.log(common) + (cast * np.log(accuracy) + (voted - cast) * np.log(wrong)).sum(1)
        new = np.exp(likely - likely.max(1, keepdims=True))
        new = np.where(is_known, known, new / new.sum(1, keepdims=True))
        if np.abs(new - probable).max(initial=0) < _SETTLED:
            break
        probable = new
    return probable
