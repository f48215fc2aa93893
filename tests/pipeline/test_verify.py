"""Evidence: what is accepted, what is not and why, and what the paper's rule would have said."""

from dataclasses import replace
from typing import Any

import pytest

from spuriforge.pipeline.lvlm.interface import Answer
from spuriforge.pipeline.recipe import Verify
from spuriforge.pipeline.records import Evidence, Failure, Pair
from spuriforge.pipeline.verify import answered, plan_responses, pool, respond, weigh

WIDTH = {"with": "with the cue", "without": "no cue", "placebo": "placebo image"}


def _pair(number: int, role: str = "selection") -> Pair:
    return Pair(
        key=f"pair-{number:02d}",
        type="type",
        role=role,
        index=number,
        route="text-to-image",
        generator="g",
        seed=number,
        prompt_with="w",
        prompt_without="o",
        prompt_placebo="p",
        image_with=WIDTH["with"],
        image_without=WIDTH["without"],
        image_placebo=WIDTH["placebo"],
    )


def _weighed(
    cue_type: Any, rule_lvlm: Any, blank: Any, misled_by: set[str], pairs: int = 12, **settings: Any
) -> list[Evidence]:
    """Returns the evidence on a model that answers "boat" in the arms `misled_by`, else "car"."""
    widths = {len(WIDTH[arm]) for arm in misled_by}
    lvlm = rule_lvlm(
        lambda query: query.choices.index("boat" if query.image.width in widths else "car")
    )
    made_pairs = [_pair(number) for number in range(pairs)]
    asks = plan_responses(made_pairs, {"type": cue_type}, lvlm.id, lvlm.prompt, Verify(**settings))
    return weigh(
        [cue_type], made_pairs, respond(asks, lvlm, blank), Verify(**settings), "selection"
    )


def test_a_model_that_follows_the_cue_is_convicted(
    cue_type: Any, rule_lvlm: Any, blank: Any
) -> None:
    pooled, alone = _weighed(cue_type, rule_lvlm, blank, {"with"})
    assert (pooled.accuracy_without, pooled.accuracy_with, pooled.effect) == (1.0, 0.0, 1.0)
    assert (pooled.bias_rate_with, pooled.bias_rate_without) == (1.0, 0.0)
    assert pooled.p == pytest.approx(2**-12)
    assert pooled.accepted
    assert pooled.passes_paper_rule
    assert (alone.pooled, alone.models, alone.q) == (False, ("m@main",), None)


def test_a_model_that_any_edit_misleads_is_not(cue_type: Any, rule_lvlm: Any, blank: Any) -> None:
    pooled = _weighed(cue_type, rule_lvlm, blank, {"with", "placebo"})[0]
    assert not pooled.accepted
    assert pooled.reason == "the placebo hurts as much"
    assert pooled.passes_paper_rule


def test_a_model_that_sees_through_it_is_not(cue_type: Any, rule_lvlm: Any, blank: Any) -> None:
    pooled = _weighed(cue_type, rule_lvlm, blank, set())[0]
    assert (pooled.accepted, pooled.p, pooled.passes_paper_rule) == (False, 1.0, False)
    assert pooled.reason.startswith("not significant")


def test_three_pairs_are_no_proof_but_pass_the_papers_rule(
    cue_type: Any, rule_lvlm: Any, blank: Any
) -> None:
    pooled = _weighed(cue_type, rule_lvlm, blank, {"with"}, pairs=3)[0]
    assert (pooled.accepted, pooled.passes_paper_rule) == (False, True)


def test_a_model_on_which_the_type_was_not_found_does_not_decide(
    cue_type: Any, rule_lvlm: Any, blank: Any
) -> None:
    other = replace(cue_type, models=("another@main",))
    assert _weighed(other, rule_lvlm, blank, {"with"}) == []


def test_unparsed_answers_are_neither_right_nor_linked(
    cue_type: Any, rule_lvlm: Any, blank: Any
) -> None:
    lvlm = rule_lvlm(lambda query: None)
    asks = plan_responses([_pair(0)], {"type": cue_type}, lvlm.id, lvlm.prompt, Verify())
    responses = respond(asks, lvlm, blank)
    assert {
        (response.outcome, response.correct, response.linked, response.chosen)
        for response in responses
    } == {("unparsed", False, False, None)}
    assert (
        weigh([cue_type], [_pair(0)], responses, Verify(), "selection")[0].unparsed
        == len(responses)
        == 6
    )


def test_only_the_roles_own_pairs_count(cue_type: Any, rule_lvlm: Any, blank: Any) -> None:
    lvlm = rule_lvlm(lambda query: query.choices.index("car"))
    made_pairs = [_pair(0), _pair(1, role="release")]
    asks = plan_responses(made_pairs, {"type": cue_type}, lvlm.id, lvlm.prompt, Verify())
    assert (
        weigh([cue_type], made_pairs, respond(asks, lvlm, blank), Verify(), "release")[0].pairs == 1
    )


def test_answers_are_complete_only_with_every_arm_in_every_rotation(
    cue_type: Any, rule_lvlm: Any, blank: Any
) -> None:
    lvlm, types, made_pairs = rule_lvlm(lambda query: 0), {"type": cue_type}, [_pair(0), _pair(1)]
    responses = respond(
        plan_responses(made_pairs, types, lvlm.id, lvlm.prompt, Verify()), lvlm, blank
    )
    both = {pair.key for pair in made_pairs}
    assert answered(made_pairs, types, responses, [lvlm.id], Verify()) == both
    assert answered(made_pairs, types, responses[:-1], [lvlm.id], Verify()) == both - {
        responses[-1].pair
    }
    assert answered(made_pairs, types, responses, [lvlm.id, "another@main"], Verify()) == set()
    assert (
        answered(
            [replace(pair, image_placebo=None) for pair in made_pairs],
            types,
            [response for response in responses if response.arm != "placebo"],
            [lvlm.id],
            Verify(),
        )
        == both
    )


def test_a_failed_call_is_a_failure_and_no_response(cue_type: Any, blank: Any) -> None:
    class Down:
        id, prompt = "m@main", "p"

        def answer(self, queries: Any) -> list[Answer]:
            return [Answer("failed", None, "no route") for _ in queries]

    asks = plan_responses([_pair(0)], {"type": cue_type}, "m@main", "p", Verify())
    failures = respond(asks, Down(), blank)
    assert {type(failure) for failure in failures} == {Failure}
    assert {(failure.subject, failure.reason) for failure in failures} == {
        (ask.key, "no route") for ask in asks
    }


def test_published_answers_leave_the_verdict_to_all_verifiers(cue_type: Any) -> None:
    assert pool(cue_type, ["m@main", "n@main"], ["only-verifies@main"]) == (
        "m@main",
        "only-verifies@main",
    )
    assert pool(replace(cue_type, models=("gpt@published",)), ["m@main", "n@main"], []) == (
        "m@main",
        "n@main",
    )


def test_the_papers_rule_accepts_without_a_test(cue_type: Any, rule_lvlm: Any, blank: Any) -> None:
    evidence = _weighed(cue_type, rule_lvlm, blank, {"with"}, 3, rule="threshold", q=0.0)[0]
    assert (evidence.accepted, evidence.reason) == (True, "accepted")
