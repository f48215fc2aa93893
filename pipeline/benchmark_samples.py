"""The samples that the benchmarks have now.

    note_samples(workspace, keys)         # after the benchmarks' files are read
    keys = current_samples(workspace)     # None if nobody noted them: then all samples count

The workspace's table also keeps the samples that the benchmarks once had.
"""

from collections.abc import Iterable

from .workspace import Workspace

#: The file with the keys of the samples that the benchmarks have now, a line each.
SAMPLES = "samples.txt"


def current_samples(workspace: Workspace) -> frozenset[str] | None:
    """Returns the keys of the samples that the benchmarks have now, or None where unknown."""
    noted = workspace.read_text(SAMPLES)
    return None if noted is None else frozenset(noted.split())


def note_samples(workspace: Workspace, keys: Iterable[str]) -> None:
    """Writes down which samples the benchmarks have now."""
    workspace.write_text(SAMPLES, "\n".join(sorted(keys)))
