"""Brings judgments back from Label Studio, each version exactly once.

    pulled = collect(server, workspace, recipe)     # .judgments are appended, .problems sentences
    waiting(server, workspace, recipe)              # {"ada": Waiting(asked=40, done=31, ...), ...}

A judgment goes one way: `project_contents` reads it from the server, `versions` says whether it is
new, the workspace keeps it, and `reconcile` says what does not fit. Pulling twice, after a kill or
beside another pull, adds nothing twice; an annotation changed in Label Studio is a new judgment.
Each project is kept before the next is read. Nothing is ever removed from the workspace.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from operator import itemgetter

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import Judgment
from spuriforge.pipeline.workspace import Workspace

from .accounts import Account, annotators
from .client import Server, connect, explained
from .project_contents import ProjectContents, read_project
from .projects import Desk, marked, projects
from .reconcile import problems
from .roster import complete, roster
from .versions import Versions


@dataclass(frozen=True, slots=True)
class Pulled:
    """The new judgments, and a sentence for each problem: unreadable, gone, doubled."""

    judgments: list[Judgment]
    problems: list[str]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How far an annotator is: tasks asked, answered and skipped."""

    asked: int
    done: int
    skipped: int

    @property
    def left(self) -> int:
        """Tasks that nobody has touched."""
        return max(0, self.asked - self.done - self.skipped)


def collect(server: Server, workspace: Workspace, recipe: Recipe) -> Pulled:
    """Appends the judgments that the workspace lacks; what cannot be read becomes a problem.

    Reads the projects of everybody who is or was on the roster, and of those who left the recipe
    after they had judged something.
    """
    recipe = complete(workspace, recipe)
    # Read before the server is: what another pull appends meanwhile does not count as gone.
    known = workspace.records(Judgment)
    versions, contents, new = Versions(known), list[ProjectContents](), list[Judgment]()
    with explained("the judgments", server):
        client = connect(server)
        run_projects = marked(client, workspace, recipe.run.name)
        desks = sorted(((desk, project.id) for desk, project in run_projects), key=itemgetter(1))
        accounts = _accounts(server, recipe, {desk for desk, _ in desks}, known)
        for desk, number in desks:
            account, scripted = accounts.get(desk.annotator), recipe.annotate.by == "scripted"
            project = read_project(client, desk, number, account, scripted=scripted)
            new += _keep(workspace, project, versions)
            contents.append(project)
    return Pulled(new, problems(contents, known, roster(workspace, recipe)))


def waiting(
    server: Server, workspace: Workspace, recipe: Recipe, kind: str | None = None
) -> dict[str, Waiting]:
    """Returns how far each annotator is, in one kind of project ("cue", "pair", ...) or in all."""
    counts = {name: [0, 0, 0] for name in recipe.annotate.annotators}
    with explained("the state of the projects", server):
        for desk, project in projects(connect(server), workspace, recipe.run.name).items():
            if desk.annotator in counts and kind in (None, desk.kind):
                row = counts[desk.annotator]
                row[0] += project.task_number or 0
                row[1] += project.num_tasks_with_annotations or 0
                row[2] += project.skipped_annotations_number or 0
    return {name: Waiting(*row) for name, row in counts.items()}


def _accounts(
    server: Server, recipe: Recipe, desks: Set[Desk], known: Iterable[Judgment]
) -> dict[str, Account]:
    """Returns the accounts of the recipe's annotators and of others who judged something."""
    judged = {judgment.annotator for judgment in known} & {desk.annotator for desk in desks}
    return annotators(server, tuple(dict.fromkeys((*recipe.annotate.annotators, *sorted(judged)))))


def _keep(workspace: Workspace, project: ProjectContents, versions: Versions) -> list[Judgment]:
    """Appends a project's new judgments and returns them; notes in it what is not new."""
    comparison = versions.compare(project.judgments)
    workspace.append(comparison.new)
    project.judgments, project.returned = comparison.own, comparison.returned
    project.problems += [
        f"Annotation {judgment.source} of {judgment.annotator} says something else than before, at "
        "the same time: both are kept."
        for judgment in comparison.clashing
    ]
    return comparison.new
