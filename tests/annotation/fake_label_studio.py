"""Label Studio as far as pushing needs it, in memory: quick, and it can die at any request, before
it or after it.
"""

from datetime import UTC, datetime
from types import SimpleNamespace as Thing
from typing import Any

from label_studio_sdk.core.api_error import ApiError


class Killed(BaseException):
    """The pushing process dies: no `except` of the code under test may catch it."""


class FakeLabelStudio:
    """Projects, tasks and annotations; stands in for the SDK's client."""

    def __init__(self) -> None:
        self.by_number: dict[int, Any] = {}
        self.lying: dict[int, Any] = {}
        self.requests = 0
        #: The number of the writing request that is the last: it is done, and its answer is never
        #: seen.
        self.dies_after: int | None = None
        self._numbers = 0
        self.projects = Thing(
            list=lambda page_size: sorted(self.by_number.values(), key=lambda value: -value.id),
            create=self._create,
            get=self._get,
            import_tasks=self._import_tasks,
        )
        self.tasks = Thing(list=self._list, get=lambda id: self.lying[int(id)], delete=self._delete)
        self.annotations = Thing(create=self._annotate)

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _wrote(self) -> None:
        self.requests += 1
        if self.requests == self.dies_after:
            raise Killed

    def _create(self, **fields: Any) -> Any:
        project = Thing(id=self._number(), created_at=datetime.now(UTC), **fields)
        self.by_number[project.id] = project
        self._wrote()
        return project

    def _get(self, number: int) -> Any:
        if number not in self.by_number:
            raise ApiError(status_code=404, body="no such project")
        return self.by_number[number]

    def _import_tasks(self, *, id: int, request: list[Any], commit_to_project: bool) -> None:
        for fields in request:
            task = Thing(
                id=self._number(),
                project=id,
                data=fields["data"],
                total_annotations=0,
                cancelled_annotations=0,
                results=[],
            )
            self.lying[task.id] = task
        self._wrote()

    def _list(self, *, project: int, **_: Any) -> list[dict[str, Any]]:
        return [vars(task) for task in self.lying.values() if task.project == project]

    def _delete(self, id: str) -> None:
        del self.lying[int(id)]
        self._wrote()

    def _annotate(
        self, *, id: int, result: Any, was_cancelled: bool, lead_time: float | None
    ) -> None:
        task = self.lying[id]
        task.total_annotations += not was_cancelled
        task.cancelled_annotations += was_cancelled
        task.results.append(result)
        self._wrote()

    # --- what the tests ask -----------------------------------------------------------------------

    def row(self, kind: str, annotator: str) -> list[str]:
        """The subjects on a desk, in the order in which they are shown, doubled ones twice."""
        marked = {
            project.id
            for project in self.by_number.values()
            if f" {kind} {annotator}]" in project.description
        }
        return [
            task.data["key"] for _, task in sorted(self.lying.items()) if task.project in marked
        ]

    def tasks_on(self, subject: str) -> list[Any]:
        """All tasks on a subject."""
        return [task for task in self.lying.values() if task.data["key"] == subject]
