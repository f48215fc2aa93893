"""Who is asked: the recipe's people and those who came, less those who left; tasks move with them,
judgments stay.
"""

from collections import Counter

import httpx
import pytest

from spuriforge.annotation.accounts import annotators
from spuriforge.annotation.answers import TaskAnswer, result_of
from spuriforge.annotation.client import Server, connect
from spuriforge.annotation.projects import projects, tasks_of
from spuriforge.annotation.pull import collect
from spuriforge.annotation.push import judges, push_cues
from spuriforge.annotation.roster import (
    FILE,
    add,
    complete,
    everyone,
    exclude,
    include,
    remove,
    roster,
    staffed,
)
from spuriforge.pipeline.recipe import Annotate, Recipe
from spuriforge.pipeline.records import Exclusion
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.things import cue_type, recipe_for
from tests.judged import judged


@pytest.fixture
def people() -> Recipe:
    """Three people, two for each cue."""
    return recipe_for(Annotate(annotators=("ada", "bob", "cy")))


def test_they_are_the_recipes_until_somebody_comes_or_goes(
    workspace: Workspace, people: Recipe
) -> None:
    assert roster(workspace, people) == everyone(workspace, people) == ("ada", "bob", "cy")
    assert staffed(workspace, people) is people
    add(workspace, people, "dora")
    remove(workspace, people, "bob")
    assert roster(workspace, people) == ("ada", "cy", "dora")
    assert everyone(workspace, people) == ("ada", "bob", "cy", "dora")
    assert staffed(workspace, people).annotate.annotators == ("ada", "cy", "dora")
    assert complete(workspace, people).annotate.annotators == ("ada", "bob", "cy", "dora")
    assert staffed(workspace, people).run == people.run
    remove(workspace, people, "dora")
    add(workspace, people, "bob")
    assert roster(workspace, people) == ("ada", "bob", "cy")
    add(workspace, people, "dora")
    assert roster(workspace, people) == ("ada", "bob", "cy", "dora")


def test_who_is_named_in_the_recipe_later_is_there_once(
    workspace: Workspace, people: Recipe
) -> None:
    add(workspace, people, "dora")
    later = recipe_for(Annotate(annotators=("dora", "ada", "bob")))
    assert roster(workspace, later) == ("dora", "ada", "bob")


@pytest.mark.parametrize("name", ["Ada", "ada", "cy"])
def test_nobody_is_there_twice(workspace: Workspace, people: Recipe, name: str) -> None:
    with pytest.raises(
        ValueError, match="is an annotator of this run already: choose another pseudonym"
    ):
        add(workspace, people, name)


@pytest.mark.parametrize(
    "name", ["", " x", "x ", "a  b", "a\nb", "x]", "[red]", "x" * 41, "<b>", "_x", "a/b"]
)
def test_a_pseudonym_fits_into_a_mark_and_a_table(
    workspace: Workspace, people: Recipe, name: str
) -> None:
    with pytest.raises(ValueError, match="cannot be a pseudonym"):
        add(workspace, people, name)


def test_names_of_other_scripts_and_spaces_are_fine(workspace: Workspace, people: Recipe) -> None:
    for name in ("Žofie", "李 雷", "annotator 7", "a.b-c_d"):
        add(workspace, people, name)
    assert len(roster(workspace, people)) == 7


def test_nobody_can_join_scripts(workspace: Workspace, recipe: Recipe) -> None:
    with pytest.raises(ValueError, match="are scripts"):
        add(workspace, recipe, "dora")


def test_enough_stay_to_judge(workspace: Workspace, people: Recipe) -> None:
    with pytest.raises(
        ValueError, match="There is no annotator 'eve' in this run: there are ada, bob, cy"
    ):
        remove(workspace, people, "eve")
    remove(workspace, people, "ada")
    with pytest.raises(ValueError, match="ada is removed already"):
        remove(workspace, people, "ada")
    with pytest.raises(
        ValueError, match="Without cy 1 would be left to judge, and the recipe asks 2"
    ):
        remove(workspace, people, "cy")


def test_a_damaged_file_is_told(workspace: Workspace, people: Recipe) -> None:
    for text in ("{", "[]", '{"other": []}', '{"added": 3}'):
        workspace.write_text(FILE, text)
        with pytest.raises(ValueError, match="is damaged: mend it, or delete it"):
            roster(workspace, people)


def test_the_excluded_are_not_asked_and_every_word_on_them_is_kept(
    workspace: Workspace, people: Recipe
) -> None:
    workspace.append([judged("s", "gone", "spurious")])
    exclude(workspace, people, "ada", " says the same of all ")
    exclude(workspace, people, "gone", "left long ago")
    assert roster(workspace, people) == ("bob", "cy")
    assert complete(workspace, people).annotate.annotators == ("ada", "bob", "cy")
    with pytest.raises(ValueError, match="left out already"):
        exclude(workspace, people, "ada", "again")
    include(workspace, people, "ada")
    assert roster(workspace, people) == ("ada", "bob", "cy")
    exclusions = sorted(workspace.records(Exclusion), key=lambda exclusion: exclusion.at)
    assert [
        (exclusion.annotator, exclusion.excluded, exclusion.reason) for exclusion in exclusions
    ] == [
        ("ada", True, "says the same of all"),
        ("gone", True, "left long ago"),
        ("ada", False, ""),
    ]
    with pytest.raises(ValueError, match="are not left out"):
        include(workspace, people, "ada")


@pytest.mark.parametrize(
    ("name", "reason", "expected"), [("eve", "x", "no annotator 'eve'"), ("ada", "  ", "Say why")]
)
def test_an_exclusion_needs_a_person_and_a_reason(
    workspace: Workspace, people: Recipe, name: str, reason: str, expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        exclude(workspace, people, name, reason)


@pytest.mark.integration
def test_tasks_go_to_who_came_and_from_who_left(label_studio: Server, workspace: Workspace) -> None:
    recipe = recipe_for(
        Annotate(annotators=("ada", "bob"), gold_rate=0.0, sham_rate=0.0), name="roster"
    )
    types = [cue_type(workspace, number) for number in range(12)]

    def tasks() -> Counter[str]:
        by_desk = projects(connect(label_studio), workspace, "roster")
        return Counter(
            {
                desk.annotator: len(list(tasks_of(connect(label_studio), project.id)))
                for desk, project in by_desk.items()
            }
        )

    push_cues(label_studio, workspace, types, {}, staffed(workspace, recipe))
    assert tasks() == {"ada": 12, "bob": 12}
    account = annotators(label_studio, ("dora",))["dora"]
    add(workspace, recipe, "dora")
    remove(workspace, recipe, "bob")
    page = httpx.get(
        f"{label_studio.url}/api/current-user/whoami",
        headers={"Authorization": f"Token {account.token}"},
    )
    assert page.json()["email"] == account.login
    push_cues(label_studio, workspace, types, {}, staffed(workspace, recipe))
    assert tasks()["dora"] == 12
    # What bob answers nevertheless is collected, and so it counts.
    by_desk = projects(connect(label_studio), workspace, "roster")
    (project,) = (project.id for desk, project in by_desk.items() if desk.annotator == "bob")
    bobs = connect(label_studio, annotators(label_studio, ("bob",))["bob"].token)
    task = next(iter(tasks_of(bobs, project)))
    bobs.annotations.create(
        id=task["id"], result=result_of("cue", TaskAnswer("unsure")), was_cancelled=False
    )
    assert collect(label_studio, workspace, staffed(workspace, recipe)).judgments == []
    (judgment,) = collect(label_studio, workspace, complete(workspace, recipe)).judgments
    assert (judgment.annotator, judgment.verdict) == ("bob", "unsure")
    assert {judges(cue_type.key, staffed(workspace, recipe))[0] for cue_type in types} == {
        "ada",
        "dora",
    }
