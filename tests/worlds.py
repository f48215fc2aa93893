"""A tiny world of records, as a finished run leaves them: what the release's and the report's tests
look at.

    workspace, recipe = finished(tmp_path)

Every type in it is publishable; a test then takes something away.
"""

import random
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import (
    Candidate,
    CueType,
    Decision,
    Evidence,
    GateResult,
    Judgment,
    Pair,
    PersistentError,
    Prediction,
    Record,
    Response,
    Sample,
    StageRun,
    key_of,
)
from spuriforge.pipeline.workspace import Workspace

#: (question, gold, cue-linked option, cue, category) of each type.
TYPES = (
    ("What colour is the main object?", "red", "blue", "umbrella", "thing"),
    ("What is the main object in the picture?", "boat", "car", "street", "place"),
    ("What is the sky like?", "sunny", "foggy", "bell", "thing"),
)
MODELS = ("subject-a@main", "subject-b@main")
#: The id of the recipe's image model.
GENERATOR = "image-model@main (15 steps, guidance 1.5)"
CHOICES = {
    "red": ("blue", "red", "green", "white"),
    "boat": ("mug", "car", "boat", "fish"),
    "sunny": ("foggy", "rainy", "starry", "sunny"),
}


def recipe(folder: Path, **publish: object) -> Recipe:
    """A valid recipe whose models do not exist, publishing three pairs a type."""
    tags = {"thing": ("umbrella", "bell", "duck"), "place": ("street", "beach")}
    return Recipe.model_validate(
        {
            "run": {"name": "tiny", "workspace": str(folder / "workspace")},
            "benchmarks": [{"kind": "proving-ground", "path": "/somewhere/models"}],
            "models": [
                {"name": model.split("@")[0], "path": f"/somewhere/{model}"} for model in MODELS
            ],
            "screen": {
                "clip": "/somewhere/clip",
                "vocabulary": [
                    {"name": name, "prompt": "a {}", "phrase": "near a {}", "tags": found}
                    for name, found in tags.items()
                ],
            },
            "annotate": {
                "annotators": ["Ada", "Grace", "Joan"],
                "by": "scripted",
                "error_rates": [0, 0.1, 0.1],
            },
            "generate": {"model": "/somewhere/image-model"},
            "gate": {"clip": "/somewhere/gate-clip"},
            "publish": {
                "name": "tiny",
                "folder": str(folder / "releases"),
                "pairs_per_type": 3,
                **publish,
            },
        }
    )


def picture(*seed: object) -> Image.Image:
    """A small image that depends on the seed alone."""
    return Image.frombytes("RGB", (8, 8), random.Random(repr(seed)).randbytes(8 * 8 * 3))


def saved_anew(workspace: Workspace, digest: str) -> str:
    """The same picture in other bytes."""
    image = workspace.image(digest)
    image.putpixel((0, 0), (0, 0, 0))
    return workspace.put_image(image)


def finished(folder: Path, types: int = 2, pairs: int = 4) -> tuple[Workspace, Recipe]:
    """A workspace with `types` publishable types of `pairs` checked release pairs each, and its
    recipe.
    """
    shutil.copytree(_finished(types, pairs).name, folder / "workspace")
    return Workspace(folder / "workspace"), recipe(folder)


@cache
def _finished(types: int, pairs: int) -> tempfile.TemporaryDirectory[str]:
    """The same world made once and then copied; it goes when the tests end."""
    made = tempfile.TemporaryDirectory(prefix="spuriforge-world-")
    workspace = Workspace(made.name)
    for number in range(types):
        add_type(workspace, number, pairs=pairs)
    add_rejected_candidate(workspace)
    add_clean_samples(workspace, types * 4)
    workspace.append(
        [_stage_run(number, stage) for number, stage in enumerate(("mine", "screen", "generate"))]
    )
    return made


def _stage_run(number: int, stage: str) -> StageRun:
    return StageRun(
        key=f"run-{stage}",
        stage=stage,
        started_at=f"2026-01-01T00:0{number}:00",
        seconds=60.0 * (number + 1),
        inputs=10,
        pending=10,
        outputs=10,
        model_calls=100,
        images=20,
    )


def add_type(
    workspace: Workspace, number: int, *, pairs: int = 4, cue: str | None = None
) -> CueType:
    """One type from its sample to its evidence, everything accepted."""
    question, gold, linked, known_cue, category = TYPES[number % len(TYPES)]
    cue = cue or known_cue
    sample = Sample(
        key=key_of("sample", number),
        benchmark="proving-ground",
        split="mine",
        question_id=f"q{number}",
        question=question,
        choices=CHOICES[gold],
        answer=CHOICES[gold].index(gold),
        image=workspace.put_image(picture("anchor", number)),
        caption=f"a {gold} thing, near a {cue}",
    )
    found = [candidate(sample, model, cue, category, linked) for model in MODELS]
    kind = CueType(
        key=key_of("type", number),
        question=question,
        choices=sample.choices,
        answer=sample.answer,
        linked=linked,
        cue=cue,
        category=category,
        anchor=sample.key,
        image=sample.image,
        models=MODELS,
        candidates=tuple(one.key for one in found),
        core=gold,
        description_with=f"a {gold} thing near a {cue}",
        description_without=f"a {gold} thing",
        reason="errors go with the cue",
    )
    records: list[Record] = [sample, *found, kind, *judged("cue", kind.key, "spurious")]
    for model in MODELS:
        records += [_prediction(sample, model), _error(sample, model, linked)]
    for role, count in (("selection", 2), ("release", pairs)):
        made = [pair_of(workspace, kind, role, index) for index in range(count)]
        records += [*made, *(gate_of(pair) for pair in made)]
        records += [one for pair in made for one in _responses(pair, kind)]
        records.append(evidence(kind, role, MODELS, pooled=True, pairs=count))
        records += [evidence(kind, role, (model,), pooled=False, pairs=count) for model in MODELS]
        for pair in made if role == "release" else ():
            records += judged("pair", pair.key, "good")
    add(workspace, records)
    return kind


def add_clean_samples(workspace: Workspace, count: int) -> list[Sample]:
    """Questions like those of the types, on which no model errs and no image shows a cue: what
    controls are made of.
    """
    made = []
    for number in range(count):
        question, gold, *_ = TYPES[number % len(TYPES)]
        made.append(
            Sample(
                key=key_of("clean", number),
                benchmark="proving-ground",
                split="mine",
                question_id=f"clean{number}",
                question=question,
                choices=CHOICES[gold],
                answer=CHOICES[gold].index(gold),
                image=workspace.put_image(picture("clean", number)),
                caption=f"a {gold} thing",
            )
        )
    workspace.append(made)
    return made


def add_rejected_candidate(workspace: Workspace) -> Candidate:
    """A cue that the screener let go."""
    sample = workspace.records(Sample)[0]
    one = candidate(
        sample, MODELS[0], "duck", "thing", "green", kept=False, reason="not more often than chance"
    )
    workspace.append([one])
    return one


def candidate(
    sample: Sample,
    model: str,
    cue: str,
    category: str,
    linked: str,
    *,
    kept: bool = True,
    reason: str = "kept",
) -> Candidate:
    """A cue that one screener proposed for one model."""
    return Candidate(
        key=key_of("candidate", sample.key, model, cue),
        sample=sample.key,
        model=model,
        cue=cue,
        category=category,
        linked=linked,
        screener="association",
        errors_with_cue=9,
        asked_with_cue=12,
        errors_total=20,
        asked_total=300,
        p=0.001,
        q=0.01,
        kept=kept,
        reason=reason,
    )


def _prediction(sample: Sample, model: str) -> Prediction:
    return Prediction(
        key=key_of("prediction", sample.key, model),
        sample=sample.key,
        model=model,
        prompt="p",
        rotation=0,
        blind=False,
        outcome="parsed",
        chosen=0,
        text="A",
    )


def _error(sample: Sample, model: str, linked: str) -> PersistentError:
    return PersistentError(
        key=key_of("error", sample.key, model),
        sample=sample.key,
        model=model,
        chosen=sample.choices.index(linked),
        mined="",
        share=1.0,
        margin=2.0,
        language_prior=False,
    )


def add(workspace: Workspace, records: list[Record]) -> None:
    """Appends records of any kinds, one part a kind."""
    for table in sorted({one.table for one in records}):
        workspace.append([one for one in records if one.table == table])


def judged(project: str, subject: str, verdict: str) -> list[Record]:
    """Two scripted judgments and the decision that they make."""
    said: list[Record] = [
        Judgment(
            key=key_of("judgment", project, subject, annotator),
            project=project,
            subject=subject,
            annotator=annotator,
            verdict=verdict,
            skipped=False,
            cue=None,
            core=None,
            description_with=None,
            description_without=None,
            box=None,
            scripted=True,
            seconds=1.0,
            source="1",
            updated_at="2026-01-01T00:00:00",
        )
        for annotator in ("Ada", "Grace")
    ]
    return [*said, decision(project, subject, verdict)]


def decision(
    project: str, subject: str, verdict: str, *, accepted: bool = True, votes: int = 2
) -> Decision:
    """What the annotators said together."""
    return Decision(
        key=key_of("decision", project, subject, verdict, votes),
        project=project,
        subject=subject,
        verdict=verdict,
        accepted=accepted,
        votes=votes,
        agreement=1.0,
        adjudicated=False,
        cue=None,
        core=None,
        description_with=None,
        description_without=None,
    )


def pair_of(workspace: Workspace, kind: CueType, role: str, index: int) -> Pair:
    """A pair with a placebo; its images depend on type, role, index and arm."""

    def kept(arm: str) -> str:
        return workspace.put_image(picture(kind.key, role, index, arm))

    return Pair(
        key=key_of("pair", kind.key, role, index),
        type=kind.key,
        role=role,
        index=index,
        route="text-to-image",
        generator=GENERATOR,
        seed=index,
        prompt_with=f"{kind.core} near a {kind.cue}",
        prompt_without=kind.core,
        prompt_placebo=f"{kind.core}, rainy",
        image_with=kept("with"),
        image_without=kept("without"),
        image_placebo=kept("placebo"),
    )


def gate_of(pair: Pair, reason: str = "kept") -> GateResult:
    """The gate's result: kept, or rejected for another reason."""
    return GateResult(
        key=key_of("gate", pair.key),
        pair=pair.key,
        kept=reason == "kept",
        reason=reason,
        cue_with=3.0,
        cue_without=-3.0,
        core=2.0,
        likeness=0.9,
    )


def _responses(pair: Pair, kind: CueType) -> list[Response]:
    """Both models answer wrong with the cue, right without it."""
    return [
        Response(
            key=key_of("response", pair.key, arm, model),
            pair=pair.key,
            type=kind.key,
            arm=arm,
            model=model,
            prompt="p",
            rotation=0,
            outcome="parsed",
            chosen=kind.choices.index(kind.linked) if arm == "with" else kind.answer,
            text="A",
            correct=arm != "with",
            linked=arm == "with",
        )
        for arm in ("with", "without", "placebo")
        for model in MODELS
    ]


def evidence(
    kind: CueType,
    role: str,
    models: tuple[str, ...],
    *,
    pooled: bool,
    pairs: int,
    **changed: object,
) -> Evidence:
    """A clear effect, accepted, unless changed."""
    row: dict[str, Any] = {
        "type": kind.key,
        "role": role,
        "models": models,
        "pooled": pooled,
        "pairs": pairs,
        "accuracy_with": 0.1,
        "accuracy_without": 0.9,
        "effect": 0.8,
        "low": 0.6,
        "high": 0.95,
        "p": 0.001,
        "q": 0.002 if pooled else None,
        "placebo_effect": 0.05,
        "placebo_high": 0.2,
        "bias_rate_with": 0.85,
        "bias_rate_without": 0.05,
        "unparsed": 0,
        "accepted": pooled,
        "reason": "accepted" if pooled else "",
        "passes_paper_rule": True,
    }
    return Evidence(
        key=key_of("evidence", kind.key, role, models, pooled, sorted(changed)), **(row | changed)
    )


def forget(workspace: Workspace, table: str) -> None:
    """Empties a table, so that a test can write another in its place."""
    workspace.fs.rm(f"{workspace.root}/tables/{table}", recursive=True)
