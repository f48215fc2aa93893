"""The rules by which people's judgments become one decision on each subject.

    judgments = counted(judgments, exclusions)                      # without excluded annotators
    decisions = decide(judgments, "cue", catch_trials)              # one person, one vote
    decisions = decide(judgments, "cue", catch_trials, votes="weighted")        # by reliability

- The newest version of a judgment counts; abstentions (skipped, unsure) are no votes.
- majority: the verdict with more votes than any other. Equal votes are a "tie", and one more
  person is asked (adjudication).
- weighted: a verdict that all voters share stands. Where they differ, the model of Dawid and Skene
  (1979), in its form with one accuracy per person, computes how probable each verdict is, from how
  often each person errs on known answers and against the others. The most probable verdict stands
  from `SURE` on; below it is a "tie", as above.
- Tasks with known answers measure people, and are not decided on.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np

from .agreement import ABSTAINED, ADJUDICATION, latest, vote, without_catch_trials
from .records import JUDGMENT_TEXTS, CatchTrial, Decision, Exclusion, Judgment, key_of

#: The verdict that accepts a subject, by project.
ACCEPTING = {"cue": "spurious", "pair": "good"}
#: The verdict of a decision in which the votes settle nothing.
TIE = "tie"
#: Least probability of a weighted verdict that stands although voters differ. Two people who err
#: equally often settle nothing between them; somebody who errs in 5 of 100 tasks outweighs somebody
#: who errs in 30 of 100.
SURE = 0.8
#: Prior of a person's accuracy: this share right, as if seen on so many tasks. Without it, ten
#: votes that agree with the others' would prove that somebody never errs.
TRUSTED, TRUSTED_TASKS = 0.8, 4
_ITERATIONS, _SETTLED = 200, 1e-9
Rule = Literal["majority", "weighted"]


# --- whose judgments count ------------------------------------------------------------------------


def excluded(exclusions: Iterable[Exclusion]) -> dict[str, Exclusion]:
    """Returns the annotators left out as of now, each with the lead's latest exclusion."""
    ordered = sorted(exclusions, key=lambda exclusion: (exclusion.at, exclusion.key))
    newest = {exclusion.annotator: exclusion for exclusion in ordered}
    return {name: exclusion for name, exclusion in sorted(newest.items()) if exclusion.excluded}


def counted(judgments: Iterable[Judgment], exclusions: Iterable[Exclusion]) -> list[Judgment]:
    """Returns the judgments that count, in the order given."""
    out = excluded(exclusions)
    return [judgment for judgment in judgments if judgment.annotator not in out]


# --- decisions ------------------------------------------------------------------------------------


def decide(
    judgments: Iterable[Judgment],
    project: str,
    catch_trials: Iterable[CatchTrial] = (),
    *,
    votes: Rule = "majority",
) -> list[Decision]:
    """Returns a decision for each judged subject of a project, ordered by the subjects' keys.

    The weighted rule needs all judgments of the project, those on known answers too: they show how
    reliable people are.
    """
    known = [catch_trial for catch_trial in catch_trials if catch_trial.project == project]
    newest = [judgment for judgment in latest(judgments) if judgment.project == project]
    probable = _probabilities(newest, known) if votes == "weighted" else {}
    by_subject = defaultdict(list)
    for judgment in without_catch_trials(newest, known):
        by_subject[judgment.subject].append(judgment)
    return [
        _decision(project, subject, by_subject[subject], probable.get(subject, {}), votes)
        for subject in sorted(by_subject)
    ]


def ties(decisions: Iterable[Decision]) -> list[Decision]:
    """Returns the decisions that wait for one more vote."""
    return [decision for decision in decisions if decision.verdict == TIE]


def _decision(
    project: str, subject: str, judged: list[Judgment], probable: Mapping[str, float], votes: Rule
) -> Decision:
    """Returns what a subject's votes come to, with the texts of those who gave the verdict."""
    tally = Counter(verdict for judgment in judged if (verdict := vote(judgment)) is not None)
    verdict = _majority(tally) if votes == "majority" else _weighted(tally, probable)
    voters = [judgment for judgment in judged if vote(judgment) == verdict]
    # A weighted verdict also rests on the votes on other subjects, so its key has the verdict.
    weighing = [votes, verdict] if votes == "weighted" else []
    return Decision(
        key=key_of(project, subject, sorted(_basis(judgment) for judgment in judged), *weighing),
        project=project,
        subject=subject,
        verdict=verdict,
        accepted=verdict == ACCEPTING[project],
        votes=tally.total(),
        agreement=tally.get(verdict, max(tally.values(), default=0)) / (tally.total() or 1),
        adjudicated=verdict not in (TIE, ABSTAINED)
        and any(ADJUDICATION in judgment.source for judgment in judged if vote(judgment)),
        **_texts(voters),
    )


def _basis(judgment: Judgment) -> list[str]:
    """Returns what a decision's key takes from a judgment.

    Neither the time nor the annotation server's ids are part of it.
    """
    texts = [getattr(judgment, name) or "" for name in JUDGMENT_TEXTS]
    adjudicated = str(ADJUDICATION in judgment.source)
    return [judgment.annotator, vote(judgment) or "", adjudicated, *texts]


def _texts(voters: Sequence[Judgment]) -> dict[str, str | None]:
    """Returns each text as most voters wrote it; on equal counts the first voter by name wins."""
    texts: dict[str, str | None] = {}
    for name in JUDGMENT_TEXTS:
        written = [
            text
            for judgment in sorted(voters, key=lambda judgment: judgment.annotator)
            if (text := getattr(judgment, name))
        ]
        texts[name] = Counter(written).most_common(1)[0][0] if written else None
    return texts


# --- the rules ------------------------------------------------------------------------------------


def _majority(tally: Mapping[str, int]) -> str:
    """Returns the verdict with the most votes; "tie", or "unsure" without votes."""
    if not tally:
        return ABSTAINED
    winners = [verdict for verdict, votes in tally.items() if votes == max(tally.values())]
    return winners[0] if len(winners) == 1 else TIE


def _weighted(tally: Mapping[str, int], probable: Mapping[str, float]) -> str:
    """Returns the verdict that all voters share, or the most probable one if it is sure enough.

    Otherwise "tie", or "unsure" without votes.
    """
    if len(tally) < 2:
        return _majority(tally)
    best = max(sorted(tally), key=lambda verdict: probable[verdict])
    return best if probable[best] >= SURE else TIE


def _probabilities(
    judgments: Iterable[Judgment], catch_trials: Iterable[CatchTrial]
) -> dict[str, dict[str, float]]:
    """Returns subject -> verdict -> probability, from all votes and the known answers.

    Own code: crowd-kit 1.4's one-coin model takes neither known answers nor a prior. Its full
    model, with 3 x 3 error rates per person to learn from a hundred votes, left nearly as many
    wrong verdicts as the majority did.
    """
    votes = [
        (judgment.subject, judgment.annotator, verdict)
        for judgment in judgments
        if (verdict := vote(judgment)) is not None
    ]
    if not votes:
        return {}
    right = {catch_trial.subject: catch_trial.expected for catch_trial in catch_trials}
    subjects = _numbered(subject for subject, _, _ in votes)
    people = _numbered(name for _, name, _ in votes)
    verdicts = _numbered([*(verdict for _, _, verdict in votes), *right.values()])
    cast = np.zeros((len(subjects), len(people), len(verdicts)))
    known = np.zeros((len(subjects), len(verdicts)))
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
    """Returns each name once, in order, with its number."""
    return {name: number for number, name in enumerate(sorted(set(names)))}


def _one_coin(cast: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Fits Dawid and Skene's model with one accuracy per person, by expectation maximization.

    Errors are spread evenly over the other verdicts. `cast` is 1 for each vote (subject, person,
    verdict), `known` for each known answer (subject, verdict). Returns the probability of each
    verdict (subject, verdict); known answers have 1.
    """
    is_known, voted = known.any(1, keepdims=True), cast.sum(2, keepdims=True)
    probable = np.where(is_known, known, cast.sum(1) / cast.sum((1, 2))[:, None])
    for _ in range(_ITERATIONS):
        right = np.einsum("spv,sv->p", cast, probable) + TRUSTED * TRUSTED_TASKS
        accuracy = (right / (voted.sum((0, 2)) + TRUSTED_TASKS))[None, :, None]
        # Known answers do not show which verdicts are common.
        unknown = np.where(is_known, 0, probable)
        common = (unknown.sum(0) + 1) / (unknown.sum() + len(known[0]))
        wrong = (1 - accuracy) / max(1, len(known[0]) - 1)
        likely = np.log(common) + (cast * np.log(accuracy) + (voted - cast) * np.log(wrong)).sum(1)
        new = np.exp(likely - likely.max(1, keepdims=True))
        new = np.where(is_known, known, new / new.sum(1, keepdims=True))
        if np.abs(new - probable).max(initial=0) < _SETTLED:
            break
        probable = new
    return probable
