"""Which samples the benchmarks have now: the workspace keeps what they once had, too.

keys = current(workspace)        # None where nobody noted them: then all samples are current
"""

from collections.abc import Iterable

from .workspace import Workspace

#: The keys of the samples that the benchmarks have now, a line each.
SAMPLES = "samples.txt"


def current(workspace: Workspace) -> frozenset[str] | None:
    """The keys of the samples that the benchmarks have now."""
    noted = workspace.read_text(SAMPLES)
    return None if noted is None else frozenset(noted.split())


def note(workspace: Workspace, keys: Iterable[str]) -> None:
    """Notes which samples the benchmarks have now."""
    workspace.write_text(SAMPLES, "\n".join(sorted(keys)))
