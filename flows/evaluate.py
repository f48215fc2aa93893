"""Asks models a release's questions and writes a leaderboard: resumable, nothing asked twice.

    settings = EvaluationSettings(release=Path("releases/demo"), models=models, workspace="runs/e")
    evaluate(settings)

`flows/evaluated.py` is the command. Prefect's page of the run has the leaderboard and the worst
pairs, too.
"""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact

from spuriforge.pipeline.evaluate import leaderboard, page, responses
from spuriforge.pipeline.evaluate.answers import Ask, Reply, answer, blind_questions, grade, plan
from spuriforge.pipeline.evaluate.leaderboard import Leaderboard, ModelRun
from spuriforge.pipeline.lvlm.interface import LVLM
from spuriforge.pipeline.lvlm.prompts import version_for
from spuriforge.pipeline.recipe_models import (
    Count,
    EndpointModel,
    Section,
    Style,
    TransformersModel,
)
from spuriforge.pipeline.recipe_sections import Budget
from spuriforge.pipeline.records import Failure
from spuriforge.pipeline.release.questions import (
    Config,
    Pictures,
    Question,
    Split,
    open_release,
    read_questions,
)
from spuriforge.pipeline.workspace import Workspace

from . import models
from .stage import artifact_key, image_artifact, run_shards, table_artifact

Asked = TransformersModel | EndpointModel
#: Questions in a shard; the share of calls that may fail for good before the run stops, as in
#: mining.
SHARD, MAX_FAILED = 256, 0.05


class EvaluationSettings(Section):
    """One evaluation."""

    #: A release, or a folder of releases: its latest.
    release: Path
    models: tuple[Asked, ...]
    #: Each model under each of these prompt styles; none: as the model's own settings say.
    prompts: tuple[Style, ...] = ()
    configs: tuple[Config, ...] = ("anchors", "pairs", "controls")
    split: Split = "all"
    rotations: Count = 1
    blind: bool = True
    limit_types: Count | None = None
    #: Where the answers are kept, and where the leaderboard is written; left out: in the workspace.
    workspace: str
    out: Path | None = None
    publish_answers: bool = False

    @property
    def asked(self) -> list[Asked]:
        """Every model under every prompt style, one after another."""
        return [
            styled(model, style)
            for model in self.models
            for style in self.prompts or (model.prompt,)
        ]

    @property
    def folder(self) -> Path:
        """Where the leaderboard is written."""
        return self.out or Path(self.workspace) / "leaderboard"


def styled(model: Asked, style: Style) -> Asked:
    """The model under another prompt style; styles that think first need generated answers."""
    changed: dict[str, object] = {"prompt": style}
    if isinstance(model, TransformersModel) and style != "direct":
        changed["answer_by"] = "generate"
    return type(model).model_validate({**model.model_dump(), **changed})


@flow(name="evaluate")
def evaluate(settings: EvaluationSettings) -> str:
    """Gives the folder that the leaderboard was written to."""
    release = open_release(settings.release)
    questions = read_questions(
        release, configs=settings.configs, split=settings.split, limit_types=settings.limit_types
    )
    workspace, picture = Workspace(settings.workspace), Pictures(release.folder)
    runs = [_asked(model, settings, questions, workspace, picture) for model in settings.asked]
    board = Leaderboard(release, settings.split, questions, runs)
    _write(board, settings, picture)
    _show(board, picture)
    return str(settings.folder)


def _asked(
    model: Asked,
    settings: EvaluationSettings,
    questions: list[Question],
    workspace: Workspace,
    picture: Pictures,
) -> ModelRun:
    """One model's answers under its prompt style: what is missing is asked."""
    unseen = blind_questions(questions) if settings.blind else []
    prompt, rotations = version_for(model), settings.rotations
    asks = plan(questions, model.id, prompt, rotations=rotations)
    asks += plan(unseen, model.id, prompt, rotations=rotations, blind=True)
    wanted = {ask.key for ask in asks}
    if not wanted <= workspace.keys(Reply):
        _ask(model, asks, workspace, picture)
    replies = {one.key: one for one in workspace.records(Reply) if one.key in wanted}
    failed = _tell_failed(model, wanted - replies.keys(), len(wanted), workspace)
    costs = [one.cost for one in replies.values() if one.cost is not None]
    return ModelRun(
        model=model.id,
        prompt=model.prompt,
        prompt_version=prompt,
        rotations=rotations,
        failed=failed,
        grades=grade(questions, replies, model.id, prompt, rotations=rotations),
        blind=grade(unseen, replies, model.id, prompt, rotations=rotations, blind=True),
        replies=replies,
        cost=sum(costs) if costs else None,
    )


def _ask(model: Asked, asks: Sequence[Ask], workspace: Workspace, picture: Pictures) -> None:
    meter = models.meter_of(workspace.url, Budget())
    lvlm: LVLM = (
        models.alone(model)
        if isinstance(model, TransformersModel)
        else models.endpoint_of(model, workspace.url, meter)
    )

    def work(shard: list[Ask]) -> list[Reply | Failure]:
        return answer(shard, lvlm, picture)

    run_shards(
        f"evaluate {model.name} {model.prompt}",
        workspace,
        [(ask.key, ask) for ask in asks],
        Reply,
        work,
        size=SHARD,
        calls=len,
        meter=meter,
    )


def _tell_failed(model: Asked, missing: set[str], planned: int, workspace: Workspace) -> int:
    """Warns of the calls that gave no answer, and gives their number; RuntimeError where they are
    too many.
    """
    if not missing:
        return 0
    reasons = Counter(one.reason for one in workspace.records(Failure) if one.subject in missing)
    told = f"{model.id}: {len(missing)} of {planned} calls failed ({reasons.most_common(1)[0][0]})"
    if len(missing) > MAX_FAILED * planned:
        raise RuntimeError(f"{told}: too many for a leaderboard. The same command asks them again")
    get_run_logger().warning(
        f"{told}; their questions are left out. The same command asks them again"
    )
    return len(missing)


def _write(board: Leaderboard, settings: EvaluationSettings, picture: Pictures) -> None:
    """The leaderboard's files, the page last; each is there whole or not at all."""
    files = {
        "leaderboard.parquet": leaderboard.parquet(board),
        "leaderboard.json": board.as_json().encode(),
        "index.html": page.render(board, picture).encode(),
    }
    if settings.publish_answers:
        files = {"responses.parquet": responses.parquet(board.runs), **files}
    folder = settings.folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        draft = folder / f".{name}.{os.getpid()}.tmp"
        draft.write_bytes(content)
        draft.replace(folder / name)


def _show(board: Leaderboard, picture: Pictures) -> None:
    """The same on the flow run's page: the table, the leaderboard in words, the worst pairs."""
    key = f"leaderboard-{board.release.manifest['name']}"
    table_artifact(key, board.rows(), f"Models on {board.release.title}")
    create_markdown_artifact(page.markdown(board), key=artifact_key(f"{key}-table"))
    shots = [
        (f"{one.type.cue}, {arm}", picture.bytes_of(question))
        for one in page.worst_pairs(board)[:3]
        for arm, question in (("with", one.with_), ("without", one.without))
    ]
    image_artifact(
        f"{key}-worst", shots, f"Where models err most with the cue on {board.release.title}"
    )
