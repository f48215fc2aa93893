"""One frozen snapshot of a run: its recipe, and all that follows from its records at one moment.

    snapshot = Snapshot.take("flows/recipes/proving_ground.toml")
    snapshot.errors, snapshot.types, snapshot.kept_pairs      # as of the moment it was taken
    snapshot.workspace.append(records)                        # the live workspace, for what is new
    snapshot = snapshot.retake()                              # sees what was written since

A snapshot reads a table when it first needs it, and only the parts that existed when it was taken.
Parts never change, so nothing that another process writes can appear halfway through a stage.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from spuriforge.annotation.roster import roster
from spuriforge.pipeline import describe_lvlm, judge, vocabulary
from spuriforge.pipeline.agreement import latest
from spuriforge.pipeline.benchmark_samples import current_samples
from spuriforge.pipeline.decisions import counted, decide
from spuriforge.pipeline.describe import merge
from spuriforge.pipeline.gate import gate_key
from spuriforge.pipeline.lvlm.prompts import version_for
from spuriforge.pipeline.mine import mined_with
from spuriforge.pipeline.recipe import Category, Recipe, Screen, clip_id
from spuriforge.pipeline.records import (
    OPEN,
    Candidate,
    CatchTrial,
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
    Prediction,
    Response,
    Sample,
    Verdict,
)
from spuriforge.pipeline.screen import associate
from spuriforge.pipeline.verify import answered, plan_responses, pool, weigh
from spuriforge.pipeline.workspace import Workspace

#: Verdicts on a cue task that blame its sample, not its cue.
UNUSABLE = ("bad_question", "bad_image")


@dataclass(frozen=True, eq=False, kw_only=True)
class Snapshot:
    """A recipe and its records at one moment; see the module's docstring."""

    recipe: Recipe
    #: The live workspace: new records and images go here, and reads see whatever is there by then.
    workspace: Workspace
    #: The tables as they were when the snapshot was taken.
    tables: Workspace = field(repr=False)
    #: The keys of the samples that the benchmarks have now; None where nobody has noted them yet.
    benchmark_samples: frozenset[str] | None = field(repr=False)
    #: The annotators' pseudonyms, those whom a command added included.
    annotators: tuple[str, ...]

    @classmethod
    def take(cls, recipe_path: str) -> "Snapshot":
        """Loads and checks the recipe, and notes which parts its tables have now."""
        return cls._of(Recipe.load(recipe_path))

    def retake(self) -> "Snapshot":
        """Returns a new snapshot of the same recipe: it sees what was written since this one."""
        return self._of(self.recipe)

    @classmethod
    def _of(cls, recipe: Recipe) -> "Snapshot":
        workspace = Workspace(recipe.run.workspace)
        return cls(
            recipe=recipe,
            workspace=workspace,
            tables=workspace.frozen(),
            benchmark_samples=current_samples(workspace),
            annotators=tuple(roster(workspace, recipe)),
        )

    @cached_property
    def prompts(self) -> dict[str, str]:
        """Model id -> the version of the prompt that it is asked with."""
        return {model.id: version_for(model) for model in self.recipe.models}

    # --- mining -----------------------------------------------------------------------------------

    @cached_property
    def samples(self) -> list[Sample]:
        """The samples that the benchmarks have now; questions that changed since are left out."""
        keys = self.benchmark_samples
        samples = self.tables.records(Sample)
        return [sample for sample in samples if keys is None or sample.key in keys]

    @cached_property
    def predictions(self) -> list[Prediction]:
        """Every prediction in the workspace, those under earlier prompts and settings included."""
        return self.tables.records(Prediction)

    @cached_property
    def errors(self) -> list[PersistentError]:
        """The persistent errors of the mined models under the recipe's prompts and settings."""
        samples = {sample.key for sample in self.samples}
        mined = {
            model.id: mined_with(self.prompts[model.id], self.recipe.mine)
            for model in self.recipe.mined
        }
        return [
            error
            for error in self.tables.records(PersistentError)
            if error.sample in samples and error.mined == mined.get(error.model)
        ]

    # --- screening --------------------------------------------------------------------------------

    @cached_property
    def screen(self) -> Screen:
        """The screening settings, with the vocabulary from the benchmark or a file filled in."""
        settings = self.recipe.screen
        if settings.vocabulary_from is None:
            return settings
        if settings.vocabulary_from == "benchmark":
            categories = [_benchmark_nouns(tuple(self.samples), settings.vocabulary_size)]
        else:
            categories = [*vocabulary.from_file(settings.vocabulary_from)]
        return settings.model_copy(update={"vocabulary": (*settings.vocabulary, *categories)})

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """What the recipe's judge, and whoever published verdicts, says of the present errors."""
        samples = {sample.key: sample for sample in self.samples}
        wanted: set[str] = set()
        if self.recipe.judge and "judge" in self.recipe.screen.by:
            wanted = {ask.key for ask in judge.plan(self.errors, samples, self.recipe.judge.id)}
        take_published = "published" in self.recipe.screen.by
        published = {error.key for error in self.errors} if take_published else set()
        return [
            verdict
            for verdict in self.tables.records(Verdict)
            if verdict.key in wanted
            or (verdict.prompt == judge.PUBLISHED and verdict.error in published)
        ]

    @cached_property
    def candidates(self) -> list[Candidate]:
        """The candidates of every screener that the recipe names.

        They are computed anew and never read back: more questions, or another model, change the
        statistics.
        """
        candidates: list[Candidate] = []
        if "association" in self.recipe.screen.by:
            tags = self.tables.records(ImageTags)
            candidates += associate(self.samples, self.errors, tags, self.screen, self.unsound)
        samples = {sample.key: sample for sample in self.samples}
        return candidates + judge.propose(self.verdicts, samples, self.errors)

    @cached_property
    def unsound(self) -> set[str]:
        """The samples whose question, gold answer or image people called unusable.

        Such a sample no longer stands for a type; the next clearest error does.
        """
        decided = self.decisions("cue")
        judged = [cue_type for cue_type in self.tables.records(CueType) if cue_type.key in decided]
        return {cue_type.anchor for cue_type in judged if decided[cue_type.key].verdict in UNUSABLE}

    @cached_property
    def proposed(self) -> list[CueType]:
        """The cue types, merged from the candidates, before anybody describes them."""
        verdicts = {(verdict.sample, verdict.cue): verdict for verdict in self.verdicts}
        proposed = []
        for cue_type in merge(self.candidates, self.samples, self.screen):
            verdict = verdicts.get((cue_type.anchor, cue_type.cue))
            if cue_type.category == OPEN and verdict is not None:
                core = verdict.core or cue_type.core
                cue_type = replace(cue_type, box=verdict.box, core=core)
            proposed.append(cue_type)
        return proposed

    @cached_property
    def types(self) -> dict[str, CueType]:
        """The described cue types by key; a type whose description was rejected is left out."""
        settings = self.recipe.describe
        if settings.by == "captions":
            return {cue_type.key: cue_type for cue_type in self.proposed}
        if settings.by == "template":
            templates = [describe_lvlm.template(cue_type, settings) for cue_type in self.proposed]
            return {cue_type.key: cue_type for cue_type in templates}
        assert self.recipe.judge is not None, "the recipe sees to it"
        descriptions = self.tables.records(Description)
        described = describe_lvlm.apply(self.proposed, descriptions, self.recipe.judge.id)
        return {cue_type.key: cue_type for cue_type in described if cue_type.description_with}

    # --- people -----------------------------------------------------------------------------------

    @cached_property
    def _judgments(self) -> list[Judgment]:
        latest_versions = latest(self.tables.records(Judgment))
        return counted(latest_versions, self.tables.records(Exclusion))

    def judgments(self, project: str) -> list[Judgment]:
        """Each person's latest judgment on each task of a project ("cue" or "pair").

        Judgments on catch trials are among them; those of excluded annotators are not.
        """
        return [judgment for judgment in self._judgments if judgment.project == project]

    @cached_property
    def _decisions(self) -> dict[str, dict[str, Decision]]:
        return {project: self._decide(project) for project in ("cue", "pair")}

    def decisions(self, project: str) -> dict[str, Decision]:
        """Type or pair key -> the decision, for all that enough people of a project judged."""
        return self._decisions[project]

    def _decide(self, project: str) -> dict[str, Decision]:
        settings, judgments = self.recipe.annotate, self.judgments(project)
        votes = Counter(judgment.subject for judgment in judgments)
        # Judgments on catch trials, and on subjects that too few have judged, inform the weights.
        trials = self.tables.records(CatchTrial)
        decisions = decide(judgments, project, trials, votes=settings.votes)

        def wanted(subject: str) -> int:
            return settings.overlap if project == "cue" else settings.pair_overlap(subject)

        return {
            decision.subject: decision
            for decision in decisions
            if votes[decision.subject] >= wanted(decision.subject)
        }

    def decided(self) -> list[Decision]:
        """All decisions of both projects.

        The workspace's table may hold more: decisions that rest on judgments excluded since.
        """
        return [
            decision for project in ("cue", "pair") for decision in self.decisions(project).values()
        ]

    # --- pairs and evidence -----------------------------------------------------------------------

    def gate_key(self, pair: str) -> str:
        """The key of a pair's result by the gate as the recipe sets it."""
        return gate_key(pair, clip_id(self.recipe.gate.clip), self.recipe.gate)

    @cached_property
    def _gate_kept(self) -> set[str]:
        return {result.key for result in self.tables.records(GateResult) if result.kept}

    def passed_gate(self, pairs: Iterable[str]) -> set[str]:
        """Those of the pairs' keys that the recipe's gate has kept."""
        return {key for key in pairs if self.gate_key(key) in self._gate_kept}

    @cached_property
    def kept_pairs(self) -> list[Pair]:
        """The pairs that the gate kept, by type, role and index.

        There are no more selection pairs of a type than the recipe asks for. Pairs of another image
        model, or of other settings for sampling, are left out.
        """
        settings = self.recipe.generate
        pairs = [
            pair
            for pair in self.tables.records(Pair)
            if pair.type in self.types and pair.generator == settings.id
        ]
        passed = self.passed_gate(pair.key for pair in pairs)
        count: Counter[tuple[str, str]] = Counter()
        kept = []
        for pair in sorted(pairs, key=lambda pair: (pair.type, pair.role, pair.index, pair.key)):
            if pair.key in passed:
                count[pair.type, pair.role] += 1
                if (
                    pair.role == "release"
                    or count[pair.type, pair.role] <= settings.selection_pairs
                ):
                    kept.append(pair)
        return kept

    @cached_property
    def responses(self) -> list[Response]:
        """The verifiers' answers under the recipe's prompts, in the recipe's rotations."""
        rotations = self.recipe.verify.rotations
        return [
            response
            for response in self.tables.records(Response)
            if response.prompt == self.prompts.get(response.model) and response.rotation < rotations
        ]

    @cached_property
    def pools(self) -> dict[str, tuple[str, ...]]:
        """Type -> the models that decide on it."""
        found_on = [model.id for model in self.recipe.verifiers if model.mine]
        others = [model.id for model in self.recipe.verifiers if not model.mine]
        return {key: pool(cue_type, found_on, others) for key, cue_type in self.types.items()}

    def complete(self, pairs: Iterable[Pair]) -> list[Pair] | None:
        """Returns the pairs that every verifier answered in full; None while answers are missing.

        A pair about which a call failed for good is left out; the next run tries it again. Without
        this rule, a run killed during verification would continue with half of the answers.
        """
        pairs = list(pairs)
        models = [model.id for model in self.recipe.verifiers]
        whole = answered(pairs, self.types, self.responses, models, self.recipe.verify)
        if any(pair.key not in whole and pair.key not in self.failed_pairs for pair in pairs):
            return None
        return [pair for pair in pairs if pair.key in whole]

    @cached_property
    def failed_pairs(self) -> set[str]:
        """The pairs about which a verifier's call failed for good, with no answer since."""
        failures = self.tables.records(Failure)
        failed = {failure.subject for failure in failures if failure.stage == "verify"}
        open_calls = failed - self.tables.keys(Response)
        if not open_calls:
            return set()
        settings = self.recipe.verify
        return {
            ask.pair.key
            for model in self.recipe.verifiers
            for ask in plan_responses(
                self.kept_pairs, self.types, model.id, self.prompts[model.id], settings
            )
            if ask.key in open_calls
        }

    @cached_property
    def selection_evidence(self) -> list[Evidence]:
        """The evidence that decides on acceptance; empty until all selection pairs are answered."""
        deciding = self.complete(pair for pair in self.kept_pairs if pair.role == "selection")
        if deciding is None:
            return []
        types, verify = list(self.types.values()), self.recipe.verify
        return weigh(types, deciding, self.responses, verify, "selection", self.pools)


@lru_cache(maxsize=1)
def _benchmark_nouns(samples: tuple[Sample, ...], size: int) -> Category:
    """The benchmark's own vocabulary, cached: it takes seconds, and every flow takes a snapshot."""
    return vocabulary.from_benchmark(samples, size)
