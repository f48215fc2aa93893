"""Whose a release's images and questions are: licence and attribution of every row, and the canary
that marks it.

rights = Rights.of(workspace, recipe) rights.sample("seed-bench")     # {"license": "cc-by-nc-4.0",
"attribution": "...", "canary": "..."} rights.pair(pair)               # the release's own licence
for a drawn pair, the source's for an edited one
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from ...recipe import Recipe
from ...records import Pair, Sample
from ...workspace import Workspace
from ..files.parquet import Row

#: Licence and attribution of one benchmark; without a licence None, which no release passes.
Terms = tuple[str | None, str]


def canary(name: str) -> str:
    """The sentence that marks every row of a release of this name: who finds it in a corpus knows
    what leaked.
    """
    guid = uuid.uuid5(uuid.NAMESPACE_URL, f"spuriforge:{name}")
    return f"SPURIFORGE BENCHMARK DATA SHOULD NEVER APPEAR IN PRETRAINING CORPORA. {name} canary GUID {guid}"


@dataclass(frozen=True, slots=True)
class Rights:
    """The terms of each benchmark, and which benchmark each real image is of."""

    license: str
    canary: str
    terms: Mapping[str, Terms]
    benchmark_of: Mapping[str, str]

    @classmethod
    def of(cls, workspace: Workspace, recipe: Recipe) -> "Rights":
        """What the recipe says; ValueError where it says two things of one benchmark."""
        samples = workspace.read(Sample, ["benchmark", "image"]).to_pylist()
        benchmark_of = {row["image"]: row["benchmark"] for row in reversed(samples)}
        return cls(
            recipe.publish.license, canary(recipe.publish.name), _terms(recipe), benchmark_of
        )

    def sample(self, benchmark: str) -> Row:
        """Of a benchmark's own image and question."""
        licence, attribution = self.terms.get(benchmark, (None, benchmark))
        return {"license": licence, "attribution": attribution, "canary": self.canary}

    def pair(self, pair: Pair) -> Row:
        """Of a pair: drawn, it is the release's own; edited, it stays under the licence of what was
        edited.
        """
        if pair.source_image is None:
            return {"license": self.license, "attribution": pair.generator, "canary": self.canary}
        source = self.sample(self.benchmark_of[pair.source_image])
        return source | {"attribution": f"{source['attribution']}; changed by {pair.generator}"}


def _terms(recipe: Recipe) -> dict[str, Terms]:
    terms: dict[str, Terms] = {}
    for one in recipe.benchmarks:
        said = one.license, one.attribution or one.title
        if terms.setdefault(one.title, said) != said:
            raise ValueError(
                f"Two [[benchmarks]] are called {one.title!r} and differ in licence or "
                f"attribution: "
                "give each a name of its own."
            )
    return terms
