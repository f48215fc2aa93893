"""Asks models a release's questions and writes a leaderboard: resumable, nothing asked twice.

    settings = EvaluationSettings(release=Path("releases/demo"), models=models, workspace="runs/e")
    evaluate(settings)

`flows/commands/evaluate.py` is the command. The flow run's page shows the leaderboard and the worst
pairs, too.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact

from spuriforge.pipeline.atomic import write_bytes
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
    """Asks what is missing, writes the leaderboard and returns its folder."""
    release = open_release(settings.release)
    questions = read_questions(
        release, configs=settings.configs, split=settings.split, limit_types=settings.limit_types
    )
    workspace, picture = Workspace(settings.workspace), Pictures(release.folder)
    runs = [_run(model, settings, questions, workspace, picture) for model in settings.asked]
    board = Leaderboard(release, settings.split, questions, runs)
    _write(board, settings, picture)
    _show(board, picture)
    return str(settings.folder)


def _run(
    model: Asked,
    settings: EvaluationSettings,
    questions: list[Question],
    workspace: Workspace,
    picture: Pictures,
) -> ModelRun:
    """A model's answers under its prompt style; what is missing is asked."""
    unseen = blind_questions(questions) if settings.blind else []
    prompt, rotations = version_for(model), settings.rotations
    asks = plan(questions, model.id, prompt, rotations=rotations)
    asks += plan(unseen, model.id, prompt, rotations=rotations, blind=True)
    wanted = {ask.key for ask in asks}
    if not wanted <= workspace.keys(Reply):
        _ask(model, asks, workspace, picture)
    replies = {reply.key: reply for reply in workspace.records(Reply) if reply.key in wanted}
    failed = _count_failed(model, wanted - replies.keys(), len(wanted), workspace)
    costs = [reply.cost for reply in replies.values() if reply.cost is not None]
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


def _count_failed(model: Asked, missing: set[str], planned: int, workspace: Workspace) -> int:
    """Warns of calls without an answer, returns their number; RuntimeError if they are too many."""
    if not missing:
        return 0
    failures = workspace.records(Failure)
    reasons = Counter(failure.reason for failure in failures if failure.subject in missing)
    why = reasons.most_common(1)[0][0]
    summary = f"{model.id}: {len(missing)} of {planned} calls failed ({why})"
    if len(missing) > MAX_FAILED * planned:
        raise RuntimeError(
            f"{summary}: too many for a leaderboard. The same command asks them again"
        )
    get_run_logger().warning(
        f"{summary}; their questions are left out. The same command asks them again"
    )
    return len(missing)


def _write(board: Leaderboard, settings: EvaluationSettings, picture: Pictures) -> None:
    """Writes the leaderboard's files, the page last."""
    files = {
        "leaderboard.parquet": leaderboard.parquet(board),
        "leaderboard.json": board.as_json().encode(),
        "index.html": page.render(board, picture).encode(),
    }
    if settings.publish_answers:
        files = {"responses.parquet": responses.parquet(board.runs), **files}
    settings.folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_bytes(settings.folder / name, content)


def _show(board: Leaderboard, picture: Pictures) -> None:
    """Puts the table, the leaderboard in words and the worst pairs on the flow run's page."""
    key = f"leaderboard-{board.release.manifest['name']}"
    table_artifact(key, board.rows(), f"Models on {board.release.title}")
    create_markdown_artifact(page.markdown(board), key=artifact_key(f"{key}-table"))
    shots = [
        (f"{pair.type.cue}, {arm}", picture.bytes_of(question))
        for pair in page.worst_pairs(board)[:3]
        for arm, question in (("with", pair.with_), ("without", pair.without))
    ]
    image_artifact(
        f"{key}-worst", shots, f"Where models err most with the cue on {board.release.title}"
    )
