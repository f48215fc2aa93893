"""A recipe opened: its workspace, and what the stages have yielded so far."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property, lru_cache

from spuriforge.pipeline import describe_lvlm, judge, vocabulary
from spuriforge.pipeline.agreement import latest
from spuriforge.pipeline.benchmark_samples import current_samples, note_samples
from spuriforge.pipeline.clip import OpenClip
from spuriforge.pipeline.decisions import counted, decide
from spuriforge.pipeline.describe import merge
from spuriforge.pipeline.gate import gate_key
from spuriforge.pipeline.lvlm.prompts import version_for
from spuriforge.pipeline.mine import mined_with
from spuriforge.pipeline.recipe import Category, Recipe, Screen, clip_id
from spuriforge.pipeline.records import (
    OPEN,
    Candidate,
    Control,
    CueType,
    Decision,
    Description,
    Evidence,
    Exclusion,
    Failure,
    GateResult,
    ImageTags,
    Judgment,
    Pair,
    PersistentError,
    Response,
    Sample,
    Verdict,
)
from spuriforge.pipeline.screen import associate
from spuriforge.pipeline.verify import answered, plan_responses, pool, weigh
from spuriforge.pipeline.workspace import Workspace

#: What people say of a cue task whose sample is at fault, not its cue.
UNUSABLE = ("bad_question", "bad_image")


class Opened:
    """One recipe with its workspace, as every flow opens it."""

    def __init__(self, recipe_path: str) -> None:
        """Loads and checks the recipe."""
        self.recipe = Recipe.load(recipe_path)
        self.workspace = Workspace(self.recipe.run.workspace)

    @property
    def prompts(self) -> dict[str, str]:
        """Each model's id -> the version of the prompt that it is asked by."""
        return {model.id: version_for(model) for model in self.recipe.models}

    def responses(self) -> list[Response]:
        """The verifier models' answers by their prompts, and in the rotations, of the recipe as it
        is now.
        """
        rotations, prompts = self.recipe.verify.rotations, self.prompts
        made = self.workspace.records(Response)
        return [
            one for one in made if one.prompt == prompts.get(one.model) and one.rotation < rotations
        ]

    @cached_property
    def samples(self) -> list[Sample]:
        """The samples that the benchmarks have now, read once; questions that were changed since
        are left out.
        """
        keys = current_samples(self.workspace)
        return [one for one in self.workspace.records(Sample) if keys is None or one.key in keys]

    def note_samples(self, keys: Iterable[str]) -> None:
        """Notes which samples the benchmarks have now."""
        note_samples(self.workspace, keys)

    @cached_property
    def screen(self) -> Screen:
        """The screening as it is done: with the vocabulary that the recipe takes from the benchmark
        or from a file.
        """
        settings = self.recipe.screen
        if settings.vocabulary_from is None:
            return settings
        if settings.vocabulary_from == "benchmark":
            found = [_nouns(tuple(self.samples), settings.vocabulary_size)]
        else:
            found = [*vocabulary.from_file(settings.vocabulary_from)]
        return settings.model_copy(update={"vocabulary": (*settings.vocabulary, *found)})

    @cached_property
    def errors(self) -> list[PersistentError]:
        """The persistent errors of the recipe's mined models on the benchmarks' samples, as they
        are mined now.
        """
        samples = {one.key for one in self.samples}
        mined = {
            model.id: mined_with(self.prompts[model.id], self.recipe.mine)
            for model in self.recipe.mined
        }
        errors = self.workspace.records(PersistentError)
        return [
            one for one in errors if one.sample in samples and one.mined == mined.get(one.model)
        ]

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """What the recipe's judge, and those who published verdicts, say of the errors as they are
        now.
        """
        samples = {one.key: one for one in self.samples}
        wanted: set[str] = set()
        if self.recipe.judge and "judge" in self.recipe.screen.by:
            wanted = {ask.key for ask in judge.plan(self.errors, samples, self.recipe.judge.id)}
        published = (
            {one.key for one in self.errors} if "published" in self.recipe.screen.by else set()
        )
        return [
            one
            for one in self.workspace.records(Verdict)
            if one.key in wanted or (one.prompt == judge.PUBLISHED and one.error in published)
        ]

    @cached_property
    def candidates(self) -> list[Candidate]:
        """The candidates of the recipe's models as they are, by every screener that the recipe
        names.

        Made anew each time and never read back: with more questions or another model the statistics
        change.
        """
        found: list[Candidate] = []
        if "association" in self.recipe.screen.by:
            found += associate(
                self.samples,
                self.errors,
                self.workspace.records(ImageTags),
                self.screen,
                self.unsound,
            )
        return found + judge.propose(
            self.verdicts, {one.key: one for one in self.samples}, self.errors
        )

    @cached_property
    def unsound(self) -> set[str]:
        """The samples whose question, gold answer or image people called unusable.

        None stands for a type any more: the type is proposed again with its next clearest error.
        """
        decided = self.decisions("cue")
        judged = [one for one in self.workspace.records(CueType) if one.key in decided]
        return {one.anchor for one in judged if decided[one.key].verdict in UNUSABLE}

    @cached_property
    def proposed(self) -> list[CueType]:
        """The cue types, merged from the candidates, as they are before anybody describes them."""
        merged = merge(self.candidates, self.samples, self.screen)
        said = {(one.sample, one.cue): one for one in self.verdicts}
        verdicts = [
            said.get((one.anchor, one.cue)) if one.category == OPEN else None for one in merged
        ]
        return [
            one if verdict is None else replace(one, box=verdict.box, core=verdict.core or one.core)
            for one, verdict in zip(merged, verdicts, strict=True)
        ]

    @cached_property
    def types(self) -> dict[str, CueType]:
        """The cue types by key, with their descriptions; one whose description was rejected is
        none.
        """
        settings = self.recipe.describe
        if settings.by == "captions":
            return {one.key: one for one in self.proposed}
        if settings.by == "template":
            return {one.key: describe_lvlm.template(one, settings) for one in self.proposed}
        assert self.recipe.judge is not None, "the recipe sees to it"
        made = self.workspace.records(Description)
        described = describe_lvlm.apply(self.proposed, made, self.recipe.judge.id)
        return {one.key: one for one in described if one.description_with}

    def keep_proposals(self) -> int:
        """Writes the candidates and types as they are now, beside earlier ones; gives the number of
        new candidates.
        """
        known = self.workspace.keys(Candidate), self.workspace.keys(CueType)
        self.workspace.append([one for key, one in self.types.items() if key not in known[1]])
        return self.workspace.append([one for one in self.candidates if one.key not in known[0]])

    def judgments(self, project: str) -> list[Judgment]:
        """Each person's last word on each task of a project, controls too; without those whom the
        lead excluded.
        """
        said = counted(latest(self.workspace.records(Judgment)), self.workspace.records(Exclusion))
        return [one for one in said if one.project == project]

    def decisions(self, project: str) -> dict[str, Decision]:
        """What people decided on each type ("cue") or pair ("pair") that enough of them judged, by
        its key.
        """
        settings, judgments = self.recipe.annotate, self.judgments(project)
        votes = Counter(one.subject for one in judgments)
        wanted = {
            subject: settings.overlap if project == "cue" else settings.pair_overlap(subject)
            for subject in votes
        }
        # All of them, for the weights: those on controls and on subjects that too few have judged
        # so far tell, too.
        decided = decide(judgments, project, self.workspace.records(Control), votes=settings.votes)
        return {one.subject: one for one in decided if votes[one.subject] >= wanted[one.subject]}

    def decided(self) -> list[Decision]:
        """All that people decided as of now: the workspace's table may hold more, by judgments
        since excluded.
        """
        return [one for project in ("cue", "pair") for one in self.decisions(project).values()]

    def keep_decisions(self) -> None:
        """Writes the decisions as they are now, beside earlier ones."""
        known = self.workspace.keys(Decision)
        self.workspace.append([one for one in self.decided() if one.key not in known])

    def passed_gate(self, pairs: Iterable[str]) -> set[str]:
        """Those of the pairs' keys that the recipe's gate has kept by now."""
        kept = {one.key for one in self.workspace.records(GateResult) if one.kept}
        return {key for key in pairs if self.gate_key(key) in kept}

    def gate_key(self, pair: str) -> str:
        """The key of a pair's result by the recipe's gate as it is."""
        return gate_key(pair, clip_id(self.recipe.gate.clip), self.recipe.gate)

    @cached_property
    def kept_pairs(self) -> list[Pair]:
        """The pairs that the gate kept, by type, role and index; no more selection pairs than the
        recipe asks for.

        Pairs of another image model, or of another way of sampling, are left out.
        """
        settings = self.recipe.generate
        made = [
            one
            for one in self.workspace.records(Pair)
            if one.type in self.types and one.generator == settings.id
        ]
        passed = self.passed_gate(one.key for one in made)
        taken: Counter[tuple[str, str]] = Counter()
        chosen = []
        for pair in sorted(made, key=lambda pair: (pair.type, pair.role, pair.index, pair.key)):
            if pair.key in passed:
                taken[pair.type, pair.role] += 1
                if (
                    pair.role == "release"
                    or taken[pair.type, pair.role] <= settings.selection_pairs
                ):
                    chosen.append(pair)
        return chosen

    @property
    def pools(self) -> dict[str, tuple[str, ...]]:
        """Type -> the models that decide on it."""
        found_on = [model.id for model in self.recipe.verifiers if model.mine]
        others = [model.id for model in self.recipe.verifiers if not model.mine]
        return {key: pool(one, found_on, others) for key, one in self.types.items()}

    def complete(self, pairs: Iterable[Pair]) -> list[Pair] | None:
        """Those of the pairs that every verifier answered whole, or None before all that can be
        answered is.

        A pair is left out when a call about it failed for good; then it is noted as a failure, and
        tried again by the next run. Else a run that is killed while it verifies would go on with
        what half the answers say.
        """
        pairs = list(pairs)
        models = [model.id for model in self.recipe.verifiers]
        whole = answered(pairs, self.types, self.responses(), models, self.recipe.verify)
        given_up = self.failed_pairs
        if any(pair.key not in whole and pair.key not in given_up for pair in pairs):
            return None
        return [pair for pair in pairs if pair.key in whole]

    @cached_property
    def failed_pairs(self) -> set[str]:
        """The pairs about which a verifier's call failed for good and was not made good since."""
        failed = {one.subject for one in self.workspace.records(Failure) if one.stage == "verify"}
        open_calls = failed - self.workspace.keys(Response)
        if not open_calls:
            return set()
        return {
            ask.pair.key
            for model in self.recipe.verifiers
            for ask in plan_responses(
                self.kept_pairs, self.types, model.id, self.prompts[model.id], self.recipe.verify
            )
            if ask.key in open_calls
        }

    @cached_property
    def selection_evidence(self) -> list[Evidence]:
        """The evidence that decides on acceptance; none before all models have answered all
        selection pairs.
        """
        deciding = self.complete(pair for pair in self.kept_pairs if pair.role == "selection")
        if deciding is None:
            return []
        types, verify = list(self.types.values()), self.recipe.verify
        return weigh(types, deciding, self.responses(), verify, "selection", self.pools)

    def clip(self) -> OpenClip:
        """The screener's CLIP."""
        assert self.recipe.screen.clip is not None, "the recipe sees to it"
        return OpenClip.load(self.recipe.screen.clip)

    def gate_clip(self) -> OpenClip:
        """The gate's CLIP; the same one, loaded once, where the recipe names the same."""
        return OpenClip.load(self.recipe.gate.clip)


@lru_cache(maxsize=1)
def _nouns(samples: tuple[Sample, ...], size: int) -> Category:
    """The benchmark's own vocabulary, made once a process: it takes seconds, and every flow opens
    the recipe anew.
    """
    return vocabulary.from_benchmark(samples, size)
