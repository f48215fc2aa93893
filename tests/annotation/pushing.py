"""What tests of pushing share: the recipe's people, and what lies on their desks."""

from typing import Any

from spuriforge.annotation.client import Server
from spuriforge.annotation.handout import PushReport
from spuriforge.pipeline.recipe import Annotate, Recipe, Screen
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.fake_label_studio import FakeLabelStudio
from tests.annotation.things import recipe_for
from tests.judged import judged

SERVER = Server("http://nowhere", "token")
PEOPLE = ("ann", "bea", "cem")


def recipe_with(**changes: Any) -> Recipe:
    fields = {"annotators": PEOPLE, "gold_rate": 0.1, "sham_rate": 0.1} | changes
    return recipe_for(Annotate(**fields)).model_copy(
        update={"screen": Screen.model_construct(vocabulary=())}
    )


def balanced(report: PushReport) -> bool:
    return report.asked == report.imported + report.present + report.judged + report.held


def on_desks(server: FakeLabelStudio, kind: str = "cue") -> dict[str, list[str]]:
    return {name: server.row(kind, name) for name in PEOPLE}


def answered(
    workspace: Workspace, subject: str, annotator: str, verdict: str | None = "unsure"
) -> None:
    workspace.append([judged(subject, annotator, verdict)])
