"""A model's answers: what is asked, in which orders, and how replies become grades."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from spuriforge.pipeline.evaluate.answers import Grade, Reply, answer, blind_questions, grade, plan
from spuriforge.pipeline.evaluate.figures import summarize
from spuriforge.pipeline.records import Failure
from spuriforge.pipeline.release.questions import Pictures, Question, open_release, read_questions
from tests.pipeline.evaluate.tiny import First, Shortcut, write_release


def _questions(tmp_path: Path) -> tuple[list[Question], Pictures]:
    release = open_release(write_release(tmp_path))
    return read_questions(release), Pictures(release.folder)


def test_a_blind_question_is_asked_once_for_each_order_of_its_options(tmp_path: Path) -> None:
    questions, _ = _questions(tmp_path)
    texts = blind_questions(questions)
    assert len(texts) == 6  # three types, two orders each
    assert (
        len(plan(texts, "m", "p", rotations=3, blind=True)) == 9
    )  # of which there are three in all
    assert len(plan(questions, "m", "p", rotations=3)) == 3 * len(questions)
    assert len(plan(questions, "m", "p", rotations=9)) == 3 * len(
        questions
    )  # no more than there are options


def test_rotations_show_other_orders_and_count_by_their_share(tmp_path: Path) -> None:
    questions, picture = _questions(tmp_path)

    lvlm = First()
    said = answer(plan(questions, lvlm.id, lvlm.prompt, rotations=3), lvlm, picture)
    replies = {reply.key: reply for reply in said if isinstance(reply, Reply)}
    grades = grade(questions, replies, lvlm.id, lvlm.prompt, rotations=3)
    assert {len(set(graded.chosen)) for graded in grades} == {3}
    found = summarize(grades)
    assert found["with_cue"].value == found["bias_with"].value == pytest.approx(1 / 3)


def test_the_next_release_asks_only_what_is_new(tmp_path: Path) -> None:
    before = read_questions(open_release(write_release(tmp_path, types=3)))
    after = read_questions(open_release(write_release(tmp_path, types=4, version="1.1.0")))
    old, new = (
        {ask.key for ask in plan(questions, "m", "p", rotations=2)} for questions in (before, after)
    )
    assert old < new
    assert len(new - old) == 2 * (
        1 + 2 * 3
    )  # the new type's anchor and the three arms of its two pairs
    assert not old & {ask.key for ask in plan(before, "m", "another prompt", rotations=2)}
    assert not old & {ask.key for ask in plan(before, "another model", "p", rotations=2)}


def test_a_failure_is_no_reply(tmp_path: Path) -> None:
    questions, picture = _questions(tmp_path)
    lvlm = Shortcut(fails_on="picture 0")
    said = answer(plan(questions, lvlm.id, lvlm.prompt, rotations=1), lvlm, picture)
    failures = [reply for reply in said if isinstance(reply, Failure)]
    assert {(failure.stage, failure.reason) for failure in failures} == {
        ("evaluate", "no connection")
    }
    assert len(failures) == 7


def test_a_blind_ask_has_no_image_and_its_own_key(tmp_path: Path) -> None:
    questions, picture = _questions(tmp_path)
    lvlm = Shortcut()
    (seeing,) = plan(questions[:1], lvlm.id, lvlm.prompt, rotations=1)
    (blind,) = plan(questions[:1], lvlm.id, lvlm.prompt, rotations=1, blind=True)
    assert seeing.key != blind.key
    replies = answer([seeing, blind], lvlm, picture)
    assert [query.image is None for query in lvlm.asked] == [False, True]
    assert [reply.image for reply in replies if isinstance(reply, Reply)] == [
        questions[0].image,
        None,
    ]


def test_the_rotations_of_a_question_share_one_decoded_image(tmp_path: Path) -> None:
    questions, picture = _questions(tmp_path)
    decoded: list[str] = []

    def counting(question: Question) -> Image.Image:
        decoded.append(question.image)
        return picture(question)

    lvlm = Shortcut()
    answer(plan(questions, lvlm.id, lvlm.prompt, rotations=3), lvlm, counting)
    assert len(decoded) == len(set(decoded)) == len({question.image for question in questions})


def test_a_question_with_a_missing_reply_has_no_grade(tmp_path: Path) -> None:
    questions, picture = _questions(tmp_path)
    lvlm = Shortcut()
    asks = plan(questions, lvlm.id, lvlm.prompt, rotations=2)
    replies = {
        reply.key: reply for reply in answer(asks, lvlm, picture) if isinstance(reply, Reply)
    }
    del replies[asks[1].key]
    grades = grade(questions, replies, lvlm.id, lvlm.prompt, rotations=2)
    assert [graded.question for graded in grades] == questions[1:]


def test_choices_are_graded_by_rotation(tmp_path: Path) -> None:
    questions, _ = _questions(tmp_path)
    question = next(question for question in questions if question.linked is not None)
    graded = Grade(question, (question.answer, question.linked, None))
    assert graded.right == (True, False, False)
    assert graded.linked == (False, True, False)
    control = Grade(replace(question, linked=None), (None, question.answer))
    assert control.linked == (False, False)
