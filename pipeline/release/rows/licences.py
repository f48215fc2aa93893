"""The licence, the attribution and the canary of every row that holds an image.

licences = Licences.of(workspace, recipe)
licences.of_sample("seed-bench")      # {"license": "cc-by-nc-4.0", "attribution": ..., ...}
licences.of_pair(pair)                # the release's licence, or that of the edited image
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from ...recipe import Recipe
from ...records import Pair, Sample
from ...workspace import Workspace
from ..files.parquet import Row

#: Licence and attribution of a benchmark. No release passes its checks with a licence of None.
Terms = tuple[str | None, str]


def canary(name: str) -> str:
    """Returns the sentence that marks every row of a release, so that leaks into corpora show."""
    guid = uuid.uuid5(uuid.NAMESPACE_URL, f"spuriforge:{name}")
    return (
        "SPURIFORGE BENCHMARK DATA SHOULD NEVER APPEAR IN PRETRAINING CORPORA. "
        f"{name} canary GUID {guid}"
    )


@dataclass(frozen=True, slots=True)
class Licences:
    """The terms of each benchmark, and the benchmark of each real image."""

    #: The release's own licence, for images drawn from nothing.
    license: str
    canary: str
    terms: Mapping[str, Terms]
    benchmark_of: Mapping[str, str]

    @classmethod
    def of(cls, workspace: Workspace, recipe: Recipe) -> "Licences":
        """Reads them from recipe and workspace; ValueError if two benchmarks of one name differ."""
        samples = workspace.read(Sample, ["benchmark", "image"]).to_pylist()
        benchmark_of = {row["image"]: row["benchmark"] for row in reversed(samples)}
        return cls(
            recipe.publish.license, canary(recipe.publish.name), _terms(recipe), benchmark_of
        )

    def of_sample(self, benchmark: str) -> Row:
        """Returns the licence columns of a benchmark's own image and question."""
        licence, attribution = self.terms.get(benchmark, (None, benchmark))
        return {"license": licence, "attribution": attribution, "canary": self.canary}

    def of_pair(self, pair: Pair) -> Row:
        """Returns a pair's licence columns: the release's licence, or the edited image's."""
        if pair.source_image is None:
            return {"license": self.license, "attribution": pair.generator, "canary": self.canary}
        source = self.of_sample(self.benchmark_of[pair.source_image])
        return source | {"attribution": f"{source['attribution']}; changed by {pair.generator}"}


def _terms(recipe: Recipe) -> dict[str, Terms]:
    terms: dict[str, Terms] = {}
    for benchmark in recipe.benchmarks:
        own_terms = benchmark.license, benchmark.attribution or benchmark.title
        if terms.setdefault(benchmark.title, own_terms) != own_terms:
            raise ValueError(
                f"Two [[benchmarks]] are called {benchmark.title!r} and differ in licence or "
                "attribution: give each a name of its own."
            )
    return terms
