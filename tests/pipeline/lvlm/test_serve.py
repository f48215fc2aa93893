"""A real server that was not written here: `transformers serve` with the proving ground's LVLM.

The same questions go through the server and through the library in this process; both write
greedily, so the letters agree.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from spuriforge.data.proving_ground import benchmark
from spuriforge.data.proving_ground.render import render
from spuriforge.pipeline.lvlm.call_cache import CallCache
from spuriforge.pipeline.lvlm.endpoint import EndpointLVLM
from spuriforge.pipeline.lvlm.interface import Query
from spuriforge.pipeline.lvlm.structured import Form
from spuriforge.pipeline.lvlm.transformers_backend import TransformersLVLM
from spuriforge.pipeline.recipe_models import EndpointModel, TransformersModel
from spuriforge.pipeline.workspace import Workspace
from tests.pipeline.lvlm.test_endpoint import Judged
from tests.serving import MODELS

pytestmark = pytest.mark.integration

MODEL = MODELS / "subject-a"
COUNT = 48


@pytest.fixture
def lvlm(subject_a: str, tmp_path: Path) -> Iterator[EndpointLVLM]:
    model = EndpointModel(
        name="served",
        backend="endpoint",
        url=subject_a,
        model=str(MODEL),
        image_format="png",
        max_tokens=8,
        concurrency=2,
    )
    made = EndpointLVLM(model, cache=CallCache(Workspace(tmp_path)))
    yield made
    made.close()


@pytest.fixture(scope="module")
def queries() -> list[Query]:
    """Real questions about rendered scenes, each fourth one without its image."""
    asked = islice(benchmark.questions(MODELS, 400, seed=5), COUNT)
    return [
        Query(
            prompt.question.text,
            prompt.question.choices,
            None if number % 4 == 3 else render(prompt.scene),
        )
        for number, prompt in enumerate(asked)
    ]


def test_a_real_server_gives_what_the_library_gives(
    lvlm: EndpointLVLM, queries: list[Query]
) -> None:
    here = TransformersLVLM.load(
        TransformersModel(name="here", path=str(MODEL), answer_by="generate", max_tokens=8)
    ).answer(queries)
    served = lvlm.answer(queries)
    assert {answer.outcome for answer in served} == {"parsed"}
    assert all(answer.usage.tokens_in and answer.usage.tokens_out for answer in served)
    same = sum(answer.chosen == other.chosen for answer, other in zip(served, here, strict=True))
    assert same >= COUNT - 1, f"{same} of {COUNT}"
    assert len({answer.chosen for answer in served}) == 4, "it is no constant answer"


def test_what_a_server_says_beside_the_form_is_rejected(lvlm: EndpointLVLM) -> None:
    """This server reads a response format and ignores it; this model knows letters alone."""
    (said,) = lvlm.fill([Form("You judge.", "data")], Judged)
    assert said.outcome == "rejected"
    assert said.reason


def test_a_model_that_is_not_there_is_one_sentence(subject_a: str, tmp_path: Path) -> None:
    model = EndpointModel(name="served", backend="endpoint", url=f"{subject_a}/nowhere", model="m")
    lvlm = EndpointLVLM(model, cache=CallCache(Workspace(tmp_path)))
    with pytest.raises(
        ValueError, match=r"^127\.0\.0\.1:\d+ has no model 'm' under /v1/nowhere \(HTTP 404"
    ):
        lvlm.answer([Query("q", ("a", "b"), None)])
    lvlm.close()
